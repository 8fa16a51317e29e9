/** What a call returned: counts, errors, and the pages that go with them. */

import type { Rule } from '../rule.js';

/** In order of id. */
export const RETURN_VALUE_RULES: readonly Rule[] = [];
