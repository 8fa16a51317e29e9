/** The user address itself: tags and limits. */

import type { Rule } from '../rule.js';

/** In order of id. */
export const ADDRESS_RULES: readonly Rule[] = [];
