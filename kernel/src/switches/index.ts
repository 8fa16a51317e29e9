/** Every behaviour that changed at some release, by name. */

import type { SwitchFact } from '../facts.js';
import { CALL_SWITCHES } from './calls.js';
import { FAULT_SWITCHES } from './faults.js';
import { GUARD_SWITCHES } from './guards.js';
import { LARGE_FOLIO_SWITCHES } from './largeFolios.js';
import { MEMORY_SWITCHES } from './memory.js';
import { readerOf } from './readers.js';
import { UNREAD } from './unread.js';
import { WALK_SWITCHES } from './walk.js';

const ALL = {
  ...CALL_SWITCHES,
  ...WALK_SWITCHES,
  ...FAULT_SWITCHES,
  ...MEMORY_SWITCHES,
  ...LARGE_FOLIO_SWITCHES,
  ...GUARD_SWITCHES,
};

/** The name of a behaviour; a profile has each of them on or off. */
export type SwitchName = keyof typeof ALL;

/** Every switch with its meaning, the releases that have it on, and where that was read. */
export const SWITCHES: readonly (SwitchFact & { readonly name: SwitchName })[] = (
  Object.keys(ALL) as SwitchName[]
).map(name => {
  const reads = readerOf(name);
  return { name, ...ALL[name], reads, unread: reads === 'documentation' ? (UNREAD[name] ?? null) : null };
});
