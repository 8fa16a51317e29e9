/** Whether the lock state at a call site is that of the mm which the call works on. */

import type { ResolvedFunction } from '../../../../kernel/src/index.js';
import { type CallSite, type FileAnalysis, type FunctionAnalysis, MmAliases } from '../../analysis/index.js';

/** The function that holds a call site; null for one that could not be analysed. */
export function functionOf(site: CallSite, file: FileAnalysis): FunctionAnalysis | null {
  return file.functions.find(fn => fn.sites.includes(site)) ?? null;
}

/**
 * Whether the function works on the lock of one mm only, and that is certainly the call's. The analysis takes the
 * only mm that is locked for `current->mm`, which is good enough to show, but not to report.
 */
export function locksTheMmOfCall(site: CallSite, callee: ResolvedFunction, fn: FunctionAnalysis): boolean {
  const call = fn.callAt(site.span.start);
  if (call === null) return false;
  const [locked] = fn.lockedMms;
  const mm = fn.mmOf(callee, call);
  if (fn.lockedMms.size !== 1 || locked === undefined || mm === null) return false;
  return mm === locked || MmAliases.isOpen(mm) || MmAliases.isOpen(locked);
}
