/** A fault that was tried before does not start over (fault_flag_allow_retry_first()). */

import type { Property } from './property.js';

export const RETRIED_ONCE: Property = {
  id: 'retried-once',
  about:
    'A call gives mmap_lock up for one page once at most, to wait for it; the second time it waits with the lock held, but for a userfaultfd.',
  check({ deeds }) {
    for (const [task, { fn, page, times }] of Object.entries(deeds.retries)) {
      if (times > 1)
        return { text: `${fn}() gives mmap_lock up ${times} times for page ${page}`, task: Number(task) };
    }
    return null;
  },
};
