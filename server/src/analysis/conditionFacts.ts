/** What conditions and assignments say about the variables they name. */

import type { Expression } from '../syntax/index.js';
import type { Cfg, EdgeLabel } from './cfg.js';
import { calleeName, constantTruth, lvalueText, valueExpression, walk } from './expressions.js';
import { isFlagName } from './fileConstants.js';
import { flagTest } from './flagTest.js';
import {
  type Fact,
  type Facts,
  joinFact,
  NEGATIVE,
  NO_FACT,
  NON_ZERO,
  POSITIVE,
  refineBits,
  refineSign,
  signFact,
  withFact,
  ZERO,
} from './lattices/factLattice.js';

/** Resolves the name of a flag, or of a mask of flags, to single flags. */
export type ExpandFlag = (name: string) => readonly string[];

/** The key under which facts about an expression's value are kept: an lvalue's text, or `#offset` of a call. */
export function factKey(expression: Expression): string | null {
  const node = valueExpression(expression);
  return node.kind === 'call' ? `#${node.start}` : lvalueText(node);
}

/** The lvalue that a key is about. */
export function placeOfKey(key: string): string {
  const end = key.indexOf(' ');
  return end < 0 ? key : key.slice(0, end);
}

/** A condition on one lvalue as a key that all tests of it share; `truth`: what its being true means for the key. */
interface ConditionKey {
  readonly key: string;
  readonly truth: boolean;
}

/** The comparison that says the same by its falsehood. */
const OPPOSITE: ReadonlyMap<string, string> = new Map([
  ['!=', '=='],
  ['>=', '<'],
  ['<=', '>'],
]);

/** The key of `x & C`, `(x & C) == 0`, `x == C`, `x < C` and their opposites, where `C` is constant; null of others. */
function conditionKey(condition: Expression): ConditionKey | null {
  // A flow comes to a condition once for every path.
  let key = conditionKeys.get(condition);
  if (key === undefined) {
    key = findConditionKey(condition);
    conditionKeys.set(condition, key);
  }
  return key;
}

const conditionKeys = new WeakMap<Expression, ConditionKey | null>();

function findConditionKey(condition: Expression): ConditionKey | null {
  const test = flagTest(condition);
  if (test !== null && !test.whole) {
    const place = lvalueText(test.value);
    const mask = constantText(test.mask);
    return place === null || mask === null ? null : { key: `${place} & ${mask}`, truth: test.truth };
  }
  if (condition.kind !== 'binary' || !/^(?:[=!<>]=|[<>])$/.test(condition.op)) return null;
  const place = lvalueText(valueExpression(condition.left));
  const value = constantText(condition.right);
  if (place === null || value === null) return null;
  const opposite = OPPOSITE.get(condition.op);
  return { key: `${place} ${opposite ?? condition.op} ${value}`, truth: opposite === undefined };
}

/** A constant as text; null of what may change. Names in capitals are macros and enumerators in the kernel's style. */
function constantText(node: Expression): string | null {
  switch (node.kind) {
    case 'number':
      return node.value === null ? null : String(node.value);
    case 'identifier':
      return /^[A-Z][A-Z0-9_]*$/.test(node.name) ? node.name : null;
    case 'cast':
      return constantText(node.operand);
    case 'unary': {
      const operand = constantText(node.operand);
      return operand === null || node.op === '*' || node.op === '&' ? null : `${node.op}${operand}`;
    }
    case 'binary': {
      const left = constantText(node.left);
      const right = constantText(node.right);
      return left === null || right === null ? null : `(${left}${node.op}${right})`;
    }
    default:
      return null;
  }
}

/** The keys of the conditions that a function tests more than once: only these can decide a later one. */
function repeatedConditions(cfg: Cfg): readonly string[] {
  const conditions = new Map<string, Set<Expression>>();
  for (const id of cfg.order) {
    for (const { label } of cfg.blocks[id]?.out ?? []) {
      const key = label.kind === 'branch' ? conditionKey(label.condition)?.key : undefined;
      if (label.kind !== 'branch' || key === undefined) continue;
      conditions.set(key, (conditions.get(key) ?? new Set()).add(label.condition));
    }
  }
  return [...conditions].filter(([, places]) => places.size > 1).map(([key]) => key);
}

/** The lvalues that the conditions of a function test, and repeated conditions: facts about others are of no use. */
export function testedKeys(cfg: Cfg): ReadonlySet<string> {
  let keys = tested.get(cfg);
  if (keys === undefined) {
    keys = findTestedKeys(cfg);
    tested.set(cfg, keys);
  }
  return keys;
}

const tested = new WeakMap<Cfg, ReadonlySet<string>>();

function findTestedKeys(cfg: Cfg): ReadonlySet<string> {
  const keys = new Set<string>(repeatedConditions(cfg));
  const add = (expression: Expression): void => {
    walk(expression, node => {
      const key = lvalueText(node.kind === 'assignment' ? node.left : node);
      if (key !== null) keys.add(key);
    });
  };
  for (const id of cfg.order) {
    for (const edge of cfg.blocks[id]?.out ?? []) {
      if (edge.label.kind === 'branch') add(edge.label.condition);
      else if (edge.label.kind !== 'next') add(edge.label.subject);
    }
  }
  return keys;
}

/** What is known of the value of an expression, null if nothing. */
export function factOf(expression: Expression, facts: Facts): Fact | null {
  const node = valueExpression(expression);
  const truth = constantTruth(node);
  if (truth !== null) return truth ? signFact(POSITIVE) : { signs: ZERO, any: null, lacks: LOCK_RESULTS };
  switch (node.kind) {
    case 'unary': {
      if (node.op === '-') return isPositiveConstant(node.operand) ? signFact(NEGATIVE) : null;
      if (node.op !== '!') break;
      const operand = factOf(node.operand, facts);
      if (operand === null) return null;
      if (operand.signs === ZERO) return signFact(POSITIVE);
      return (operand.signs & ZERO) === 0 ? signFact(ZERO) : null;
    }
    case 'conditional': {
      const test = knownTruth(node.test, facts);
      if (test !== null) return factOf(test ? (node.then ?? node.test) : node.otherwise, facts);
      const a = factOf(node.then ?? node.test, facts);
      const b = factOf(node.otherwise, facts);
      return a === null || b === null ? null : joinFact(a, b);
    }
    case 'call':
      // include/linux/err.h: an error is a pointer into the last page, as a number a negative one.
      if (calleeName(node) === 'ERR_PTR') return signFact(NEGATIVE);
      break;
    case 'identifier':
      if (isFlagName(node.name)) return constantFact([node.name]);
      break;
    case 'binary': {
      const names = maskNames(node, name => [name]);
      if (names !== null) return constantFact(names);
      break;
    }
    default:
      break;
  }
  const key = factKey(node);
  return key === null ? null : (facts.get(key) ?? null);
}

/** The truth of a condition, where what is known leaves only one; null if both are possible. */
function knownTruth(condition: Expression, facts: Facts): boolean | null {
  if (condition.kind === 'unary' && condition.op === '!') {
    const operand = knownTruth(condition.operand, facts);
    return operand === null ? null : !operand;
  }
  const possible = [true, false].filter(truth => {
    return refineFacts({ kind: 'branch', condition, truth }, facts, name => [name]) !== null;
  });
  const [only] = possible;
  return possible.length === 1 && only !== undefined ? only : null;
}

/** The results of a fault that say that the lock was dropped: what a constant without them certainly lacks. */
const LOCK_RESULTS: readonly string[] = ['VM_FAULT_COMPLETED', 'VM_FAULT_RETRY'];

/** The fact about an `|` of flags. An architecture's own VM_FAULT_BADMAP and the like are flags too. */
function constantFact(names: readonly string[]): Fact {
  return {
    signs: NON_ZERO,
    any: [...names].sort(),
    lacks: LOCK_RESULTS.filter(name => !names.includes(name)),
  };
}

function isPositiveConstant(node: Expression): boolean {
  if (node.kind === 'number') return node.value !== null && node.value > 0;
  return node.kind === 'identifier' && /^E[A-Z0-9]+$/.test(node.name);
}

/**
 * What is known along an edge.
 * @returns null if the edge cannot be taken with these facts.
 */
export function refineFacts(label: EdgeLabel, facts: Facts, expand: ExpandFlag): Facts | null {
  if (label.kind === 'branch') {
    const refined = refineCondition(label.condition, label.truth, facts, expand);
    const same = conditionKey(label.condition);
    if (refined === null || same === null) return refined;
    return refineTruth(refined, same.key, label.truth === same.truth);
  }
  if (label.kind === 'case') {
    const key = factKey(label.subject);
    const value = label.case.value;
    if (key === null || value === null || label.case.to !== null) return facts;
    const fact = factOf(value, NO_KNOWN);
    return fact === null ? facts : withSigns(facts, key, fact.signs);
  }
  return facts;
}

/** What is known where a variable is true or false. Null if that cannot be with these facts. */
export function refineTruth(facts: Facts, key: string, truth: boolean): Facts | null {
  return withSigns(facts, key, truth ? NON_ZERO : ZERO);
}

const NO_KNOWN: Facts = new Map();

function refineCondition(
  condition: Expression,
  truth: boolean,
  facts: Facts,
  expand: ExpandFlag,
): Facts | null {
  const test = flagTest(condition);
  if (test !== null) {
    const key = factKey(test.value);
    const names = maskNames(test.mask, expand);
    if (key === null || names === null) return facts;
    const set = truth === test.truth;
    return test.whole && names.length > 1 && !set ? facts : withBits(facts, key, names, set);
  }
  if (condition.kind === 'binary') return refineComparison(condition, truth, facts);
  if (condition.kind === 'call') {
    const first = condition.args[0];
    const key = first === undefined ? null : factKey(first);
    switch (calleeName(condition)) {
      case 'fault_signal_pending':
        // include/linux/sched/signal.h: true only if the fault has VM_FAULT_RETRY.
        if (key !== null && truth) return withBits(facts, key, ['VM_FAULT_RETRY'], true);
        return facts;
      case 'IS_ERR':
      case 'IS_ERR_VALUE':
        return key === null ? facts : withSigns(facts, key, truth ? NEGATIVE : ZERO | POSITIVE);
      case 'IS_ERR_OR_NULL':
        return key === null ? facts : withSigns(facts, key, truth ? NEGATIVE | ZERO : POSITIVE);
      default:
        break;
    }
  }
  const key = factKey(condition);
  return key === null ? facts : withSigns(facts, key, truth ? NON_ZERO : ZERO);
}

function refineComparison(
  node: Extract<Expression, { kind: 'binary' }>,
  truth: boolean,
  facts: Facts,
): Facts | null {
  const key = factKey(node.left);
  const right = factOf(node.right, NO_KNOWN);
  if (key === null || right === null) return facts;
  const signs = comparisonSigns(node.op, right.signs, truth);
  return signs === null ? facts : withSigns(facts, key, signs);
}

/** The signs that `x` may have if `x op c` is as said, for a constant `c` of one sign; null if it says nothing. */
function comparisonSigns(op: string, constant: number, truth: boolean): number | null {
  const zero = constant === ZERO;
  switch (op) {
    case '==':
      if (truth) return constant;
      return zero ? NON_ZERO : null;
    case '!=':
      if (!truth) return constant;
      return zero ? NON_ZERO : null;
    case '<':
      if (zero) return truth ? NEGATIVE : ZERO | POSITIVE;
      return constant === NEGATIVE && truth ? NEGATIVE : null;
    case '>=':
      if (zero) return truth ? ZERO | POSITIVE : NEGATIVE;
      return constant === POSITIVE && truth ? POSITIVE : null;
    case '>':
      if (zero) return truth ? POSITIVE : ZERO | NEGATIVE;
      return constant === POSITIVE && truth ? POSITIVE : null;
    case '<=':
      if (zero) return truth ? ZERO | NEGATIVE : POSITIVE;
      return constant === NEGATIVE && truth ? NEGATIVE : null;
    default:
      return null;
  }
}

function withSigns(facts: Facts, key: string, signs: number): Facts | null {
  const old = facts.get(key) ?? NO_FACT;
  const fact = refineSign(old, signs);
  return fact === null ? null : withFact(facts, key, fact);
}

function withBits(facts: Facts, key: string, names: readonly string[], set: boolean): Facts | null {
  const fact = refineBits(facts.get(key) ?? NO_FACT, names, set);
  return fact === null ? null : withFact(facts, key, fact);
}

function maskNames(mask: Expression, expand: ExpandFlag): readonly string[] | null {
  const names: string[] = [];
  let constant = true;
  walk(mask, node => {
    if (node.kind === 'identifier' && isFlagName(node.name)) names.push(...expand(node.name));
    else if (node.kind !== 'binary' || node.op !== '|') constant = false;
  });
  return constant && names.length > 0 ? names : null;
}
