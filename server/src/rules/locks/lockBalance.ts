/** Releases of a lock that do not fit what is held: nothing any more, or the lock in the other mode. */

import { siteFunction } from '../../../../kernel/src/index.js';
import { calleeName, type FunctionAnalysis, type LockPath, lvalueText } from '../../analysis/index.js';
import type { Call, Expression, Span } from '../../syntax/ast.js';
import { spanOf } from '../../syntax/index.js';
import type { Finding } from '../rule.js';
import { certainWay } from './certainWay.js';
import { callsWithRegisters } from './givenRegisters.js';
import { LOCKING, mayBeRetaken } from './lockEvidence.js';
import { MMAP_UNLOCKS, READ_UNLOCKS, VMA_UNLOCKS } from './lockNames.js';

/** A release of a lock that is gone on some way here. */
export interface ReleaseWithoutLock {
  readonly call: Call;
  /** The call on that way that gave the lock up, or that did not get it. */
  readonly dropped: Call;
  /** Whether it is gone on every way. */
  readonly always: boolean;
}

/** The releases in a function, by functions of these names, that find the lock gone. */
export function releasesWithoutLock(
  fn: FunctionAnalysis,
  names: ReadonlySet<string>,
): readonly ReleaseWithoutLock[] {
  if (!fn.complete) return [];
  const found: ReleaseWithoutLock[] = [];
  for (const { call, mm } of releasesIn(fn, names)) {
    const state = fn.lockBefore(call, mm);
    const origin = state.find(isGone)?.origins.at(-1);
    const dropped = origin === undefined ? null : fn.callAt(origin.start);
    // The release itself: something in the loop takes the lock that is not known.
    if (dropped === null || dropped === call || found.some(one => one.call === call)) continue;
    const always = state.length === 1;
    if (!always && !isTold(fn, dropped)) {
      const way = certainWay(fn, mm, call, isGone, {
        isFollowed: isAbout(fn, dropped),
        isOther: other => other !== dropped && isTold(fn, other),
      });
      // What gets the registers may not come back.
      if (way === null || callsWithRegisters(fn, way.last).length > 0) continue;
    }
    if (mayBeRetaken(fn, mm, dropped, call)) continue;
    found.push({ call, dropped, always });
  }
  return found;
}

function isGone(path: LockPath): boolean {
  return path.mode === 'none' && path.source === 'local';
}

/** Whether a call of the tables says by its result, or by `locked`, whether it dropped the lock: these are followed exactly. */
function isTold(fn: FunctionAnalysis, dropped: Call): boolean {
  const name = calleeName(dropped) ?? '';
  return !MMAP_UNLOCKS.has(name) && !VMA_UNLOCKS.has(name) && siteFunction(fn.profile, name) !== null;
}

/** Asks of a condition whether it is the truth or the sign of what a call returned: that is followed too. */
function isAbout(fn: FunctionAnalysis, call: Call): (condition: Expression) => boolean {
  const holders = new Set<string>();
  for (const { element } of fn.cfg.elements()) {
    if (element.kind === 'declare' && element.node.init === call) holders.add(element.node.name);
    if (element.kind === 'assignment' && element.node.right === call)
      holders.add(lvalueText(element.node.left) ?? '');
  }
  const isResult = (node: Expression): boolean => node === call || holders.has(lvalueText(node) ?? '?');
  return condition =>
    isResult(condition) ||
    (condition.kind === 'binary' &&
      /^(?:[<>]=?|[!=]=)$/.test(condition.op) &&
      condition.right.kind === 'number' &&
      condition.right.value === 0 &&
      isResult(condition.left));
}

/** A release in another mode than that in which the lock is held on some way. */
export interface ReleaseOfOtherMode {
  readonly call: Call;
  readonly held: 'read' | 'write';
  /** Where it was taken. */
  readonly taken: Span;
  /** Whether it is held so on every way. */
  readonly always: boolean;
}

/** The releases of mmap_lock in a function that are of the other mode. */
export function releasesOfOtherMode(fn: FunctionAnalysis): readonly ReleaseOfOtherMode[] {
  if (!fn.complete) return [];
  return releasesIn(fn, MMAP_UNLOCKS).flatMap(({ call, mm }) => {
    const held = READ_UNLOCKS.has(calleeName(call) ?? '') ? 'write' : 'read';
    const isOther = ({ mode, source }: LockPath): boolean => mode === held && source === 'local';
    const state = fn.lockBefore(call, mm);
    const taken = state.find(isOther)?.origins.at(-1);
    const by = taken === undefined ? null : fn.callAt(taken.start);
    if (taken === undefined || certainWay(fn, mm, call, isOther) === null) return [];
    // What a helper leaves on some of its ways goes with what it returns.
    if (state.length > 1 && !LOCKING.has(by === null ? '' : (calleeName(by) ?? ''))) return [];
    if (isChosen(fn, call)) return [];
    // A function that is not known may have downgraded it, as do_munmap() does on demand.
    return mayBeRetaken(fn, mm, taken, call) ? [] : [{ call, held, taken, always: state.length === 1 }];
  });
}

/**
 * Whether a condition chooses between this release and one of the other mode: what it tests is told the mode, by a function that
 * downgrades the lock on demand as do_brk_munmap() of v6.1 does.
 */
function isChosen(fn: FunctionAnalysis, call: Call): boolean {
  const isRead = READ_UNLOCKS.has(calleeName(call) ?? '');
  const block = fn.cfg.positionOf(call)?.block ?? -1;
  return (fn.cfg.blocks[block]?.in ?? []).some(
    ({ from, label }) =>
      label.kind === 'branch' &&
      fn.cfg.blocks[from]?.out.some(({ to }) => {
        // What else is done before it has its own reasons.
        const first = fn.cfg.blocks[to]?.elements.find(({ kind }) => kind === 'call');
        const name = first?.kind === 'call' ? (calleeName(first.node) ?? '') : '';
        return MMAP_UNLOCKS.has(name) && READ_UNLOCKS.has(name) !== isRead;
      }),
  );
}

/** The calls of functions of these names, each with the mm whose lock it certainly works on. */
export function releasesIn(
  fn: FunctionAnalysis,
  names: ReadonlySet<string>,
): readonly { readonly call: Call; readonly mm: string }[] {
  const calls = fn.cfg.elements().flatMap(({ element }) => {
    return element.kind === 'call' && names.has(calleeName(element.node) ?? '') ? [element.node] : [];
  });
  // To name the locks of a function takes a look into all that it calls.
  if (calls.length === 0) return [];
  const found: { call: Call; mm: string }[] = [];
  for (const mm of fn.lockedMms) {
    for (const call of calls) {
      // An operation on another lock changes nothing of this one.
      const after = fn.lockAfter(call, mm);
      if (after.length === 0 || after.some(path => path.mode === 'unknown')) continue;
      if (isOn(call, mm, fn)) found.push({ call, mm });
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
