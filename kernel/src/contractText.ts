/** The parts of a function's contract as words, so that every page and message says them alike. */

import type { AddedWhen, LockContract, Refusal, ReturnFact } from './facts.js';

const WHEN: Readonly<Record<AddedWhen, string>> = {
  'locked-given': 'if locked is given',
  'pages-given': 'if pages is given and FOLL_PIN is not',
  'write-given': 'if write is not 0',
  'force-given': 'if force is not 0',
  'without-longterm': 'without FOLL_LONGTERM',
  'slow-path': 'on the slow path',
  'slow-path-without-longterm': 'on the slow path without FOLL_LONGTERM',
  'fast-walk': 'for the lockless walk',
  'in-walk': 'in the walk without FOLL_FORCE',
  'vma-private-writable': 'in a private writable VMA',
  'vma-accessible': 'in a VMA that is accessible',
  'iter-user-backed': 'for an iterator over user memory',
  'iter-destination': 'if the iterator is written to',
  'iter-p2pdma': 'if the iterator allows P2PDMA',
  'iter-nofault': 'if the iterator may not fault',
};

const BEFORE: Readonly<Record<LockContract['before'], string>> = {
  'mmap-lock': 'mmap_lock held',
  'mmap-lock-or-vma-lock': 'mmap_lock or the VMA lock held',
  none: 'mmap_lock not held',
  irrelevant: 'any',
};

const AFTER: Readonly<Record<LockContract['after'], string>> = {
  kept: 'as before',
  'depends-on-locked': 'not held if *locked is 0',
  retaken: 'held, perhaps dropped and retaken',
  'unless-retry-or-completed': 'not held if the result has VM_FAULT_RETRY or VM_FAULT_COMPLETED',
  'taken-on-success': 'held if the result is not NULL',
  irrelevant: 'as before',
};

/** One addition of flags: `FOLL_GET if pages is given and FOLL_PIN is not`. */
export function addedText(added: { readonly flags: readonly string[]; readonly when?: AddedWhen }): string {
  const flags = added.flags.join(', ');
  return added.when === undefined ? flags : `${flags} ${WHEN[added.when]}`;
}

/** What must be held before a call: `mmap_lock held`. */
export function lockBeforeText(lock: LockContract): string {
  return BEFORE[lock.before];
}

/** What is held after it: `not held if *locked is 0`. */
export function lockAfterText(lock: LockContract): string {
  return AFTER[lock.after];
}

/** A lock contract in one line, its note included. */
export function lockText(lock: LockContract): string {
  const contract = `before: ${lockBeforeText(lock)}; after: ${lockAfterText(lock)}`;
  return lock.note === undefined ? contract : `${contract} (${lock.note})`;
}

/** A refusal in one line: what is refused, what the kernel does, what the caller gets. */
export function refusalText(refusal: Refusal): string {
  const returns = refusal.returns === null ? '' : `, returns ${refusal.returns}`;
  return `${refusal.condition} (${refusal.how}${returns})`;
}

/** A result in one line. */
export function returnText(result: Pick<ReturnFact, 'value' | 'when'>): string {
  return `${result.value}: ${result.when}`;
}
