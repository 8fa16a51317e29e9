/** VM_FAULT_COMPLETED taken for an ordinary result: the lock is released again. */

import { calleeName } from '../../analysis/index.js';
import type { Call } from '../../syntax/ast.js';
import { defineRule, type Finding } from '../rule.js';
import { calleeSpan, callOf, type FaultFunction, faultFunctions } from './faultCalls.js';

export const faultCompletedUnhandled = defineRule({
  id: 'fault-completed-unhandled',
  severity: 'warning',
  releases: [{ since: '6.0' }],
  summary: 'After VM_FAULT_COMPLETED mmap_lock is released although the fault has released it.',
  why:
    'Since 6.0 (commit d92725256b4f) a fault that was handled after the lock had been dropped says VM_FAULT_COMPLETED: the ' +
    'lock is gone and nothing is left to do. A caller that allows retries and does not know the bit releases mmap_lock a ' +
    'second time; writers then run beside readers.',
  remedy: 'Return at once where the result has VM_FAULT_COMPLETED, before VM_FAULT_RETRY is looked at.',
  unreported:
    'A fault that nothing lets drop the lock; a lock that is taken again before it is released, as fixup_user_fault() does; and whatever a helper does where it cannot be read.',
  examples: [
    {
      bad: `static int fault_in(struct mm_struct *mm, unsigned long address)
{
	unsigned int flags = FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_KILLABLE;
	struct vm_area_struct *vma;
	vm_fault_t fault;

	mmap_read_lock(mm);
	vma = vma_lookup(mm, address);
	if (!vma || !(vma->vm_flags & VM_READ)) {
		mmap_read_unlock(mm);
		return -EFAULT;
	}
	fault = handle_mm_fault(vma, address, flags | FAULT_FLAG_REMOTE, NULL);
	if (fault & VM_FAULT_RETRY)
		return -EAGAIN;
	mmap_read_unlock(mm);
	return fault & VM_FAULT_ERROR ? -EFAULT : 0;
}
`,
      good: `static int fault_in(struct mm_struct *mm, unsigned long address)
{
	unsigned int flags = FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_KILLABLE;
	struct vm_area_struct *vma;
	vm_fault_t fault;

	mmap_read_lock(mm);
	vma = vma_lookup(mm, address);
	if (!vma || !(vma->vm_flags & VM_READ)) {
		mmap_read_unlock(mm);
		return -EFAULT;
	}
	fault = handle_mm_fault(vma, address, flags | FAULT_FLAG_REMOTE, NULL);
	if (fault & VM_FAULT_COMPLETED)
		return 0;
	if (fault & VM_FAULT_RETRY)
		return -EAGAIN;
	mmap_read_unlock(mm);
	return fault & VM_FAULT_ERROR ? -EFAULT : 0;
}
`,
    },
  ],
  related: ['fault-retry-signal'],
  check({ file }) {
    return faultFunctions(file).flatMap(releasesOfCompleted);
  },
});

/** A try under the lock of the VMA has no mmap_lock to release. */
const UNLOCKS = /^(?:mmap_read_unlock|mmap_write_unlock|up_read|up_write)$/;

function releasesOfCompleted({ fn, flow }: FaultFunction): Finding[] {
  const found = new Map<Call, Finding>();
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'call' || !UNLOCKS.test(calleeName(element.node) ?? '')) continue;
    if (!isOfMm(element.node, fn.file.text)) continue;
    for (const { tag } of flow.before(element.node)) {
      const call = callOf(flow, tag);
      if (tag.outcome !== 'completed' || tag.relocked || call === null || found.has(call)) continue;
      found.set(call, {
        span: calleeSpan(element.node),
        message: `with VM_FAULT_COMPLETED ${calleeName(call)}() has released mmap_lock, and it is released here again`,
        related: [{ span: calleeSpan(call), message: 'the lock is released in here' }],
        confidence: 'high',
        fix: null,
      });
    }
  }
  return [...found.values()];
}

/** Whether an unlock is of mmap_lock: of any name for it, as that of a wrapper is not followed. */
function isOfMm(call: Call, text: string): boolean {
  const [lock] = call.args;
  if (lock === undefined) return false;
  return (
    !(calleeName(call) ?? '').startsWith('up_') || /mmap_(?:sem|lock)/.test(text.slice(lock.start, lock.end))
  );
}
