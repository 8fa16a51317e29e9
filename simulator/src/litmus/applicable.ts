/** Whether a release has what a litmus test calls. */

import type { Behaviour } from '../behaviour.js';
import { takesLocked } from '../entryPoints.js';
import { FAULT_SET, FOLL_SET } from '../flagSets.js';
import { ACTIONS } from './actions/index.js';
import type { Litmus } from './litmus.js';

/** Why the test says nothing of the release: the function, flag or argument it does not have; null: it has all. */
export function inapplicable(litmus: Litmus, behaviour: Behaviour): string | null {
  for (const { does } of litmus.tasks) {
    for (const { do: name, flags, locked } of does) {
      if (ACTIONS.get(name)?.ofRelease !== true) continue;
      if (!behaviour.functions.has(name)) return `it has no ${name}()`;
      if (locked !== null && !takesLocked(behaviour, name)) return `its ${name}() has no locked argument`;
      const set = name === 'fixup_user_fault' ? FAULT_SET : FOLL_SET;
      const missing = flags.find(flag => set === FOLL_SET && (behaviour.follNames & set.bit(flag)) === 0);
      if (missing !== undefined) return `it has no ${missing}`;
    }
  }
  return null;
}
