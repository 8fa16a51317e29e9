/** Fault entries and handlers: flags, results, the retry protocol. */

import type { Rule } from '../rule.js';
import { faultCompletedUnhandled } from './faultCompletedUnhandled.js';
import { faultErrorUnhandled } from './faultErrorUnhandled.js';
import { faultRetryNoTried } from './faultRetryNoTried.js';
import { faultRetrySignal } from './faultRetrySignal.js';

/** In order of id. */
export const FAULT_PATH_RULES: readonly Rule[] = [
  faultCompletedUnhandled,
  faultErrorUnhandled,
  faultRetryNoTried,
  faultRetrySignal,
];
