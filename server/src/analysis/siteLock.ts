/** The lock at a call site: before, after, and why that is believed. */

import type { ResolvedFunction } from '../../../kernel/src/index.js';
import type { Call } from '../syntax/index.js';
import type { LockAfter, LockAtSite, LockBefore, LockEvidence } from './callSite.js';
import { isSet, ZERO } from './lattices/factLattice.js';
import {
  allOrigins,
  type LockMode,
  type LockState,
  overallMode,
  overallSource,
} from './lattices/lockLattice.js';
import { lockedVariable } from './lockTransfer.js';

/** Nothing can be said. */
export const UNKNOWN_LOCK: LockAtSite = {
  before: 'unknown',
  after: 'unknown',
  evidence: 'none',
  origins: [],
};

/** Nothing is said here; what holds is what the caller left. */
export const CALLERS_LOCK_AT_SITE: LockAtSite = {
  before: 'caller-dependent',
  after: 'caller-dependent',
  evidence: 'caller',
  origins: [],
};

const BEFORE: Readonly<Record<LockMode, LockBefore>> = {
  caller: 'caller-dependent',
  read: 'held-read',
  write: 'held-write',
  held: 'held',
  vma: 'vma-lock',
  none: 'not-held',
  unknown: 'unknown',
};

/** What all paths together say, in the words of rows. */
export function lockBeforeOf(state: LockState): LockBefore {
  return BEFORE[overallMode(state)];
}

/**
 * The lock state that rows and rules see.
 * @param state the flow's state right before the call.
 * @param mayDrop whether the callee may come back with the lock dropped, as far as its flags tell.
 */
export function lockAtSite(state: LockState, fn: ResolvedFunction, call: Call, mayDrop: boolean): LockAtSite {
  const { before, evidence } = lockBefore(state, fn, call);
  return { before, after: lockAfter(before, state, fn, call, mayDrop), evidence, origins: allOrigins(state) };
}

function lockBefore(
  state: LockState,
  fn: ResolvedFunction,
  call: Call,
): { readonly before: LockBefore; readonly evidence: LockEvidence } {
  const mode = overallMode(state);
  if (lockedIsZero(state, fn, call) && state.every(path => path.mode === 'caller' || path.mode === 'none')) {
    return { before: 'not-held', evidence: 'local' };
  }
  const modes = new Set(state.map(path => path.mode));
  const free = state.length > 0 && isWithin(modes, ['caller', 'none']);
  if (free && mode !== 'none' && needsNoLock(fn)) return { before: 'not-held', evidence: 'contract' };
  if (mode === 'unknown' && modes.has('caller')) return mixedWithCaller(state, modes, fn, call);
  return { before: BEFORE[mode], evidence: EVIDENCE[mode] ?? overallSource(state) };
}

/** Where the mode alone says why it is believed. */
const EVIDENCE: Readonly<Partial<Record<LockMode, LockEvidence>>> = { caller: 'caller', unknown: 'none' };

function isWithin(modes: ReadonlySet<LockMode>, allowed: readonly LockMode[]): boolean {
  return [...modes].every(mode => allowed.includes(mode));
}

/** Some paths leave the lock to the caller, others do not. */
function mixedWithCaller(
  state: LockState,
  modes: ReadonlySet<LockMode>,
  fn: ResolvedFunction,
  call: Call,
): { readonly before: LockBefore; readonly evidence: LockEvidence } {
  const locked = lockedVariable(call.args[fn.argument('locked')]);
  if (isWithin(modes, ['caller', 'read', 'write', 'held'])) {
    // A state that outlives the function and says "locked" was set by whoever took the lock. A variable of this
    // function that starts as 1 says only what the callee is told.
    const shared = locked !== null && /->|^\*/.test(locked);
    const held = state.every(path => {
      const fact = locked === null ? undefined : path.facts.get(locked);
      return path.mode !== 'caller' || (shared && fact !== undefined && (fact.signs & ZERO) === 0);
    });
    if (!held) return { before: 'caller-dependent', evidence: 'caller' };
    // With `*locked` set the callee may release it by mmap_read_unlock(), so the caller's is held for reading too.
    const before = isWithin(modes, ['caller', 'read']) ? 'held-read' : 'held';
    return { before, evidence: overallSource(state) };
  }
  if (locked !== null && locked !== 'NULL' && isWithin(modes, ['caller', 'none'])) {
    return { before: 'caller-dependent', evidence: 'caller' };
  }
  return { before: 'unknown', evidence: 'none' };
}

/**
 * Whether the callee is one that its callers use without the lock: it takes the lock itself or, as the fast-only
 * ones, walks without it.
 */
function needsNoLock(fn: ResolvedFunction): boolean {
  return fn.lock.before === 'none' || (fn.kind === 'gup' && fn.lock.before === 'irrelevant');
}

/** Whether `*locked` is 0 on entry: the callee then takes the lock itself. */
function lockedIsZero(state: LockState, fn: ResolvedFunction, call: Call): boolean {
  const variable = lockedVariable(call.args[fn.argument('locked')]);
  if (variable === null || variable === 'NULL' || state.length === 0) return false;
  return state.every(path => path.facts.get(variable)?.signs === ZERO);
}

/** Whether `*locked` is certainly not 0 on entry. */
function lockedIsSet(state: LockState, fn: ResolvedFunction, call: Call): boolean {
  const variable = lockedVariable(call.args[fn.argument('locked')]);
  return variable !== null && state.length > 0 && state.every(path => isSet(path.facts, variable));
}

function lockAfter(
  before: LockBefore,
  state: LockState,
  fn: ResolvedFunction,
  call: Call,
  mayDrop: boolean,
): LockAfter {
  const contract = fn.lock;
  switch (contract.after) {
    case 'depends-on-locked':
      if (lockedVariable(call.args[fn.argument('locked')]) === 'NULL') return keptLock(before, true);
      if (lockedIsZero(state, fn, call)) return 'not-held';
      return !mayDrop && lockedIsSet(state, fn, call) ? keptLock(before, true) : 'depends-on-locked';
    case 'retaken':
      return 'held';
    case 'unless-retry-or-completed':
      return mayDrop ? 'held-unless-retry-or-completed' : keptLock(before, true);
    case 'taken-on-success':
      // Held or not, as the result says; there is no word for it in the vocabulary.
      return 'unknown';
    default:
      return keptLock(before, contract.before === 'mmap-lock' || contract.before === 'mmap-lock-or-vma-lock');
  }
}

/** What holds after a callee that leaves the lock as it was. `needed`: its contract is that the lock is held. */
function keptLock(before: LockBefore, needed: boolean): LockAfter {
  switch (before) {
    case 'held-read':
    case 'held-write':
    case 'held':
      return 'held';
    case 'not-held':
      return 'not-held';
    case 'vma-lock':
      return needed ? 'held' : 'unknown';
    case 'caller-dependent':
      return needed ? 'held' : 'caller-dependent';
    case 'unknown':
      return needed ? 'held' : 'unknown';
  }
}
