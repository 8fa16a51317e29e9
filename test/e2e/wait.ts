/** Waiting for a state. Nothing here, and nothing that uses it, waits for a length of time to pass. */

import { setTimeout as sleep } from 'node:timers/promises';

/** Each wait is for something that appears; this is when it counts as never, in milliseconds. */
export const LIMIT = 60_000;

/** How long one try of {@link repeat} may wait for its effect before it is made again. */
export const TRY = 5_000;

const INTERVAL = 50;

/** Waits until a condition holds. Throws with `what` if it does not within `limit` milliseconds. */
export async function until(what: string, holds: () => Promise<boolean>, limit: number): Promise<void> {
  const end = performance.now() + limit;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${limit} ms: ${what}`);
    await sleep(INTERVAL);
  }
}

/**
 * Tries until a try succeeds: for what a window that is still busy may swallow, such as a key or a resting mouse.
 * A try must do no harm when it is made twice. Throws the last failure if none succeeds within {@link LIMIT}.
 */
export async function repeat<T>(attempt: () => Promise<T>): Promise<T> {
  const end = performance.now() + LIMIT;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > end) throw error;
      await sleep(INTERVAL);
    }
  }
}
