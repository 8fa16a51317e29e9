/** Comments that silence findings. */

import type { Rule } from '../rule.js';
import { gupLensSuppression } from './gupLensSuppression.js';

export { type Suppression, suppressionOf, suppressionsOf } from './suppressions.js';

/** In order of id. */
export const SUPPRESSION_RULES: readonly Rule[] = [gupLensSuppression];
