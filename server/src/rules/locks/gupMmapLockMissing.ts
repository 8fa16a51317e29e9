/** Functions that need mmap_lock, called where it was certainly given up or never taken. */

import { type ResolvedFunction, siteFunction } from '../../../../kernel/src/index.js';
import {
  type CallSite,
  calleeName,
  type FileAnalysis,
  type FunctionAnalysis,
  FunctionResult,
  type LockPath,
  MmAliases,
  overallMode,
} from '../../analysis/index.js';
import type { Call, Span } from '../../syntax/ast.js';
import { spanOf } from '../../syntax/index.js';
import { defineRule, type Finding } from '../rule.js';
import { certainWay } from './certainWay.js';
import { LOCKING, mayBeRetaken, mayLockSomehow } from './lockEvidence.js';
import { lockingFunctions } from './lockingFunctions.js';
import { MMAP_UNLOCKS } from './lockNames.js';
import { VMA_LOOKUPS } from './mmFunctions.js';
import { allByItself, enteredWithout, saysNotHeld, takenLater, unknownToFile } from './notHeldOnEntry.js';
import { functionOf, locksTheMmOfCall } from './siteMm.js';
import { MM_SOURCE_CALL, usesOfUnlockedMm } from './unlockedMm.js';

export const gupMmapLockMissing = defineRule({
  id: 'gup-mmap-lock-missing',
  severity: 'error',
  releases: [{ since: '4.8' }],
  summary: 'A function that needs mmap_lock is called without it.',
  why:
    'Without mmap_lock the VMAs and page tables that the call walks can be changed or freed by another thread: a ' +
    'use after free, or pages of another mapping. A system call, an ioctl and a work item start without it; who takes it further on cannot have it yet. Kernels with lock debugging say so by mmap_assert_locked().',
  remedy:
    'Take mmap_read_lock() before the call (or before the VMA is looked up, and look it up again after the lock was ' +
    'dropped), or call the variant that takes it: get_user_pages_unlocked(), pin_user_pages_unlocked() or the ' +
    '*_fast() functions for the current process.',
  unreported:
    'A function that others may call with the lock held, by its name, by what it is given, or because its file speaks of the lock; a lock that depends on what the caller says; an mm that is given to a function which cannot be read.',
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
          : (neverTaken({ fn, call, mm: fn.mmOf(callee, call) }, file) ??
            releasedOnSomeWay(site, callee, fn, call));
      if (finding !== null) findings.push(finding);
    }
    for (const lookup of lookupsIn(file)) {
      const finding = neverTaken(lookup, file);
      if (finding !== null) findings.push(finding);
    }
    const locking = lockingFunctions(file);
    for (const fn of [...locking, ...walkingFunctions(file, locking)]) {
      findings.push(...kept.of(fn, () => [...lookupsWithoutLock(fn), ...withUnlockedMm(fn)]));
    }
    return findings;
  },
});

/** The functions that look up an mm and VMAs in it, beside those that name a lock. */
function walkingFunctions(
  file: FileAnalysis,
  others: readonly FunctionAnalysis[],
): readonly FunctionAnalysis[] {
  const { source } = file;
  if (!MM_SOURCE_CALL.test(source.text)) return [];
  return source.functions.flatMap(item => {
    const body = source.text.slice(item.body.start, item.body.end);
    if (item.alternative !== null || !MM_SOURCE_CALL.test(body) || !WALKS.test(body)) return [];
    if (others.some(fn => fn.item.start === item.start)) return [];
    const fn = file.functionNamed(item.name);
    return fn === null || fn.item.start !== item.start ? [] : [fn];
  });
}

const WALKS = new RegExp(`\\b(?:${[...VMA_LOOKUPS].join('|')}|for_each_vma\\w*)\\s*\\(|->mmap\\b`);

/** What is found without a look at the rows of the function. */
const kept = new FunctionResult<readonly Finding[]>();

function withUnlockedMm(fn: FunctionAnalysis): Finding[] {
  return usesOfUnlockedMm(fn, fn.profile).map(({ span, what, mm, origin, source }) => ({
    span,
    message: `${what} needs mmap_lock, but nothing here takes that of ${mm}, which comes from ${source}()`,
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

/** As {@link releasedBefore}, on one of several ways: around a loop, for example. */
function releasedOnSomeWay(
  site: CallSite,
  callee: ResolvedFunction,
  fn: FunctionAnalysis,
  call: Call,
): Finding | null {
  const mm = fn.mmOf(callee, call);
  if (mm === null || !fn.complete || !locksTheMmOfCall(site, callee, fn)) return null;
  const isReleased = ({ mode, source, origins }: LockPath): boolean =>
    mode === 'none' && source === 'local' && origins.every(({ start }) => isRelease(fn, start));
  const origin = fn.lockBefore(call, mm).find(isReleased)?.origins.at(-1);
  if (origin === undefined || certainWay(fn, mm, call, isReleased) === null) return null;
  if (mayBeRetaken(fn, mm, origin, call)) return null;
  return { ...notHeldAnyMore(site.callee, site.span, origin, fn), severity: 'warning' };
}

function isRelease(fn: FunctionAnalysis, start: number): boolean {
  const call = fn.callAt(start);
  return call !== null && MMAP_UNLOCKS.has(calleeName(call) ?? '');
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

/** A call that needs the lock of an mm. */
interface Needs {
  readonly fn: FunctionAnalysis;
  readonly call: Call;
  readonly mm: string | null;
}

/** In a function that the kernel starts without the lock, or that only such functions call, and where nothing takes it before. */
function neverTaken({ fn, call, mm }: Needs, file: FileAnalysis): Finding | null {
  if (overallMode(fn.lockBefore(call, mm)) !== 'caller') return null;
  const later = mm === null ? null : takenLater(fn, mm, call);
  if (later === null && mayLockSomehow(fn, mm, call)) return null;
  const certain = later ?? saysNotHeld(fn, mm, call) ?? enteredWithout(fn, mm, file);
  const entry = certain ?? unknownToFile(fn, mm, call, file) ?? allByItself(fn, mm, call, file);
  if (entry === null) return null;
  return {
    span: spanOf(call.callee),
    message: `${calleeName(call)}() needs mmap_lock, but ${entry.why}, and nothing takes it before`,
    related: entry.steps,
    confidence: certain === null ? 'medium' : 'high',
    fix: null,
    ...(certain === null ? { severity: 'warning' as const } : {}),
  };
}

/** The VMA lookups of the current address space in functions that hold no lock operation, and all of those that do. */
function lookupsIn(file: FileAnalysis): readonly Needs[] {
  const { source } = file;
  return source.functions.flatMap(item => {
    const body = source.text.slice(item.body.start, item.body.end);
    if (item.alternative !== null || !LOOKUP_CALL.test(body)) return [];
    const locks = TAKES_LOCK.test(body);
    const fn = file.functionNamed(item.name);
    if (fn === null || fn.item.start !== item.start || !fn.complete) return [];
    return fn.cfg.elements().flatMap(({ element }) => {
      if (element.kind !== 'call' || !VMA_LOOKUPS.has(calleeName(element.node) ?? '')) return [];
      const [argument] = element.node.args;
      const mm = argument === undefined ? null : fn.aliases.mm(argument);
      return mm === MmAliases.current || (locks && mm !== null) ? [{ fn, call: element.node, mm }] : [];
    });
  });
}

const LOOKUP_CALL = new RegExp(`\\b(?:${[...VMA_LOOKUPS].join('|')})\\s*\\(`);

/** Somewhere in the function a lock is taken that may be mmap_lock. */
const TAKES_LOCK = /\bmmap_(?:lock|sem|read|write)|\bdown_(?:read|write)/;

/** VMA lookups in a function that released the lock of the same mm before. */
function lookupsWithoutLock(fn: FunctionAnalysis): Finding[] {
  const findings: Finding[] = [];
  // Few functions look up a VMA: the others are not even parsed for this.
  if (!LOOKUP_CALL.test(fn.file.text.slice(fn.item.body.start, fn.item.body.end))) return findings;
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
