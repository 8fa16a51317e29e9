/** Whether a condition is true of a run that has ended. */

import type { Ending } from '../explore/exploration.js';
import { NOBODY_WAITS_FOR_EVER } from '../explore/properties/index.js';
import type { Condition, Observed } from './litmus.js';

/** What is known of a run at its end. */
interface EndOfRun {
  /** What was noted, by name. */
  readonly values: Readonly<Record<string, Observed>>;
  /** Ids of the properties that did not hold at some time. */
  readonly violated: readonly string[];
  /** Some task waits for ever. */
  readonly stuck: boolean;
}

/** A property is true of a run in which it did not hold at some time: questions ask for what should not be. */
function holds(condition: Condition, end: EndOfRun): boolean {
  if ('property' in condition)
    return condition.property === NOBODY_WAITS_FOR_EVER
      ? end.stuck
      : end.violated.includes(condition.property);
  if ('is' in condition) return (end.values[condition.value] ?? null) === condition.is;
  if ('isNot' in condition) return (end.values[condition.value] ?? null) !== condition.isNot;
  if ('all' in condition) return condition.all.every(part => holds(part, end));
  if ('any' in condition) return condition.any.some(part => holds(part, end));
  return !holds(condition.not, end);
}

/** Whether the question is true of a run that ended so. */
export function holdsAtEnd(
  question: Condition,
  ending: Pick<Ending, 'outcome' | 'violated' | 'stuck'>,
): boolean {
  const { outcome, violated, stuck } = ending;
  return holds(question, { values: valuesOf(outcome), violated, stuck: stuck.length > 0 });
}

/** What was observed in a run, by name. */
export function valuesOf(outcome: string): Readonly<Record<string, Observed>> {
  return JSON.parse(outcome) as Record<string, Observed>;
}

/** Ids of the properties that a condition names, each once. */
export function propertiesIn(condition: Condition): readonly string[] {
  if ('property' in condition) return [condition.property];
  if ('all' in condition) return [...new Set(condition.all.flatMap(propertiesIn))];
  if ('any' in condition) return [...new Set(condition.any.flatMap(propertiesIn))];
  return 'not' in condition ? propertiesIn(condition.not) : [];
}
