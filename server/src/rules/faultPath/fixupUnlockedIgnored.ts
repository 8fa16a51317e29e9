/** fixup_user_fault() may have dropped the lock, and what was found under it is used on. */

import { calleeName, type FunctionAnalysis, FunctionResult, staleVmaUses } from '../../analysis/index.js';
import { defineRule, type Finding } from '../rule.js';
import { calleeSpan } from './faultCalls.js';
import { isUnasked, staleLookups } from './staleLookups.js';

export const fixupUnlockedIgnored = defineRule({
  id: 'fixup-unlocked-ignored',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'A VMA is used after fixup_user_fault() without a look at `unlocked`.',
  why:
    'Given `unlocked`, fixup_user_fault() may drop mmap_lock, wait, and take it again. The lock is held on return, but the ' +
    'VMA that was found before may have been unmapped and freed in between: `unlocked` is true then.',
  remedy:
    'Set unlocked to false before the call, and where it is true afterwards look the VMA up again or start anew, as KVM ' +
    'does with -EAGAIN. A caller that cannot start anew passes NULL.',
  unreported:
    'What was found by something else than the address space of the call; memory slots, which SRCU keeps; and what is used only after mmap_lock was released anyway.',
  examples: [
    {
      bad: `static int pfn_of(struct mm_struct *mm, unsigned long address, unsigned long *pfn)
{
	struct vm_area_struct *vma = vma_lookup(mm, address);
	bool unlocked = false;
	int ret;

	if (!vma)
		return -EFAULT;
	ret = fixup_user_fault(mm, address, FAULT_FLAG_WRITE, &unlocked);
	if (ret)
		return ret;
	*pfn = vma->vm_pgoff + ((address - vma->vm_start) >> PAGE_SHIFT);
	return 0;
}
`,
      good: `static int pfn_of(struct mm_struct *mm, unsigned long address, unsigned long *pfn)
{
	struct vm_area_struct *vma = vma_lookup(mm, address);
	bool unlocked = false;
	int ret;

	if (!vma)
		return -EFAULT;
	ret = fixup_user_fault(mm, address, FAULT_FLAG_WRITE, &unlocked);
	if (unlocked)
		return -EAGAIN;
	if (ret)
		return ret;
	*pfn = vma->vm_pgoff + ((address - vma->vm_start) >> PAGE_SHIFT);
	return 0;
}
`,
    },
  ],
  related: ['vma-use-after-unlock', 'gup-locked-ignored'],
  check({ file }) {
    if (!file.source.text.includes('fixup_user_fault')) return [];
    return file.functions
      .filter(fn => fn.sites.some(site => site.callee === 'fixup_user_fault'))
      .flatMap(fn => kept.of(fn, () => findingsIn(fn)));
  },
});

const kept = new FunctionResult<readonly Finding[]>();

function findingsIn(fn: FunctionAnalysis): readonly Finding[] {
  const used = staleVmaUses(fn)
    .filter(({ dropped }) => calleeName(dropped) === 'fixup_user_fault')
    .map(
      ({ span, vma, dropped }): Finding => ({
        ...(isUnasked(fn, dropped)
          ? {
              span: calleeSpan(dropped),
              message: `nobody looks at \`unlocked\` after fixup_user_fault(), and ${vma} is used on: the lock may have been dropped in between`,
              related: [{ span, message: `${vma} is used here` }],
            }
          : {
              span,
              message: `${vma} is used here though fixup_user_fault() may have dropped mmap_lock since it was found, as \`unlocked\` tells`,
              related: [{ span: calleeSpan(dropped), message: 'may drop the lock and take it again' }],
            }),
        confidence: 'high',
        fix: null,
      }),
    );
  const neverRead = staleLookups(fn).map(
    ({ call, lookup, use, name }): Finding => ({
      span: calleeSpan(call),
      message: `nobody looks at \`unlocked\` after fixup_user_fault(), and ${name}, looked up before, is used on: the lock may have been dropped in between`,
      related: [
        { span: calleeSpan(lookup), message: `${name} is looked up here` },
        { span: calleeSpan(use), message: 'and used here' },
      ],
      confidence: 'high',
      fix: null,
    }),
  );
  return [...used, ...neverRead];
}
