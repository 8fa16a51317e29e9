/** A fault handler that drops mmap_lock where it may be the lock of the VMA that is held. */

import type { FileAnalysis } from '../../analysis/index.js';
import { callsByName, type SourceFile, spanOf } from '../../syntax/index.js';
import { defineRule, type Finding } from '../rule.js';
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
  unreported:
    'Handlers without map_pages, which always run under mmap_lock, other operations than those of a fault, and helpers that the handler only comes to with mmap_lock held.',
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
      const shown = besideMapPages(file, name) ?? assertsEither(file, name);
      if (shown === null) return [];
      return drops
        .filter(({ callee, vmaLock }) => callee !== 'release_fault_lock' && !vmaLock)
        .map(({ span }) => ({
          span,
          message: `${name}() may run under the lock of the VMA alone, and releases mmap_lock here: use release_fault_lock(vmf)`,
          related: [shown],
          confidence: 'high' as const,
          fix: null,
        }));
    });
  },
});

type Shown = Finding['related'][number];

/** Where a function, or the handler that calls it, is installed in operations that have map_pages too; null: nowhere. */
function besideMapPages({ source }: FileAnalysis, name: string): Shown | null {
  const handlers = [name, ...handlersCalling(source, name)];
  const own = source.opsEntries.find(
    entry =>
      handlers.includes(entry.handler) &&
      /^(?:fault|page_mkwrite|pfn_mkwrite)$/.test(entry.op) &&
      source.opsEntries.some(other => other.op === 'map_pages' && other.variable === entry.variable),
  );
  return own === undefined ? null : { span: spanOf(own.handlerSpan), message: 'installed beside map_pages' };
}

/** Where a function asserts that one of the two locks is held, and not which. */
function assertsEither({ source }: FileAnalysis, name: string): Shown | null {
  const body = source.functions.find(item => item.name === name && item.alternative === null)?.body;
  const call = callsByName(source)
    .get('assert_fault_locked')
    ?.find(({ span }) => body !== undefined && body.start <= span.start && span.end <= body.end);
  return call === undefined ? null : { span: call.span, message: 'one of the two locks is held' };
}

/** The functions that call one and do not look at the flag themselves. */
function handlersCalling(source: SourceFile, name: string): readonly string[] {
  const call = new RegExp(`\\b${name}\\s*\\(`);
  return source.functions.flatMap(item => {
    const body = source.text.slice(item.body.start, item.body.end);
    return call.test(body) && !body.includes('FAULT_FLAG_VMA_LOCK') ? [item.name] : [];
  });
}
