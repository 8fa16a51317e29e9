/** The rules and how to run them: all that other layers may import of this folder. */

import { gupInternalFlag } from './gupInternalFlag.js';
import { gupMmapLockHeld } from './gupMmapLockHeld.js';
import { gupMmapLockMissing } from './gupMmapLockMissing.js';
import { gupPinPutMismatch } from './gupPinPutMismatch.js';
import { gupSignatureMismatch } from './gupSignatureMismatch.js';
import type { Rule } from './rule.js';

export type { Finding, Fix, Rule, RuleContext, RuleExample, Severity, TextEdit } from './rule.js';
export { defineRule } from './rule.js';
export { appliesTo, runRules } from './runRules.js';

/** Every rule, in order of id. */
export const RULES: readonly Rule[] = [
  gupInternalFlag,
  gupMmapLockHeld,
  gupMmapLockMissing,
  gupPinPutMismatch,
  gupSignatureMismatch,
];
