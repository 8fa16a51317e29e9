/** The rules and how to run them: all that other layers may import of this folder. */

import { ADDRESS_RULES } from './address/index.js';
import { FAULT_PATH_RULES } from './faultPath/index.js';
import { FLAG_RULES } from './flags/index.js';
import { LOCK_RULES } from './locks/index.js';
import { RELEASE_RULES } from './release/index.js';
import { RETURN_VALUE_RULES } from './returnValue/index.js';
import type { Rule } from './rule.js';
import { SUPPRESSION_RULES } from './suppression/index.js';

export type { Finding, Fix, Rule, RuleContext, RuleExample, Severity, TextEdit } from './rule.js';
export { defineRule, releasesText } from './rule.js';
export { appliesTo, type RuleFinding, runRules } from './runRules.js';
/** The id of what is said of comments that silence: what is `info` there says that one is not needed. */
export const SUPPRESSION_RULE = 'gup-lens-suppression';

export type { Suppression } from './suppression/index.js';

/** Rules that belong together: a folder of this one. */
export interface RuleFamily {
  readonly title: string;
  readonly rules: readonly Rule[];
}

/** Every rule, by what it is about. */
export const RULE_FAMILIES: readonly RuleFamily[] = [
  { title: 'Return value and release', rules: RETURN_VALUE_RULES },
  { title: 'Which release', rules: RELEASE_RULES },
  { title: 'Flags', rules: FLAG_RULES },
  { title: 'Locks', rules: LOCK_RULES },
  { title: 'Fault path', rules: FAULT_PATH_RULES },
  { title: 'Address', rules: ADDRESS_RULES },
  { title: 'Comments that silence', rules: SUPPRESSION_RULES },
];

/** Every rule, in order of id. */
export const RULES: readonly Rule[] = RULE_FAMILIES.flatMap(family => family.rules).sort((a, b) =>
  a.id < b.id ? -1 : 1,
);
