/** Functions that need mmap_lock, called where it was certainly given up or never taken. */

import { type ResolvedFunction, siteFunction } from '../../../../kernel/src/index.js';
import {
  type CallSite,
  calleeName,
  type FunctionAnalysis,
  FunctionResult,
  overallMode,
} from '../../analysis/index.js';
import type { Call, Span } from '../../syntax/ast.js';
import { defineRule, type Finding } from '../rule.js';
import { LOCKING, mayBeRetaken, mayLockSomehow } from './lockEvidence.js';
import { lockOnEntry } from './lockOnEntry.js';
import { VMA_LOOKUPS } from './mmFunctions.js';
import { functionOf, locksTheMmOfCall } from './siteMm.js';
import { callsWithUnlockedMm } from './unlockedMm.js';

export const gupMmapLockMissing = defineRule({
  id: 'gup-mmap-lock-missing',
  severity: 'error',
  releases: [{ since: '4.8' }],
  summary: 'A function that needs mmap_lock is called without it.',
  why:
    'Without mmap_lock the VMAs and page tables that the call walks can be changed or freed by another thread: a ' +
    'use after free, or pages of another mapping. A system call, an ioctl and a work item start without it. Kernels with lock debugging say so by mmap_assert_locked().',
  remedy:
    'Take mmap_read_lock() before the call (or before the VMA is looked up, and look it up again after the lock was ' +
    'dropped), or call the variant that takes it: get_user_pages_unlocked(), pin_user_pages_unlocked() or the ' +
    '*_fast() functions for the current process.',
  examples: [
    {
      bad: `static int fault_in(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;

	mmap_read_lock(mm);
	vma = find_vma(mm, address);
	mmap_read_unlock(mm);
	if (!vma)
		return -EFAULT;
	return fixup_user_fault(mm, address, FAULT_FLAG_WRITE, NULL);
}
`,
      good: `static int fault_in(struct mm_struct *mm, unsigned long address)
{
	int ret;

	mmap_read_lock(mm);
	ret = fixup_user_fault(mm, address, FAULT_FLAG_WRITE, NULL);
	mmap_read_unlock(mm);
	return ret;
}
`,
    },
  ],
  related: ['gup-mmap-lock-held', 'Documentation/mm/process_addrs.rst'],
  check({ file, profile }) {
    const findings: Finding[] = [];
    for (const site of file.sites) {
      const callee = siteFunction(profile, site.callee);
      if (callee === null || !callee.lock.before.startsWith('mmap-lock')) continue;
      // Inside mm/, `*locked` 0 on entry asks the callee to take the lock itself.
      if (callee.visibility !== 'public' && site.locked !== null && site.locked.text !== 'NULL') continue;
      const fn = functionOf(site, file);
      const call = fn?.callAt(site.span.start) ?? null;
      if (fn === null || call === null) continue;
      const finding =
        site.lock.before === 'not-held' && site.lock.evidence === 'local'
          ? releasedBefore(site, callee, fn, call)
          : neverTaken(site, callee, fn, call);
      if (finding !== null) findings.push(finding);
    }
    for (const fn of file.functions) {
      findings.push(...kept.of(fn, () => [...lookupsWithoutLock(fn), ...withUnlockedMm(fn)]));
    }
    return findings;
  },
});

/** What is found without a look at the rows of the function. */
const kept = new FunctionResult<readonly Finding[]>();

function withUnlockedMm(fn: FunctionAnalysis): Finding[] {
  return callsWithUnlockedMm(fn, fn.profile).map(({ span, callee, mm, origin, source }) => ({
    span,
    message: `${callee}() needs mmap_lock, but nothing here takes that of ${mm}, which comes from ${source}()`,
    related: [{ span: origin, message: `${mm} comes from here, not locked` }],
    confidence: 'high',
    fix: null,
  }));
}

/** The lock is of the call's mm, this function gave it up on every path, and nothing may have taken it again. */
function releasedBefore(
  site: CallSite,
  callee: ResolvedFunction,
  fn: FunctionAnalysis,
  call: Call,
): Finding | null {
  const origin = site.lock.origins.at(-1);
  if (origin === undefined || !locksTheMmOfCall(site, callee, fn)) return null;
  if (mayBeRetaken(fn, fn.mmOf(callee, call), origin, call)) return null;
  return notHeldAnyMore(site.callee, site.span, origin, fn);
}

function notHeldAnyMore(callee: string, span: Span, origin: Span, fn: FunctionAnalysis): Finding {
  const call = fn.callAt(origin.start);
  const by = call === null ? null : calleeName(call);
  const how = by === null || LOCKING.has(by) ? 'given up' : `dropped by ${by}()`;
  return {
    span: { start: span.start, end: span.end },
    message: `${callee}() needs mmap_lock, which is not held here any more`,
    related: [{ span: { start: origin.start, end: origin.end }, message: `mmap_lock ${how} here` }],
    confidence: 'high',
    fix: null,
  };
}

/** In a function that the kernel starts without the lock, and where nothing takes it before the call. */
function neverTaken(
  site: CallSite,
  callee: ResolvedFunction,
  fn: FunctionAnalysis,
  call: Call,
): Finding | null {
  const mm = fn.mmOf(callee, call);
  if (overallMode(fn.lockBefore(call, mm)) !== 'caller') return null;
  const entry = lockOnEntry(fn);
  if (entry === null || entry.held || mayLockSomehow(fn, mm, call)) return null;
  return {
    span: site.span,
    message: `${site.callee}() needs mmap_lock, but ${fn.item.name}() is called ${entry.why}, and does not take it`,
    related: [{ span: entry.span, message: `${fn.item.name}() is called ${entry.why}` }],
    confidence: 'high',
    fix: null,
  };
}

/** VMA lookups in a function that released the lock of the same mm before. */
function lookupsWithoutLock(fn: FunctionAnalysis): Finding[] {
  const findings: Finding[] = [];
  const [locked] = fn.lockedMms;
  if (fn.lockedMms.size !== 1 || locked === undefined) return findings;
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'call') continue;
    const { node } = element;
    const name = calleeName(node);
    const mm = node.args[0];
    if (name === null || mm === undefined || !VMA_LOOKUPS.has(name) || fn.aliases.mm(mm) !== locked) continue;
    const state = fn.lockBefore(node, locked);
    const origin = state.flatMap(path => path.origins).at(-1) ?? null;
    if (overallMode(state) !== 'none' || origin === null) continue;
    if (!mayBeRetaken(fn, locked, origin, node)) {
      findings.push(notHeldAnyMore(name, node.callee, origin, fn));
    }
  }
  return findings;
}
