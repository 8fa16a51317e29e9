/** Once its lock is dropped, a vma may be anything: somebody may have split, moved or freed it. */

import type { Property } from './property.js';

export const VMA_UNDER_LOCK: Property = {
  id: 'vma-under-lock',
  about: 'No task looks at a vma while it holds neither mmap_lock nor the lock of the vma.',
  check: ({ deeds }) => deeds.vmaMisuses[0] ?? null,
};
