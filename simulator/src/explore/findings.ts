/** What a search has found so far. */

import type { Ending, Exploration, FoundEnding, Progress, Stop } from './exploration.js';
import type { Player } from './player.js';

/** An ending as a text: equal for equal endings. */
export function endingKey({ outcome, violated, stuck, notModelled }: Ending): string {
  return JSON.stringify([outcome, violated, stuck, notModelled]);
}

/** Collects endings and counts. */
export class Findings {
  states = 0;
  replayed = 0;
  /** See {@link Exploration.orders}. */
  orders: number | null = null;
  #runs = 0;
  readonly #found = new Map<string, FoundEnding>();

  /** Notes how a run ended. */
  add(player: Player): void {
    this.#runs += 1;
    const ending = player.ending();
    const key = endingKey(ending);
    const known = this.#found.get(key);
    if (known === undefined) {
      this.#found.set(key, {
        ...ending,
        runs: 1,
        schedule: player.schedule(),
        violations: player.violations,
      });
    } else this.#found.set(key, { ...known, runs: known.runs + 1 });
  }

  /** Notes the end of a run, if nobody may go on; whether somebody may. */
  visit(player: Player, ready: readonly number[]): boolean {
    if (ready.length === 0) this.add(player);
    return ready.length > 0;
  }

  /** How far the search is. */
  progress(): Progress {
    return { states: this.states, runs: this.#runs, endings: this.#found.size };
  }

  /** The answer. `all`: no order was left out that could end otherwise, unless it stopped before its end. */
  result(all: boolean, stopped: Stop | null): Exploration {
    return {
      ...this.progress(),
      complete: all && stopped === null,
      stopped,
      replayed: this.replayed,
      orders: stopped === null ? this.orders : null,
      found: [...this.#found.values()],
    };
  }
}
