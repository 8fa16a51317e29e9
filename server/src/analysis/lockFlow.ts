/** The state of one mmap_lock at every point of a function. */

import {
  LOCK_OPERATIONS,
  type LockOperation,
  type Profile,
  type ResolvedFunction,
  siteFunction,
} from '../../../kernel/src/index.js';
import type { Call, Expression, Guard, Span } from '../syntax/index.js';
import type { Cfg, CfgEdge, CfgElement } from './cfg.js';
import { isConditionalGuard } from './cfgParts.js';
import { factKey } from './conditionFacts.js';
import { type FlowSolution, solveForward } from './dataflow.js';
import { calleeName, lvalueText, plainSpan, valueExpression } from './expressions.js';
import { type Facts, NO_FACTS, withFact } from './lattices/factLattice.js';
import {
  CALLERS_LOCK,
  type LockPath,
  type LockState,
  lockLattice,
  lockState,
} from './lattices/lockLattice.js';
import { keepsLock, type LockSummary, PARAMETER, pointeeKey, RETURNED } from './lockSummary.js';
import { applyContract, applyOperation, lockedVariable, withMode } from './lockTransfer.js';
import { MmAliases } from './mmAliases.js';
import { PathFacts } from './pathFacts.js';

/** What lock analysis is told of the world outside the function's graph. */
export interface LockContext {
  readonly profile: Profile;
  readonly aliases: MmAliases;
  /** Whether a fault-entry call may come back with the lock dropped, as far as its flags tell. */
  mayDrop(call: Call): boolean;
  /** What a function that is not of the tables does; null: nothing to any lock, as far as is known. */
  summary(call: Call): LockSummary | null;
}

/** The operations of a function's name, each on its own argument. */
export const OPERATIONS: ReadonlyMap<string, readonly LockOperation[]> = byName(LOCK_OPERATIONS);

function byName(operations: Iterable<LockOperation>): ReadonlyMap<string, readonly LockOperation[]> {
  const index = new Map<string, LockOperation[]>();
  for (const operation of operations) {
    const known = index.get(operation.name);
    if (known === undefined) index.set(operation.name, [operation]);
    else known.push(operation);
  }
  return index;
}

/** What a function of that name does to a lock in a release. */
function operationsOf(name: string, { switches }: Profile): readonly LockOperation[] {
  const operations = OPERATIONS.get(name) ?? [];
  return operations.filter(({ onlyWhile }) => onlyWhile === undefined || switches[onlyWhile]);
}

/** The names of all functions and guard classes that work on an mmap_lock or a per-VMA lock. */
export const LOCK_OPERATION_NAMES: ReadonlySet<string> = new Set(OPERATIONS.keys());

/** Guard classes of generic rwsems, by the function that they call. */
const RWSEM_GUARDS: ReadonlyMap<string, string> = new Map([
  ['rwsem_read', 'down_read'],
  ['rwsem_write', 'down_write'],
  // Got, once their block is entered (include/linux/rwsem.h, 6.7 to 6.9).
  ['rwsem_read_try', 'down_read'],
  ['rwsem_read_intr', 'down_read'],
  ['rwsem_write_try', 'down_write'],
  ['rwsem_write_kill', 'down_write'],
]);

/** The name of the mm that a lock operation works on; null if it is on another lock or cannot be named. */
export function mmOfOperation(
  operation: LockOperation,
  args: readonly Expression[],
  aliases: MmAliases,
): string | null {
  const argument = args[operation.on.argument];
  if (argument === undefined) return null;
  switch (operation.on.is) {
    case 'mm':
      return aliases.mm(argument);
    case 'vma':
      return aliases.mmOfVma(argument);
    case 'vmf':
      return aliases.mmOfVmf(argument);
    case 'rwsem':
      return aliases.mmOfLock(argument);
  }
}

/**
 * Whether what should be an mm is a VMA: expand_stack() as it was before it gave up the lock (v6.5), in a file for a release to which
 * that was ported back.
 */
function isGivenVma({ on }: LockOperation, args: readonly Expression[], aliases: MmAliases): boolean {
  const argument = args[on.argument];
  if (on.is !== 'mm' || argument === undefined) return false;
  return lvalueText(argument) === 'vma' || aliases.mm(argument)?.startsWith('vma<') === true;
}

/** The name of the mm that a function of the tables works on; `current->mm` where it has no argument for it. */
export function mmOfCall(fn: ResolvedFunction, call: Call, aliases: MmAliases): string | null {
  const mm = call.args[fn.argument('mm')];
  if (mm !== undefined) return aliases.mm(mm);
  const vma = call.args[fn.argument('vma')];
  return vma === undefined ? MmAliases.current : aliases.mmOfVma(vma);
}

/** The mms whose locks a function works on, by name. */
export function lockedMms(cfg: Cfg, context: LockContext): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { element } of cfg.elements()) {
    if (element.kind === 'call') {
      const name = calleeName(element.node);
      if (name === null) continue;
      for (const operation of operationsOf(name, context.profile)) {
        if (isGivenVma(operation, element.node.args, context.aliases)) continue;
        const mm = mmOfOperation(operation, element.node.args, context.aliases);
        if (mm !== null) names.add(mm);
      }
      const summary = context.summary(element.node);
      // Of what cannot be told, the name cannot either.
      if (summary !== null && summary.exit !== null && !keepsLock(summary)) {
        names.add(mmOfSummary(summary, element.node, context.aliases));
      }
    } else if (element.kind === 'guard-enter') {
      const guard = guardOf(element.node);
      if (guard === null) continue;
      const mm = mmOfOperation(guard, element.node.args, context.aliases);
      if (mm !== null) names.add(mm);
    }
  }
  return names;
}

/** The name that a caller has for the mm of a summary. */
export function mmOfSummary(summary: LockSummary, call: Call, aliases: MmAliases): string {
  const argument = call.args[summary.parameter];
  const name = argument === undefined ? null : aliases.mm(argument);
  if (name === null) return summary.mm;
  return summary.mm
    .replace(PARAMETER, name)
    .replace(/^&(\w+)->/, '$1.')
    .replace(/^vma<(.*)>->vm_mm$/, '$1');
}

function guardOf(guard: Guard): LockOperation | null {
  const name = RWSEM_GUARDS.get(guard.class) ?? guard.class;
  return OPERATIONS.get(name)?.find(operation => operation.does.endsWith('-lock')) ?? null;
}

/**
 * Solves the state of the lock of one mm.
 * @param target the mm's name; operations on an mm of another name make the state unknown, unless the function
 *   works on one mm only and `target` hangs on a VMA of unknown origin or is `current->mm`: then they are taken to
 *   be the same.
 * @param mms all mms that the function works on, of {@link lockedMms}
 * @returns the solution; its state at the exit has what is known of the returned value under {@link RETURNED}.
 */
export function solveLock(
  cfg: Cfg,
  target: string,
  mms: ReadonlySet<string>,
  context: LockContext,
): FlowSolution<LockState> {
  const flow = new LockFlow(cfg, target, mms, context);
  return solveForward<LockState>(cfg, {
    ...lockLattice,
    entry: CALLERS_LOCK,
    transfer: (element, state) => (state.length === 0 ? state : flow.transfer(element, state)),
    refine: (edge, state) => flow.refine(edge, state),
  });
}

class LockFlow {
  readonly #target: string;
  readonly #context: LockContext;
  /** Whether the function works on the lock of no mm but the target and another name that may be the same. */
  readonly #isOnlyOne: boolean;
  readonly #facts: PathFacts;

  constructor(cfg: Cfg, target: string, mms: ReadonlySet<string>, context: LockContext) {
    this.#target = target;
    this.#context = context;
    this.#isOnlyOne = new Set([...mms, target]).size <= 2;
    this.#facts = new PathFacts(cfg, context.profile, untestedVariables(cfg, context.profile));
  }

  #isTarget(mm: string | null): boolean {
    if (mm === this.#target) return true;
    if (mm === null) return false;
    if (!this.#isOnlyOne) return false;
    // A call without an mm argument works on current->mm: a function that locks one mm before it locks that one.
    return MmAliases.isOpen(mm) || MmAliases.isOpen(this.#target) || this.#target === MmAliases.current;
  }

  transfer(element: CfgElement, state: LockState): LockState {
    switch (element.kind) {
      case 'call':
        return this.#call(element.node, this.#factsAfter(element, state), state);
      case 'guard-enter':
      case 'guard-exit':
        return this.#guard(element.node, element.kind === 'guard-enter', state);
      case 'unknown':
        return unknownState(element.node);
      default:
        // No cleanup function of the kernel works on an mmap_lock.
        return this.#factsAfter(element, state);
    }
  }

  refine(edge: CfgEdge, state: LockState): LockState {
    const { label } = edge;
    if (label.kind === 'next' || state.length === 0) return state;
    const paths: LockPath[] = [];
    let changed = false;
    for (const path of state) {
      const facts = this.#facts.along(label, path.facts);
      changed ||= facts !== path.facts;
      if (facts !== null) paths.push(facts === path.facts ? path : { ...path, facts });
    }
    return changed ? paths : state;
  }

  #factsAfter(element: CfgElement, state: LockState): LockState {
    return eachPath(state, path => {
      const facts = this.#facts.after(element, path.facts);
      return facts === path.facts ? path : { ...path, facts };
    });
  }

  /** @param called the state with the facts that the call leaves; `state`: with those before it */
  #call(call: Call, called: LockState, state: LockState): LockState {
    let next = called;
    const name = calleeName(call);
    if (name === null) return next;
    const operations = operationsOf(name, this.#context.profile);
    if (operations.length > 0) {
      for (const operation of operations) {
        if (isGivenVma(operation, call.args, this.#context.aliases)) continue;
        const mm = mmOfOperation(operation, call.args, this.#context.aliases);
        if (mm === null && operation.on.is === 'rwsem') continue;
        // vma_assert_locked() is content with either lock, so it says nothing of this one.
        if (operation.on.is === 'vma' && operation.does === 'assert-held') continue;
        next = this.#isTarget(mm) ? applyOperation(next, operation, call) : unknownState(call.callee);
      }
      return next;
    }
    const fn = siteFunction(this.#context.profile, name) ?? this.#context.profile.functions.get(name) ?? null;
    if (fn !== null && fn.lock.after !== 'kept' && fn.lock.after !== 'irrelevant') {
      if (!this.#isTarget(mmOfCall(fn, call, this.#context.aliases))) return next;
      // The facts about `locked` on entry are needed, so the contract sees the state before they were forgotten.
      return applyContract(restoreLocked(next, state, fn, call), call, {
        fn,
        mayDrop: this.#context.mayDrop(call),
        dropsVmaLock: this.#context.profile.switches.vmaLockDroppedByCore,
        droppedWith: this.#context.profile.flags.has('VM_FAULT_COMPLETED')
          ? ['VM_FAULT_COMPLETED', 'VM_FAULT_RETRY']
          : ['VM_FAULT_RETRY'],
      });
    }
    const summary = this.#context.summary(call);
    return summary === null ? next : this.#applySummary(summary, call, next);
  }

  #applySummary(summary: LockSummary, call: Call, state: LockState): LockState {
    const { exit } = summary;
    if (keepsLock(summary)) return state;
    if (exit === null || !this.#isTarget(mmOfSummary(summary, call, this.#context.aliases))) {
      return unknownState(call.callee);
    }
    const paths: LockPath[] = [];
    for (const path of state) {
      for (const after of exit) {
        const facts = factsAfter(path.facts, after.facts, call);
        if (after.mode === 'caller') paths.push({ ...path, facts });
        else paths.push({ ...withMode(path, after.mode, call.callee), facts });
      }
    }
    return lockState(paths);
  }

  #guard(guard: Guard, enter: boolean, state: LockState): LockState {
    const operation = guardOf(guard);
    if (operation === null) return state;
    const mm = mmOfOperation(operation, guard.args, this.#context.aliases);
    if (mm === null && operation.on.is === 'rwsem') return state;
    // Whether ACQUIRE() and a plain guard() of a class that may fail got it, a variable says that is not followed.
    const unsure = guard.body === null && isConditionalGuard(guard.class);
    if (unsure || !this.#isTarget(mm)) return unknownState(guard);
    const mode = operation.does === 'write-lock' ? 'write' : operation.does === 'vma-lock' ? 'vma' : 'read';
    return lockState(state.map(path => withMode(path, enter ? mode : 'none', guard)));
  }
}

/** What is known behind a call of which a summary tells: of its result, and of what it was given by address. */
function factsAfter(before: Facts, summary: Facts, call: Call): Facts {
  let facts = withFact(before, `#${call.start}`, summary.get(RETURNED) ?? null);
  call.args.forEach((argument, index) => {
    const fact = summary.get(pointeeKey(index));
    const variable = fact === undefined ? null : lockedVariable(argument);
    if (fact !== undefined && variable !== null) facts = withFact(facts, variable, fact);
  });
  return facts;
}

/** The variables that matter though nothing tests them: what calls are given as `locked`, and what is returned. */
function untestedVariables(cfg: Cfg, profile: Profile): ReadonlySet<string> {
  const variables = new Set<string>();
  for (const { element } of cfg.elements()) {
    if (element.kind === 'return' && element.node.value?.kind === 'identifier')
      variables.add(element.node.value.name);
    const name = element.kind === 'call' ? calleeName(element.node) : null;
    if (element.kind !== 'call' || name === null) continue;
    const fn = siteFunction(profile, name);
    const variable = fn === null ? null : lockedVariable(element.node.args[fn.argument('locked')]);
    if (variable !== null) variables.add(variable);
  }
  return variables;
}

function unknownState(at: Span): LockState {
  return [{ mode: 'unknown', source: 'local', origins: [plainSpan(at)], facts: NO_FACTS }];
}

function eachPath(state: LockState, change: (path: LockPath) => LockPath): LockState {
  let changed = false;
  const paths = state.map(path => {
    const next = change(path);
    changed ||= next !== path;
    return next;
  });
  return changed ? paths : state;
}

function restoreLocked(next: LockState, before: LockState, fn: ResolvedFunction, call: Call): LockState {
  const argument = call.args[fn.argument('locked')];
  if (argument === undefined) return next;
  const node = valueExpression(argument);
  const key = node.kind === 'unary' && node.op === '&' ? factKey(node.operand) : `*${lvalueText(node) ?? ''}`;
  if (key === null) return next;
  return next.map(path => {
    const fact = before.find(old => old.mode === path.mode)?.facts.get(key);
    return fact === undefined ? path : { ...path, facts: withFact(path.facts, key, fact) };
  });
}
