/** One run of a litmus test, as a schedule tells it, step by step. */

import { type Following, type Replay, replay } from '../explore/replay.js';
import type { Turn } from '../explore/schedule.js';
import { NotModelled } from '../notModelled.js';
import { behaviourOfKernel, type Kernel } from './expectations.js';
import type { Litmus } from './litmus.js';
import { litmusProgram } from './litmusProgram.js';

/**
 * The run of a test on a kernel that a schedule tells, exactly or as near to it as the kernel allows; `error` names what keeps
 * it from being replayed.
 */
export function replayLitmus(
  litmus: Litmus,
  kernel: Kernel,
  schedule: readonly Turn[],
  following: Following = 'exact',
): Replay | { readonly error: string } {
  try {
    return replay(litmusProgram(litmus, behaviourOfKernel(kernel)), schedule, following);
  } catch (error) {
    if (!(error instanceof NotModelled)) throw error;
    return { error: `not modelled: ${error.message}` };
  }
}
