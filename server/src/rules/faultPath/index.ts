/** Fault entries and handlers: flags, results, the retry protocol. */

import type { Rule } from '../rule.js';

/** In order of id. */
export const FAULT_PATH_RULES: readonly Rule[] = [];
