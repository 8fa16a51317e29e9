/** Addresses of user space: their range, and their tag. */

import type { Rule } from '../rule.js';
import { gupMissingAccessOk } from './gupMissingAccessOk.js';
import { gupMissingUntag } from './gupMissingUntag.js';

/** In order of id. */
export const ADDRESS_RULES: readonly Rule[] = [gupMissingAccessOk, gupMissingUntag];
