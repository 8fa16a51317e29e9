/** A fault handler that drops the lock though it must not wait. */

import { defineRule } from '../rule.js';
import { handlersOf } from './handlerWays.js';

export const faultHandlerRetryNowait = defineRule({
  id: 'fault-handler-retry-nowait',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'A fault handler drops mmap_lock for a retry without a look at FAULT_FLAG_RETRY_NOWAIT.',
  why:
    'With FAULT_FLAG_RETRY_NOWAIT the caller wants to know that the fault would wait, and keeps mmap_lock: it takes ' +
    'VM_FAULT_RETRY for "not now" with the lock held. KVM asks so for its asynchronous page faults, through FOLL_NOWAIT. A ' +
    'handler that drops the lock all the same has it released twice.',
  remedy:
    'Drop the lock only `if (!(vmf->flags & FAULT_FLAG_RETRY_NOWAIT))`; return VM_FAULT_RETRY in both cases.',
  unreported:
    'Other locks than mmap_lock, and the functions of mm/ that handlers use, as they have a contract of their own.',
  examples: [
    {
      bad: `static vm_fault_t dev_fault(struct vm_fault *vmf)
{
	if (dev_busy(vmf->vma) && fault_flag_allow_retry_first(vmf->flags)) {
		mmap_read_unlock(vmf->vma->vm_mm);
		return VM_FAULT_RETRY;
	}
	return dev_insert(vmf);
}
`,
      good: `static vm_fault_t dev_fault(struct vm_fault *vmf)
{
	if (dev_busy(vmf->vma) && fault_flag_allow_retry_first(vmf->flags)) {
		if (!(vmf->flags & FAULT_FLAG_RETRY_NOWAIT))
			mmap_read_unlock(vmf->vma->vm_mm);
		return VM_FAULT_RETRY;
	}
	return dev_insert(vmf);
}
`,
    },
  ],
  related: ['fault-handler-retry-not-allowed'],
  check({ file, path }) {
    // The routines of mm/ that drop the lock for others have contracts of their own.
    if (/(?:^|\/)mm\/[^/]+$/.test(path ?? '')) return [];
    return handlersOf(file).flatMap(({ name, drops, namesRetry }) =>
      drops
        .filter(({ nowait }) => namesRetry && !nowait)
        .map(({ callee, span }) => ({
          span,
          message: `${name}() drops the lock by ${callee}() without a look at FAULT_FLAG_RETRY_NOWAIT, with which the caller keeps it`,
          related: [],
          confidence: 'high' as const,
          fix: null,
        })),
    );
  },
});
