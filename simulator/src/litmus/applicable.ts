/** Whether a release has what a litmus test calls. */

import type { Behaviour } from '../behaviour.js';
import { takesLocked } from '../entryPoints.js';
import { FAULT_SET, FOLL_SET } from '../flagSets.js';
import { ACTIONS } from './actions/index.js';
import type { Litmus } from './litmus.js';

const HPAGE_PMD_ORDER = 9;

/** Why the test says nothing of the release: the function, flag, argument or kind of memory it does not have; null: it has all. */
export function inapplicable(litmus: Litmus, behaviour: Behaviour): string | null {
  const { folio_order: order } = litmus.memory.vma;
  if (typeof order === 'number' && order < HPAGE_PMD_ORDER && !behaviour.switches.anonLargeFolios)
    return `it has no anonymous folios of order ${order}`;
  for (const { does } of litmus.tasks) {
    for (const { do: name, flags, locked } of does) {
      const kind = ACTIONS.get(name);
      if (kind?.isIn?.(behaviour) === false) return `it has no ${name}`;
      if (kind?.ofRelease !== true) continue;
      if (!behaviour.functions.has(name)) return `it has no ${name}()`;
      if (locked !== null && !takesLocked(behaviour, name)) return `its ${name}() has no locked argument`;
      const set = name === 'fixup_user_fault' ? FAULT_SET : FOLL_SET;
      const missing = flags.find(flag => set === FOLL_SET && (behaviour.follNames & set.bit(flag)) === 0);
      if (missing !== undefined) return `it has no ${missing}`;
    }
  }
  return null;
}
