/** Fault entries and handlers: flags, results, the retry protocol. */

import type { Rule } from '../rule.js';
import { faultCompletedUnhandled } from './faultCompletedUnhandled.js';
import { faultErrorUnhandled } from './faultErrorUnhandled.js';
import { faultFlagsOverwritten } from './faultFlagsOverwritten.js';
import { faultHandlerRetryNotAllowed } from './faultHandlerRetryNotAllowed.js';
import { faultHandlerRetryNowait } from './faultHandlerRetryNowait.js';
import { faultHandlerVmaLock } from './faultHandlerVmaLock.js';
import { faultMissingAccessCheck } from './faultMissingAccessCheck.js';
import { faultMissingRemoteFlag } from './faultMissingRemoteFlag.js';
import { faultMissingUserFlag } from './faultMissingUserFlag.js';
import { faultResultAsValue } from './faultResultAsValue.js';
import { faultRetryNoTried } from './faultRetryNoTried.js';
import { faultRetrySignal } from './faultRetrySignal.js';
import { fixupUnlockedIgnored } from './fixupUnlockedIgnored.js';

/** In order of id. */
export const FAULT_PATH_RULES: readonly Rule[] = [
  faultCompletedUnhandled,
  faultErrorUnhandled,
  faultFlagsOverwritten,
  faultHandlerRetryNotAllowed,
  faultHandlerRetryNowait,
  faultHandlerVmaLock,
  faultMissingAccessCheck,
  faultMissingRemoteFlag,
  faultMissingUserFlag,
  faultResultAsValue,
  faultRetryNoTried,
  faultRetrySignal,
  fixupUnlockedIgnored,
];
