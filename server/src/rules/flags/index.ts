/** What is passed: flags, and arguments that fit the release. */

import type { Rule } from '../rule.js';
import { gupInternalFlag } from './gupInternalFlag.js';
import { gupSignatureMismatch } from './gupSignatureMismatch.js';

/** In order of id. */
export const FLAG_RULES: readonly Rule[] = [gupInternalFlag, gupSignatureMismatch];
