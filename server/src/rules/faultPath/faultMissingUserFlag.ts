/** A fault of user mode that does not say so. */

import { calleeName } from '../../analysis/index.js';
import { defineRule } from '../rule.js';
import { allKnown, calleeSpan, faultFunctions } from './faultCalls.js';

/**
 * Who asks where a fault came from, sends the task a signal for it, or asks for the OOM killer, has those of user mode; who asks
 * whether faults are disabled is the entry of an architecture, for faults of the kernel as well as of user mode.
 */
const ONLY_FOR_USER =
  /^(?:user_mode|force_sig(?:_fault|_mceerr|_info|_info_fault)?|pagefault_out_of_memory|faulthandler_disabled|in_atomic)$/;

export const faultMissingUserFlag = defineRule({
  id: 'fault-missing-user-flag',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'A page fault handler asks user_mode() or sends signals, and never sets FAULT_FLAG_USER.',
  why:
    "FAULT_FLAG_USER lets the fault invoke the memory cgroup's OOM killer and makes userfaultfd and the fault waiter treat it " +
    'as one of user space. Without it a task that is over its limit fails with VM_FAULT_OOM or spins, and a fault of user ' +
    'mode is refused where only those of user mode are handled.',
  remedy: 'Write `if (user_mode(regs)) flags |= FAULT_FLAG_USER;` before the VMA is looked up.',
  unreported:
    'Handlers without registers, or that nobody asks where the fault came from; faults in another address space; flags that the caller gives.',
  examples: [
    {
      release: '6.12',
      bad: `static int trap(struct pt_regs *regs, struct vm_area_struct *vma, unsigned long address)
{
	unsigned int flags = FAULT_FLAG_INSTRUCTION;
	vm_fault_t fault;

	fault = handle_mm_fault(vma, address, flags, regs);
	if (!(fault & VM_FAULT_ERROR))
		return 0;
	return user_mode(regs) ? SIGBUS : SIGSEGV;
}
`,
      good: `static int trap(struct pt_regs *regs, struct vm_area_struct *vma, unsigned long address)
{
	unsigned int flags = FAULT_FLAG_INSTRUCTION;
	vm_fault_t fault;

	if (user_mode(regs))
		flags |= FAULT_FLAG_USER;
	fault = handle_mm_fault(vma, address, flags, regs);
	if (!(fault & VM_FAULT_ERROR))
		return 0;
	return user_mode(regs) ? SIGBUS : SIGSEGV;
}
`,
    },
  ],
  related: ['fault-flags-overwritten', 'fault-missing-remote-flag'],
  check({ file }) {
    return faultFunctions(file).flatMap(({ fn, flow }) => {
      const takesRegs = fn.ast.parameters.some(parameter => parameter.type === 'struct pt_regs');
      const asks = fn.cfg
        .elements()
        .some(({ element }) => element.kind === 'call' && ONLY_FOR_USER.test(calleeName(element.node) ?? ''));
      if (!takesRegs || !asks) return [];
      return flow.calls.flatMap(call => {
        const may = allKnown(fn, call);
        if (may?.every(name => !name.includes(':') && !/_(?:USER|REMOTE)$/.test(name)) !== true) return [];
        return [
          {
            span: calleeSpan(call),
            message: `${fn.item.name}() handles faults of user mode, and FAULT_FLAG_USER is never set for ${calleeName(call)}()`,
            related: [],
            confidence: 'high' as const,
            fix: null,
          },
        ];
      });
    });
  },
});
