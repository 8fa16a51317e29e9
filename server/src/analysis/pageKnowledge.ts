/** What one file can tell another of pages: plain data, without places, since these are in another text. */

import type { HelperOutcome } from './heldFlow.js';

/**
 * An answer to a question about one function of another file.
 *
 * `held NAME GIVEN`: what becomes of the pages that it is given, see {@link HelperOutcome}.
 */
export type PageAnswer = { readonly kind: 'held'; readonly outcome: HelperOutcome };

/** The function that a question is about. */
export function functionAsked(question: string): string {
  return question.split(' ', 2)[1] ?? '';
}
