/** Answers litmus tests for many releases, and explores each distinct behaviour once. */

import type { Exploration } from '../explore/exploration.js';
import type { Program } from '../explore/program.js';
import { NotModelled } from '../notModelled.js';
import { answerOf, type LitmusAnswer } from './answer.js';
import { answersAlike, type BehaviourReads, recordingBehaviour } from './behaviourReads.js';
import { behaviourOfKernel, type Kernel } from './expectations.js';
import type { Litmus } from './litmus.js';
import { litmusProgram } from './litmusProgram.js';

/** How a program is searched. */
export type Search = (program: Program) => Exploration;

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

/** Keeps the answers of one search. */
export class LitmusRunner {
  readonly #search: Search;
  readonly #known = new Map<Litmus, Known[]>();
  #explored = 0;

  constructor(search: Search) {
    this.#search = search;
  }

  /** Explorations so far; the other answers were known from them. */
  get explored(): number {
    return this.#explored;
  }

  /** What the test gives on a kernel. */
  answer(litmus: Litmus, kernel: Kernel): LitmusAnswer {
    const behaviour = behaviourOfKernel(kernel);
    const known = this.#known.get(litmus) ?? [];
    const found = known.find(({ reads }) => answersAlike(behaviour, reads));
    if (found !== undefined) return found.answer;
    const reads = new Map<string, string>();
    const answer = this.#explore(litmus, () => litmusProgram(litmus, recordingBehaviour(behaviour, reads)));
    // An answer that was stopped by a clock or a person is no property of the release.
    if (answer.exploration.stopped === null) this.#known.set(litmus, [...known, { reads, answer }]);
    return answer;
  }

  #explore(litmus: Litmus, program: () => Program): LitmusAnswer {
    this.#explored += 1;
    try {
      return answerOf(litmus, this.#search(program()));
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
