/** What a returned value says to the caller. */

import type { Returned } from './pageEvent.js';
import type { PathState } from './pathState.js';
import { countsPages, RESULT, SIGN, signsOf, type Value } from './value.js';

/** A constant of a driver that stands for an error: `VMCI_ERROR_GENERIC`. */
const SAYS_ERROR = /^(?:[A-Z0-9]+_)*(?:ERR|ERROR|FAIL|FAILED|FAILURE)(?:_[A-Z0-9]+)*$/;

/** A negative result that is returned is an error, not a count. */
export function returnsCount(value: Value, state: PathState): boolean {
  return countsPages(value) && !(value.kind === 'result' && state.outcome === 'negative');
}

/** How a value reads as a result: an errno or an error pointer, zero, something above zero. */
export function returnedAs(value: Value, state: PathState): Returned {
  if (value.kind === 'error' || (value.kind === 'symbol' && SAYS_ERROR.test(value.id))) return 'error';
  const signs = value.kind === 'huge' ? signsOf(RESULT, state) : signsOf(value, state);
  if (signs === SIGN.negative) return 'error';
  // `if (ret) return ret;`: what is not zero is an errno.
  if (signs === (SIGN.negative | SIGN.positive) && !countsPages(value)) return 'error';
  if (signs === SIGN.zero) return 'zero';
  return signs === SIGN.positive ? 'positive' : 'unknown';
}
