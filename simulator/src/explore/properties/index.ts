/** The properties that a litmus test can ask about, by id. */

import { CHILD_NEVER_SEES_PARENT_WRITES } from './childNeverSeesParentWrites.js';
import { LOCK_AS_PROMISED } from './lockAsPromised.js';
import { LOCKS_BALANCE } from './locksBalance.js';
import { PINNED_PAGE_NOT_REPLACED } from './pinnedPageNotReplaced.js';
import type { Property } from './property.js';
import { READER_SEES_OWNER_WRITES } from './readerSeesOwnerWrites.js';
import { REFERENCES_BALANCE } from './referencesBalance.js';
import { RETRIED_ONCE } from './retriedOnce.js';
import { SHARED_PAGE_NOT_PINNED } from './sharedPageNotPinned.js';
import { VMA_UNDER_LOCK } from './vmaUnderLock.js';

export const PROPERTIES: readonly Property[] = [
  PINNED_PAGE_NOT_REPLACED,
  SHARED_PAGE_NOT_PINNED,
  READER_SEES_OWNER_WRITES,
  CHILD_NEVER_SEES_PARENT_WRITES,
  LOCK_AS_PROMISED,
  LOCKS_BALANCE,
  RETRIED_ONCE,
  VMA_UNDER_LOCK,
  REFERENCES_BALANCE,
];

/** That no task waits for ever: every search sees that by itself. */
export const NOBODY_WAITS_FOR_EVER = 'nobody-waits-for-ever';

/** Ids that a question may name. */
export const PROPERTY_IDS: readonly string[] = [
  ...PROPERTIES.map(property => property.id),
  NOBODY_WAITS_FOR_EVER,
];
