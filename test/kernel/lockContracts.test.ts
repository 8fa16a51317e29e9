import { describe, expect, it } from 'vitest';
import {
  type LockContract,
  profileFor,
  type Release,
  type ResolvedFunction,
} from '../../kernel/src/index.js';
import { holdsIn, type Lifetime, READ, readLines } from './read.js';

/** What was collected of the lock around a function: a contract, or one more sentence on it. */
interface Line extends Lifetime {
  readonly function: string;
  readonly entry?: string;
  readonly exit?: string;
  readonly mayDrop?: string;
  /** What the `locked` pointer means. */
  readonly locked?: string;
}

type Before = LockContract['before'];
type After = LockContract['after'];

const LINES = readLines<Line>('locks.jsonl');
const CONTRACTS = LINES.filter(line => line.exit !== undefined);
const SENTENCES = LINES.filter(line => line.exit === undefined);
const NAMES = [...new Set(LINES.map(line => line.function))];

/** Words that send the reader to another function. */
const AS: Readonly<Record<string, string>> = {
  'folio_lock_or_retry as __folio_lock_or_retry': '__folio_lock_or_retry',
  'folio_lock_or_retry same': '__folio_lock_or_retry',
  'get_user_page_fast_only as get_user_pages_fast_only': 'get_user_pages_fast_only',
  'pin_user_pages_fast_only as get_user_pages_fast_only': 'get_user_pages_fast_only',
  'fault_in_writeable same': 'fault_in_readable',
  'fault_in_subpage_writeable same': 'fault_in_readable',
  'fault_in_iov_iter_readable same': 'fault_in_readable',
  'fault_in_iov_iter_writeable same': 'fault_in_readable',
  'fault_in_pages_readable same': 'fault_in_readable',
  'fault_in_pages_writeable same': 'fault_in_readable',
};

const ENTRY: Readonly<Record<Before, readonly string[]>> = {
  'mmap-lock': [
    'mmap_lock held (read) ',
    'mmap_lock held (read or write)',
    'mmap_lock held (read or write) of current->mm',
    'mmap_lock held (read or write) of mm',
    'mmap_lock held (read or write), locked required',
    'mmap_lock held (read or write), locked required and 1',
    'mmap_lock held (read or write); range inside vma (VM_BUG_ON; VM_WARN_ON_ONCE since v6.16/v6.17)',
    'mmap_lock held for read, *locked=1',
    'mmap_lock of mm held (read if locked!=NULL)',
    'mmap_lock of mm held for read',
    'mmap_lock of vma->vm_mm, or i_mmap_rwsem when vma->vm_file (lockdep check)',
    'mmap_lock read',
    'mmap_lock read held',
    'mmap_lock read, *locked=1',
    // That *locked 0 has the lock taken inside is in the note.
    '*locked tells whether caller already holds mmap_lock',
    // follow_pfnmap_end(): follow_pfnmap_start() was called with it.
    'after a successful follow_pfnmap_start',
  ],
  'mmap-lock-or-vma-lock': [
    'asserts whichever lock the flags name',
    'fault lock',
    'fault lock held',
    'fault lock per vmf->flags',
    'mmap_lock or VMA lock',
    'mmap_lock, or per-VMA read lock with FAULT_FLAG_VMA_LOCK',
    'per-VMA read lock held',
    // handle_mm_fault() since 6.6: as in 6.4.
    'same',
  ],
  none: [
    'may fault: mmap_lock must not be held, page faults enabled',
    'mmap_lock must not be held',
    'mmap_lock must not be held (the slow path takes it); fast part runs with local IRQs disabled',
    'mmap_lock must not be held; taken and released inside',
    'mmap_lock must not be held; taken and released inside (killable)',
    'mmap_lock must not be held; taken and released inside; lockless part with IRQs off',
    'mmap_lock not held',
    'mmap_lock not held (uses pin_user_pages_fast)',
    'no lock; kernel-mode faults without exception table entry refuse to wait',
    'takes mmap_lock for read itself',
  ],
  irrelevant: [
    'any context that may not sleep is fine, IRQs may be disabled',
    'may be called with IRQs disabled (saves/restores IRQ state)',
    'no lock requirement except *_dirty_lock which takes the folio lock (may sleep)',
    'no lock; enters RCU itself',
    'no mmap_lock involved; pins page-cache folios of a shmem or hugetlbfs file',
    'RCU or mmap_lock',
  ],
};

/** `unchanged`: as before, whatever that was. */
const EXIT: Readonly<Record<After | 'unchanged', readonly string[]>> = {
  unchanged: ['unchanged', '-'],
  kept: [
    'held',
    'held, never dropped',
    'not held',
    // Another lock than that of the fault.
    'PTE mapped and locked on success',
    'page-table lock held on success',
    'page-table lock released',
    'VM_FAULT_RETRY without dropping the VMA lock itself when mmap_read_trylock fails (wrapper vmf_anon_prepare drops it)',
  ],
  'depends-on-locked': [
    'held iff *locked==1',
    'held unless *locked==0',
    'held unless the nonblocking/locked pointer was zeroed',
    'per *locked',
  ],
  retaken: ['always held for read on return, also after -EINTR and -EHWPOISON (retaken before every retry)'],
  'unless-retry-or-completed': [
    'held unless VM_FAULT_RETRY (without RETRY_NOWAIT) or, v6.0+, VM_FAULT_COMPLETED',
    'the per-VMA lock is NOT released by the core',
    'whichever lock was held is released on RETRY (unless NOWAIT) and COMPLETED',
    'dropped when VM_FAULT_RETRY',
    'released through release_fault_lock on RETRY',
    'true: folio locked, lock held; false: mmap_lock dropped unless ALLOW_RETRY&&RETRY_NOWAIT (first attempt)',
    '0: locked; VM_FAULT_RETRY: not locked, fault lock released unless NOWAIT',
    '1: locked; 0: mmap_lock dropped unless NOWAIT',
    '0, or VM_FAULT_RETRY after dropping the VMA lock when the VMA has no ->map_pages',
  ],
  'taken-on-success': [
    'per-VMA read lock held if non-NULL',
    'read lock on success',
    'mmap_lock read held iff non-NULL',
  ],
  // The contract has no word for a lock that is given back: LOCK_OPERATIONS has these functions.
  irrelevant: [
    'released; vma must not be used afterwards without another reference',
    'VMA lock or mmap_lock released according to FAULT_FLAG_VMA_LOCK',
  ],
};

/** What `mayDrop` says of a lock that the caller holds; the words that speak of no such lock are left out. */
const MAY_DROP: Readonly<Record<string, boolean>> = {
  never: false,
  'never (no FOLL_UNLOCKABLE / locked==NULL)': false,
  'never (no locked parameter)': false,
  'never (passes locked=NULL)': false,
  'never faults': false,
  yes: true,
  'yes when a fault returns RETRY': true,
  'only if locked!=NULL': true,
  'if locked!=NULL': true,
  'if pointer non-NULL and no FOLL_NOWAIT': true,
  'if FOLL_UNLOCKABLE; locked pointer is mandatory': true,
  'via *locked': true,
  'yes if unlocked!=NULL (sets *unlocked=true after retaking); *unlocked is otherwise left alone': true,
  'if FAULT_FLAG_ALLOW_RETRY, or KILLABLE with a kill': true,
  'VMA lock: no; mmap_lock: as before': true,
  'yes, retries internally through __get_user_pages_locked': true,
  'v4.8-v5.0 only for the page lock; v5.1+ for all blocking I/O (first attempt, not NOWAIT)': true,
};

/** Contracts after which the lock of the caller may be gone, or has been away. */
const DROPPING: ReadonlySet<After> = new Set<After>([
  'depends-on-locked',
  'retaken',
  'unless-retry-or-completed',
]);

const UNARMED =
  'hugetlb VMA with userfaultfd armed: the fault is retryable whatever FOLL_UNLOCKABLE says, so the call can return 0 with mmap_lock already released and no notice (read in follow_hugetlb_page, not recorded)';

/** Sentences on a contract that no field holds: what the text of the function says instead. */
const SAID: Readonly<Record<string, RegExp>> = {
  'mmap_assert_locked() checks it': /mmap_assert_locked/,
  'first acquisition is killable: -EAGAIN when killed while waiting (before v6.3 uninterruptible)': /-EAGAIN/,
  'first acquisition killable, -EAGAIN': /killable since 6\.3.*-EAGAIN/s,
  'might_lock_read(mmap_lock) unless FOLL_FAST_ONLY': /might_lock_read since 5\.8/,
  [`no locked parameter, ${UNARMED}`]: /6\.3 to 6\.5: .*hugetlb VMA armed for userfaultfd/,
  [`locked==NULL, ${UNARMED}`]: /6\.3 to 6\.5: .*hugetlb VMA armed for userfaultfd/,
  '*locked must be 1 (BUG_ON otherwise); 0 on return = lock was dropped. A NULL pointer is not caught: the call then behaves like get_user_pages().':
    /NULL locked is not caught.*\*locked is not 1 on entry/s,
  'may be NULL (lock never dropped). Otherwise must be 1 on entry; 0 on return means mmap_lock was released and is not held, 1 means still held.':
    /locked NULL: never dropped\. Otherwise it must point to 1.*0 on return means it is not held/,
  'public contract unchanged; internally non-NULL sets FOLL_UNLOCKABLE and a local dummy is used when NULL. Internal callers may pass *locked=0 to let __get_user_pages_locked take (killable, -EAGAIN) and release the lock.':
    /must point to 1.*0 on return means.*not held.*FOLL_UNLOCKABLE if locked-given/s,
  'as get_user_pages_locked': /NULL locked is not caught/,
};

/** All that the tables say of a function in words. */
function textOf(fn: ResolvedFunction): string {
  return [
    fn.lock.note ?? '',
    fn.notes,
    ...fn.returnValues.map(({ value, when }) => `${value}: ${when}`),
    ...fn.refuses.map(refusal => refusal.condition),
    ...fn.adds.map(({ flags, when }) => `${flags.join(' ')} if ${when ?? 'called'}`),
  ].join('\n');
}

function meaning<K extends string>(
  words: Readonly<Record<K, readonly string[]>>,
  text: string,
): K | undefined {
  return (Object.keys(words) as K[]).find(key => words[key].includes(text));
}

/** Releases of a function that were read after its contracts had been collected (docs/facts-corrections.md). */
const READ_LATER: Readonly<Record<string, Release>> = {
  unpin_user_folio: '6.12',
  put_user_page: '5.5',
  put_user_pages: '5.5',
  put_user_pages_dirty_lock: '5.5',
};

/** The lines with a contract of this function in this release, or of the function to which its words send. */
function contractsOf(name: string, release: Release): readonly Line[] {
  const own = CONTRACTS.filter(line => line.function === name && holdsIn(release, line));
  return own.flatMap(line => {
    const other = CONTRACTS.filter(({ function: fn }) => fn === AS[`${name} ${line.entry}`]);
    const then = other.filter(one => holdsIn(release, one));
    // The function that the words send to may be younger.
    if (other.length > 0) return then.length > 0 ? then : other;
    return [line];
  });
}

/** What is wrong with the contract of a function in a release; empty: nothing. */
function wrongIn(name: string, release: Release): readonly string[] {
  const fn = profileFor(release).functions.get(name);
  const lines = contractsOf(name, release);
  if (fn === undefined) return lines.length === 0 ? [] : ['not in the tables'];
  const [line] = lines;
  if (line === undefined && READ_LATER[name] === release) return [];
  if (line === undefined || lines.length > 1) return [`${lines.length} lines`];
  const before = meaning(ENTRY, line.entry ?? '');
  const exit = meaning(EXIT, line.exit ?? '');
  const after = exit === 'unchanged' ? (before === 'irrelevant' ? 'irrelevant' : 'kept') : exit;
  const mayDrop = MAY_DROP[line.mayDrop ?? ''];
  const wrong: string[] = [];
  if (fn.lock.before !== before) wrong.push(`before: ${fn.lock.before}, collected ${before} (${line.entry})`);
  if (fn.lock.after !== after) wrong.push(`after: ${fn.lock.after}, collected ${after} (${line.exit})`);
  if (
    mayDrop !== undefined &&
    before !== 'none' &&
    exit !== 'irrelevant' &&
    mayDrop !== DROPPING.has(fn.lock.after)
  ) {
    wrong.push(`after: ${fn.lock.after}, may drop: ${line.mayDrop}`);
  }
  return wrong;
}

describe('the lock before and after, in every release that was read', () => {
  it.each(NAMES)('%s', name => {
    expect(READ.flatMap(release => wrongIn(name, release).map(what => `${release} ${what}`))).toEqual([]);
  });

  it('was collected for all but a function that never was', () => {
    const walked = new Set(NAMES);
    const all = readLines<{ readonly function?: string }>('promises.jsonl').flatMap(
      line => line.function ?? [],
    );
    expect([...new Set(all)].filter(name => !walked.has(name))).toEqual(['folio_lock_fault']);
  });
});

describe('what else was collected of the lock', () => {
  it.each(SENTENCES.map(line => [`${line.function} ${line.since}`, line] as const))('%s', (_, line) => {
    const said = SAID[line.entry ?? line.mayDrop ?? line.locked ?? ''];
    const silent = READ.filter(release => holdsIn(release, line)).filter(release => {
      const fn = profileFor(release).functions.get(line.function);
      return fn === undefined || said?.test(textOf(fn)) !== true;
    });
    expect(silent).toEqual([]);
  });
});

describe('the readings of the collector’s words', () => {
  it('are all used', () => {
    const used = new Set(LINES.flatMap(({ entry, exit, mayDrop, locked }) => [entry, exit, mayDrop, locked]));
    const readings = [...Object.values(ENTRY).flat(), ...Object.values(EXIT).flat()];
    expect(
      [...readings, ...Object.keys(MAY_DROP), ...Object.keys(SAID)].filter(word => !used.has(word)),
    ).toEqual([]);
  });
});
