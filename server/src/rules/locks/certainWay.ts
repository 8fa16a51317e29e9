/** Whether what the lock flow says of one of several ways is so for certain, and not for want of knowing what tells them apart. */

import { expandFlags, siteFunction } from '../../../../kernel/src/index.js';
import {
  type CfgEdge,
  type CfgElement,
  type CfgPosition,
  calleeName,
  type FunctionAnalysis,
  flagTest,
  isNull,
  type LockPath,
  type LockState,
  lvalueText,
  valueExpression,
} from '../../analysis/index.js';
import type { Call, Expression } from '../../syntax/ast.js';
import { childrenOf, isStatement, type Span } from '../../syntax/index.js';
import { jumpBehind } from '../followingJump.js';
import { blocksBehind } from '../waysBetween.js';
import { consistentWay } from './consistentWay.js';
import { callsWithRegisters, mayLeave } from './givenRegisters.js';
import { UNLOCKS } from './lockNames.js';

/** A way that exists. */
export interface CertainWay {
  /** The `goto` or `break` by which it left the code where the lock is the same on every way; null: it needed none. */
  readonly jump: Span | null;
  /** What is evaluated last there, before the other ways join it; none where it needed no jump. */
  readonly last: readonly CfgElement[];
  /** The end of the block from which it did; null where it needed no jump. */
  readonly from: CfgPosition | null;
}

const STRAIGHT: CertainWay = { jump: null, last: [], from: null };

/** What else is known of the ways to a place. */
export interface WayOptions {
  /** Whether the lock flow follows what a condition says. */
  readonly isFollowed?: (condition: Expression) => boolean;
  /** Whether functions that get the registers of a fault cannot release the lock. */
  readonly isKept?: boolean;
  /** Whether what is looked for is a lock that is left: then a call that gets the registers ends the way only if it may release it. */
  readonly isLeft?: boolean;
  /** Calls with both results that are not to count: what they return tells of the lock, and it is another that is asked about. */
  readonly isOther?: (call: Call) => boolean;
}

/**
 * Looks for a way to a node on which the lock is as asked whatever the conditions on it mean: from where it is so on every
 * way, or from an operation that has both results, nothing decides any more that might go with the lock, as `if (locked)` does.
 * @returns null where no such way is found
 */
export function certainWay(
  fn: FunctionAnalysis,
  mm: string,
  node: object,
  is: (path: LockPath) => boolean,
  { isFollowed = () => false, isKept = false, isLeft = false, isOther = () => false }: WayOptions = {},
): CertainWay | null {
  const at = fn.cfg.positionOf(node);
  const state = fn.lockBefore(node, mm);
  if (at === null || !state.some(is)) return null;
  if (state.every(is)) return STRAIGHT;
  const search: Search = {
    fn,
    mm,
    is,
    isFollowed,
    isOther,
    endsAt: endsAt(fn, mm, isKept, isLeft),
    seen: new Set(),
  };
  return wayInto(search, at) ?? consistent(search, at);
}

function consistent(search: Search, at: CfgPosition): CertainWay | null {
  const { fn } = search;
  const edge = consistentWay(
    { ...search, passesBy: one => passesUnlockBy(search, one) || diesBehind(fn, one) },
    at,
  );
  return edge === null ? null : leavingBy(fn, edge);
}

function leavingBy(fn: FunctionAnalysis, edge: CfgEdge): CertainWay {
  const last = fn.cfg.blocks[edge.from]?.elements ?? [];
  return { jump: jumpAlong(fn, edge), last, from: { block: edge.from, index: last.length } };
}

/** As {@link certainWay}, to the end of an edge. */
export function certainWayAlong(
  fn: FunctionAnalysis,
  mm: string,
  edge: CfgEdge,
  is: (path: LockPath) => boolean,
): CertainWay | null {
  return wayAlong(
    {
      fn,
      mm,
      is,
      isFollowed: () => false,
      isOther: () => false,
      endsAt: endsAt(fn, mm, false, true),
      seen: new Set(),
    },
    edge,
  );
}

function endsAt(fn: FunctionAnalysis, mm: string, isKept: boolean, isLeft: boolean): Search['endsAt'] {
  if (isKept) return () => false;
  if (isLeft) return elements => mayLeave(fn, mm, elements);
  return elements => callsWithRegisters(fn, elements).length > 0;
}

interface Search {
  readonly fn: FunctionAnalysis;
  readonly mm: string;
  readonly is: (path: LockPath) => boolean;
  readonly isFollowed: (condition: Expression) => boolean;
  readonly isOther: (call: Call) => boolean;
  /** Whether a way cannot be told to go on behind these, for the calls that get the registers of a fault. */
  readonly endsAt: (elements: readonly CfgElement[]) => boolean;
  /** The blocks that were looked through. */
  readonly seen: Set<number>;
}

/** @param at where the ways differ */
function wayInto(search: Search, at: CfgPosition): CertainWay | null {
  const { fn, mm, is, endsAt: ends } = search;
  const block = fn.cfg.blocks[at.block];
  if (block === undefined) return null;
  // What gets the registers of a fault may have done something about the lock, or not come back.
  if (ends(block.elements.slice(0, at.index))) return null;
  for (const element of block.elements.slice(0, at.index).reverse()) {
    // Where their nodes stand is another place.
    if (element.kind === 'guard-exit' || element.kind === 'cleanup') return null;
    if (isMixed(fn.lockBefore(element.node, mm), is)) continue;
    return element.kind === 'call' && search.isOther(element.node) ? null : STRAIGHT;
  }
  for (const edge of block.in) {
    const way = wayAlong(search, edge);
    if (way !== null) return way;
  }
  return null;
}

function wayAlong(search: Search, edge: CfgEdge): CertainWay | null {
  const { fn, mm, is, seen } = search;
  const state = fn.lockAlong(edge, mm);
  if (!state.some(is)) return null;
  if (state.every(is))
    return passesUnlockBy(search, edge) || diesBehind(fn, edge) ? null : leavingBy(fn, edge);
  if (seen.has(edge.from) || !(isIndependent(edge, search) || isOnlyWay(search, edge))) return null;
  seen.add(edge.from);
  return wayInto(search, { block: edge.from, index: fn.cfg.blocks[edge.from]?.elements.length ?? 0 });
}

/** Whether an edge is for a fault of the kernel that no exception table has a fixup for: it dies of it, with whatever it holds. */
function diesBehind({ cfg }: Pick<FunctionAnalysis, 'cfg'>, edge: CfgEdge): boolean {
  if (edge.label.kind === 'branch') {
    const condition = valueExpression(edge.label.condition);
    return (
      !edge.label.truth &&
      condition.kind === 'call' &&
      /^search_\w*exception_tables?$/.test(calleeName(condition) ?? '')
    );
  }
  const block = cfg.blocks[edge.from];
  return (
    block?.elements.length === 0 &&
    block.in.length > 0 &&
    block.in.every(before => diesBehind({ cfg }, before))
  );
}

function isMixed(state: LockState, is: (path: LockPath) => boolean): boolean {
  return state.some(is) && !state.every(is);
}

/** Whether what is looked for is so nowhere on the other edges of a condition: then a way here goes on along this one. */
function isOnlyWay({ fn, mm, is }: Search, edge: CfgEdge): boolean {
  const edges = fn.cfg.blocks[edge.from]?.out ?? [];
  return edges.every(other => other === edge || !fn.lockAlong(other, mm).some(is));
}

/**
 * Whether an edge is the other side of `if (…) unlock(…);`: the condition is then about the lock, for which the result of
 * a function that is not known may speak.
 */
function passesUnlockBy({ fn }: Search, edge: CfgEdge): boolean {
  if (edge.label.kind !== 'branch') return false;
  const tested = placesIn(edge.label.condition);
  const isTold = tested.some(place =>
    (readingsOf(fn).values.get(place) ?? []).some(
      ({ value }) => value?.kind === 'call' && siteFunction(fn.profile, calleeName(value) ?? '') === null,
    ),
  );
  return (
    isTold &&
    (fn.cfg.blocks[edge.from]?.out ?? []).some(other => {
      const block = other === edge ? undefined : fn.cfg.blocks[other.to];
      const [only, ...more] = block?.elements.filter(({ kind }) => kind === 'call') ?? [];
      return (
        only?.kind === 'call' &&
        more.length === 0 &&
        UNLOCKS.has(calleeName(only.node) ?? '') &&
        block?.out.every(({ to }) => to === edge.to) === true
      );
    })
  );
}

/** Whether a condition has nothing to do with the lock, or is about a fault's result, which the lock flow follows bit by bit. */
function isIndependent({ from, label }: CfgEdge, search: Search): boolean {
  const { fn, isFollowed } = search;
  if (label.kind !== 'branch') return label.kind === 'next';
  const condition = valueExpression(label.condition);
  if (isFollowed(condition)) return true;
  if (condition.kind === 'call' && /^user_mode$|signal_pending/.test(calleeName(condition) ?? ''))
    return true;
  const mask = flagTest(condition)?.mask;
  // An architecture's own results, as VM_FAULT_SIGNAL, stand for what one of its functions did about the lock.
  if (
    mask?.kind === 'identifier' &&
    expandFlags(fn.profile, [mask.name]).every(bit => /^VM_FAULT_/.test(bit) && fn.profile.flags.has(bit))
  )
    return true;
  return placesIn(condition).every(place => isTestedForItself(search, place, from));
}

/** The variables and members that an expression reads. */
function placesIn(expression: Expression): readonly string[] {
  const text = lvalueText(expression);
  if (text !== null) return [text];
  if (expression.kind === 'call') return expression.args.flatMap(placesIn);
  return childrenOf(expression).flatMap(child => (isStatement(child) ? [] : placesIn(child)));
}

/**
 * Whether no condition tests a place before that at the end of a block, and it has one value, which does not come from a call
 * that changes the lock. Constants from where the lock is otherwise do not count: they are not on the way.
 */
function isTestedForItself({ fn, mm, is }: Search, place: string, block: number): boolean {
  const { tests, values } = readingsOf(fn);
  const isBefore = (other: number): boolean => other !== block && blocksBehind(fn.cfg, other).has(block);
  if ((tests.get(place) ?? []).some(isBefore)) return false;
  const all = values.get(place) ?? [];
  const given =
    all.length < 2
      ? all
      : all.filter(({ value, node }) => !isConstant(value) || fn.lockBefore(node, mm).some(is));
  return (
    given.length === Math.min(all.length, 1) &&
    given.every(
      ({ value }) =>
        // A copy of the mm is set where it is.
        (value === null || fn.aliases.mm(value) !== mm) &&
        (value?.kind !== 'call' || modes(fn.lockBefore(value, mm)) === modes(fn.lockAfter(value, mm))),
    )
  );
}

function isConstant(value: Expression | null): boolean {
  if (value === null) return false;
  if (value.kind === 'identifier') return isNull(value) || /^(?:true|false|E[A-Z]+)$/.test(value.name);
  return value.kind === 'number' || (value.kind === 'unary' && value.op === '-' && isConstant(value.operand));
}

function modes(state: LockState): string {
  return state.map(path => path.mode).join();
}

/** A value that a place is given, null if it is not known, and where. */
interface Given {
  readonly value: Expression | null;
  readonly node: object;
}

/** Of each place the blocks that end with a condition on it, and the values it is given. */
interface Readings {
  readonly tests: ReadonlyMap<string, readonly number[]>;
  readonly values: ReadonlyMap<string, readonly Given[]>;
}

const readings = new WeakMap<FunctionAnalysis, Readings>();

function readingsOf(fn: FunctionAnalysis): Readings {
  let known = readings.get(fn);
  if (known === undefined) {
    const tests = new Map<string, number[]>();
    const values = new Map<string, Given[]>();
    for (const id of fn.cfg.order) {
      for (const { label } of fn.cfg.blocks[id]?.out ?? []) {
        if (label.kind === 'next') continue;
        const tested = label.kind === 'branch' ? valueExpression(label.condition) : label.subject;
        for (const place of placesIn(tested)) append(tests, place, id);
      }
    }
    for (const { element } of fn.cfg.elements()) {
      const give = (place: string, value: Expression | null): void =>
        append(values, place, { value, node: element.node });
      if (element.kind === 'declare') {
        if (element.node.init !== null) give(element.node.name, element.node.init);
      } else if (element.kind === 'assignment') {
        const { left, op, right } = element.node;
        give(lvalueText(left) ?? '', op === '=' ? right : null);
      } else if (element.kind === 'update') {
        give(lvalueText(element.node.operand) ?? '', null);
      } else if (element.kind === 'call' || element.kind === 'macro-loop') {
        for (const argument of element.node.args) {
          const node = element.kind === 'macro-loop' ? argument : addressed(argument);
          if (node !== null) give(lvalueText(node) ?? '', null);
        }
      }
    }
    known = { tests, values };
    readings.set(fn, known);
  }
  return known;
}

function addressed(argument: Expression): Expression | null {
  return argument.kind === 'unary' && argument.op === '&' ? argument.operand : null;
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}

/** The jump that follows what was evaluated last before an edge. */
function jumpAlong(fn: FunctionAnalysis, edge: CfgEdge): Span | null {
  const block = fn.cfg.blocks[edge.from];
  const evaluated = [
    ...(block?.elements ?? []).map(element => element.node.end),
    ...(edge.label.kind === 'branch' ? [edge.label.condition.end] : []),
  ];
  if (evaluated.length > 0) return jumpBehind(fn, Math.max(...evaluated));
  // An arm that holds nothing but the jump.
  const [before, ...others] = block?.in ?? [];
  return before === undefined || others.length > 0 ? null : jumpAlong(fn, before);
}
