/** What is kept of the races over hiding and a reload. */

import { RELEASES } from '../../../kernel/src/index.js';
import type { LitmusRow } from '../../../simulator/src/index.js';
import { firstQuestion, questionOf, type RaceQuestion } from './question.js';

export interface RacesState {
  readonly question: RaceQuestion;
  /** What was found, of the question as it is. */
  readonly rows: readonly LitmusRow[];
  /** Why there may be rows missing; null: none is, or nothing was explored yet. */
  readonly stopped: string | null;
  /** The place in `rows` of the one whose run is shown; null: none. */
  readonly shown: number | null;
  /** Of that run; -1: the first, or where two runs side by side part. */
  readonly selectedStep: number;
}

/** The races before anything was asked: the test that the explorer is best known by. */
export const FIRST_RACES: RacesState = opened('gup-fast-fork');

/** The races as they are opened for a test or discussion. */
export function opened(name: string): RacesState {
  return { question: firstQuestion(name), rows: [], stopped: null, shown: null, selectedStep: 0 };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

function isRow(value: unknown): value is LitmusRow {
  return (
    isRecord(value) &&
    typeof value.name === 'string' &&
    RELEASES.some(release => release === value.release) &&
    Array.isArray(value.with) &&
    Array.isArray(value.without) &&
    isRecord(value.variant) &&
    typeof value.states === 'number' &&
    [value.witness, value.counterexample].every(
      run => run === null || (isRecord(run) && typeof run.schedule === 'string' && isRecord(run.observed)),
    )
  );
}

/** The races as they were kept; what is not understood is as at first. */
export function racesStateOf(value: unknown): RacesState {
  if (!isRecord(value)) return FIRST_RACES;
  const question = questionOf(value.question);
  if (question === null) return FIRST_RACES;
  const rows = Array.isArray(value.rows) && value.rows.every(isRow) ? value.rows : [];
  const { stopped, shown, selectedStep } = value;
  return {
    question,
    rows,
    stopped: typeof stopped === 'string' ? stopped : null,
    shown: typeof shown === 'number' && rows[shown] !== undefined ? shown : null,
    selectedStep: typeof selectedStep === 'number' ? selectedStep : 0,
  };
}
