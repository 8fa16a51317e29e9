/** gup-signature-mismatch where the release is not all that is known: the tree's own headers, or nothing. */

import { describe, expect, it } from 'vitest';
import { type DeclaredFunction, profileFor, type Release, readTreeFacts } from '../../kernel/src/index.js';
import { RULES, type RuleContext, runRules } from '../../server/src/rules/index.js';
import { analyse, applyFix, lint } from './harness.js';

const RULE = RULES.filter(rule => rule.id === 'gup-signature-mismatch');

const call = (
  text: string,
): string => `static long f(struct mm_struct *mm, unsigned long uaddr, struct page **pages)
{
	return ${text};
}
`;

async function messages(
  text: string,
  release: Release,
  known: Pick<RuleContext, 'assumed' | 'declared'> = {},
): Promise<string[]> {
  const context = { file: await analyse(text, release), profile: profileFor(release), ...known };
  return runRules(context, RULE, (_, error) => {
    throw error;
  }).map(finding => finding.message);
}

const HEADER = `/* long get_user_pages_fast_only(int none); */
#define get_user_pages_locked(a) 0
long get_user_pages(unsigned long start, unsigned long nr_pages,
		    unsigned int gup_flags, struct page **pages);
struct vm_area_struct *lock_mm_and_find_vma(struct mm_struct *mm,
		unsigned long address, struct pt_regs *regs);
static inline vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long address,
					 unsigned int flags)
{
	return get_user_page_vma_remote(vma, 0);
}
static inline vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long address,
					 unsigned int flags, struct pt_regs *regs)
{
	return pin_user_pages(1, 2);
}
void unpin_user_page(struct page *page);
`;

const functionsOf = (text: string): readonly DeclaredFunction[] =>
  readTreeFacts([{ path: 'include/linux/mm.h', text }]).functions ?? [];

describe('what a tree declares', () => {
  it('is read from its headers', () => {
    expect(functionsOf(HEADER)).toEqual([
      { name: 'get_user_pages', parameters: [4] },
      { name: 'handle_mm_fault', parameters: [3, 4] },
      { name: 'lock_mm_and_find_vma', parameters: [3] },
      { name: 'unpin_user_page', parameters: [1] },
    ]);
    expect(readTreeFacts([{ path: 'include/linux/mm.h', text: 'int a(' }]).functions).toBeUndefined();
  });

  it('fits, whatever the release says', async () => {
    const declared = functionsOf(HEADER);
    const gup = call('get_user_pages(uaddr, 1, 0, pages)');
    expect(await messages(gup, '6.1')).toHaveLength(1);
    expect(await messages(gup, '6.1', { declared })).toEqual([]);
    const lock = call('(long)lock_mm_and_find_vma(mm, uaddr, NULL)');
    expect(await messages(lock, '6.1')).toEqual(['lock_mm_and_find_vma() is not in the kernel before v6.5']);
    expect(await messages(lock, '6.1', { declared })).toEqual([]);
    const pin = call('pin_user_pages_fast(uaddr, 1, 0, pages)');
    expect(await messages(pin, '5.4', { declared })).toHaveLength(1);
  });
});

describe('gup-signature-mismatch', () => {
  it('says nothing where the release is only assumed', async () => {
    const text = call('get_user_pages(uaddr, 1, 0, pages, NULL)');
    expect(await messages(text, '7.3')).toHaveLength(1);
    expect(await messages(text, '7.3', { assumed: true })).toEqual([]);
  });

  it.each<[string, Release, string]>([
    [
      'get_user_pages(uaddr, 1, 0, pages)',
      '6.4',
      'get_user_pages() has `vmas` before v6.5: the form that fits is get_user_pages(start, nr_pages, gup_flags, pages, vmas)',
    ],
    ['get_user_pages(uaddr)', '6.4', 'get_user_pages() has 5 arguments in Linux 6.4, not 1'],
    [
      'get_user_pages_longterm(uaddr, 1, 0, pages, NULL)',
      '5.4',
      'get_user_pages_longterm() is not in the kernel since v5.2',
    ],
  ])('%s in %s', async (text, release, message) => {
    const [found = ''] = await messages(call(text), release);
    expect(found.slice(0, message.length)).toBe(message);
  });

  it('takes a NULL for vmas away, and nothing else', async () => {
    const fixOf = async (text: string): Promise<string | null> => {
      const [found] = await lint(call(text), '6.12', { rules: RULE });
      const fix = found?.finding.fix ?? null;
      return fix === null ? null : applyFix(call(text), fix);
    };
    expect(await fixOf('get_user_pages(uaddr, 1, 0, pages, NULL)')).toBe(
      call('get_user_pages(uaddr, 1, 0, pages)'),
    );
    expect(await fixOf('get_user_pages(uaddr, 1, 0, (pages),\n\t\t/* vmas */ NULL)')).toBe(null);
    expect(await fixOf('get_user_pages(uaddr, 1, 0, pages, &vma)')).toBe(null);
    expect(await fixOf('get_user_pages_remote(mm, uaddr, 1, 0, pages, NULL, &locked)')).toBe(null);
    expect(await fixOf('pin_user_pages(uaddr, 1, 0, pages, NULL)')).toBe(
      call('pin_user_pages(uaddr, 1, 0, pages)'),
    );
  });
});
