/** A call that gets pages, before and after its paths are followed. */

import type { Call, Expression, Span } from '../../syntax/index.js';
import type { FollowedCall } from './exploration.js';
import type { PageEvent } from './pageEvent.js';
import type { PageNames } from './pageNames.js';

/** A call that gets pages, and what happens behind it. */
export interface PageCall {
  readonly function: string;
  readonly call: Call;
  /** The function called; a helper of the file, or one of mm/. */
  readonly callee: string;
  /** The function of mm/ that gets the pages, and where the helper calls it; the call itself if there is no helper. */
  readonly origin: { readonly callee: string; readonly span: Span };
  readonly through: boolean;
  readonly kind: 'pin' | 'reference' | 'by-flags';
  /** The argument for the pages; null where the callee returns them. */
  readonly pages: Expression | null;
  readonly names: Pick<PageNames, 'base' | 'owner' | 'member' | 'part' | 'startsNull' | 'raw'>;
  readonly request: Expression | null;
  readonly single: boolean;
  /** Whether "none" is how the callee says that it failed. */
  readonly zeroIsFailure: boolean;
  readonly events: readonly PageEvent[];
  /** False if its paths could not be followed: then there are no events. */
  readonly complete: boolean;
}

/** A call as its function's text describes it. */
export interface Described {
  readonly page: Omit<PageCall, 'names' | 'events' | 'complete'>;
  readonly names: PageNames;
  readonly followed: FollowedCall;
}
