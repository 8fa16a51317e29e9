/** Pages given back: the right call, in the right context. */

import type { Rule } from '../rule.js';
import { gupAtomicContext } from './gupAtomicContext.js';
import { gupPinPutMismatch } from './gupPinPutMismatch.js';

/** In order of id. */
export const RELEASE_RULES: readonly Rule[] = [gupAtomicContext, gupPinPutMismatch];
