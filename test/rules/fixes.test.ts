/** What a quick fix writes. That its finding goes, that no other comes, and that the rest parses as before, fixtures.test.ts asks. */

import { describe, expect, it } from 'vitest';
import type { Release } from '../../kernel/src/index.js';
import { RULES, type RuleFinding, runRules } from '../../server/src/rules/index.js';
import { analyse, applyFix } from './harness.js';

/** What one rule finds. */
async function foundBy(rule: string, text: string, release: Release): Promise<readonly RuleFinding[]> {
  const file = await analyse(text, release);
  const rules = RULES.filter(({ id }) => id === rule);
  return runRules({ file, profile: file.profile }, rules, (_, error) => {
    throw error;
  });
}

/** The text after the fix of the only finding of a rule, which is gone then; null if it has none. */
async function fixed(rule: string, text: string, release: Release = '6.12'): Promise<string | null> {
  const [finding, ...others] = await foundBy(rule, text, release);
  expect(finding).toBeDefined();
  expect(others).toEqual([]);
  if (finding === undefined || finding.fix === null) return null;
  const after = applyFix(text, finding.fix);
  expect(await foundBy(rule, after, release)).toEqual([]);
  return after;
}

/** A fix that puts one text in place of another, once. */
async function replaces(
  rule: string,
  text: string,
  old: string,
  by: string,
  release?: Release,
): Promise<void> {
  expect(text.split(old)).toHaveLength(2);
  expect(await fixed(rule, text, release)).toBe(text.replace(old, () => by));
}

describe('the fix of', () => {
  const locked = `static long peek(struct mm_struct *mm, unsigned long addr, struct page **page)
{
	int locked = 1;
	long got;

	mmap_read_lock(mm);
	got = get_user_pages_remote(mm, addr, 1, 0, page, &locked);
	mmap_read_unlock(mm);
	return got;
}
`;

  it('gup-locked-ignored asks locked, by the name it has here', async () => {
    const rule = 'gup-locked-ignored';
    await replaces(rule, locked, '\tmmap_read_unlock(mm);', '\tif (locked)\n\t\tmmap_read_unlock(mm);');
    const given = locked.replace('struct page **page)', 'struct page **page, int *locked)');
    const pointer = given.replace('\tint locked = 1;\n', '').replace('&locked', 'locked');
    await replaces(rule, pointer, '\tmmap_read_unlock(mm);', '\tif (*locked)\n\t\tmmap_read_unlock(mm);');
  });

  it('gup-locked-ignored leaves a release to a person that is part of another statement', async () => {
    const branch = locked.replace('\tmmap_read_unlock(mm);', '\tif (got)\n\t\tmmap_read_unlock(mm);');
    expect(await fixed('gup-locked-ignored', branch)).toBeNull();
    const line = locked.replace('\tmmap_read_unlock(mm);', '\tnote(got); mmap_read_unlock(mm);');
    expect(await fixed('gup-locked-ignored', line)).toBeNull();
  });

  it('vma-lock-unbalanced asks the result of the fault', async () => {
    const text = `static vm_fault_t try_fault(struct mm_struct *mm, unsigned long addr, unsigned int flags)
{
	struct vm_area_struct *vma = lock_vma_under_rcu(mm, addr);
	vm_fault_t fault;

	if (!vma)
		return VM_FAULT_RETRY;
	fault = handle_mm_fault(vma, addr, flags | FAULT_FLAG_VMA_LOCK, NULL);
	vma_end_read(vma);
	return fault;
}
`;
    const guard = '\tif (!(fault & (VM_FAULT_RETRY | VM_FAULT_COMPLETED)))\n\t\tvma_end_read(vma);';
    await replaces('vma-lock-unbalanced', text, '\tvma_end_read(vma);', guard);
  });

  it('fault-flags-overwritten adds', async () => {
    const text = `static vm_fault_t fault_in(struct vm_area_struct *vma, unsigned long addr, bool write)
{
	unsigned int flags = FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_REMOTE;

	if (write)
		flags = FAULT_FLAG_WRITE;
	return handle_mm_fault(vma, addr, flags, NULL);
}
`;
    await replaces('fault-flags-overwritten', text, 'flags = FAULT_FLAG_WRITE', 'flags |= FAULT_FLAG_WRITE');
  });

  const retry = `static void fault(struct mm_struct *mm, struct pt_regs *regs, unsigned long addr)
{
	unsigned int flags = FAULT_FLAG_DEFAULT;
	struct vm_area_struct *vma;
	vm_fault_t fault;

retry:
	vma = lock_mm_and_find_vma(mm, addr, regs);
	if (!vma)
		return;
	fault = handle_mm_fault(vma, addr, flags, regs);
	if (fault_signal_pending(fault, regs))
		return;
	if (fault & VM_FAULT_COMPLETED)
		return;
	if (unlikely(fault & VM_FAULT_RETRY)) {
		note(mm);
		goto retry;
	}
	mmap_read_unlock(mm);
}
`;

  it('fault-retry-no-tried sets the flag before the jump', async () => {
    const tried = '\t\tflags |= FAULT_FLAG_TRIED;\n\t\tgoto retry;';
    await replaces('fault-retry-no-tried', retry, '\t\tgoto retry;', tried);
    // Until 5.9 a second attempt must not allow a retry.
    const old = retry.replace('FAULT_FLAG_DEFAULT', 'FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_KILLABLE');
    const cleared = '\t\tflags &= ~FAULT_FLAG_ALLOW_RETRY;\n\t\tflags |= FAULT_FLAG_TRIED;\n\t\tgoto retry;';
    await replaces('fault-retry-no-tried', old, '\t\tgoto retry;', cleared, '5.3');
  });

  it('fault-retry-no-tried leaves it to a person where the jump has no block, or there are two', async () => {
    const bare = retry.replace(' {\n\t\tnote(mm);\n\t\tgoto retry;\n\t}', '\n\t\tgoto retry;');
    expect(await fixed('fault-retry-no-tried', bare)).toBeNull();
    const two = retry.replace('\t\tnote(mm);\n', '\t\tgoto retry;\n');
    expect(await fixed('fault-retry-no-tried', two)).toBeNull();
  });

  it('fault-result-as-value tests the bit', async () => {
    const text = (
      test: string,
    ): string => `static int fault_in(struct vm_area_struct *vma, unsigned long addr)
{
	vm_fault_t fault = handle_mm_fault(vma, addr, FAULT_FLAG_REMOTE, NULL);

	if (${test})
		return -EFAULT;
	return 0;
}
`;
    const test = (old: string, by: string): Promise<void> =>
      replaces('fault-result-as-value', text(old), old, by);
    await test('fault == VM_FAULT_OOM', 'fault & VM_FAULT_OOM');
    await test('fault != VM_FAULT_OOM', '!(fault & VM_FAULT_OOM)');
    await test('fault < 0', 'fault & VM_FAULT_ERROR');
    expect(await fixed('fault-result-as-value', text('fault == -ENOMEM'))).toBeNull();
  });

  const dirty = `static int fill(unsigned long uaddr, struct engine *eng)
{
	struct page *page;

	if (pin_user_pages_fast(uaddr, 1, FOLL_WRITE, &page) != 1)
		return -EFAULT;
	engine_fill(eng, page);
	set_page_dirty(page);
	unpin_user_page(page);
	return 0;
}
`;

  it('gup-set-page-dirty-unlocked takes the lock, where it may sleep', async () => {
    const rule = 'gup-set-page-dirty-unlocked';
    await replaces(rule, dirty, 'set_page_dirty(', 'set_page_dirty_lock(');
    await replaces(
      rule,
      dirty.replace('set_page_dirty', 'SetPageDirty'),
      'SetPageDirty(',
      'set_page_dirty_lock(',
    );
    const held = dirty.replace('\tengine_fill', '\tspin_lock(&eng->lock);\n\tengine_fill');
    expect(await fixed(rule, held)).toBeNull();
    expect(
      await fixed(rule, dirty.replace('set_page_dirty(page)', 'folio_mark_dirty(page_folio(page))')),
    ).toBeNull();
  });

  it('gup-missing-dirty releases and marks in one, where it may sleep', async () => {
    const rule = 'gup-missing-dirty';
    const post = dirty.replace(
      '\tengine_fill(eng, page);\n\tset_page_dirty(page);\n',
      '\tmemcpy_to_page(page, 0, eng->data, 8);\n',
    );
    await replaces(rule, post, 'unpin_user_page(page)', 'unpin_user_pages_dirty_lock(&page, 1, true)');
    const many = post
      .replace('*page;', '*pages[1];')
      .replace('&page', 'pages')
      .replace('to_page(page', 'to_page(pages[0]')
      .replace('unpin_user_page(page)', 'unpin_user_pages(pages, 1)');
    await replaces(rule, many, 'unpin_user_pages(pages, 1)', 'unpin_user_pages_dirty_lock(pages, 1, true)');
    const held = post.replace('\tmemcpy', '\trcu_read_lock();\n\tmemcpy');
    expect(await fixed(rule, held)).toBeNull();
    expect(
      await fixed(
        rule,
        post.replace('pin_user_pages_fast', 'get_user_pages_fast').replace('unpin_user', 'put'),
      ),
    ).toBeNull();
  });

  const some = `static int take(unsigned long uaddr, int n, struct page **pages)
{
	int got = pin_user_pages_fast(uaddr, n, FOLL_WRITE, pages);

	if (got != n) {
		unpin_user_pages(pages,
				 got);
		return -EFAULT;
	}
	return 0;
}
`;

  it('gup-negative-release-count asks first, where the count has a sign', async () => {
    const rule = 'gup-negative-release-count';
    const call = '\t\tunpin_user_pages(pages,\n\t\t\t\t got);';
    await replaces(rule, some, call, '\t\tif (got > 0)\n\t\t\tunpin_user_pages(pages,\n\t\t\t\t\t got);');
    expect(await fixed(rule, some.replace('int got =', 'unsigned int got ='))).toBeNull();
  });

  it('gup-errno-mapping returns -EFAULT in place of a short count', async () => {
    const text = some.replace(
      '\t\tunpin_user_pages(pages,\n\t\t\t\t got);\n\t\treturn -EFAULT;',
      '\t\tif (got > 0)\n\t\t\tunpin_user_pages(pages, got);\n\t\treturn got;',
    );
    await replaces('gup-errno-mapping', text, 'return got;', 'return got < 0 ? got : -EFAULT;');
  });
});
