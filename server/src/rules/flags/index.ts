/** What is passed: flags, and arguments that fit the release. */

import type { Rule } from '../rule.js';
import { gupCowUnshare } from './gupCowUnshare.js';
import { gupFastForkRace } from './gupFastForkRace.js';
import { gupFlagNamespace } from './gupFlagNamespace.js';
import { gupFlagType } from './gupFlagType.js';
import { gupForceMisuse } from './gupForceMisuse.js';
import { gupInternalFlag } from './gupInternalFlag.js';
import { gupLongtermWrongApi } from './gupLongtermWrongApi.js';
import { gupMissingLongterm } from './gupMissingLongterm.js';
import { gupMissingWrite } from './gupMissingWrite.js';
import { gupRemoteSplit } from './gupRemoteSplit.js';
import { gupSignatureMismatch } from './gupSignatureMismatch.js';
import { gupWriteFlagCleared } from './gupWriteFlagCleared.js';
import { gupWriteParamIgnored } from './gupWriteParamIgnored.js';

/** In order of id. */
export const FLAG_RULES: readonly Rule[] = [
  gupCowUnshare,
  gupFastForkRace,
  gupFlagNamespace,
  gupFlagType,
  gupForceMisuse,
  gupInternalFlag,
  gupLongtermWrongApi,
  gupMissingLongterm,
  gupMissingWrite,
  gupRemoteSplit,
  gupSignatureMismatch,
  gupWriteFlagCleared,
  gupWriteParamIgnored,
];
