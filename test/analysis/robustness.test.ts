import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyse, inFunction } from './snippet.js';

const SNIPPETS = [
  inFunction(
    `	int locked = 1, ret;
	unsigned int gup_flags = FOLL_WRITE;

	if (mmap_read_lock_killable(mm))
		return -EINTR;
again:
	ret = pin_user_pages_remote(mm, addr, nr, gup_flags, pages, &locked);
	if (ret < 0 && a) {
		gup_flags &= ~FOLL_WRITE;
		goto again;
	}
	if (locked)
		mmap_read_unlock(mm);
	for (i = 0; i < ret; i++)
		unpin_user_page(pages[i]);
	return ret;`,
    'struct mm_struct *mm, unsigned long addr, struct page **pages',
  ),
  `static vm_fault_t my_fault(struct vm_fault *vmf)
{
	switch (vmf->flags) {
	case FAULT_FLAG_WRITE ... FAULT_FLAG_USER:
		guard(mutex)(&lock);
		return filemap_fault(vmf);
	default:
		break;
	}
	return ({ int x = handle_mm_fault(vma, 0, FAULT_FLAG_DEFAULT, NULL); x & VM_FAULT_RETRY ? x : 0; });
}
static const struct vm_operations_struct ops = { .fault = my_fault };
`,
];

describe('analyseFile', () => {
  it('never throws, and names every function that it could not read', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SNIPPETS),
        fc.array(
          fc.record({
            at: fc.double({ min: 0, max: 1, noNaN: true }),
            remove: fc.nat(12),
            insert: fc.constantFrom(
              '',
              '{',
              '}',
              '(',
              ')',
              ';',
              ',',
              '"',
              "'",
              '/*',
              '*/',
              '#if X\n',
              '\n#endif\n',
              'goto ',
              '&&',
              '?',
              '\0',
              '\\\n',
              'case 1:',
            ),
          }),
          { minLength: 1, maxLength: 4 },
        ),
        (snippet, edits) => {
          let text = snippet;
          for (const { at, remove, insert } of edits) {
            const start = Math.floor(at * text.length);
            text = text.slice(0, start) + insert + text.slice(start + remove);
          }
          const { sites, notAnalysed, functions } = analyse(text);
          for (const site of sites) expect(text.slice(site.span.start, site.span.end)).toBe(site.callee);
          for (const fn of functions) {
            if (!fn.complete) expect(notAnalysed.map(entry => entry.function)).toContain(fn.item.name);
          }
          for (const entry of notAnalysed) expect(entry.reason).not.toContain('failed');
        },
      ),
      { numRuns: 400 },
    );
  });

  it('survives nesting that is too deep for the stack', () => {
    const deep = inFunction(`x = ${'('.repeat(3000)}a${')'.repeat(3000)};\nunpin_user_page(p);`);
    expect(analyse(deep).sites.map(site => site.callee)).toEqual(['unpin_user_page']);
    const blocks = inFunction(`${'if (a) {'.repeat(3000)} unpin_user_page(p); ${'}'.repeat(3000)}`);
    expect(analyse(blocks).sites.map(site => site.callee)).toEqual(['unpin_user_page']);
  });

  it('lists the sites of a function with an error as unknown', () => {
    const { sites, notAnalysed } = analyse(
      inFunction('if (a { @@ } get_user_pages(addr, 1, FOLL_WRITE, pages);'),
    );
    expect(sites.map(site => [site.callee, site.lock.before, site.flags?.possible])).toEqual([
      ['get_user_pages', 'unknown', null],
    ]);
    expect(notAnalysed).toMatchObject([{ function: 'f', reason: expect.stringContaining('parsed') }]);
  });
});
