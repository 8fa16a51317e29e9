/** Answers litmus tests for many releases, and explores each distinct behaviour once. */

import type { Behaviour } from '../behaviour.js';
import type { Searching } from '../explore/depthFirst.js';
import type { Exploration, Mode } from '../explore/exploration.js';
import { search } from '../explore/explore.js';
import { NotModelled } from '../notModelled.js';
import { answerOf, type LitmusAnswer } from './answer.js';
import { answersAlike, type BehaviourReads, recordingBehaviour } from './behaviourReads.js';
import { behaviourOfKernel, type Kernel } from './expectations.js';
import type { Litmus } from './litmus.js';
import { litmusProgram } from './litmusProgram.js';

interface Known {
  readonly reads: BehaviourReads;
  readonly answer: LitmusAnswer;
}

const NOTHING_EXPLORED: Exploration = {
  states: 0,
  runs: 0,
  endings: 0,
  complete: false,
  stopped: null,
  replayed: 0,
  found: [],
};

/** Keeps the answers of one way to search. */
export class LitmusRunner {
  readonly #mode: Mode;
  readonly #known = new Map<Litmus, Known[]>();
  #explored = 0;

  constructor(mode: Mode) {
    this.#mode = mode;
  }

  /** Explorations so far; the other answers were known from them. */
  get explored(): number {
    return this.#explored;
  }

  /** What the test gives on a kernel, to be run bit by bit as a search is. */
  *answering(litmus: Litmus, kernel: Kernel): Searching<LitmusAnswer> {
    const behaviour = behaviourOfKernel(kernel);
    const known = this.#known.get(litmus) ?? [];
    const found = known.find(({ reads }) => answersAlike(behaviour, reads));
    if (found !== undefined) return found.answer;
    const reads = new Map<string, string>();
    this.#explored += 1;
    const answer = yield* explored(litmus, recordingBehaviour(behaviour, reads), this.#mode);
    // An answer that was stopped by a clock or a person is no property of the release.
    if (answer.exploration.stopped === null) this.#known.set(litmus, [...known, { reads, answer }]);
    return answer;
  }
}

function* explored(litmus: Litmus, behaviour: Behaviour, mode: Mode): Searching<LitmusAnswer> {
  try {
    return answerOf(litmus, yield* search(litmusProgram(litmus, behaviour), mode));
  } catch (error) {
    if (!(error instanceof NotModelled)) throw error;
    return {
      verdict: 'unknown',
      reason: `not modelled: ${error.message}`,
      witness: null,
      counterexample: null,
      exploration: NOTHING_EXPLORED,
    };
  }
}
