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
import { shortenAnswer } from './shortenAnswer.js';

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
  orders: null,
  found: [],
};

/** Keeps the answers of one way to search. */
export class LitmusRunner {
  readonly #mode: Mode;
  readonly #shortens: boolean;
  readonly #known = new Map<Litmus, Known[]>();
  #explored = 0;

  /** `shortens`: the runs of an answer are to be followed by a person, and have as few turns as any. */
  constructor(mode: Mode, shortens = false) {
    this.#mode = mode;
    this.#shortens = shortens;
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
    const answer = yield* this.#explore(litmus, recordingBehaviour(behaviour, reads));
    // An answer that was stopped by a clock or a person is no property of the release.
    if (answer.exploration.stopped === null) this.#known.set(litmus, [...known, { reads, answer }]);
    return answer;
  }

  *#explore(litmus: Litmus, behaviour: Behaviour): Searching<LitmusAnswer> {
    try {
      const program = litmusProgram(litmus, behaviour);
      const answer = answerOf(litmus, yield* search(program, this.#mode));
      return this.#shortens ? yield* shortenAnswer(litmus, program, answer) : answer;
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
}
