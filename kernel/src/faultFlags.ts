/** What faultin_page() makes of FOLL_* (mm/gup.c), and what other entries hand to handle_mm_fault(). */

import { type CallArguments, isSymbolic, sortFlags } from './gupFlags.js';
import type { Profile, ResolvedFunction } from './profile.js';

/**
 * The FAULT_FLAG_* set of the first handle_mm_fault() of a call, from the set that flagsOfCall() gave. Symbolic
 * members are passed through. null: no fault is ever taken (the fast-only functions, unpin, FOLL_NOFAULT outside
 * hugetlb, FOLL_MLOCK without FOLL_POPULATE until 5.17). What depends on the mapping or on what the walk finds is not
 * part of it: FAULT_FLAG_UNSHARE, and FAULT_FLAG_WRITE for a read while the switch forceCowBreak is on. Holds for every VMA but a hugetlb one while those have a loop of their own (the switch
 * hugetlbThroughGeneralGup is off).
 */
export function faultFlagsOf(
  profile: Profile,
  fn: ResolvedFunction,
  effective: readonly string[],
  args: CallArguments,
): readonly string[] | null {
  if (fn.name === 'handle_mm_fault' || fn.name === 'fixup_user_fault') return sortFlags(profile, effective);
  if (fn.kind !== 'gup' || FAULTLESS.has(fn.name)) return null;
  const has = new Set(effective);
  // Only the fast functions look at FOLL_FAST_ONLY: until 6.2 another one let it pass without effect.
  if (isFast(fn) && has.has('FOLL_FAST_ONLY')) return null;
  if (has.has('FOLL_NOFAULT')) return null;
  if (has.has('FOLL_MLOCK') && !has.has('FOLL_POPULATE')) return null;

  const out = effective.filter(isSymbolic);
  if (has.has('FOLL_WRITE')) out.push('FAULT_FLAG_WRITE');
  if (has.has('FOLL_REMOTE')) out.push('FAULT_FLAG_REMOTE');
  if (mayDropLock(profile, fn, has, args)) {
    out.push('FAULT_FLAG_ALLOW_RETRY');
    if (profile.switches.killableFaults) out.push('FAULT_FLAG_KILLABLE');
    if (has.has('FOLL_INTERRUPTIBLE')) out.push('FAULT_FLAG_INTERRUPTIBLE');
  }
  if (has.has('FOLL_NOWAIT')) out.push('FAULT_FLAG_ALLOW_RETRY', 'FAULT_FLAG_RETRY_NOWAIT');
  if (has.has('FOLL_TRIED')) out.push('FAULT_FLAG_TRIED');
  return sortFlags(profile, out);
}

/** GUP functions that never call handle_mm_fault(): lockless ones without FOLL_FAST_ONLY, and the page-cache pin. */
const FAULTLESS: ReadonlySet<string> = new Set(['__get_user_pages_fast', 'memfd_pin_folios']);

function isFast(fn: ResolvedFunction): boolean {
  return fn.name.includes('_fast');
}

/**
 * What GUP hands to hugetlb_fault() for a hugetlb VMA while those have a loop of their own (follow_hugetlb_page(),
 * the switch hugetlbThroughGeneralGup is off); afterwards the same as {@link faultFlagsOf}. There is no
 * FAULT_FLAG_REMOTE, and FOLL_NOFAULT and FOLL_MLOCK without FOLL_POPULATE are ignored.
 */
export function hugetlbFaultFlagsOf(
  profile: Profile,
  fn: ResolvedFunction,
  effective: readonly string[],
  args: CallArguments,
): readonly string[] | null {
  if (profile.switches.hugetlbThroughGeneralGup) return faultFlagsOf(profile, fn, effective, args);
  const general = faultFlagsOf(
    profile,
    fn,
    effective.filter(name => name !== 'FOLL_NOFAULT' && name !== 'FOLL_MLOCK'),
    args,
  );
  if (general === null || fn.kind !== 'gup') return general;
  const flags = general.filter(
    name =>
      isSymbolic(name) ||
      (name !== 'FAULT_FLAG_REMOTE' && (profile.switches.hugetlbAllowsRetry || name === 'FAULT_FLAG_WRITE')),
  );
  if (!profile.switches.hugetlbAlwaysRetryable) return flags;
  const interruptible = effective.includes('FOLL_INTERRUPTIBLE') ? ['FAULT_FLAG_INTERRUPTIBLE'] : [];
  return sortFlags(profile, [...flags, 'FAULT_FLAG_ALLOW_RETRY', 'FAULT_FLAG_KILLABLE', ...interruptible]);
}

/** Whether faultin_page() sees that the lock may be dropped: FOLL_UNLOCKABLE, or before it a pointer. */
function mayDropLock(
  profile: Profile,
  fn: ResolvedFunction,
  has: ReadonlySet<string>,
  args: CallArguments,
): boolean {
  if (profile.switches.unlockableFlag) return has.has('FOLL_UNLOCKABLE');
  if (fn.argument('locked') >= 0) return args.locked === 'given' || args.locked === 'unknown';
  // Without the pointer as an argument: a function that takes the lock itself passes one of its own.
  if (fn.lock.before !== 'none') return false;
  return !(profile.switches.fastLongtermKeepsLock && fn.name !== 'get_dump_page' && has.has('FOLL_LONGTERM'));
}
