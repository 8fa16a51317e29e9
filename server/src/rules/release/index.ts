/** Pages given back: the right call, in the right context. */

import type { Rule } from '../rule.js';
import { gupPinPutMismatch } from './gupPinPutMismatch.js';

/** In order of id. */
export const RELEASE_RULES: readonly Rule[] = [gupPinPutMismatch];
