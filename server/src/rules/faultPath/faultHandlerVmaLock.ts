/** A fault handler that drops mmap_lock where it may be the lock of the VMA that is held. */

import type { FileAnalysis } from '../../analysis/index.js';
import { type SourceFile, type Span, spanOf } from '../../syntax/index.js';
import { defineRule } from '../rule.js';
import { handlersOf } from './handlerWays.js';

export const faultHandlerVmaLock = defineRule({
  id: 'fault-handler-vma-lock',
  severity: 'warning',
  releases: [{ since: '6.7' }],
  summary: 'A fault handler that may run under the lock of the VMA releases mmap_lock.',
  why:
    'Since 6.7 a handler whose vm_operations_struct has map_pages is called under the lock of the VMA alone, with ' +
    'FAULT_FLAG_VMA_LOCK. mmap_lock is not held by this task then: releasing it takes it from another reader, and the lock ' +
    'of the VMA stays held.',
  remedy:
    'Release with release_fault_lock(vmf), which looks at the flag. Without map_pages mmap_lock is always held.',
  examples: [
    {
      release: '6.12',
      bad: `static vm_fault_t dev_fault(struct vm_fault *vmf)
{
	if (dev_busy(vmf->vma) && fault_flag_allow_retry_first(vmf->flags)) {
		if (!(vmf->flags & FAULT_FLAG_RETRY_NOWAIT))
			mmap_read_unlock(vmf->vma->vm_mm);
		return VM_FAULT_RETRY;
	}
	return filemap_fault(vmf);
}

static const struct vm_operations_struct dev_vm_ops = {
	.fault = dev_fault,
	.map_pages = filemap_map_pages,
};
`,
      good: `static vm_fault_t dev_fault(struct vm_fault *vmf)
{
	if (dev_busy(vmf->vma) && fault_flag_allow_retry_first(vmf->flags)) {
		if (!(vmf->flags & FAULT_FLAG_RETRY_NOWAIT))
			release_fault_lock(vmf);
		return VM_FAULT_RETRY;
	}
	return filemap_fault(vmf);
}

static const struct vm_operations_struct dev_vm_ops = {
	.fault = dev_fault,
	.map_pages = filemap_map_pages,
};
`,
    },
  ],
  related: ['fault-handler-retry-nowait', 'Documentation/mm/process_addrs.rst'],
  check({ file, profile }) {
    if (!profile.switches.vmaLockFileFaults) return [];
    return handlersOf(file).flatMap(({ name, drops }) => {
      const installed = besideMapPages(file, name);
      if (installed === null) return [];
      return drops
        .filter(({ callee, vmaLock }) => callee !== 'release_fault_lock' && !vmaLock)
        .map(({ span }) => ({
          span,
          message: `${name}() may run under the lock of the VMA alone, and releases mmap_lock here: use release_fault_lock(vmf)`,
          related: [{ span: installed, message: 'installed beside map_pages' }],
          confidence: 'high' as const,
          fix: null,
        }));
    });
  },
});

/** Where a function, or the handler that calls it, is installed in operations that have map_pages too; null: nowhere. */
function besideMapPages({ source }: FileAnalysis, name: string): Span | null {
  const handlers = [name, ...handlersCalling(source, name)];
  const own = source.opsEntries.find(
    entry =>
      handlers.includes(entry.handler) &&
      /^(?:fault|page_mkwrite|pfn_mkwrite)$/.test(entry.op) &&
      source.opsEntries.some(other => other.op === 'map_pages' && other.variable === entry.variable),
  );
  return own === undefined ? null : spanOf(own.handlerSpan);
}

/** The functions that call one and do not look at the flag themselves. */
function handlersCalling(source: SourceFile, name: string): readonly string[] {
  const call = new RegExp(`\\b${name}\\s*\\(`);
  return source.functions.flatMap(item => {
    const body = source.text.slice(item.body.start, item.body.end);
    return call.test(body) && !body.includes('FAULT_FLAG_VMA_LOCK') ? [item.name] : [];
  });
}
