/** mmap_lock and the per-VMA lock. */

import type { Rule } from '../rule.js';
import { gupLockedIgnored } from './gupLockedIgnored.js';
import { gupMmapLockHeld } from './gupMmapLockHeld.js';
import { gupMmapLockMissing } from './gupMmapLockMissing.js';
import { mmapLockLeak } from './mmapLockLeak.js';
import { mmapLockUnbalanced } from './mmapLockUnbalanced.js';
import { vmaLockUnbalanced } from './vmaLockUnbalanced.js';
import { vmaUseAfterUnlock } from './vmaUseAfterUnlock.js';

/** In order of id. */
export const LOCK_RULES: readonly Rule[] = [
  gupLockedIgnored,
  gupMmapLockHeld,
  gupMmapLockMissing,
  mmapLockLeak,
  mmapLockUnbalanced,
  vmaLockUnbalanced,
  vmaUseAfterUnlock,
];
