/** After fork() private memory is private: CVE-2020-29374 is a child that reads on through a reference. */

import type { Property } from './property.js';

export const CHILD_NEVER_SEES_PARENT_WRITES: Property = {
  id: 'child-never-sees-parent-writes',
  about:
    'No task of a child reads, through its page table or through pages it holds, what its parent began to write to private memory after the fork. Writes are told apart by their `value`.',
  check({ deeds }) {
    const [leak] = deeds.leaks;
    if (leak === undefined) return null;
    return {
      text: `page ${leak.page} of the child holds ${leak.value}, which its parent has written`,
      task: leak.task,
    };
  },
};
