/** The mmap_lock at a call, in words. */

import type { LockContract, ResolvedFunction } from '../../../kernel/src/index.js';
import type { CallerLock, CallSite } from '../analysis/index.js';
import { code, type HintStyle, lineRanges } from './flagText.js';

const BEFORE: Readonly<Record<CallSite['lock']['before'], string>> = {
  'held-read': 'read',
  'held-write': 'write',
  held: 'held',
  'not-held': 'not held',
  'caller-dependent': "caller's",
  'vma-lock': 'VMA lock',
  unknown: '?',
};

const AFTER: Readonly<Record<CallSite['lock']['after'], string>> = {
  held: 'held',
  'not-held': 'not held',
  'depends-on-locked': 'depends on locked',
  'held-unless-retry-or-completed': 'dropped on RETRY/COMPLETED',
  'caller-dependent': "caller's",
  unknown: '?',
};

const BEFORE_FULL: typeof BEFORE = {
  'held-read': 'held for reading',
  'held-write': 'held for writing',
  held: 'held',
  'not-held': 'not held',
  'caller-dependent': 'as the caller left it',
  'vma-lock': 'only the VMA lock held',
  unknown: 'not known',
};

/**
 * `read → depends on locked`; one word where nothing changes; `→ …` where only the change is known; null where
 * nothing is. In full `held for reading before, depends on locked after`.
 */
export function lockArrow(
  { before, after }: CallSite['lock'],
  completed: boolean,
  style: HintStyle,
): string | null {
  const isKnown = before !== 'caller-dependent' && before !== 'unknown';
  const changes = after === 'depends-on-locked' || after === 'held-unless-retry-or-completed';
  const retry = after === 'held-unless-retry-or-completed' && !completed;
  const to = retry ? 'dropped on RETRY' : AFTER[after];
  if (!isKnown && !changes) return null;
  if (!isKnown) return style === 'full' ? `${to} after` : `→ ${to}`;
  const from = BEFORE[before];
  const kept = from === to || after === 'held' || after === 'unknown' || after === 'caller-dependent';
  if (style === 'full') return kept ? BEFORE_FULL[before] : `${BEFORE_FULL[before]} before, ${to} after`;
  return kept ? from : `${from} → ${to}`;
}

/**
 * The contract of a function for the flags of a call: with FOLL_FAST_ONLY gup_fast_fallback() returns before it would take
 * the lock (mm/gup.c, since 5.8: 376a34efa4ee).
 */
export function contractAt(fn: ResolvedFunction, { effective }: CallSite): LockContract {
  const isLockless = effective.length > 0 && effective.every(set => set.includes('FOLL_FAST_ONLY'));
  return isLockless ? { ...fn.lock, before: 'irrelevant', after: 'irrelevant' } : fn.lock;
}

/** The contract on entry as a sentence; null: there is none. */
export function contractBefore({ before }: LockContract, kind: CallSite['kind']): string | null {
  switch (before) {
    case 'mmap-lock':
      return 'mmap_lock must be held';
    case 'mmap-lock-or-vma-lock':
      return 'mmap_lock or the VMA lock must be held';
    case 'none':
      return kind === 'gup' ? 'takes mmap_lock itself; must not be held' : 'mmap_lock must not be held';
    case 'irrelevant':
      return null;
  }
}

/** The contract on return; null: as on entry, or nothing to say. */
export function contractAfter(
  { after }: LockContract,
  here: CallSite['lock'],
  lockedIsNull: boolean,
  completed: boolean,
): string | null {
  switch (after) {
    case 'kept':
    case 'irrelevant':
      return null;
    case 'depends-on-locked':
      if (!lockedIsNull && here.after === 'held') return 'never dropped, as no FOLL_UNLOCKABLE is passed';
      return lockedIsNull
        ? 'never dropped, as `locked` is NULL'
        : 'may be dropped: it is held on return only if `*locked` is still 1';
    case 'retaken':
      return lockedIsNull
        ? 'never dropped, as `unlocked` is NULL'
        : 'may be dropped and retaken: VMAs looked up before are stale if `*unlocked` is set';
    case 'unless-retry-or-completed':
      if (here.after === 'held') return 'never dropped, as these flags allow no retry';
      return completed
        ? 'dropped if VM_FAULT_RETRY (without RETRY_NOWAIT) or VM_FAULT_COMPLETED is returned'
        : 'dropped if VM_FAULT_RETRY is returned (without RETRY_NOWAIT)';
    case 'taken-on-success':
      return 'held if the result is not NULL';
  }
}

const HOLDS: Readonly<Record<CallerLock['mode'], string>> = {
  read: 'holds it for reading',
  write: 'holds it for writing',
  held: 'holds it',
  vma: 'holds the VMA lock',
  none: 'does not hold it',
  caller: 'leaves it to its own caller',
  unknown: 'may or may not hold it',
};

/** Callers that are told one by one. */
const MOST_CALLERS = 4;

/** What the callers do about a lock that is left to them: `a() holds it for reading (line 7)`. Empty for none. */
export function callersText(callers: readonly CallerLock[], lineOf: (offset: number) => number): string {
  const [first] = callers;
  if (first === undefined) return '';
  const agree = callers.every(({ mode }) => mode === first.mode);
  if (agree && callers.length > 1) {
    const lines = lineRanges(callers.map(({ span }) => lineOf(span.start)));
    return `each of its callers ${HOLDS[first.mode]} (${lines})`;
  }
  const told = callers.slice(0, MOST_CALLERS).map(({ function: name, span, mode }) => {
    return `${code(`${name}()`)} ${HOLDS[mode]} (line ${lineOf(span.start)})`;
  });
  return told.join(', ') + (callers.length > MOST_CALLERS ? ', …' : '');
}

/** What is known of the lock here, judged against the contract; null: nothing to judge. */
export function lockVerdict(contract: LockContract, lock: CallSite['lock'], lines: string): string | null {
  const { before, evidence } = lock;
  const wants = contract.before;
  if (wants === 'irrelevant') return null;
  const since = lines === '' ? '' : ` (${lines})`;
  switch (before) {
    case 'held-read':
    case 'held-write':
    case 'held': {
      const how = before === 'held' ? 'held' : `held for ${before === 'held-read' ? 'reading' : 'writing'}`;
      const asserted = evidence === 'assert' ? ', as asserted' : '';
      return `${wants === 'none' ? '✗' : '✓'} ${how} here${asserted}${since}`;
    }
    case 'vma-lock':
      return `${wants === 'mmap-lock-or-vma-lock' ? '✓' : '✗'} VMA lock held here${since}`;
    case 'not-held':
      // Believed because the callee wants it so: that proves nothing.
      if (evidence === 'contract') return 'nothing here takes it';
      return `${wants === 'none' ? '✓' : '✗'} not held here${since}`;
    case 'caller-dependent':
      return 'up to the caller of this function';
    case 'unknown':
      return 'not known here';
  }
}
