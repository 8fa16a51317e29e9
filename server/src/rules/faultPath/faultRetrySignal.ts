/** A fault that is tried again, or taken for done, though the task is to be killed. */

import { calleeName, type FaultTag } from '../../analysis/index.js';
import type { Call, Span } from '../../syntax/ast.js';
import { spanOf } from '../../syntax/index.js';
import { jumpBehind } from '../followingJump.js';
import { defineRule, type Finding } from '../rule.js';
import { calleeSpan, callOf, type FaultFunction, faultFunctions, mayPass, retriesOf } from './faultCalls.js';

export const faultRetrySignal = defineRule({
  id: 'fault-retry-signal',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary:
    'VM_FAULT_RETRY is not met with a look for signals, or the signal leaves a kernel fault where it was.',
  why:
    'A wait for a page that was interrupted by a signal comes back as VM_FAULT_RETRY. Since 5.7 faults are tried any ' +
    'number of times: without a look for signals the task faults, is interrupted and faults again for ever, and cannot ' +
    'be killed. A fault in the kernel itself, as in copy_from_user(), is no better off with a plain return: the signal ' +
    'is delivered only on the way to user mode, so the same instruction faults again.',
  remedy:
    'Ask fault_signal_pending(fault, regs) before anything else is done about the result (until 5.6: VM_FAULT_RETRY and ' +
    'fatal_signal_pending(current)). Where it says yes the lock is dropped already: return for a fault from user mode, ' +
    'go to the exception table (no_context, fixup_exception()) for one from the kernel.',
  unreported:
    'A wait that no signal interrupts; a caller that is told by the result and looks itself; a retry that comes once, as until 5.6; a helper that looks, or that cannot be read.',
  examples: [
    {
      release: '6.12',
      bad: `static void do_page_fault(struct pt_regs *regs, unsigned long address)
{
	unsigned int flags = FAULT_FLAG_DEFAULT;
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	vm_fault_t fault;

	if (user_mode(regs))
		flags |= FAULT_FLAG_USER;
retry:
	vma = lock_mm_and_find_vma(mm, address, regs);
	if (!vma || access_error(regs, vma))
		return bad_area(regs, vma);
	fault = handle_mm_fault(vma, address, flags, regs);
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
      good: `static void do_page_fault(struct pt_regs *regs, unsigned long address)
{
	unsigned int flags = FAULT_FLAG_DEFAULT;
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	vm_fault_t fault;

	if (user_mode(regs))
		flags |= FAULT_FLAG_USER;
retry:
	vma = lock_mm_and_find_vma(mm, address, regs);
	if (!vma || access_error(regs, vma))
		return bad_area(regs, vma);
	fault = handle_mm_fault(vma, address, flags, regs);
	if (fault_signal_pending(fault, regs)) {
		if (!user_mode(regs))
			no_context(regs, address);
		return;
	}
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
  related: ['fault-retry-no-tried', 'fault-completed-unhandled', 'Documentation/mm/process_addrs.rst'],
  check({ file, profile }) {
    return faultFunctions(file).flatMap(fault => [
      ...(profile.switches.archRetryRepeats ? neverLooked(fault) : []),
      ...leftInKernel(fault),
    ]);
  },
});

/** Only faults whose wait a signal interrupts go round for ever. */
function neverLooked(fault: FaultFunction): Finding[] {
  const { fn } = fault;
  return retriesOf(fault, tag => !tag.signals).flatMap(call => {
    const may = mayPass(fn, call);
    if (!may.includes('FAULT_FLAG_KILLABLE') && !may.includes('FAULT_FLAG_INTERRUPTIBLE')) return [];
    return [
      {
        span: calleeSpan(call),
        message: `the fault is tried again on VM_FAULT_RETRY, and nothing looks for a signal: call fault_signal_pending() first, or ${fn.item.name}() never ends for a task that is to be killed`,
        related: [],
        confidence: 'high' as const,
        fix: null,
      },
    ];
  });
}

/** A way on which a signal was found and a fault of the kernel itself is answered by a plain return. */
function leftInKernel({ fn, flow }: FaultFunction): Finding[] {
  const findings: Finding[] = [];
  const isLeft = ({ signalled, user, seen, asked, stored }: FaultTag): boolean =>
    signalled >= 0 && user === 'kernel' && !seen && asked === 'no' && !stored;
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'return') continue;
    const { value } = element.node;
    if (value !== null && !(value.kind === 'number' && value.value === 0)) continue;
    const tag = flow.before(element.node).find(path => isLeft(path.tag))?.tag;
    const test = tag === undefined ? null : fn.callAt(tag.signalled);
    // A return that others come to as well is not what is wrong.
    const jump = test === null ? null : jumpBehind(fn, test.end);
    if (tag !== undefined) findings.push(left(jump ?? spanOf(element.node), tag, flow));
  }
  if (findings.length > 0) return findings;
  const atEnd = flow.atExit.find(path => isLeft(path.tag))?.tag;
  const test = atEnd === undefined ? null : fn.callAt(atEnd.signalled);
  if (atEnd === undefined || test === null || fn.ast.returnType !== 'void') return [];
  return [left(calleeSpan(test), atEnd, flow)];
}

function left(span: Span, tag: FaultTag, flow: FaultFunction['flow']): Finding {
  const call: Call | null = callOf(flow, tag);
  return {
    span,
    message:
      'with a signal pending a fault of the kernel itself is left here as it is, and its instruction faults again for ever: where !user_mode(regs), go to the exception table',
    related:
      call === null
        ? []
        : [{ span: calleeSpan(call), message: `${calleeName(call)}() was interrupted here` }],
    confidence: 'high',
    fix: null,
  };
}
