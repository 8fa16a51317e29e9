/** Runs in which a seed decides who goes next. */

import type { Searching } from './depthFirst.js';
import type { Stop } from './exploration.js';
import type { Findings } from './findings.js';
import { Locations } from './locations.js';
import { Player } from './player.js';
import { pseudoRandom } from './prng.js';
import type { Program } from './program.js';

/**
 * That many runs, each task that may go on being equally likely at each state. What it finds goes to `findings`; returns
 * why it stopped, or false: it never knows that it has seen all.
 */
export function* randomWalks(
  program: Program,
  seed: number,
  runs: number,
  findings: Findings,
): Searching<boolean | Stop> {
  const random = pseudoRandom(seed);
  const locations = new Locations();
  for (let run = 0; run < runs; run++) {
    const player = new Player(program, locations);
    for (let ready = player.ready(); ready.length > 0; ready = player.ready()) {
      findings.states += 1;
      player.move(ready[random(ready.length)] ?? 0);
      const stop = yield findings.progress();
      if (stop !== undefined) return stop;
    }
    findings.add(player);
  }
  return false;
}
