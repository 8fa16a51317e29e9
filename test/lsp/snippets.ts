/** C for the tests of the server. */

/** A pin that is released as if it were a reference. */
export const PIN_PUT = `#include <linux/mm.h>

static int demo_pin(unsigned long addr)
{
	struct page *page;
	int ret;

	ret = pin_user_pages_fast(addr, 1, FOLL_WRITE, &page);
	if (ret != 1)
		return -EFAULT;
	put_page(page);
	return 0;
}
`;

/** A correct use of get_user_pages_remote() with a conditional flag. */
export const REMOTE = `#include <linux/mm.h>

static long demo_remote(struct mm_struct *mm, unsigned long addr, bool write)
{
	unsigned int flags = FOLL_FORCE;
	struct page *page;
	int locked = 1;
	long ret;

	if (write)
		flags |= FOLL_WRITE;
	mmap_read_lock(mm);
	ret = get_user_pages_remote(mm, addr, 1, flags, &page, &locked);
	if (locked)
		mmap_read_unlock(mm);
	if (ret == 1)
		put_page(page);
	return ret;
}
`;

/** The zero-based position of the first character of `what` in `text`, moved by `shift`. */
export function positionOf(text: string, what: string, shift = 0): { line: number; character: number } {
  const at = text.indexOf(what);
  if (at < 0) throw new Error(`"${what}" is not in the text`);
  const before = text.slice(0, at + shift);
  const line = before.split('\n').length - 1;
  return { line, character: before.length - (before.lastIndexOf('\n') + 1) };
}
