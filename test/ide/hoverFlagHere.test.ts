import { describe, expect, it } from 'vitest';
import { FILE, open } from './host.js';

const CALL = `
long pin_them(struct mm_struct *mm, unsigned long addr, struct page **pages, bool writable, bool nowait)
{
	unsigned int flags = FOLL_LONGTERM;
	long ret;

	if (writable)
		flags |= FOLL_WRITE;
	mmap_read_lock(mm);
	ret = pin_user_pages(addr, 1, flags, pages);
	mmap_read_unlock(mm);
	if (!(flags & FOLL_WRITE))
		pr_debug("read only");
	return ret;
}
`;

function here(text: string, word: string, settings: unknown = {}): string | undefined {
  const host = open(CALL, { settings });
  const offset = CALL.indexOf(text) + text.indexOf(word);
  const markdown = host.analysis.hover(FILE, offset)?.markdown ?? '';
  return markdown.split('\n').find(line => line.startsWith('*Here*'));
}

describe('hover on a flag that reaches a call', () => {
  it('tells what comes out otherwise without it, results first', () => {
    const told = here('flags |= FOLL_WRITE', 'FOLL_WRITE');
    expect(told).toContain('simulated at `pin_user_pages()` (line 10) with it and without: ');
    expect(told).toMatch(
      /without: .*read-only mapping.*: \*\*-EFAULT\*\* instead of 1 page; .*fault done instead of/,
    );
    expect(here('flags = FOLL_LONGTERM', 'FOLL_LONGTERM')).toMatch(
      /DAX file: \*\*-EOPNOTSUPP\*\* instead of 1 page/,
    );
  });

  it('says nothing where the flag is only asked for, and where no simulation is wanted', () => {
    expect(here('flags & FOLL_WRITE', 'FOLL_WRITE')).toBeUndefined();
    expect(here('flags |= FOLL_WRITE', 'FOLL_WRITE', { hover: { simulate: false } })).toBeUndefined();
  });
});
