/** Pages given back: the right call, in the right context. */

import type { Rule } from '../rule.js';
import { gupAtomicContext } from './gupAtomicContext.js';
import { gupMissingDirty } from './gupMissingDirty.js';
import { gupPinPutMismatch } from './gupPinPutMismatch.js';
import { gupSetPageDirtyUnlocked } from './gupSetPageDirtyUnlocked.js';

/** In order of id. */
export const RELEASE_RULES: readonly Rule[] = [
  gupAtomicContext,
  gupMissingDirty,
  gupPinPutMismatch,
  gupSetPageDirtyUnlocked,
];
