/** The properties that a litmus test can ask about, by id. */

import { LOCK_AS_PROMISED } from './lockAsPromised.js';
import { PINNED_PAGE_NOT_REPLACED } from './pinnedPageNotReplaced.js';
import type { Property } from './property.js';
import { SHARED_PAGE_NOT_PINNED } from './sharedPageNotPinned.js';

export const PROPERTIES: readonly Property[] = [
  PINNED_PAGE_NOT_REPLACED,
  SHARED_PAGE_NOT_PINNED,
  LOCK_AS_PROMISED,
];

/** That no task waits for ever: every search sees that by itself. */
export const NOBODY_WAITS_FOR_EVER = 'nobody-waits-for-ever';

/** Ids that a question may name. */
export const PROPERTY_IDS: readonly string[] = [
  ...PROPERTIES.map(property => property.id),
  NOBODY_WAITS_FOR_EVER,
];
