/** A fault handler that returns VM_FAULT_RETRY unasked. */

import type { FileAnalysis } from '../../analysis/index.js';
import { callTokens } from '../../syntax/index.js';
import { defineRule } from '../rule.js';
import { handlersOf } from './handlerWays.js';

export const faultHandlerRetryNotAllowed = defineRule({
  id: 'fault-handler-retry-not-allowed',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'A fault handler returns VM_FAULT_RETRY where nothing says that a retry is allowed.',
  why:
    'VM_FAULT_RETRY says that mmap_lock has been dropped, and only a fault with FAULT_FLAG_ALLOW_RETRY may say so. The ' +
    'callers of others, as get_user_pages() without `locked`, do not expect it: they warn, or release a lock that is ' +
    'not theirs. A handler that returns it with the lock held makes its caller take the lock a second time: the task ' +
    'hangs as soon as a writer waits. ->page_mkwrite() may never retry: its result is then ignored, and the page becomes ' +
    'writable without the work that the handler has left out.',
  remedy:
    'For "look at the page again" return VM_FAULT_NOPAGE with nothing mapped: the access faults again by itself. To wait ' +
    'without the lock, ask fault_flag_allow_retry_first(vmf->flags), then drop it unless FAULT_FLAG_RETRY_NOWAIT is set, ' +
    'and return VM_FAULT_RETRY only then. Where neither is possible, wait with the lock held.',
  unreported:
    'A handler that asks for the flag, itself or in a helper; a result that it only passes on; and a fast way that says so to the slow one in the same driver.',
  examples: [
    {
      bad: `static vm_fault_t dev_page_mkwrite(struct vm_fault *vmf)
{
	struct inode *inode = file_inode(vmf->vma->vm_file);

	if (!inode_trylock(inode))
		return VM_FAULT_RETRY;
	extend(inode, vmf->pgoff);
	inode_unlock(inode);
	return VM_FAULT_LOCKED;
}
`,
      good: `static vm_fault_t dev_page_mkwrite(struct vm_fault *vmf)
{
	struct inode *inode = file_inode(vmf->vma->vm_file);

	if (!inode_trylock(inode))
		return VM_FAULT_NOPAGE;
	extend(inode, vmf->pgoff);
	inode_unlock(inode);
	return VM_FAULT_LOCKED;
}
`,
    },
  ],
  related: ['fault-handler-retry-nowait', 'fault-handler-vma-lock'],
  check({ file }) {
    return handlersOf(file).flatMap(({ name, retries }) =>
      retries
        .filter(({ allowed }) => !allowed && !isTranslated(file, name))
        .map(({ span }) => ({
          span,
          message: `${name}() returns VM_FAULT_RETRY here, and nothing has asked for FAULT_FLAG_ALLOW_RETRY: a caller that does not allow it takes the lock for held`,
          related: [],
          confidence: 'high' as const,
          fix: null,
        })),
    );
  },
});

/** Whether a function is not installed itself, and whoever calls it looks whether it returned VM_FAULT_RETRY. */
function isTranslated({ source }: FileAnalysis, name: string): boolean {
  if (source.opsEntries.some(entry => entry.handler === name)) return false;
  const callers = new Set(callTokens(source, new Set([name])).map(token => token.function));
  return (
    callers.size > 0 &&
    [...callers].every(index => {
      const body = source.functions[index]?.body;
      return (
        body !== undefined && /(?:[!=]=|&)\s*VM_FAULT_RETRY\b/.test(source.text.slice(body.start, body.end))
      );
    })
  );
}
