/** Functions that are not known and get the registers of a fault, as bad_area() of x86: they may release the lock, or not return. */

import {
  type CfgElement,
  calleeName,
  type FunctionAnalysis,
  type LockMode,
  lvalueText,
} from '../../analysis/index.js';
import type { Assignment, Call, Span } from '../../syntax/ast.js';
import { isKnown } from './lockEvidence.js';
import { VMA_LOCKS } from './lockNames.js';

/** They report, signal or fix up, and leave locks alone in every architecture. */
const HARMLESS =
  /^(?:user_mode|perf_sw_event|\w*signal_pending|show_\w+|dump_\w+|force_sig\w*|send_sig\w*|fixup_exception|no_context|\w*_nosemaphore|instruction_pointer)$/;

/** Helpers of helpers are looked into this far. */
const DEEPEST = 3;

/** The calls among the elements that give the registers to such a function, itself or through one of the file; who is asked for a value is none. */
export function callsWithRegisters(fn: FunctionAnalysis, elements: readonly CfgElement[]): readonly Call[] {
  return givingOn(fn, elements, DEEPEST);
}

function givingOn(fn: FunctionAnalysis, elements: readonly CfgElement[], depth: number): readonly Call[] {
  const registers = fn.ast.parameters.find(({ type }) => type === 'struct pt_regs')?.name ?? null;
  if (registers === null) return [];
  return elements.flatMap((element, index) => {
    if (element.kind !== 'call' || !element.node.args.some(argument => lvalueText(argument) === registers))
      return [];
    const next = elements[index + 1];
    if (next?.kind === 'assignment' && next.node.right === element.node) return [];
    const name = calleeName(element.node) ?? '';
    return HARMLESS.test(name) || (isKnown(name, fn) && !leadsOut(fn, name, depth)) ? [] : [element.node];
  });
}

/** Whether a function of the file gives the registers on to one that is not known, as bad_area() of x86 does. */
function leadsOut(fn: FunctionAnalysis, name: string, depth: number): boolean {
  if (!fn.isInFile(name)) return false;
  if (depth === 0) return true;
  const helper = fn.environment.scope.helperNamed(name, fn.item);
  return (
    helper === null ||
    givingOn(
      helper,
      helper.cfg.elements().map(({ element }) => element),
      depth - 1,
    ).length > 0
  );
}

/**
 * Whether one of them may have released a lock: not if it is called without one too, or cannot know which one is held. So may a
 * function that is not known, is given the mm, and is called an unlock; and whoever finds the mm where it was left.
 */
export function releasedByOthers(fn: FunctionAnalysis, mm: string, elements: readonly CfgElement[]): boolean {
  const unlocks = elements.some(element => {
    if (element.kind === 'assignment') return isKeptFor(fn, mm, element.node);
    const name = element.kind === 'call' ? calleeName(element.node) : null;
    if (element.kind !== 'call' || name === null || !/unlock/.test(name) || isKnown(name, fn)) return false;
    return element.node.args.some(argument => fn.aliases.mm(argument) === mm);
  });
  return unlocks || mayLeave(fn, mm, elements);
}

/** Whether one of them may have released a lock with the registers, or does not come back. */
export function mayLeave(fn: FunctionAnalysis, mm: string, elements: readonly CfgElement[]): boolean {
  return callsWithRegisters(fn, elements).some(call => mayRelease(fn, mm, call));
}

/** Whether the mm is left in an object, for somebody who releases its lock later, as the irq_work of kernel/bpf does (v5.9). */
function isKeptFor({ aliases }: FunctionAnalysis, mm: string, { left, right }: Assignment): boolean {
  return left.kind === 'member' && aliases.mm(right) === mm;
}

/** Whether a function takes faults: no variable of it says whether the lock is held, but what handle_mm_fault() returned. */
export function faultsIn(fn: FunctionAnalysis): boolean {
  return fn.sites.some(site => site.callee === 'handle_mm_fault');
}

/** Whether a call is given the result of a fault, by which mm_fault_error() knows of the lock. */
function isToldOfFault(fn: FunctionAnalysis, call: Call): boolean {
  const results = fn.cfg.elements().flatMap(({ element }) => {
    if (element.kind !== 'assignment' || element.node.right.kind !== 'call') return [];
    const isFault = calleeName(element.node.right) === 'handle_mm_fault';
    return isFault ? [lvalueText(element.node.left)] : [];
  });
  return call.args.some(argument => results.includes(lvalueText(argument)));
}

function mayRelease(fn: FunctionAnalysis, mm: string, call: Call): boolean {
  if (/die|panic|exit/.test(calleeName(call) ?? '')) return true;
  const text = ({ start, end }: Span): string => fn.file.text.slice(start, end).replace(/\s+/g, '');
  const others = fn.cfg.elements().flatMap(({ element }) => {
    const isSame = element.kind === 'call' && calleeName(element.node) === calleeName(call);
    return isSame && element.node !== call ? [element.node] : [];
  });
  const isUnder = (other: Call, modes: readonly LockMode[]): boolean => {
    const state = fn.lockBefore(other, mm);
    return state.length > 0 && state.every(({ mode }) => modes.includes(mode));
  };
  if (others.some(other => isUnder(other, ['none', 'caller']))) return false;
  // Reached with and without the lock it cannot know which, unless it is told what became of the fault.
  const isMixed = fn.lockBefore(call, mm).some(({ mode }) => mode === 'none' || mode === 'caller');
  if (isMixed && faultsIn(fn) && !isToldOfFault(fn, call)) return false;
  if (!isUnder(call, ['vma'])) return true;
  const locked = fn.cfg.elements().flatMap(({ element }) => {
    if (element.kind !== 'assignment' || element.node.right.kind !== 'call') return [];
    const takes = VMA_LOCKS.has(calleeName(element.node.right) ?? '');
    return takes ? [lvalueText(element.node.left) ?? ''] : [];
  });
  if (!call.args.some(argument => locked.includes(lvalueText(argument) ?? '?'))) return false;
  return !others.some(other => isUnder(other, ['read', 'write']) && text(other) === text(call));
}
