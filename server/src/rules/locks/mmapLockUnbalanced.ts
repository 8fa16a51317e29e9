/** mmap_lock is released where it is not held any more. */

import { siteFunction } from '../../../../kernel/src/index.js';
import { calleeName, type FunctionAnalysis, FunctionResult, faultFlowOf } from '../../analysis/index.js';
import type { Call } from '../../syntax/ast.js';
import { defineRule, type Finding } from '../rule.js';
import { MMAP_UNLOCKS, releasedAgain, releasesWithoutLock } from './lockBalance.js';
import { lockingFunctions } from './lockingFunctions.js';

export const mmapLockUnbalanced = defineRule({
  id: 'mmap-lock-unbalanced',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'A second release of mmap_lock, or one though a fault has released it.',
  why:
    'The count of readers is one short: a writer gets in while another reader is still at work, and VMAs and page tables ' +
    'are freed under it.',
  remedy:
    'Release the lock once on each way. handle_mm_fault() with FAULT_FLAG_ALLOW_RETRY has released it where the result has ' +
    'VM_FAULT_RETRY or, since 6.0, VM_FAULT_COMPLETED.',
  examples: [
    {
      bad: `static int touch(struct mm_struct *mm, unsigned long address)
{
	int ret = -EFAULT;

	mmap_read_lock(mm);
	if (!vma_lookup(mm, address)) {
		mmap_read_unlock(mm);
		goto out;
	}
	ret = fixup_user_fault(mm, address, FAULT_FLAG_WRITE, NULL);
out:
	mmap_read_unlock(mm);
	return ret;
}
`,
      good: `static int touch(struct mm_struct *mm, unsigned long address)
{
	int ret = -EFAULT;

	mmap_read_lock(mm);
	if (!vma_lookup(mm, address))
		goto out;
	ret = fixup_user_fault(mm, address, FAULT_FLAG_WRITE, NULL);
out:
	mmap_read_unlock(mm);
	return ret;
}
`,
    },
  ],
  related: ['fault-completed-unhandled', 'gup-locked-ignored'],
  check({ file }) {
    return lockingFunctions(file).flatMap(fn => kept.of(fn, () => findingsIn(fn)));
  },
});

const kept = new FunctionResult<readonly Finding[]>();

function findingsIn(fn: FunctionAnalysis): readonly Finding[] {
  return releasesWithoutLock(fn, MMAP_UNLOCKS).flatMap(found => {
    const { call, dropped, always } = found;
    const by = calleeName(dropped) ?? '';
    const isRelease = MMAP_UNLOCKS.has(by);
    if (!isRelease && (siteFunction(fn.profile, by) === null || !retried(fn, call, by))) return [];
    const message = isRelease
      ? 'mmap_lock is released here a second time'
      : `with VM_FAULT_RETRY ${by}() has released mmap_lock, and it is released here again`;
    return [{ ...releasedAgain(found, message), ...(always ? { severity: 'error' as const } : {}) }];
  });
}

/** Whether it is VM_FAULT_RETRY that comes here: of VM_FAULT_COMPLETED another rule speaks. */
function retried(fn: FunctionAnalysis, call: Call, by: string): boolean {
  if (by !== 'handle_mm_fault') return false;
  return (
    faultFlowOf(fn)
      ?.before(call)
      .some(({ tag }) => tag.outcome === 'retry' && !tag.relocked) === true
  );
}
