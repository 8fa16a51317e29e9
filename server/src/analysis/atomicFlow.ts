/** Where a function may not sleep: the spinlocks, RCU sections and the like that are held on every path to a place. */

import { SECTION_GUARDS, SECTION_OPERATIONS, type SectionOperation } from '../../../kernel/src/index.js';
import type { Call, Guard, Span } from '../syntax/index.js';
import type { Cfg, CfgEdge, CfgElement } from './cfg.js';
import { type FlowSolution, solveForward } from './dataflow.js';
import { calleeName, lvalueText, plainSpan, valueExpression } from './expressions.js';

/** A section in which nothing may sleep, and where it begins. */
export interface AtomicSection {
  /** What begins it: a function, a guard's class; null for the state in which the function itself is called. */
  readonly by: string | null;
  readonly span: Span | null;
}

/** By kind and lock; null: not reached. A section is there only if it is held on every path. */
export type AtomicState = ReadonlyMap<string, AtomicSection> | null;

/** What a function of the same file does to the sections of its caller. */
export interface SectionEffect {
  /** It ends a section that it did not begin: of those held nothing is known any more. */
  readonly ends: boolean;
}

const OPERATIONS: ReadonlyMap<string, SectionOperation> = new Map(
  SECTION_OPERATIONS.map(operation => [operation.name, operation]),
);
/** Unknown functions that give up a lock of their caller say so by their name. */
const UNLOCKS = /unlock|_irqrestore|_enable(?:d)?$/;
/** The section in which the function was called. */
const ENTRY = 'entry';
const CALLED_IN: AtomicSection = { by: null, span: null };

/**
 * The sections held at each place of a function.
 * @param effectOf what a call of a function of the file does; null: it is not one. Asked where something is held
 * @param ofCaller whether the section in which the function was called is one of them
 * @returns its states have the section with `by` null wherever a section that the caller holds is still held
 */
export function solveAtomic(
  cfg: Cfg,
  effectOf: (name: string) => SectionEffect | null,
  ofCaller: boolean,
): FlowSolution<AtomicState> {
  return solveForward<AtomicState>(cfg, {
    bottom: null,
    entry: new Map(ofCaller ? [[ENTRY, CALLED_IN]] : []),
    join,
    equals: (a, b) =>
      a === b || (a !== null && b !== null && a.size === b.size && [...a.keys()].every(key => b.has(key))),
    transfer: (element, state) => (state === null ? null : transfer(element, state, effectOf)),
    refine: (edge, state) => (state === null ? null : refine(edge, state)),
  });
}

function join(a: AtomicState, b: AtomicState): AtomicState {
  if (a === null) return b;
  if (b === null || a === b) return a;
  return new Map([...a].filter(([key]) => b.has(key)));
}

function transfer(
  element: CfgElement,
  state: ReadonlyMap<string, AtomicSection>,
  effectOf: (name: string) => SectionEffect | null,
): AtomicState {
  switch (element.kind) {
    case 'call':
      return afterCall(element.node, state, effectOf);
    case 'guard-enter':
    case 'guard-exit': {
      const { node } = element;
      if (!SECTION_GUARDS.has(node.class)) return state;
      const key = guardKey(node);
      if (element.kind === 'guard-exit') return without(state, key);
      return new Map(state).set(key, { by: `guard(${node.class})`, span: plainSpan(node) });
    }
    case 'unknown':
    case 'asm':
      return element.kind === 'unknown' ? new Map() : state;
    default:
      return state;
  }
}

function afterCall(
  call: Call,
  state: ReadonlyMap<string, AtomicSection>,
  effectOf: (name: string) => SectionEffect | null,
): AtomicState {
  const name = calleeName(call);
  if (name === null) return state;
  const operation = OPERATIONS.get(name);
  if (operation?.does === 'begin') return begun(state, operation, call);
  if (operation?.does === 'end') return ended(state, operation, call);
  if (operation !== undefined) return state;
  // Nothing can end: the callee need not be looked into.
  if (state.size === 0) return state;
  const ends = effectOf(name)?.ends ?? UNLOCKS.test(name);
  return ends ? new Map() : state;
}

function begun(
  state: ReadonlyMap<string, AtomicSection>,
  operation: SectionOperation,
  call: Call,
): AtomicState {
  return new Map(state).set(keyOf(operation, call), { by: operation.name, span: plainSpan(call.callee) });
}

function ended(
  state: ReadonlyMap<string, AtomicSection>,
  operation: SectionOperation,
  call: Call,
): AtomicState {
  const key = keyOf(operation, call);
  if (state.has(key)) return without(state, key);
  // By another name it may be any of its kind, of this function or of the caller.
  return new Map([...state].filter(([held]) => held !== ENTRY && !held.startsWith(`${operation.section}:`)));
}

function without(state: ReadonlyMap<string, AtomicSection>, key: string): AtomicState {
  return new Map([...state].filter(([held]) => held !== key));
}

function keyOf(operation: SectionOperation, call: Call): string {
  const lock = call.args[operation.lock];
  return `${operation.section}:${lock === undefined ? '' : lockName(lock)}`;
}

function guardKey(guard: Guard): string {
  return `guard ${guard.class}:${guard.args.map(lockName).join()}`;
}

/** `a` for `&a`: which of the two is written does not matter. Places without a name share one. */
function lockName(lock: Call['args'][number]): string {
  const value = valueExpression(lock);
  return lvalueText(value.kind === 'unary' && value.op === '&' ? value.operand : value) ?? '?';
}

/** `if (spin_trylock(&lock))`: held where it is true. */
function refine({ label }: CfgEdge, state: ReadonlyMap<string, AtomicSection>): AtomicState {
  if (label.kind !== 'branch' || !label.truth || label.condition.kind !== 'call') return state;
  const name = calleeName(label.condition);
  const operation = name === null ? undefined : OPERATIONS.get(name);
  return operation?.does === 'try' ? begun(state, operation, label.condition) : state;
}
