/** A fault that is tried again with the flags of the first time. */

import { type Profile, siteFunction } from '../../../../kernel/src/index.js';
import { calleeName, type FunctionAnalysis } from '../../analysis/index.js';
import type { Call, Expression, Goto, Span } from '../../syntax/ast.js';
import { spanOf, walk } from '../../syntax/index.js';
import { preceded } from '../fixes.js';
import { defineRule, type Fix } from '../rule.js';
import { leadsTo } from '../waysBetween.js';
import { calleeSpan, faultFunctions, mayPass, retriesOf } from './faultCalls.js';

export const faultRetryNoTried = defineRule({
  id: 'fault-retry-no-tried',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'A fault is tried again without FAULT_FLAG_TRIED.',
  why:
    'FAULT_FLAG_TRIED tells the second attempt from the first. Since 5.7 only a first attempt drops the lock to wait for ' +
    'a page: without it each one is a first attempt, and under memory pressure the task drops the lock, waits and starts ' +
    'anew without end. Until 5.6 ALLOW_RETRY has to be taken away for the same reason; ' +
    'an attempt without TRIED then counts for readahead of the file as a first one that missed (45cac65b0fcd, v3.7).',
  remedy: 'Set FAULT_FLAG_TRIED before the jump back. Until 5.6 also clear FAULT_FLAG_ALLOW_RETRY.',
  unreported:
    'Flags of the caller, of which it is not known what they allow, and a caller that gives up where it would have to try again.',
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
      retriesOf(fault, tag => !tag.tried)
        .filter(
          call =>
            mayPass(fault.fn, call).includes('FAULT_FLAG_ALLOW_RETRY') && !isTriedBehind(fault.fn, call),
        )
        .map(call => {
          const isFirst = retriesOf(fault, tag => !tag.again).includes(call);
          const jump = jumpBack(fault.fn, call);
          return {
            span: jump ?? calleeSpan(call),
            message: messageFor(isFirst, profile),
            related: jump === null ? [] : [{ span: calleeSpan(call), message: 'this fault' }],
            confidence: 'high' as const,
            fix: triedFix(fault.fn, call, isFirst, profile),
          };
        }),
    );
  },
});

/** @param isFirst whether the flags of the second attempt are those of the first */
function messageFor(isFirst: boolean, profile: Profile): string {
  if (!isFirst)
    return 'the fault is tried again on VM_FAULT_RETRY without FAULT_FLAG_TRIED: it counts as another first attempt, for readahead of the file as well';
  return profile.switches.allowRetryFirst
    ? 'the fault is tried again on VM_FAULT_RETRY without FAULT_FLAG_TRIED: each attempt counts as the first and may drop the lock and wait without end'
    : 'the fault is tried again on VM_FAULT_RETRY with FAULT_FLAG_ALLOW_RETRY kept: clear it and set FAULT_FLAG_TRIED, or it may be retried without end';
}

/** Whether FAULT_FLAG_TRIED may be passed, and is set on some way from a call: it then has to do with that retry. */
function isTriedBehind(fn: FunctionAnalysis, call: Call): boolean {
  if (!mayPass(fn, call).includes('FAULT_FLAG_TRIED')) return false;
  const from = fn.cfg.positionOf(call);
  return fn.cfg.elements().some(({ element, at }) => {
    const value =
      element.kind === 'assignment'
        ? element.node.right
        : element.kind === 'declare'
          ? element.node.init
          : null;
    return value !== null && from !== null && namesTried(value) && leadsTo(fn.cfg, from, at);
  });
}

function namesTried(value: Expression): boolean {
  let found = false;
  walk(value, node => {
    found ||= node.kind === 'identifier' && node.name === 'FAULT_FLAG_TRIED';
    return undefined;
  });
  return found;
}

/**
 * The only jump from behind a call to before it, or of several the only one for VM_FAULT_RETRY: what is missing belongs there.
 * Null where there is no such, or the flags are made anew behind it: whatever is set before the jump is lost then.
 */
function jumpBack(fn: FunctionAnalysis, call: Call): Span | null {
  const labels = new Map<string, number>();
  const jumps: Goto[] = [];
  const onRetry: Span[] = [];
  walk(fn.ast.body, node => {
    if (node.kind === 'label') labels.set(node.name, node.start);
    if (node.kind === 'goto' && node.start > call.start) jumps.push(node);
    if (node.kind === 'if' && asksRetry(node.test)) onRetry.push(node.then);
    return undefined;
  });
  const back = jumps.filter(({ target }) => (labels.get(target ?? '') ?? call.start) < call.start);
  const [jump, ...others] =
    back.length < 2 ? back : back.filter(one => onRetry.some(then => isWithin(one, then)));
  if (jump === undefined || others.length > 0) return null;
  const flags = call.args[2];
  return flags?.kind === 'identifier' && isGivenBehind(fn, flags.name, call) ? null : spanOf(jump);
}

function isWithin(inner: Span, outer: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

/** Whether a condition is true only for VM_FAULT_RETRY. */
function asksRetry(test: Expression): boolean {
  if (test.kind === 'binary' && test.op === '&&') return asksRetry(test.left) || asksRetry(test.right);
  return testsRetry(test);
}

/** The flags are changed right before the jump, where there is one that only VM_FAULT_RETRY leads to. */
function triedFix(fn: FunctionAnalysis, call: Call, isFirst: boolean, profile: Profile): Fix | null {
  const index = siteFunction(profile, calleeName(call) ?? '')?.argument('flags') ?? -1;
  const flags = call.args[index];
  if (flags?.kind !== 'identifier' || isGivenBehind(fn, flags.name, call)) return null;
  const [jump, ...others] = jumpsOnRetry(fn).filter(({ start }) => start > call.start);
  if (jump === undefined || others.length > 0) return null;
  const tried = `${flags.name} |= FAULT_FLAG_TRIED;`;
  const statements =
    profile.switches.allowRetryFirst || !isFirst
      ? [tried]
      : [`${flags.name} &= ~FAULT_FLAG_ALLOW_RETRY;`, tried];
  const edit = preceded(fn, jump, statements);
  return edit === null ? null : { title: 'Set FAULT_FLAG_TRIED before the retry', edits: [edit] };
}

/** Whether a variable may be given a value behind a call: what the jump sets is lost then. */
function isGivenBehind(fn: FunctionAnalysis, name: string, call: Call): boolean {
  const from = fn.cfg.positionOf(call);
  return fn.cfg.elements().some(({ element, at }) => {
    const isGiven =
      element.kind === 'assignment' &&
      element.node.op === '=' &&
      element.node.left.kind === 'identifier' &&
      element.node.left.name === name;
    return isGiven && from !== null && leadsTo(fn.cfg, from, at);
  });
}

/** The jumps in the blocks of `if (… & VM_FAULT_RETRY)`. */
function jumpsOnRetry(fn: FunctionAnalysis): readonly Goto[] {
  const jumps: Goto[] = [];
  walk(fn.ast.body, node => {
    if (node.kind !== 'if' || node.then.kind !== 'compound' || !testsRetry(node.test)) return undefined;
    for (const statement of node.then.body) if (statement.kind === 'goto') jumps.push(statement);
    return undefined;
  });
  return jumps;
}

function testsRetry(test: Expression): boolean {
  if (test.kind === 'call') return test.args[0] !== undefined && testsRetry(test.args[0]);
  return (
    test.kind === 'binary' &&
    test.op === '&' &&
    test.right.kind === 'identifier' &&
    test.right.name === 'VM_FAULT_RETRY'
  );
}
