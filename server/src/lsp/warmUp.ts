/**
 * The engine's first run, before anybody waits: the grammar's WebAssembly and the engine's own code are compiled as
 * they are used, which makes the first file of a process several times slower than the second.
 */

import { NEWEST_RELEASE } from '../../../kernel/src/index.js';
import { AnalysisHost, type Logger } from '../ide/index.js';
import type { KernelCParser } from '../syntax/index.js';

/** Small, and yet it leads through scan, normaliser, parser, flow analysis, rules and hover. */
const SAMPLE = `
#ifdef CONFIG_MMU
static __always_inline long __must_check warm_@(struct mm_struct *mm, struct warm *w, unsigned long addr, bool write)
	__releases(&w->lock)
{
	unsigned int flags = FAULT_FLAG_DEFAULT, gup_flags = FOLL_LONGTERM | (write ? FOLL_WRITE : 0);
	struct vm_area_struct *vma;
	struct page *page = NULL, **pages __free(kvfree) = NULL;
	int locked = 1, i;
	vm_fault_t fault;
	long ret;

	if (write && (w->flags & WARM_WRITE || !list_empty(&w->list)))
		flags |= FAULT_FLAG_WRITE;
retry:
	vma = lock_mm_and_find_vma(mm, addr, NULL);
	if (unlikely(!vma))
		return -EFAULT;
	fault = handle_mm_fault(vma, addr, flags, NULL);
	if (fault_signal_pending(fault, NULL) || fault & VM_FAULT_COMPLETED)
		return -EINTR;
	if (fault & VM_FAULT_RETRY) {
		flags |= FAULT_FLAG_TRIED;
		goto retry;
	}
	mmap_read_unlock(mm);
	switch (w->mode) {
	case 0 ... 3:
		ret = pin_user_pages_remote(mm, addr, w->nr, gup_flags, pages, &locked);
		break;
	default:
		ret = get_user_pages_fast(addr, 1, gup_flags & ~FOLL_LONGTERM, &page);
		if (ret == 1)
			put_page(page);
		return ret;
	}
	list_for_each_entry(w, &w->list, node)
		for (i = 0; i < ret; i++)
			unpin_user_page(w->pages[i]);
	pr_debug("%s: " WARM_FMT, __func__, offsetof(struct warm, node));
	return ret < 0 ? ret : 0;
}
#endif
static const struct vm_operations_struct warm_ops_@ = {
	.fault = warm_@,
};
`;

const SILENT: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
/** As many functions as it takes for the hot loops to be compiled; more would only delay the start. */
const FUNCTIONS = 24;
/** As many tables as it takes for the simulator. */
const HOVERS = 12;

/** Runs the whole engine over a sample and forgets it. Takes about 100 ms in a new process. Never throws. */
export function warmUp(parser: KernelCParser): void {
  let text = '';
  for (let i = 0; i < FUNCTIONS; i++) text += SAMPLE.replaceAll('@', String(i));
  const host = new AnalysisHost({ parser, log: SILENT });
  const kernel = { release: NEWEST_RELEASE, text: NEWEST_RELEASE, source: 'default', note: null } as const;
  host.applyChange({ files: [{ path: 'warm-up.c', text, version: 0, kernel }] });
  const analysis = host.snapshot();
  analysis.diagnostics('warm-up.c');
  analysis.inlayHints('warm-up.c', { start: 0, end: text.length });
  // The table of a hover simulates the call: the first of a process takes ten times as long as any after it.
  for (let at = text.indexOf('get_user_pages'), i = 0; at >= 0 && i < HOVERS; i++) {
    analysis.hover('warm-up.c', at);
    at = text.indexOf('get_user_pages', at + 1);
  }
}
