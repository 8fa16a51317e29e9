/** Whether what the lock flow says of one of several ways is so for certain, and not for want of knowing what tells them apart. */

import { expandFlags } from '../../../../kernel/src/index.js';
import {
  type CfgEdge,
  type CfgElement,
  type CfgPosition,
  calleeName,
  type EdgeLabel,
  type FunctionAnalysis,
  flagTest,
  type LockPath,
  type LockState,
  lvalueText,
  valueExpression,
} from '../../analysis/index.js';
import type { Expression } from '../../syntax/ast.js';
import { childrenOf, isStatement, type Span } from '../../syntax/index.js';
import { jumpBehind } from '../followingJump.js';

/** A way that exists. */
export interface CertainWay {
  /** The `goto` or `break` by which it left the code where the lock is the same on every way; null: it needed none. */
  readonly jump: Span | null;
  /** What is evaluated last there, before the other ways join it; none where it needed no jump. */
  readonly last: readonly CfgElement[];
}

const STRAIGHT: CertainWay = { jump: null, last: [] };

/**
 * Looks for a way to a node on which the lock is as asked whatever the conditions on it mean: from where it is so on every
 * way, or from an operation that has both results, nothing decides any more that might go with the lock, as `if (locked)` does.
 * @param isFollowed whether the lock flow follows what a condition says
 * @returns null where no such way is found
 */
export function certainWay(
  fn: FunctionAnalysis,
  mm: string,
  node: object,
  is: (path: LockPath) => boolean,
  isFollowed: (condition: Expression) => boolean = () => false,
): CertainWay | null {
  const at = fn.cfg.positionOf(node);
  const state = fn.lockBefore(node, mm);
  if (at === null || !state.some(is)) return null;
  if (state.every(is)) return STRAIGHT;
  return wayInto({ fn, mm, is, isFollowed, seen: new Set() }, at);
}

/** As {@link certainWay}, to the end of an edge. */
export function certainWayAlong(
  fn: FunctionAnalysis,
  mm: string,
  edge: CfgEdge,
  is: (path: LockPath) => boolean,
): CertainWay | null {
  return wayAlong({ fn, mm, is, isFollowed: () => false, seen: new Set() }, edge);
}

interface Search {
  readonly fn: FunctionAnalysis;
  readonly mm: string;
  readonly is: (path: LockPath) => boolean;
  readonly isFollowed: (condition: Expression) => boolean;
  /** The blocks that were looked through. */
  readonly seen: Set<number>;
}

/** @param at where the ways differ */
function wayInto(search: Search, at: CfgPosition): CertainWay | null {
  const { fn, mm, is } = search;
  const block = fn.cfg.blocks[at.block];
  if (block === undefined) return null;
  for (const element of block.elements.slice(0, at.index).reverse()) {
    // Where their nodes stand is another place.
    if (element.kind === 'guard-exit' || element.kind === 'cleanup') return null;
    if (!isMixed(fn.lockBefore(element.node, mm), is)) return STRAIGHT;
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
  const elements = fn.cfg.blocks[edge.from]?.elements ?? [];
  if (state.every(is)) return { jump: jumpAlong(fn, edge), last: elements };
  if (seen.has(edge.from) || !isIndependent(edge.label, search)) return null;
  seen.add(edge.from);
  return wayInto(search, { block: edge.from, index: elements.length });
}

function isMixed(state: LockState, is: (path: LockPath) => boolean): boolean {
  return state.some(is) && !state.every(is);
}

/** Whether a condition has nothing to do with the lock, or is about a fault's result, which the lock flow follows bit by bit. */
function isIndependent(label: EdgeLabel, { fn, mm, isFollowed }: Search): boolean {
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
  return placesIn(condition).every(place => isTestedForItself(fn, mm, place, condition));
}

/** The variables and members that an expression reads. */
function placesIn(expression: Expression): readonly string[] {
  const text = lvalueText(expression);
  if (text !== null) return [text];
  if (expression.kind === 'call') return expression.args.flatMap(placesIn);
  return childrenOf(expression).flatMap(child => (isStatement(child) ? [] : placesIn(child)));
}

/** Whether no other condition tests a place, and it has one value, which does not come from a call that changes the lock. */
function isTestedForItself(fn: FunctionAnalysis, mm: string, place: string, condition: Expression): boolean {
  const { tests, values } = readingsOf(fn);
  const given = values.get(place) ?? [];
  if (given.length > 1 || (tests.get(place) ?? []).some(start => start !== condition.start)) return false;
  return given.every(
    value => value?.kind !== 'call' || modes(fn.lockBefore(value, mm)) === modes(fn.lockAfter(value, mm)),
  );
}

function modes(state: LockState): string {
  return state.map(path => path.mode).join();
}

/** Of each place the conditions that test it, by where they start, and the values it is given; null is one that is not known. */
interface Readings {
  readonly tests: ReadonlyMap<string, readonly number[]>;
  readonly values: ReadonlyMap<string, readonly (Expression | null)[]>;
}

const readings = new WeakMap<FunctionAnalysis, Readings>();

function readingsOf(fn: FunctionAnalysis): Readings {
  let known = readings.get(fn);
  if (known === undefined) {
    const tests = new Map<string, number[]>();
    const values = new Map<string, (Expression | null)[]>();
    for (const id of fn.cfg.order) {
      for (const { label } of fn.cfg.blocks[id]?.out ?? []) {
        if (label.kind === 'next') continue;
        const tested = label.kind === 'branch' ? valueExpression(label.condition) : label.subject;
        for (const place of placesIn(tested)) append(tests, place, tested.start);
      }
    }
    for (const { element } of fn.cfg.elements()) {
      if (element.kind === 'declare') {
        if (element.node.init !== null) append(values, element.node.name, element.node.init);
      } else if (element.kind === 'assignment') {
        const { left, op, right } = element.node;
        append(values, lvalueText(left) ?? '', op === '=' ? right : null);
      } else if (element.kind === 'update') {
        append(values, lvalueText(element.node.operand) ?? '', null);
      } else if (element.kind === 'call' || element.kind === 'macro-loop') {
        for (const argument of element.node.args) {
          const node = element.kind === 'macro-loop' ? argument : addressed(argument);
          if (node !== null) append(values, lvalueText(node) ?? '', null);
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
