/** What a function says of mmap_lock is what its caller finds. */

import type { Property } from './property.js';

export const LOCK_AS_PROMISED: Property = {
  id: 'lock-as-promised',
  about:
    'After a call mmap_lock is held or dropped as the function promises: by `locked`, or because it has no way to drop it.',
  check({ deeds }) {
    for (const [task, { fn, promised, found }] of Object.entries(deeds.lockAfterCall)) {
      if (promised !== found)
        return { text: `${fn}() leaves mmap_lock ${found}, and promises ${promised}`, task: Number(task) };
    }
    return null;
  },
};
