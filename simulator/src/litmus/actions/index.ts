/** Every kind of action, by the name that `do` has. */

import type { ActionKind } from './action.js';
import { GUP_CALLS } from './gupCalls.js';
import { HELD_PAGES } from './heldPages.js';
import { KERNEL_THREADS } from './kernelThreads.js';
import { LONGTERM_PINS } from './longtermPins.js';
import { MM_CALLS } from './mmCalls.js';
import { SIGNALS } from './signals.js';
import { TOUCHES } from './touches.js';
import { USERFAULTFD } from './userfaultfd.js';

export const ACTIONS: ReadonlyMap<string, ActionKind> = new Map(
  Object.entries({
    ...GUP_CALLS,
    ...TOUCHES,
    ...LONGTERM_PINS,
    ...HELD_PAGES,
    ...MM_CALLS,
    ...KERNEL_THREADS,
    ...SIGNALS,
    ...USERFAULTFD,
  }),
);
