import { describe, expect, it } from 'vitest';
import type { Release } from '../../kernel/src/index.js';
import { FILE, open } from './host.js';

function hover(marked: string, options: { release?: Release; settings?: unknown } = {}): string[] | null {
  const { analysis, offset } = open(marked, options);
  return analysis.hover(FILE, offset)?.markdown.split('\n') ?? null;
}

function remote(call: string): string {
  return `static long demo(struct mm_struct *mm, unsigned long addr, struct page **pages, long n)
{
	int locked = 1;
	long ret;

	mmap_read_lock(mm);
	${call}
	if (locked)
		mmap_read_unlock(mm);
	return ret;
}
`;
}

describe('hover on what a call leaves in a variable', () => {
  it('says what locked can be, and when', () => {
    const lines = hover(remote('ret = get_user_pages_remote(mm, addr, 1, FOLL_WRITE, pages, &lo¦cked);'));
    expect(lines).toEqual([
      '**`locked`** of `get_user_pages_remote()` · Linux 6.12 (Makefile)  ',
      expect.stringMatching(/^`1`: mmap_lock is held and was all the time\. Simulated: mapped, writable/),
      expect.stringMatching(
        /^`0`: it was dropped and is not held: .* Simulated: .*userfaultfd, page missing/,
      ),
      'It has to be `1` before the call.',
    ]);
    const quiet = { settings: { gupLens: { hover: { simulate: false } } } };
    const plain = hover(remote('ret = get_user_pages_remote(mm, addr, 1, 0, pages, &lo¦cked);'), quiet);
    expect(plain?.join('\n')).not.toContain('Simulated');
  });

  it('says that the lock stays with NULL', () => {
    expect(hover(remote('ret = get_user_pages_remote(mm, addr, 1, 0, pages, NU¦LL);'))).toEqual([
      '**`NULL`** for `locked` of `get_user_pages_remote()` · Linux 6.12 (Makefile)  ',
      'mmap_lock is never dropped, as `locked` is NULL.',
    ]);
  });

  it('says what unlocked of fixup_user_fault() means', () => {
    const lines = hover(`static int demo(struct mm_struct *mm, unsigned long addr)
{
	bool again = false;
	int ret;

	mmap_read_lock(mm);
	ret = fixup_user_fault(mm, addr, FAULT_FLAG_WRITE, &aga¦in);
	mmap_read_unlock(mm);
	return ret;
}
`);
    expect(lines?.[0]).toContain('**`again`** for `unlocked` of `fixup_user_fault()`');
    expect(lines?.[2]).toMatch(/^`true`: it was dropped and taken again: .*userfaultfd, page missing/);
    expect(lines?.length).toBeLessThanOrEqual(5);
  });

  it('says what the result can be, where it is assigned or declared', () => {
    const assigned = hover(remote('re¦t = get_user_pages_remote(mm, addr, n, FOLL_WRITE, pages, &locked);'));
    expect(assigned?.[0]).toBe(
      '**`ret`** is the result of `get_user_pages_remote()` · Linux 6.12 (Makefile)  ',
    );
    expect(assigned?.[1]).toMatch(/^Returns /);
    expect(assigned?.[2]).toMatch(/^Simulated: .*\*\*-EFAULT\*\* \(.*read-only mapping/);
    expect(assigned).toHaveLength(3);
    const declared = hover(
      'void demo(struct page **p)\n{\n\tint g¦ot = pin_user_pages_fast(0, 1, 0, p);\n\n\tuse(got);\n}\n',
    );
    expect(declared?.[0]).toContain('**`got`** is the result of `pin_user_pages_fast()`');
    const field = 'void demo(struct ctx *c)\n{\n\tc->g¦ot = pin_user_pages_fast(0, 1, 0, c->p);\n}\n';
    expect(hover(field)?.[0]).toContain('**`c->got`**');
  });

  it('leaves everything else to others', () => {
    const call = 'ret = get_user_pages_remote(mm, addr, 1, 0, pages, &locked);';
    expect(hover(remote(call.replace('pages,', 'pa¦ges,')))).toBeNull();
    expect(hover(remote(call).replace('long ret', 'long re¦t'))).toBeNull();
    expect(hover(remote(call.replace('ret =', 're¦t +=')))).toBeNull();
    expect(hover(remote('ret = __get_user_pages_locked(mm, addr, 1, pages, &lo¦cked, 0);'))).toBeNull();
    expect(hover(remote('re¦t = something_else(mm);'))).toBeNull();
    expect(
      hover('void demo(struct ctx *c)\n{\n\t¦c->got = pin_user_pages_fast(0, 1, 0, c->p);\n}\n'),
    ).toBeNull();
  });
});
