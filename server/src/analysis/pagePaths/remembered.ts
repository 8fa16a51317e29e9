/** Comparisons of two values that are not known: what came out once comes out again. */

import { type PathState, REMEMBERED } from './pathState.js';
import { COUNTER, type Comparison, MET, nameOf, numberValue, type Value } from './value.js';

function rememberedKey(
  op: Comparison,
  left: Value,
  right: Value,
): { readonly key: string; readonly holds: boolean } {
  const negated = op === '!=' || op === '>=' || op === '>';
  const [a, b] = op === '<=' || op === '>' ? [right, left] : [left, right];
  const kind = op === '==' || op === '!=' ? '==' : '<';
  // `a <= b` is not `b < a`, `a > b` is `b < a`.
  const holds = op === '>' ? true : op === '<=' ? false : !negated;
  return { key: `${REMEMBERED}${nameOf(a)}${kind}${nameOf(b)}`, holds };
}

/** What the same comparison of the same values came to before. */
export function remembered(op: Comparison, left: Value, right: Value, state: PathState): boolean | null {
  if (left.kind !== 'symbol' || right.kind !== 'symbol') return null;
  const { key, holds } = rememberedKey(op, left, right);
  const value = state.values.get(key);
  return value?.kind === 'number' ? (value.value === 1) === holds : null;
}

/** Keeps what a comparison came to. */
export function remember(
  op: Comparison,
  left: Value,
  right: Value,
  truth: boolean,
  state: PathState,
): PathState {
  if (left.kind !== 'symbol' || right.kind !== 'symbol') return state;
  if (isPassing(left) || isPassing(right)) return state;
  const { key, holds } = rememberedKey(op, left, right);
  const values = new Map(state.values).set(key, numberValue(truth === holds ? 1 : 0));
  return { ...state, values };
}

/** A counter, or what differs on paths that met, has one name for many values. */
function isPassing(value: Value): boolean {
  return value.kind === 'symbol' && (value.id.includes(COUNTER) || value.id.includes(MET));
}
