/** mmap_lock and the per-VMA lock. */

import type { Rule } from '../rule.js';
import { gupMmapLockHeld } from './gupMmapLockHeld.js';
import { gupMmapLockMissing } from './gupMmapLockMissing.js';

/** In order of id. */
export const LOCK_RULES: readonly Rule[] = [gupMmapLockHeld, gupMmapLockMissing];
