/** Locks are dropped by who holds them, and taken once. */

import type { Property } from './property.js';

export const LOCKS_BALANCE: Property = {
  id: 'locks-balance',
  about: 'No task drops mmap_lock without holding it so, or takes it while it holds it already.',
  check: ({ deeds }) => deeds.lockMisuses[0] ?? null,
};
