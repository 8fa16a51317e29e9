/** What one operation or one call does to the state of a lock. */

import type { LockOperation, ResolvedFunction } from '../../../kernel/src/index.js';
import type { Call, Expression, Span } from '../syntax/index.js';
import { factKey } from './conditionFacts.js';
import { lvalueText, plainSpan, valueExpression } from './expressions.js';
import {
  type Facts,
  isSet,
  NEGATIVE,
  NO_FACT,
  NON_ZERO,
  POSITIVE,
  refineBits,
  signFact,
  withFact,
  ZERO,
} from './lattices/factLattice.js';
import { type LockMode, type LockPath, type LockState, lockState } from './lattices/lockLattice.js';

/** A path with another mode, brought about by an operation of this function. */
export function withMode(path: LockPath, mode: LockMode, at: Span): LockPath {
  return { mode, source: 'local', origins: [plainSpan(at)], facts: path.facts };
}

/** The mode after an operation that did what it says; null: the operation leaves the path as it is. */
function modeAfter(does: LockOperation['does'], mode: LockMode): LockMode | null {
  switch (does) {
    case 'read-lock':
      return 'read';
    case 'write-lock':
      return 'write';
    case 'downgrade':
      return 'read';
    case 'vma-lock':
      return 'vma';
    case 'read-unlock':
    case 'write-unlock':
      return mode === 'vma' ? null : 'none';
    case 'vma-unlock':
      return mode === 'vma' || mode === 'caller' ? 'none' : null;
    case 'fault-unlock':
      return 'none';
    default:
      return null;
  }
}

/** Applies a lock operation on the mm in question. */
export function applyOperation(state: LockState, operation: LockOperation, call: Call): LockState {
  const at = call.callee;
  const key = `#${call.start}`;
  const paths: LockPath[] = [];
  for (const path of state) {
    if (operation.does === 'assert-held' || operation.does === 'assert-write') {
      paths.push(applyAssertion(path, operation.does, at));
      continue;
    }
    const mode = modeAfter(operation.does, path.mode);
    const done = mode === null ? path : withMode(path, mode, at);
    if (operation.asked !== undefined && isFalse(call.args[operation.asked])) {
      paths.push(path);
      continue;
    }
    if (operation.when === 'always') {
      paths.push(done);
      continue;
    }
    const zeroIsSuccess = operation.when === 'returns-zero';
    const succeeded = signFact(SUCCESS[operation.when]);
    const failed = signFact(
      zeroIsSuccess ? NEGATIVE : operation.when === 'returns-positive' ? NEGATIVE | ZERO : ZERO,
    );
    paths.push({ ...done, facts: withFact(path.facts, key, succeeded) });
    // A function that waits for the lock is called without it, so it is certainly not held where it gave up; one
    // that only tries says nothing of what was before.
    const waits = zeroIsSuccess || (operation.when === 'returns-nonnull' && operation.does !== 'vma-lock');
    const left = waits ? withMode(path, 'none', at) : path;
    paths.push({ ...left, facts: withFact(path.facts, key, failed) });
  }
  return lockState(paths);
}

/** The signs of what an operation returns if it took the lock. A pointer that is not NULL is no error here. */
const SUCCESS: Readonly<Record<Exclude<LockOperation['when'], 'always'>, number>> = {
  'returns-zero': ZERO,
  'returns-nonzero': NON_ZERO,
  'returns-nonnull': POSITIVE,
  'returns-positive': POSITIVE,
};

function isFalse(argument: Expression | undefined): boolean {
  if (argument?.kind === 'identifier') return argument.name === 'false';
  return argument?.kind === 'number' && argument.value === 0;
}

function applyAssertion(path: LockPath, does: 'assert-held' | 'assert-write', at: Span): LockPath {
  if (path.mode === 'read' || path.mode === 'write') return path;
  const mode = does === 'assert-write' ? 'write' : 'held';
  return path.mode === 'held' && mode === 'held'
    ? path
    : { ...path, mode, source: 'assert', origins: [plainSpan(at)] };
}

/**
 * The variable that tells whether the lock is still held after a call with a `locked` argument: `x` for `&x`,
 * `*p` for a pointer `p`.
 * @returns null if it cannot be named, `'NULL'` if none is given.
 */
export function lockedVariable(argument: Expression | undefined): string | null {
  if (argument === undefined) return null;
  const node = valueExpression(argument);
  if (node.kind === 'identifier' && node.name === 'NULL') return 'NULL';
  if (node.kind === 'number' && node.value === 0) return 'NULL';
  if (node.kind === 'unary' && node.op === '&') return lvalueText(node.operand);
  const text = lvalueText(node);
  return text === null ? null : `*${text}`;
}

/** What the flow knows of a call besides its text. */
export interface CallEffect {
  readonly fn: ResolvedFunction;
  /** Whether the callee may drop the lock: its faults may be retried or completed. */
  readonly mayDrop: boolean;
  /** Whether the callee drops a per-VMA lock too. */
  readonly dropsVmaLock: boolean;
  /** The results with which handle_mm_fault() has dropped the lock, in this release. */
  readonly droppedWith: readonly string[];
}

/** Applies the lock contract of a function of the tables. */
export function applyContract(state: LockState, call: Call, effect: CallEffect): LockState {
  switch (effect.fn.lock.after) {
    case 'depends-on-locked':
      return applyLocked(state, call, effect);
    case 'unless-retry-or-completed':
      return effect.mayDrop ? applyFault(state, call, effect) : state;
    default:
      return state;
  }
}

/** mm/gup.c: these return 0 only with the lock still held. */
const DROPS_WITH_ERROR: ReadonlySet<string> = new Set(['faultin_page']);

function applyLocked(state: LockState, call: Call, { fn, mayDrop }: CallEffect): LockState {
  const variable = lockedVariable(call.args[fn.argument('locked')]);
  if (variable === 'NULL') return state;
  const paths: LockPath[] = [];
  for (const path of state) {
    if (variable === null) {
      paths.push({ mode: 'unknown', source: 'local', origins: [plainSpan(call.callee)], facts: path.facts });
      continue;
    }
    if (!mayDrop && path.mode !== 'none' && isSet(path.facts, variable)) {
      paths.push(path);
      continue;
    }
    const facts = withFact(path.facts, variable, null);
    const before = path.facts.get(variable) ?? NO_FACT;
    // With *locked 0 on entry the callee takes the lock itself, which nobody may hold then, and leaves it released.
    const taken = path.mode === 'none' || before.signs === ZERO;
    if (!taken) paths.push({ ...path, facts: withFact(facts, variable, signFact(NON_ZERO)) });
    const dropped = path.mode === 'none' ? path : withMode(path, 'none', call.callee);
    const gone = withFact(facts, variable, signFact(ZERO));
    const result = DROPS_WITH_ERROR.has(fn.name) ? signFact(NEGATIVE) : null;
    paths.push({ ...dropped, facts: withFact(gone, `#${call.start}`, result) });
  }
  return lockState(paths);
}

function applyFault(state: LockState, call: Call, effect: CallEffect): LockState {
  const key = `#${call.start}`;
  // __folio_lock_or_retry() and its like say false where they dropped the lock, until they return a vm_fault_t.
  const isTruth = effect.fn.name !== 'handle_mm_fault' && effect.fn.returns !== 'vm_fault_t';
  const paths: LockPath[] = [];
  for (const path of state) {
    if (path.mode === 'vma' && !effect.dropsVmaLock) {
      paths.push(path);
      continue;
    }
    const kept = isTruth ? signFact(NON_ZERO) : refineBits(NO_FACT, effect.droppedWith, false);
    const gone = isTruth ? signFact(ZERO) : refineBits(NO_FACT, effect.droppedWith, true);
    paths.push({ ...path, facts: withFact(path.facts, key, kept) });
    const facts = path.mode === 'vma' ? path.facts : retriable(path.facts, call, effect.fn);
    if (facts === null) continue;
    paths.push({ ...withMode(path, 'none', call.callee), facts: withFact(facts, key, gone) });
  }
  return lockState(paths);
}

/**
 * What is known where a fault has dropped the mmap_lock: its flags allowed it (mm/filemap.c, maybe_unlock_mmap_for_io()
 * and __folio_lock_or_retry()). Null if they are known not to. A fault under a VMA lock asks for a retry without it.
 */
function retriable(facts: Facts, call: Call, fn: ResolvedFunction): Facts | null {
  const argument = call.args[fn.argument('flags')];
  const key = fn.flagsNamespace !== 'FAULT_FLAG' || argument === undefined ? null : factKey(argument);
  if (key === null || key.startsWith('#')) return facts;
  const fact = refineBits({ ...(facts.get(key) ?? NO_FACT), any: null }, ['FAULT_FLAG_ALLOW_RETRY'], true);
  return fact === null ? null : withFact(facts, key, fact);
}
