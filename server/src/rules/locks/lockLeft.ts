/** Ways out of a function on which a lock is left held that the function took itself and releases elsewhere. */

import {
  type CfgElement,
  type CfgPosition,
  calleeName,
  type FunctionAnalysis,
  flagTest,
  isSet,
  type LockMode,
  type LockPath,
  type LockState,
  lvalueText,
  POSITIVE,
  RETURNED,
  rootOf,
  ZERO,
} from '../../analysis/index.js';
import type { Expression, Span } from '../../syntax/ast.js';
import { spanOf } from '../../syntax/index.js';
import { jumpBehind } from '../followingJump.js';
import { leadsTo } from '../waysBetween.js';
import { type CertainWay, certainWay, certainWayAlong } from './certainWay.js';
import { faultsIn, releasedByOthers } from './givenRegisters.js';
import { isKnown, LOCKING } from './lockEvidence.js';
import { MMAP_LOCKS, MMAP_UNLOCKS, VMA_LOCKS, VMA_UNLOCKS } from './lockNames.js';

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
  if (!fn.complete) return [];
  const kept = modes.includes('vma') && callsOneOf(fn, VMA_LOCKS) ? vmasKept(fn) : null;
  // What takes faults has the lock released by some of them, so its caller cannot be meant to release it.
  if (kept === null && !callsOneOf(fn, names) && !(faultsIn(fn) && takesFirst(fn))) return [];
  const found = new Map<number, LockLeft>();
  for (const mm of fn.lockedMms) {
    for (const left of leftOf(fn, mm, modes, kept)) {
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

/** Where an address space is given up with its lock held, and the way goes on by a jump to where nothing releases it any more. */
export function mmapLockLostWithMm(fn: FunctionAnalysis): readonly Pick<LockLeft, 'at' | 'taken'>[] {
  if (!fn.complete || !callsOneOf(fn, MMAP_UNLOCKS)) return [];
  const isHeld = ({ mode, source }: LockPath): boolean =>
    (mode === 'read' || mode === 'write') && source === 'local';
  return [...fn.lockedMms].flatMap(mm =>
    fn.cfg.elements().flatMap(({ element, at }): readonly Pick<LockLeft, 'at' | 'taken'>[] => {
      if (element.kind !== 'call' || !putsMm(fn, mm, [element])) return [];
      const state = fn.lockBefore(element.node, mm);
      const taken = state
        .filter(isHeld)
        .flatMap(path => path.origins)
        .at(-1);
      const straight = jumpBehind(fn, element.node.end);
      const jump = state.every(isHeld) ? straight : (certainWay(fn, mm, element.node, isHeld)?.jump ?? null);
      if (taken === undefined || jump === null) return [];
      return isReleasedBehind(fn, mm, at) ? [] : [{ at: jump, taken }];
    }),
  );
}

/** Where mmap_lock is taken that this function has taken before and still holds: it waits for itself, or loses the first lock. */
export function mmapLockTakenAgain(fn: FunctionAnalysis): readonly Pick<LockLeft, 'at' | 'taken'>[] {
  if (!fn.complete || !callsOneOf(fn, MMAP_LOCKS)) return [];
  const isHeld = ({ mode, source }: LockPath): boolean =>
    (mode === 'read' || mode === 'write') && source === 'local';
  const found: Pick<LockLeft, 'at' | 'taken'>[] = [];
  for (const mm of fn.lockedMms) {
    if (!fn.lockAtExit(mm).some(path => path.mode === 'none' && path.source === 'local')) continue;
    for (const { element, at } of fn.cfg.elements()) {
      const name = element.kind === 'call' ? (calleeName(element.node) ?? '') : '';
      if (element.kind !== 'call' || !MMAP_LOCKS.has(name) || name.includes('try')) continue;
      const taken = fn.lockBefore(element.node, mm).filter(isHeld).at(-1)?.origins.at(-1);
      const way = taken === undefined ? null : certainWay(fn, mm, element.node, isHeld);
      const jump = way?.jump ?? null;
      if (taken === undefined || way === null || jump === null || asksErrno(fn, taken, jump)) continue;
      if (isFaultElsewhere(fn, mm, taken, jump)) continue;
      if (!isGivenBehind(fn, mm, at)) found.push({ at: jump, taken });
    }
  }
  return found;
}

/**
 * Whether a function that is not known is given the mm between two places, and bits of a fault's result are asked of what it
 * returns: as __do_page_fault() of arm it may have dropped the lock.
 */
function isFaultElsewhere(fn: FunctionAnalysis, mm: string, from: Span, to: Span): boolean {
  const results = fn.cfg.elements().flatMap(({ element }) => {
    if (element.kind !== 'assignment' || element.node.right.kind !== 'call') return [];
    const { left, right } = element.node;
    if (right.start < from.start || right.start > to.start) return [];
    const isGiven = right.args.some(argument => fn.aliases.mm(argument) === mm);
    return isGiven && !isKnown(calleeName(right) ?? '', fn) ? [lvalueText(left)] : [];
  });
  return fn.cfg.order.some(id => {
    const label = fn.cfg.blocks[id]?.out[0]?.label;
    const test = label?.kind === 'branch' ? flagTest(label.condition) : null;
    if (test === null || test === undefined) return false;
    const asksFault = test.mask.kind === 'identifier' && test.mask.name.startsWith('VM_FAULT_');
    return asksFault && results.includes(lvalueText(test.value));
  });
}

/**
 * Whether a condition between two places compares a result with one error number: that may say that the lock was dropped, unless
 * it is of a function that is given nothing but pages and numbers.
 */
function asksErrno(fn: FunctionAnalysis, from: Span, to: Span): boolean {
  return fn.cfg.order.some(id => {
    const label = fn.cfg.blocks[id]?.out[0]?.label;
    if (label?.kind !== 'branch' || label.condition.kind !== 'binary') return false;
    const { start, op, left, right } = label.condition;
    const isAsked = from.start < start && start < to.start && /^[=!]=$/.test(op) && right.kind === 'unary';
    return isAsked && !isResultOfPages(fn, lvalueText(left), from, start);
  });
}

/** Whether what a variable is given last between two places is the result of a function that gets pages and numbers only. */
function isResultOfPages(fn: FunctionAnalysis, name: string | null, from: Span, to: number): boolean {
  const plain = new Set(
    fn.ast.parameters.flatMap(({ name: of, type, pointers }) =>
      of !== null && isPlain(type, pointers) ? [of] : [],
    ),
  );
  for (const { element } of fn.cfg.elements()) {
    if (element.kind === 'declare' && isPlain(element.declaration.type, element.node.pointers))
      plain.add(element.node.name);
  }
  const given = fn.cfg.elements().flatMap(({ element }) => {
    if (element.kind !== 'assignment' || lvalueText(element.node.left) !== name) return [];
    const { start, right } = element.node;
    return from.start < start && start < to ? [right] : [];
  });
  const last = given.sort((a, b) => a.start - b.start).at(-1);
  return last?.kind === 'call' && last.args.every(arg => arg.kind === 'identifier' && plain.has(arg.name));
}

/** Whether a type holds no way to an address space. */
function isPlain(type: string, pointers: number): boolean {
  return pointers === 0 ? !type.startsWith('struct') : pointers === 1 && /^struct (?:page|folio)$/.test(type);
}

/** Whether the variable that a name hangs on may be given another value behind a place: it is another mm then. */
function isGivenBehind(fn: FunctionAnalysis, mm: string, from: CfgPosition): boolean {
  const root = rootOf(mm);
  return fn.cfg.elements().some(({ element, at }) => {
    const given =
      element.kind === 'assignment'
        ? lvalueText(element.node.left)
        : element.kind === 'declare'
          ? element.node.name
          : null;
    const isGiven = element.kind === 'macro-loop' || given === root || given === mm;
    return isGiven && leadsTo(fn.cfg, from, at);
  });
}

/**
 * The variables with a VMA that the function locked, if nobody else can release it: the VMA goes nowhere but into calls that are
 * not named for a release, and to the caller. Null where that is not so, or it locks none.
 */
function vmasKept(fn: FunctionAnalysis): ReadonlySet<string> | null {
  const names = new Set<string>();
  for (const { element } of fn.cfg.elements()) {
    const [name, value] =
      element.kind === 'assignment'
        ? [lvalueText(element.node.left), element.node.right]
        : element.kind === 'declare'
          ? [element.node.name, element.node.init]
          : [null, null];
    if (name === null || value?.kind !== 'call' || !VMA_LOCKS.has(calleeName(value) ?? '')) continue;
    if (!/^\w+$/.test(name)) return null;
    names.add(name);
  }
  const isVma = (value: Expression | null): boolean => value !== null && names.has(lvalueText(value) ?? '');
  const isGivenAway = fn.cfg.elements().some(({ element }) => {
    if (element.kind === 'assignment') return isVma(element.node.right);
    if (element.kind === 'declare') return isVma(element.node.init);
    if (element.kind !== 'call') return element.kind === 'unknown';
    const name = calleeName(element.node) ?? 'end';
    if (VMA_UNLOCKS.has(name) || !/unlock|end|put|release|drop/.test(name)) return false;
    return element.node.args.some(isVma);
  });
  return names.size === 0 || isGivenAway ? null : names;
}

/** Whether the name may be of another mm at the end of a way, as in a loop that locks one after the other for later. */
function isGivenOn(fn: FunctionAnalysis, mm: string, { from }: CertainWay): boolean {
  return from !== null && isGivenBehind(fn, mm, from);
}

/** @param vmas the variables with a VMA whose lock only the function itself can release; null: its caller may */
function leftOf(
  fn: FunctionAnalysis,
  mm: string,
  modes: readonly LockMode[],
  vmas: ReadonlySet<string> | null,
): readonly LockLeft[] {
  const isHeld = (path: LockPath): boolean => modes.includes(path.mode) && path.source === 'local';
  const isReleased = fn.lockAtExit(mm).some(path => path.mode === 'none' && path.source === 'local');
  if (vmas === null && !isReleased) return [];
  const mayBeReleased = (elements: readonly CfgElement[]): boolean =>
    releasedByOthers(
      fn,
      mm,
      vmas === null ? elements : elements.filter(element => isGivenOne(element, vmas)),
    );
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
    // The VMA goes to the caller with its lock.
    if (node.value !== null && vmas?.has(lvalueText(node.value) ?? '') === true) return [];
    const at = fn.cfg.positionOf(node);
    const before = at === null ? [] : (fn.cfg.blocks[at.block]?.elements.slice(0, at.index) ?? []);
    if (mayBeReleased(before)) return [];
    const isGivenUp = putsMm(fn, mm, before);
    if (held.length === state.length) {
      const mayBeMeant = vmas === null && !isVoid && !isFailure(node.value);
      if (mayBeMeant && !succeedsWithout && !isGivenUp) return [];
      return [{ at: spanOf(node), leaves: null, sometimes: false, taken }];
    }
    // Where other ways come here without it, what is returned has to say that this one is no success.
    const fails =
      vmas !== null ||
      isFailure(node.value) ||
      isSameForAll(fn, node.value) ||
      (faultsIn(fn) &&
        isSameWithout(
          node.value,
          after,
          returns.flatMap(one => one.after),
        )) ||
      after.filter(isHeld).every(({ facts }) => isError(fn, facts.get(RETURNED)?.signs));
    if (isOfOtherFile(fn, taken)) return [];
    const isLeft = (path: LockPath): boolean => isHeld(path) && !saysDropped(path);
    const way =
      isVoid || fails || isGivenUp
        ? certainWay(fn, mm, node, isLeft, { isKept: vmas !== null, isLeft: true })
        : null;
    if (way === null || mayBeReleased(way.last) || isGivenOn(fn, mm, way)) return [];
    const leaves = way.jump === null ? null : spanOf(node);
    return [{ at: way.jump ?? spanOf(node), leaves, sometimes: true, taken }];
  });
  return isVoid ? [...ofReturns, ...leftAtEnd(fn, mm, isHeld)] : ofReturns;
}

/** Whether a function takes mmap_lock as it starts, and not only again where a fault has dropped that of its caller. */
function takesFirst(fn: FunctionAnalysis): boolean {
  return [...fn.lockedMms].some(mm =>
    fn.cfg
      .elements()
      .some(
        ({ element }) =>
          element.kind === 'call' &&
          MMAP_LOCKS.has(calleeName(element.node) ?? '') &&
          fn.lockBefore(element.node, mm).some(({ mode }) => mode === 'caller'),
      ),
  );
}

/** Whether a caller cannot know by which way the function came to a return: the value is a constant, and no parameter tells. */
function isSameForAll({ ast }: FunctionAnalysis, value: Expression | null): boolean {
  const isConstant =
    value?.kind === 'number' || (value?.kind === 'identifier' && /^(?:true|false|NULL)$/.test(value.name));
  return isConstant && !ast.parameters.some(({ name }) => name !== null && /lock/i.test(name));
}

/**
 * Whether a caller cannot know by a result that the lock is held: it is what a function made of it that the lock has nothing to do
 * with, or 0, which is returned without the lock as well.
 * @param after the ways behind this return, and behind all
 */
function isSameWithout(value: Expression | null, after: LockState, all: LockState): boolean {
  if (value?.kind === 'call') return true;
  const signs = ({ facts }: LockPath): number => facts.get(RETURNED)?.signs ?? 0;
  return (
    after.some(path => (path.mode === 'read' || path.mode === 'write') && (signs(path) & ZERO) !== 0) &&
    all.some(path => path.mode === 'none' && path.source === 'local' && signs(path) === ZERO)
  );
}

/** Whether an element is a call that gets one of these variables. */
function isGivenOne(element: CfgElement, names: ReadonlySet<string>): boolean {
  return element.kind === 'call' && element.node.args.some(arg => names.has(lvalueText(arg) ?? ''));
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
    if (taken === undefined || held.some(saysDropped) || !takesItself(fn, taken) || isOfOtherFile(fn, taken))
      continue;
    const way = certainWayAlong(fn, mm, edge, isHeld);
    if (way === null || releasedByOthers(fn, mm, way.last) || isGivenOn(fn, mm, way)) continue;
    const brace = { start: end - 1, end };
    return [{ at: way.jump ?? brace, leaves: way.jump === null ? null : brace, sometimes: true, taken }];
  }
  return [];
}

/** Whether one of the elements gives up the hold on an address space that the function looked up itself: nobody can unlock it then. */
function putsMm(fn: FunctionAnalysis, mm: string, elements: readonly CfgElement[]): boolean {
  return elements.some(element => {
    if (element.kind !== 'call' || !/^mmput(?:_async)?$/.test(calleeName(element.node) ?? '')) return false;
    const [argument] = element.node.args;
    if (argument === undefined || fn.aliases.mm(argument) !== mm) return false;
    if (argument.kind === 'identifier') return !fn.ast.parameters.some(({ name }) => name === argument.name);
    // A hold of the function's own on what somebody else keeps.
    return fn.cfg.elements().some(({ element: other }) => {
      const [got] =
        other.kind === 'call' && calleeName(other.node) === 'mmget_not_zero' ? other.node.args : [];
      return got !== undefined && fn.aliases.mm(got) === mm;
    });
  });
}

/** Whether some way from a place comes to a release of the lock before it comes to where the lock is taken. */
function isReleasedBehind(fn: FunctionAnalysis, mm: string, from: CfgPosition): boolean {
  const ways = new Set<number>();
  const look = (elements: readonly CfgElement[]): 'released' | 'taken' | null => {
    for (const element of elements) {
      if (element.kind === 'guard-exit' || element.kind === 'unknown') return 'released';
      if (element.kind !== 'call') continue;
      const name = calleeName(element.node) ?? '';
      if (MMAP_LOCKS.has(name)) return 'taken';
      const isGiven = element.node.args.some(argument => fn.aliases.mm(argument) === mm);
      if (MMAP_UNLOCKS.has(name) || (isGiven && !isKnown(name, fn))) return 'released';
    }
    return null;
  };
  const goOn = (id: number): void => {
    for (const edge of fn.cfg.blocks[id]?.out ?? []) ways.add(edge.to);
  };
  const first = look(fn.cfg.blocks[from.block]?.elements.slice(from.index + 1) ?? []);
  if (first !== null) return first === 'released';
  goOn(from.block);
  for (const id of ways) {
    const met = look(fn.cfg.blocks[id]?.elements ?? []);
    if (met === 'released') return true;
    if (met === null) goOn(id);
  }
  return false;
}

/**
 * Whether it was a function of another file that may have come back with the lock: of its ways no more is known than the results,
 * and those that a helper in turn tells by its own are not kept apart.
 */
function isOfOtherFile(fn: FunctionAnalysis, taken: Span): boolean {
  const call = fn.callAt(taken.start);
  const name = call === null ? null : calleeName(call);
  return name !== null && !LOCKING.has(name) && !fn.isInFile(name);
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
