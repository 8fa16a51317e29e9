/** The lock operations by what they do, for the rules that go by the names of functions. */

import { LOCK_OPERATIONS } from '../../../../kernel/src/index.js';

const operationsThat = (kinds: RegExp): ReadonlySet<string> =>
  new Set(LOCK_OPERATIONS.filter(({ does }) => kinds.test(does)).map(({ name }) => name));

/** Releases of mmap_lock, by name. */
export const MMAP_UNLOCKS = operationsThat(/^(?:read|write)-unlock$/);
/** Those that take it, or try to. */
export const MMAP_LOCKS = operationsThat(/^(?:read|write)-lock$/);
/** Releases of the lock of a VMA, by name. */
export const VMA_UNLOCKS = operationsThat(/^vma-unlock$/);
/** Those that take it. */
export const VMA_LOCKS = operationsThat(/^vma-lock$/);
/** Those that wait for a lock and may give up, by name. */
export const MAY_GIVE_UP: ReadonlySet<string> = new Set(
  LOCK_OPERATIONS.filter(({ when }) => when === 'returns-zero').map(({ name }) => name),
);
/** Those that leave mmap_lock free where they return NULL, by name. */
export const MMAP_OR_NULL: ReadonlySet<string> = new Set(
  LOCK_OPERATIONS.filter(({ name, when }) => when === 'returns-nonnull' && MMAP_LOCKS.has(name)).map(
    ({ name }) => name,
  ),
);
/** Those that take mmap_lock only if nobody is in the way, by name. */
export const MMAP_TRIES: ReadonlySet<string> = new Set(
  LOCK_OPERATIONS.filter(({ name, when }) => when === 'returns-nonzero' && MMAP_LOCKS.has(name)).map(
    ({ name }) => name,
  ),
);
/** Releases of mmap_lock that is held for read, by name. */
export const READ_UNLOCKS = operationsThat(/^read-unlock$/);
/** Releases of either lock, by name. */
export const UNLOCKS = operationsThat(/-unlock$/);
