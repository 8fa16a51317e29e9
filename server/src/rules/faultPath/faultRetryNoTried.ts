/** A fault that is tried again with the flags of the first time. */

import { defineRule } from '../rule.js';
import { calleeSpan, faultFunctions, mayPass, retriesOf } from './faultCalls.js';

export const faultRetryNoTried = defineRule({
  id: 'fault-retry-no-tried',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'A fault is tried again without FAULT_FLAG_TRIED.',
  why:
    'FAULT_FLAG_TRIED tells the second attempt from the first. Since 5.7 only a first attempt drops the lock to wait for ' +
    'a page: without it each one is a first attempt, and under memory pressure the task drops the lock, waits and starts ' +
    'anew without end. Until 5.6 ALLOW_RETRY has to be taken away for the same reason.',
  remedy: 'Set FAULT_FLAG_TRIED before the jump back. Until 5.6 also clear FAULT_FLAG_ALLOW_RETRY.',
  examples: [
    {
      release: '6.12',
      bad: `static void do_page_fault(struct pt_regs *regs, unsigned long address)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	vm_fault_t fault;

retry:
	vma = lock_mm_and_find_vma(mm, address, regs);
	if (!vma || access_error(regs, vma))
		return bad_area(regs, vma);
	fault = handle_mm_fault(vma, address, FAULT_FLAG_DEFAULT | FAULT_FLAG_USER, regs);
	if (fault_signal_pending(fault, regs))
		return;
	if (fault & VM_FAULT_COMPLETED)
		return;
	if (fault & VM_FAULT_RETRY)
		goto retry;
	mmap_read_unlock(mm);
	if (fault & VM_FAULT_ERROR)
		mm_fault_error(regs, fault);
}
`,
      good: `static void do_page_fault(struct pt_regs *regs, unsigned long address)
{
	unsigned int flags = FAULT_FLAG_DEFAULT | FAULT_FLAG_USER;
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	vm_fault_t fault;

retry:
	vma = lock_mm_and_find_vma(mm, address, regs);
	if (!vma || access_error(regs, vma))
		return bad_area(regs, vma);
	fault = handle_mm_fault(vma, address, flags, regs);
	if (fault_signal_pending(fault, regs))
		return;
	if (fault & VM_FAULT_COMPLETED)
		return;
	if (fault & VM_FAULT_RETRY) {
		flags |= FAULT_FLAG_TRIED;
		goto retry;
	}
	mmap_read_unlock(mm);
	if (fault & VM_FAULT_ERROR)
		mm_fault_error(regs, fault);
}
`,
    },
  ],
  related: ['fault-retry-signal'],
  check({ file, profile }) {
    return faultFunctions(file).flatMap(fault =>
      retriesOf(fault, tag => !tag.again)
        .filter(call => {
          const may = mayPass(fault.fn, call);
          return may.includes('FAULT_FLAG_ALLOW_RETRY') && !may.includes('FAULT_FLAG_TRIED');
        })
        .map(call => ({
          span: calleeSpan(call),
          message: profile.switches.allowRetryFirst
            ? 'the fault is tried again on VM_FAULT_RETRY without FAULT_FLAG_TRIED: each attempt counts as the first and may drop the lock and wait without end'
            : 'the fault is tried again on VM_FAULT_RETRY with FAULT_FLAG_ALLOW_RETRY kept: clear it and set FAULT_FLAG_TRIED, or it may be retried without end',
          related: [],
          confidence: 'high' as const,
          fix: null,
        })),
    );
  },
});
