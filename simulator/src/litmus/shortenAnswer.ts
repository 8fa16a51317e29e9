/** Runs that a person can follow: those of an answer, with as few turns as any. */

import type { Searching } from '../explore/depthFirst.js';
import type { Ending, FoundEnding } from '../explore/exploration.js';
import { minimise } from '../explore/minimise.js';
import type { Program } from '../explore/program.js';
import { replay } from '../explore/replay.js';
import type { LitmusAnswer } from './answer.js';
import { holdsAtEnd } from './conditions.js';
import type { Litmus } from './litmus.js';

/** What may be spent on a schedule with fewer turns than the one that was found. */
const SHORTENING_STATES = 20_000;

/** The answer with shorter runs where one of each kind was found; of one that is always so any run tells as much. */
export function* shortenAnswer(
  { question }: Litmus,
  program: Program,
  answer: LitmusAnswer,
): Searching<LitmusAnswer> {
  const { verdict, witness, counterexample } = answer;
  if (verdict !== 'allowed') return answer;
  return {
    ...answer,
    witness: yield* shortened(program, witness, ending => holdsAtEnd(question, ending)),
    counterexample: yield* shortened(program, counterexample, ending => !holdsAtEnd(question, ending)),
  };
}

function* shortened(
  program: Program,
  found: FoundEnding | null,
  isWanted: (ending: Ending) => boolean,
): Searching<FoundEnding | null> {
  if (found === null) return null;
  const wanted = (ending: Ending): boolean => ending.notModelled === null && isWanted(ending);
  const { schedule } = yield* minimise(program, found.schedule, wanted, SHORTENING_STATES);
  const run = replay(program, schedule);
  if ('error' in run) return found;
  const { outcome, violated, stuck, notModelled, violations } = run;
  return { outcome, violated, stuck, notModelled, violations, schedule, runs: found.runs };
}
