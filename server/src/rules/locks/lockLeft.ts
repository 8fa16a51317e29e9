/** Ways out of a function on which a lock is left held that the function took itself and releases elsewhere. */

import {
  type CfgElement,
  calleeName,
  type FunctionAnalysis,
  isSet,
  type LockMode,
  type LockPath,
  lvalueText,
  POSITIVE,
  RETURNED,
  ZERO,
} from '../../analysis/index.js';
import type { Expression, Span } from '../../syntax/ast.js';
import { spanOf } from '../../syntax/index.js';
import { certainWay, certainWayAlong } from './certainWay.js';
import { MMAP_LOCKS, VMA_LOCKS } from './lockBalance.js';
import { isKnown } from './lockEvidence.js';

/** A lock that is still held on a way out. */
export interface LockLeft {
  /** Where it goes wrong: the jump that passes the release by, or the return. */
  readonly at: Span;
  /** The return to which that jump leads; null where it is the return itself. */
  readonly leaves: Span | null;
  /** Whether other ways come to that return without the lock. */
  readonly sometimes: boolean;
  /** Where the lock was taken. */
  readonly taken: Span;
}

/**
 * The returns of a function that leave a lock held. One that is held on success only is given to the caller.
 * @param modes what counts as held
 * @param names the functions that release it
 */
export function returnsWithLock(
  fn: FunctionAnalysis,
  modes: readonly LockMode[],
  names: ReadonlySet<string>,
): readonly LockLeft[] {
  if (!fn.complete || !callsOneOf(fn, names)) return [];
  const found = new Map<number, LockLeft>();
  for (const mm of fn.lockedMms) {
    for (const left of leftOf(fn, mm, modes)) {
      if (!found.has(left.at.start)) found.set(left.at.start, left);
    }
  }
  return [...found.values()];
}

/** Where mmap_lock is taken with the lock of a VMA held that this function took: nobody releases that one any more. */
export function mmapLockTakenUnderVmaLock(fn: FunctionAnalysis): readonly Pick<LockLeft, 'at' | 'taken'>[] {
  if (!fn.complete || !callsOneOf(fn, VMA_LOCKS)) return [];
  const isHeld = (path: LockPath): boolean => path.mode === 'vma' && path.source === 'local';
  const found: Pick<LockLeft, 'at' | 'taken'>[] = [];
  for (const mm of fn.lockedMms) {
    for (const { element } of fn.cfg.elements()) {
      if (element.kind !== 'call' || !MMAP_LOCKS.has(calleeName(element.node) ?? '')) continue;
      const taken = fn.lockBefore(element.node, mm).filter(isHeld).at(-1)?.origins.at(-1);
      const way = taken === undefined ? null : certainWay(fn, mm, element.node, isHeld);
      if (taken !== undefined && way !== null)
        found.push({ at: way.jump ?? spanOf(element.node.callee), taken });
    }
  }
  return found;
}

function leftOf(fn: FunctionAnalysis, mm: string, modes: readonly LockMode[]): readonly LockLeft[] {
  const isHeld = (path: LockPath): boolean => modes.includes(path.mode) && path.source === 'local';
  if (!fn.lockAtExit(mm).some(path => path.mode === 'none' && path.source === 'local')) return [];
  const returns = fn.cfg.elements().flatMap(({ element }) =>
    element.kind === 'return'
      ? [
          {
            node: element.node,
            state: fn.lockBefore(element.node, mm),
            after: fn.lockAfter(element.node, mm),
          },
        ]
      : [],
  );
  const isVoid = fn.ast.returnType === 'void';
  const succeedsWithout = returns.some(({ node, after }) => {
    // Known not to be 0 on every way, as under `if (ret)`.
    const failed = after.every(({ facts }) => isSet(facts, RETURNED));
    return after.some(path => path.mode === 'none') && !isFailure(node.value) && !failed;
  });
  const ofReturns = returns.flatMap(({ node, state, after }): readonly LockLeft[] => {
    const held = state.filter(isHeld);
    const taken = held.flatMap(path => path.origins).at(-1);
    if (taken === undefined || held.some(saysDropped) || !takesItself(fn, taken)) return [];
    const at = fn.cfg.positionOf(node);
    const before = at === null ? [] : (fn.cfg.blocks[at.block]?.elements.slice(0, at.index) ?? []);
    if (endsFault(fn, before)) return [];
    if (held.length === state.length) {
      if (!isVoid && !isFailure(node.value) && !succeedsWithout) return [];
      return [{ at: spanOf(node), leaves: null, sometimes: false, taken }];
    }
    // Where other ways come here without it, what is returned has to say that this one is no success.
    const fails = after.filter(isHeld).every(({ facts }) => isError(fn, facts.get(RETURNED)?.signs));
    const way = isVoid || fails ? certainWay(fn, mm, node, isHeld) : null;
    if (way === null || endsFault(fn, way.last)) return [];
    const leaves = way.jump === null ? null : spanOf(node);
    return [{ at: way.jump ?? spanOf(node), leaves, sometimes: true, taken }];
  });
  return isVoid ? [...ofReturns, ...leftAtEnd(fn, mm, isHeld)] : ofReturns;
}

/** Where the end of a function without a result is reached with the lock held. */
function leftAtEnd(
  fn: FunctionAnalysis,
  mm: string,
  isHeld: (path: LockPath) => boolean,
): readonly LockLeft[] {
  const { cfg } = fn;
  const end = fn.item.body.end;
  for (const edge of cfg.blocks[cfg.exit]?.in ?? []) {
    if (cfg.blocks[edge.from]?.elements.at(-1)?.kind === 'return') continue;
    const held = fn.lockAlong(edge, mm).filter(isHeld);
    const taken = held.flatMap(path => path.origins).at(-1);
    if (taken === undefined || held.some(saysDropped) || !takesItself(fn, taken)) continue;
    const way = certainWayAlong(fn, mm, edge, isHeld);
    if (way === null || endsFault(fn, way.last)) continue;
    const brace = { start: end - 1, end };
    return [{ at: way.jump ?? brace, leaves: way.jump === null ? null : brace, sometimes: true, taken }];
  }
  return [];
}

/** Whether one of the elements gives the registers to a function that is not known, as bad_area() of x86: it may release the lock. */
function endsFault(fn: FunctionAnalysis, elements: readonly CfgElement[]): boolean {
  const registers = fn.ast.parameters.find(({ type }) => type === 'struct pt_regs')?.name ?? null;
  if (registers === null) return false;
  return elements.some((element, index) => {
    if (element.kind !== 'call' || !element.node.args.some(argument => lvalueText(argument) === registers))
      return false;
    // Who is asked for a value does nothing.
    const next = elements[index + 1];
    if (next?.kind === 'assignment' && next.node.right === element.node) return false;
    const name = calleeName(element.node) ?? '';
    return !isKnown(name, fn) && !/^(?:user_mode|perf_sw_event|\w*signal_pending)$/.test(name);
  });
}

/** Whether the lock is the function's own: one that it only downgrades is its caller's. */
function takesItself(fn: FunctionAnalysis, taken: Span): boolean {
  const by = fn.callAt(taken.start);
  return by === null || !/downgrade/.test(calleeName(by) ?? '') || callsOneOf(fn, MMAP_LOCKS);
}

/** Whether what a function returns with these signs is an error number: 1 of a function that tries is none. */
function isError({ ast }: FunctionAnalysis, signs: number = ZERO): boolean {
  return SIGNED.test(ast.returnType) && (signs & ZERO) === 0 && signs !== POSITIVE;
}

const SIGNED = /^(?:int|long|long int|ssize_t|s32|s64|loff_t)$/;

/** Whether the way is only for a fault that has released the lock, though this one never does. */
function saysDropped(path: LockPath): boolean {
  return [...path.facts.values()].some(
    ({ any }) => any?.some(bit => /_(?:RETRY|COMPLETED)$/.test(bit)) === true,
  );
}

function callsOneOf(fn: FunctionAnalysis, names: ReadonlySet<string>): boolean {
  for (const { element } of fn.cfg.elements()) {
    if (element.kind === 'call' && names.has(calleeName(element.node) ?? '')) return true;
  }
  return false;
}

/** Whether a returned value says by itself that the function failed. */
function isFailure(value: Expression | null): boolean {
  if (value === null) return false;
  switch (value.kind) {
    case 'unary':
      return value.op === '-';
    case 'identifier':
      return value.name === 'NULL' || value.name === 'false' || /^VM_FAULT_(?:SIG|OOM|ERR)/.test(value.name);
    case 'call':
      return calleeName(value) === 'ERR_PTR';
    case 'cast':
      return isFailure(value.operand);
    default:
      return false;
  }
}
