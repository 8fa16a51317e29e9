/** What one file can tell another of pages: plain data, without places, since these are in another text. */

import { type Profile, SITE_FUNCTIONS } from '../../../kernel/src/index.js';
import { type HelperOutcome, keepsNothing } from './heldFlow.js';
import type { Acquirer } from './pagePaths/acquirer.js';
import { RELEASE_BY_NAME } from './pagePaths/pageFunctions.js';
import { type PageSummary, type SummaryHolding, TAKES_BY_FLAGS, TAKES_REFERENCE } from './pageTransfer.js';

/** What a function of another file does to pages, whoever calls it. */
export interface FunctionAnswer {
  readonly kind: 'function';
  /** How it gets pages and gives them back; null if that cannot be told. */
  readonly summary: PageSummary | null;
  /** What its results mean, if it gets pages for its callers and that can be told. */
  readonly acquirer: Acquirer | null;
  /** Whether it may mark pages dirty. */
  readonly dirties: boolean;
}

/**
 * An answer to a question about one function of another file.
 *
 * `held NAME GIVEN`: what becomes of the pages that it is given, see {@link HelperOutcome}.
 * `function NAME`: see {@link FunctionAnswer}.
 */
export type PageAnswer = { readonly kind: 'held'; readonly outcome: HelperOutcome } | FunctionAnswer;

/** The function that a question is about. */
export function functionAsked(question: string): string {
  return question.split(' ', 2)[1] ?? '';
}

/**
 * Whether what a function does with pages comes from tables alone. Core code drops and takes references on paths of its
 * own, so that what can be read there says too much of it.
 */
export function isOfTables(name: string, profile: Profile): boolean {
  return (
    SITE_FUNCTIONS.has(name) ||
    profile.functions.has(name) ||
    RELEASE_BY_NAME.has(name) ||
    TAKES_REFERENCE.has(name) ||
    TAKES_BY_FLAGS.has(name) ||
    keepsNothing(name)
  );
}

/** A summary as it may be told to another file. */
export function summaryElsewhere(summary: PageSummary): PageSummary {
  const from = (gets: PageSummary['acquires'][number]['from']) => gets.map(got => ({ ...got, span: null }));
  const held = (gets: SummaryHolding | null): SummaryHolding | null => {
    return gets === null
      ? null
      : { holding: { mask: gets.holding.mask, by: new Set() }, from: from(gets.from) };
  };
  return {
    name: summary.name,
    releases: summary.releases.map(release => ({ ...release, span: null })),
    acquires: summary.acquires.map(got => ({
      ...got,
      holding: { mask: got.holding.mask, by: new Set() },
      from: from(got.from),
    })),
    stores: summary.stores,
    returns: held(summary.returns),
    returnsArray: held(summary.returnsArray),
  };
}

/** An acquirer as it may be told to another file. */
export function acquirerElsewhere(acquirer: Acquirer): Acquirer {
  return { ...acquirer, origin: { callee: acquirer.origin.callee, span: null } };
}
