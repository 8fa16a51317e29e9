/** Every function of the tables. */

import type { FunctionFact } from '../facts.js';
import { FAST } from './fast.js';
import { FAULT_ENTRIES } from './faultEntries.js';
import { GET_USER_PAGES } from './getUserPages.js';
import { INTERNAL } from './internal.js';
import { OTHER } from './other.js';
import { PIN_USER_PAGES } from './pinUserPages.js';
import { POPULATE } from './populate.js';
import { UNPIN_FUNCTIONS } from './unpin.js';

export const FUNCTIONS: readonly FunctionFact[] = [
  ...GET_USER_PAGES,
  ...PIN_USER_PAGES,
  ...FAST,
  ...INTERNAL,
  ...POPULATE,
  ...UNPIN_FUNCTIONS,
  ...FAULT_ENTRIES,
  ...OTHER,
];
