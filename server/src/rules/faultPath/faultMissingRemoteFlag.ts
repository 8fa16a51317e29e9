/** A fault in the address space of another process that does not say so. */

import { calleeName, type FunctionAnalysis } from '../../analysis/index.js';
import type { Call, Span } from '../../syntax/ast.js';
import { walkExpressions } from '../../syntax/index.js';
import { defineRule, type Finding } from '../rule.js';
import { allKnown, calleeSpan, faultFunctions } from './faultCalls.js';

export const faultMissingRemoteFlag = defineRule({
  id: 'fault-missing-remote-flag',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'A fault in another address space is handled without FAULT_FLAG_REMOTE.',
  why:
    'Protection keys are in a register of the running task. A fault that a device or a kernel thread has in the memory of a ' +
    'process is not to be checked against the keys of whoever runs: FAULT_FLAG_REMOTE says so to the architecture.',
  remedy: 'Add FAULT_FLAG_REMOTE to the flags of the fault.',
  unreported:
    'Faults of the task that runs, also of a thread that has taken over the address space by kthread_use_mm(); flags or an address space that the caller gives.',
  examples: [
    {
      bad: `static int device_fault(struct task_struct *task, unsigned long address)
{
	struct mm_struct *mm = get_task_mm(task);
	struct vm_area_struct *vma;
	vm_fault_t fault = VM_FAULT_SIGSEGV;

	if (!mm)
		return -ESRCH;
	mmap_read_lock(mm);
	vma = find_vma(mm, address);
	if (vma && (vma->vm_flags & VM_WRITE))
		fault = handle_mm_fault(vma, address, FAULT_FLAG_WRITE, NULL);
	mmap_read_unlock(mm);
	mmput(mm);
	return fault & VM_FAULT_ERROR ? -EFAULT : 0;
}
`,
      good: `static int device_fault(struct task_struct *task, unsigned long address)
{
	struct mm_struct *mm = get_task_mm(task);
	struct vm_area_struct *vma;
	vm_fault_t fault = VM_FAULT_SIGSEGV;

	if (!mm)
		return -ESRCH;
	mmap_read_lock(mm);
	vma = find_vma(mm, address);
	if (vma && (vma->vm_flags & VM_WRITE))
		fault = handle_mm_fault(vma, address, FAULT_FLAG_WRITE | FAULT_FLAG_REMOTE, NULL);
	mmap_read_unlock(mm);
	mmput(mm);
	return fault & VM_FAULT_ERROR ? -EFAULT : 0;
}
`,
    },
  ],
  related: ['fault-missing-user-flag'],
  check({ file }) {
    return faultFunctions(file).flatMap(({ fn, flow }) => {
      const foreign = foreignMm(fn);
      if (foreign === null) return [];
      return flow.calls.flatMap((call): Finding[] => {
        const may = allKnown(fn, call);
        if (may?.every(name => !name.includes(':') && name !== 'FAULT_FLAG_REMOTE') !== true) return [];
        return [
          {
            span: calleeSpan(call),
            message: `${foreign.why} and is not the running task's: ${calleeName(call)}() needs FAULT_FLAG_REMOTE`,
            related: [{ span: foreign.span, message: foreign.where }],
            confidence: 'high',
            fix: null,
          },
        ];
      });
    });
  },
});

/** What shows that a function works on the mm of another. */
interface Foreign {
  readonly why: string;
  readonly span: Span;
  readonly where: string;
}

/** Null: nothing shows it. */
function foreignMm(fn: FunctionAnalysis): Foreign | null {
  let found: Call | null = null;
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'call') continue;
    if (/^(?:get_task_mm|mm_access|mmget_not_zero)$/.test(calleeName(element.node) ?? ''))
      found ??= element.node;
    // Taken over by the thread, or maybe its own.
    if (/^(?:kthread_)?use_mm$/.test(calleeName(element.node) ?? '')) return null;
  }
  let own = false;
  walkExpressions(fn.ast.body, node => {
    own ||= node.kind === 'identifier' && node.name === 'current';
  });
  if (own) return null;
  if (found !== null) {
    const why = `the address space comes from ${calleeName(found)}()`;
    return { why, span: calleeSpan(found), where: 'the address space comes from here' };
  }
  const [first, ...more] = fn.ast.parameters;
  if (first?.type !== 'struct work_struct' || first.pointers !== 1 || more.length > 0) return null;
  const { name, nameSpan } = fn.item;
  return {
    why: 'the address space that a work item is about',
    span: nameSpan,
    where: `${name}() runs in a thread of the kernel`,
  };
}
