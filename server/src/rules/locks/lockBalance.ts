/** Where the operations of a function on one lock do not match: what is released without being held, what is left held. */

import { LOCK_OPERATIONS } from '../../../../kernel/src/index.js';
import {
  calleeName,
  type FunctionAnalysis,
  type LockMode,
  type LockPath,
  RETURNED,
  ZERO,
} from '../../analysis/index.js';
import type { Call, Expression, Return, Span } from '../../syntax/ast.js';
import { spanOf } from '../../syntax/index.js';
import type { Finding } from '../rule.js';
import { mayBeRetaken } from './lockEvidence.js';

/** A release of a lock that is gone on some way here. */
export interface ReleaseWithoutLock {
  readonly call: Call;
  /** The call on that way that gave the lock up. */
  readonly dropped: Call;
  /** Whether it is gone on every way. */
  readonly always: boolean;
}

const releasesOf = (kinds: RegExp): ReadonlySet<string> =>
  new Set(LOCK_OPERATIONS.filter(({ does }) => kinds.test(does)).map(({ name }) => name));

/** Releases of mmap_lock, by name. */
export const MMAP_UNLOCKS = releasesOf(/^(?:read|write)-unlock$/);
/** Releases of the lock of a VMA, by name. */
export const VMA_UNLOCKS = releasesOf(/^vma-unlock$/);

/** The releases in a function, by functions of these names, that find the lock gone. */
export function releasesWithoutLock(
  fn: FunctionAnalysis,
  names: ReadonlySet<string>,
): readonly ReleaseWithoutLock[] {
  if (!fn.complete) return [];
  const found: ReleaseWithoutLock[] = [];
  for (const mm of fn.lockedMms) {
    for (const { element } of fn.cfg.elements()) {
      if (element.kind !== 'call' || !names.has(calleeName(element.node) ?? '')) continue;
      // An operation on another lock changes nothing of this one.
      const after = fn.lockAfter(element.node, mm);
      if (after.length === 0 || after.some(path => path.mode === 'unknown')) continue;
      const state = fn.lockBefore(element.node, mm);
      const gone = state.find(path => path.mode === 'none' && path.source === 'local');
      const origin = gone?.origins.at(-1);
      const dropped = origin === undefined ? null : fn.callAt(origin.start);
      // The release itself: something in the loop takes the lock that is not known.
      if (
        gone === undefined ||
        dropped === null ||
        dropped === element.node ||
        found.some(one => one.call === element.node)
      )
        continue;
      if (!isOn(element.node, mm, fn) || mayBeRetaken(fn, mm, dropped, element.node)) continue;
      found.push({ call: element.node, dropped, always: state.length === 1 });
    }
  }
  return found;
}

/** A finding about such a release, and the call that gave the lock up before it. */
export function releasedAgain({ call, dropped }: ReleaseWithoutLock, message: string): Finding {
  return {
    span: spanOf(call.callee),
    message,
    related: [{ span: spanOf(dropped.callee), message: `released by ${calleeName(dropped) ?? ''}() before` }],
    confidence: 'high',
    fix: null,
  };
}

/** Whether a release is of the lock of this mm: where several are locked, its argument has to say so. */
function isOn(call: Call, mm: string, fn: FunctionAnalysis): boolean {
  const [lock] = call.args;
  if (lock === undefined) return false;
  if (/^up_/.test(calleeName(call) ?? '')) return fn.aliases.mmOfLock(lock) === mm;
  return VMA_UNLOCKS.has(calleeName(call) ?? '') ? fn.lockedMms.size === 1 : fn.aliases.mm(lock) === mm;
}

/** A return with the lock held though others release it. */
export interface LockLeft {
  readonly at: Return;
  /** Where the lock was taken. */
  readonly taken: Span;
}

/**
 * The returns of a function that leave a lock held. One that is held on success only is given to the caller.
 * @param modes what counts as held
 */
export function returnsWithLock(
  fn: FunctionAnalysis,
  modes: readonly LockMode[],
  names: ReadonlySet<string>,
): readonly LockLeft[] {
  if (!fn.complete || !callsOneOf(fn, names)) return [];
  const isHeld = (path: LockPath): boolean => modes.includes(path.mode) && path.source === 'local';
  const found: LockLeft[] = [];
  for (const mm of fn.lockedMms) {
    const returns = fn.cfg
      .elements()
      .flatMap(({ element }) =>
        element.kind === 'return' ? [{ node: element.node, state: fn.lockBefore(element.node, mm) }] : [],
      );
    // Known not to be 0 on every way, as under `if (ret)`.
    const failed = (node: Return): boolean =>
      fn.lockAfter(node, mm).every(({ facts }) => ((facts.get(RETURNED)?.signs ?? ZERO) & ZERO) === 0);
    const atExit = fn.lockAtExit(mm);
    if (!atExit.some(path => path.mode === 'none' && path.source === 'local')) continue;
    const succeedsWithout = returns.some(
      ({ node, state }) =>
        state.some(path => path.mode === 'none') && !isFailure(node.value) && !failed(node),
    );
    for (const { node, state } of returns) {
      const taken = state.find(isHeld)?.origins.at(-1);
      if (taken === undefined || !state.every(isHeld) || state.some(saysDropped)) continue;
      const isVoid = fn.ast.returnType === 'void';
      if (!isVoid && !isFailure(node.value) && !succeedsWithout) continue;
      if (!found.some(one => one.at === node)) found.push({ at: node, taken });
    }
  }
  return found;
}

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
