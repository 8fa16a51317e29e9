/** How eagerly V8 compiles the code of this process. */

import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 wait longer before it compiles a function with optimisation: until four times its default of 66 KB of bytecode
 * were run. A scan is over in seconds and runs in several threads, each of which compiles for itself; and what a file that
 * was just opened needs is mostly run once. Measured with two cores on linux-source-6.12: the whole tree in 6.5 s in place of
 * 8.0 s, one file in 0.36 s in place of 0.40 s, the diagnostics of mm/gup.c 200 ms after it was opened in place of 280 ms;
 * an edit takes as long as before. More than four times gains nothing. Threads that start later have it too.
 */
export function compileLater(): void {
  setFlagsFromString('--interrupt-budget=270000');
}
