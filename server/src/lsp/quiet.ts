/** When background work may go on: while nobody types or asks. */

import type { Runtime } from './runtime.js';

/** Longer than the pause between two keystrokes' questions. Milliseconds. */
const CALM = 100;
/** Who never stops asking does not stop the work for good. Milliseconds. */
const LONGEST = 1000;

/** Told of every message of the client; asked by whoever works in the background, between two pieces of work. */
export class Quiet {
  readonly #runtime: Pick<Runtime, 'now' | 'yield' | 'later'>;
  #last = Number.NEGATIVE_INFINITY;

  constructor(runtime: Pick<Runtime, 'now' | 'yield' | 'later'>) {
    this.#runtime = runtime;
  }

  /** The client changed something or asked something: the next question comes soon. */
  disturbed(): void {
    this.#last = this.#runtime.now();
  }

  /** Gives way; settles when nothing has come for a moment, or after a second. Never rejects. */
  async wait(): Promise<void> {
    const { now, later } = this.#runtime;
    await this.#runtime.yield();
    const started = now();
    for (;;) {
      const left = Math.min(this.#last + CALM, started + LONGEST) - now();
      if (left <= 0) return;
      await new Promise<void>(resolve => later(Math.ceil(left), resolve));
    }
  }
}
