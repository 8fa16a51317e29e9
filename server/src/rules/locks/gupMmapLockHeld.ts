/** Functions that take mmap_lock themselves, called with it held. */

import { type ResolvedFunction, siteFunction } from '../../../../kernel/src/index.js';
import {
  type CallSite,
  calleeName,
  callersLock,
  type FileAnalysis,
  type FunctionAnalysis,
  FunctionResult,
  type LockBefore,
  type LockPath,
  lvalueText,
  MmAliases,
  overallMode,
  valueExpression,
} from '../../analysis/index.js';
import type { Expression } from '../../syntax/ast.js';
import { spanOf } from '../../syntax/index.js';
import { defineRule, type Finding } from '../rule.js';
import { lockingFunctions } from './lockingFunctions.js';
import { lockOnEntry } from './lockOnEntry.js';
import { VMA_LOOKUPS } from './mmFunctions.js';
import { functionOf, locksTheMmOfCall } from './siteMm.js';

const HELD_AS: Partial<Record<LockBefore, string>> = {
  'held-read': 'held for read',
  'held-write': 'held for write',
  held: 'held',
};

export const gupMmapLockHeld = defineRule({
  id: 'gup-mmap-lock-held',
  severity: 'error',
  releases: [{ since: '4.8' }],
  summary: 'A function that takes mmap_lock itself is called with mmap_lock held.',
  why:
    'The *_unlocked() functions take mmap_lock for read, and so do the *_fast() functions where a page has to be ' +
    'faulted in. With the lock held for write the task waits for itself at once. With it ' +
    'held for read the task waits for itself as soon as a writer has queued up in between. The kernel calls ->mmap() ' +
    'and ->fault() handlers with it held.',
  remedy:
    'Release mmap_lock before the call, or call get_user_pages() or pin_user_pages() under the lock. What was read ' +
    'from a VMA under the lock has to be looked up again afterwards.',
  unreported:
    'A lock that is held on some of the ways only, the lock of another address space, and the lock of a caller in another file.',
  examples: [
    {
      bad: `static long prefault(unsigned long uaddr, int nr, struct page **pages)
{
	long got = -EFAULT;

	mmap_read_lock(current->mm);
	if (find_vma(current->mm, untagged_addr(uaddr)))
		got = pin_user_pages_unlocked(uaddr, nr, pages, FOLL_WRITE);
	mmap_read_unlock(current->mm);
	return got;
}
`,
      good: `static long prefault(unsigned long uaddr, int nr, struct page **pages)
{
	bool usable;

	mmap_read_lock(current->mm);
	usable = find_vma(current->mm, untagged_addr(uaddr)) != NULL;
	mmap_read_unlock(current->mm);
	if (!usable)
		return -EFAULT;
	return pin_user_pages_unlocked(uaddr, nr, pages, FOLL_WRITE);
}
`,
    },
  ],
  related: ['gup-mmap-lock-missing', 'Documentation/mm/process_addrs.rst'],
  check({ file, profile }) {
    const findings: Finding[] = [];
    for (const site of file.sites) {
      const callee = siteFunction(profile, site.callee);
      if (callee === null || callee.lock.before !== 'none') continue;
      const fn = functionOf(site, file);
      if (fn === null) continue;
      const finding =
        takenHere(site, callee, fn) ??
        takenOfOtherName(site, callee, fn) ??
        takenByKernel(site, callee, fn) ??
        takenByCaller(site, callee, fn, file);
      if (finding !== null) findings.push(finding);
    }
    if (TAKER_CALL.test(file.source.text)) {
      const locking = lockingFunctions(file).filter(({ item: { body } }) =>
        TAKER_CALL.test(file.source.text.slice(body.start, body.end)),
      );
      findings.push(...locking.flatMap(fn => kept.of(fn, () => takersUnderLock(fn))));
    }
    return findings;
  },
});

const kept = new FunctionResult<readonly Finding[]>();

/**
 * Functions of mm/ beside GUP that take mmap_lock of the mm that is their first argument, or of the current one (mm/memory.c,
 * mm/util.c, mm/mmap.c).
 */
const TAKERS: ReadonlyMap<string, 'first' | 'current'> = new Map([
  ['access_remote_vm', 'first'],
  ['vm_mmap', 'current'],
  ['vm_munmap', 'current'],
  ['vm_brk_flags', 'current'],
  ['mm_populate', 'current'],
]);

const TAKER_CALL = new RegExp(`\\b(?:${[...TAKERS.keys()].join('|')})\\s*\\(`);

/** Their calls under the lock that the function holds on every way. */
function takersUnderLock(fn: FunctionAnalysis): readonly Finding[] {
  return fn.cfg.elements().flatMap(({ element }): readonly Finding[] => {
    const name = element.kind === 'call' ? (calleeName(element.node) ?? '') : '';
    const of = TAKERS.get(name);
    if (element.kind !== 'call' || of === undefined || !fn.complete) return [];
    const [first] = element.node.args;
    const mm = of === 'current' ? MmAliases.current : first === undefined ? null : fn.aliases.mm(first);
    const state = mm === null || !fn.lockedMms.has(mm) ? [] : fn.lockBefore(element.node, mm);
    const isHeld = ({ mode, source }: LockPath): boolean =>
      (mode === 'read' || mode === 'write') && source === 'local';
    if (state.length === 0 || !state.every(isHeld)) return [];
    return [
      {
        span: spanOf(element.node.callee),
        message: `${name}() takes mmap_lock itself, but it is held here`,
        related: state.flatMap(path => path.origins).map(span => ({ span, message: 'mmap_lock taken here' })),
        confidence: 'high',
        fix: null,
      },
    ];
  });
}

/** Only what this function did or asserts itself counts: a contract alone is not evidence. */
function takenHere(site: CallSite, callee: ResolvedFunction, fn: FunctionAnalysis): Finding | null {
  const held = HELD_AS[site.lock.before];
  if (held === undefined || (site.lock.evidence !== 'local' && site.lock.evidence !== 'assert')) return null;
  if (!locksTheMmOfCall(site, callee, fn)) return null;
  const waits =
    site.lock.before === 'held-write'
      ? 'the task waits for itself'
      : 'the task waits for itself as soon as a writer queues up';
  return {
    span: site.span,
    message: `${site.callee}() takes mmap_lock itself, but it is ${held} here: ${waits}`,
    related: site.lock.origins.map(span => ({
      span,
      message: site.lock.evidence === 'assert' ? 'asserted to be held here' : 'mmap_lock taken here',
    })),
    confidence: 'high',
    fix: null,
  };
}

/**
 * Under the lock of an address space that goes by another name than the current one, and is that all the same: a parameter that is
 * simply called `mm`, as the kernel calls the one that all is about, or the one in which the address of the call was looked
 * up. If it were another, the callee would take a second lock of the same class, which lockdep takes for a deadlock.
 */
function takenOfOtherName(site: CallSite, callee: ResolvedFunction, fn: FunctionAnalysis): Finding | null {
  const call = fn.callAt(site.span.start);
  const [mm, ...others] = fn.lockedMms;
  if (call === null || mm === undefined || others.length > 0 || fn.mmOf(callee, call) === mm) return null;
  const isGiven = mm === 'mm' && fn.ast.parameters.some(({ name }) => name === mm);
  if (!isGiven && !isLookedUpIn(fn, mm, call.args[callee.argument('start')])) return null;
  const state = fn.lockBefore(call, mm);
  const isHeld = ({ mode, source }: LockPath): boolean =>
    (mode === 'read' || mode === 'write') && source === 'local';
  if (state.length === 0 || !state.every(isHeld)) return null;
  return {
    span: site.span,
    message: `${site.callee}() takes mmap_lock itself, but that of ${mm} is held here`,
    related: state.flatMap(path => path.origins).map(span => ({ span, message: 'mmap_lock taken here' })),
    confidence: 'medium',
    fix: null,
    severity: 'warning',
  };
}

/** Whether a VMA of an address space is looked up by the address that a call is given, or what it begins with. */
function isLookedUpIn(fn: FunctionAnalysis, mm: string, address: Expression | undefined): boolean {
  const places = address === undefined ? [] : placesIn(address);
  return fn.cfg.elements().some(({ element }) => {
    if (element.kind !== 'call' || !VMA_LOOKUPS.has(calleeName(element.node) ?? '')) return false;
    const [of, at] = element.node.args;
    if (of === undefined || at === undefined || fn.aliases.mm(of) !== mm) return false;
    const place = lvalueText(valueExpression(at));
    return place !== null && places.includes(place);
  });
}

/** The variables and members in a sum. */
function placesIn(expression: Expression): readonly string[] {
  const node = valueExpression(expression);
  if (node.kind === 'binary' && /^[+-]$/.test(node.op))
    return [...placesIn(node.left), ...placesIn(node.right)];
  const place = lvalueText(node);
  return place === null ? [] : [place];
}

/** In a function that the kernel calls with the lock held, and where nothing releases it before the call. */
function takenByKernel(site: CallSite, callee: ResolvedFunction, fn: FunctionAnalysis): Finding | null {
  if (!isLeftToCaller(site, callee, fn)) return null;
  const entry = lockOnEntry(fn);
  if (entry?.held !== true || unlocksSomehow(fn)) return null;
  return {
    span: site.span,
    message: `${site.callee}() takes mmap_lock itself, but ${fn.item.name}() is called ${entry.why}`,
    related: [{ span: entry.span, message: `${fn.item.name}() is called ${entry.why}` }],
    confidence: 'medium',
    fix: null,
    severity: 'warning',
  };
}

/** In a function that another one of the file calls with the lock held. */
function takenByCaller(
  site: CallSite,
  callee: ResolvedFunction,
  fn: FunctionAnalysis,
  file: FileAnalysis,
): Finding | null {
  if (!isLeftToCaller(site, callee, fn) || unlocksSomehow(fn)) return null;
  const caller = callersLock(file, fn, MmAliases.current)?.find(
    ({ mode }) => mode === 'read' || mode === 'write' || mode === 'held',
  );
  if (caller === undefined) return null;
  const held = caller.mode === 'held' ? '' : ` for ${caller.mode}`;
  return {
    span: site.span,
    message: `${site.callee}() takes mmap_lock itself, but ${caller.function}() calls ${fn.item.name}() with it held${held}`,
    related: [{ span: caller.span, message: `mmap_lock is held${held} at this call` }],
    confidence: 'high',
    fix: null,
    severity: 'warning',
  };
}

/** Whether the call is about the current address space, and nothing here has touched its lock. */
function isLeftToCaller(site: CallSite, callee: ResolvedFunction, fn: FunctionAnalysis): boolean {
  const call = fn.callAt(site.span.start);
  if (call === null || fn.lockedMms.size > 0) return false;
  if (fn.mmOf(callee, call) !== MmAliases.current) return false;
  return overallMode(fn.lockBefore(call, MmAliases.current)) === 'caller';
}

/** Whether some function called here may release the lock: by its name, as nothing else is known of it. */
function unlocksSomehow(fn: FunctionAnalysis): boolean {
  for (const { element } of fn.cfg.elements()) {
    if (element.kind === 'unknown') return true;
    if (element.kind === 'call' && /unlock(?!ed)/.test(calleeName(element.node) ?? '')) {
      if (!/^(mutex|spin|raw_spin|rcu|srcu)_/.test(calleeName(element.node) ?? '')) return true;
    }
  }
  return false;
}
