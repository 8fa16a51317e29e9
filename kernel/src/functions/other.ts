/** Functions that are told about in a hover but are no call sites: lookups, fault-in helpers, lock helpers. */

import type { FunctionFact, LockContract, Refusal, ReturnFact } from '../facts.js';
import type { Release } from '../release.js';
import { releaseAfter } from '../releaseOrder.js';
import { prototype, type Signature } from './prototype.js';

interface Other {
  readonly visibility?: FunctionFact['visibility'];
  readonly signatures: readonly Signature[];
  readonly until?: Release;
  readonly flagsNamespace?: 'FOLL';
  readonly adds?: FunctionFact['adds'];
  readonly refuses?: readonly Refusal[];
  /** The contract of older releases, where it changed: `before` and `after` begin after its last release. */
  readonly olderLock?: LockContract & { readonly until: Release };
  readonly before: LockContract['before'];
  readonly after: LockContract['after'];
  readonly lockNote?: string;
  readonly acquires?: FunctionFact['acquires'];
  readonly releasedBy?: readonly string[];
  readonly returns?: readonly ReturnFact[];
  readonly notes?: string;
  readonly where: string;
}

function other(name: string, fact: Other): FunctionFact {
  const since = fact.signatures[0]?.since ?? '4.8';
  const range = fact.until === undefined ? { since } : { since, until: fact.until };
  return {
    name,
    kind: 'other',
    visibility: fact.visibility ?? 'public',
    signatures: fact.signatures,
    flagsNamespace: fact.flagsNamespace ?? null,
    adds: fact.adds ?? [],
    refuses: fact.refuses ?? [],
    lock: [
      ...(fact.olderLock === undefined ? [] : [fact.olderLock]),
      {
        ...range,
        since: fact.olderLock === undefined ? since : (releaseAfter(fact.olderLock.until) ?? since),
        before: fact.before,
        after: fact.after,
        ...(fact.lockNote === undefined ? {} : { note: fact.lockNote }),
      },
    ],
    acquires: fact.acquires ?? 'none',
    releasedBy: fact.releasedBy === undefined ? [] : [{ ...range, functions: fact.releasedBy }],
    returns: fact.returns ?? [],
    notes: fact.notes ?? '',
    evidence: [{ where: `${fact.where} ${name}` }],
  };
}

const FAULT_IN_NOTE = 'May fault: mmap_lock must not be held and page faults must be enabled.';
const NOT_FAULTED_IN: ReturnFact = { since: '5.16', value: 'bytes not faulted in', when: '0: all are there' };
const FAULT_IN_PAGES: ReturnFact = {
  since: '4.8',
  until: '5.15',
  value: '0 or -EFAULT',
  when: '0: all are there',
};

export const OTHER: readonly FunctionFact[] = [
  other('folio_add_pin', {
    signatures: [prototype('6.5', null, 'void folio_add_pin(struct folio *folio)')],
    before: 'irrelevant',
    after: 'irrelevant',
    acquires: 'pin',
    releasedBy: ['unpin_user_page', 'unpin_user_pages'],
    notes: 'Adds a pin to a folio that is pinned already.',
    where: 'mm/gup.c',
  }),
  other('follow_page', {
    signatures: [
      prototype(
        '4.8',
        '6.11',
        'struct page *follow_page(struct vm_area_struct *vma, unsigned long address, unsigned int foll_flags)',
      ),
    ],
    until: '6.11',
    flagsNamespace: 'FOLL',
    refuses: [
      { since: '5.14', until: '6.11', condition: 'secretmem VMA', how: 'silently', returns: 'NULL' },
      {
        since: '5.19',
        until: '6.11',
        flags: ['FOLL_PIN'],
        condition: 'FOLL_PIN',
        how: 'WARN_ON_ONCE since 6.3',
        returns: 'NULL',
      },
    ],
    before: 'mmap-lock',
    after: 'kept',
    lockNote: 'Never faults.',
    acquires: 'by-flags',
    releasedBy: ['put_page'],
    returns: [
      { since: '4.8', until: '6.11', value: 'page, NULL or ERR_PTR', when: 'a reference only with FOLL_GET' },
    ],
    notes: 'folio_walk_start() took its place in 6.12.',
    where: 'mm/gup.c',
  }),
  other('follow_pfn', {
    signatures: [
      prototype(
        '4.8',
        '6.9',
        'int follow_pfn(struct vm_area_struct *vma, unsigned long address, unsigned long *pfn)',
      ),
    ],
    until: '6.9',
    before: 'mmap-lock',
    after: 'kept',
    returns: [{ since: '4.8', until: '6.9', value: '0 or -EINVAL', when: 'VM_IO and VM_PFNMAP VMAs only' }],
    notes: 'The pfn is not stable without a notifier.',
    where: 'mm/memory.c',
  }),
  other('follow_pte', {
    signatures: [
      prototype(
        '4.8',
        '5.10',
        'int follow_pte(struct mm_struct *mm, unsigned long address, pte_t **ptepp, spinlock_t **ptlp)',
      ),
      prototype(
        '5.11',
        '5.11',
        'int follow_pte(struct mm_struct *mm, unsigned long address, struct mmu_notifier_range *range, pte_t **ptepp, pmd_t **pmdpp, spinlock_t **ptlp)',
      ),
      prototype(
        '5.12',
        '6.9',
        'int follow_pte(struct mm_struct *mm, unsigned long address, pte_t **ptepp, spinlock_t **ptlp)',
      ),
      prototype(
        '6.10',
        '6.11',
        'int follow_pte(struct vm_area_struct *vma, unsigned long address, pte_t **ptepp, spinlock_t **ptlp)',
      ),
    ],
    until: '6.11',
    before: 'mmap-lock',
    after: 'kept',
    lockNote: 'On success the entry is mapped and its page-table lock held.',
    releasedBy: ['pte_unmap_unlock'],
    notes: 'A static inline of mm/memory.c until 5.10.',
    where: 'mm/memory.c',
  }),
  other('follow_pfnmap_start', {
    signatures: [prototype('6.12', null, 'int follow_pfnmap_start(struct follow_pfnmap_args *args)')],
    before: 'mmap-lock',
    after: 'kept',
    lockNote:
      'mmap_lock of vma->vm_mm, or i_mmap_rwsem where there is a vm_file. On success the page-table lock is held.',
    releasedBy: ['follow_pfnmap_end'],
    returns: [
      { since: '6.12', value: '0', when: 'the entry is present and args is filled in' },
      { since: '6.12', value: '-EINVAL', when: 'outside the VMA, not VM_IO or VM_PFNMAP, or nothing mapped' },
    ],
    where: 'mm/memory.c',
  }),
  other('follow_pfnmap_end', {
    signatures: [prototype('6.12', null, 'void follow_pfnmap_end(struct follow_pfnmap_args *args)')],
    before: 'mmap-lock',
    after: 'kept',
    lockNote: 'Releases the page-table lock that follow_pfnmap_start() took.',
    where: 'mm/memory.c',
  }),
  other('fault_in_readable', {
    signatures: [prototype('5.16', null, 'size_t fault_in_readable(const char __user *uaddr, size_t size)')],
    before: 'none',
    after: 'kept',
    lockNote: FAULT_IN_NOTE,
    returns: [NOT_FAULTED_IN],
    notes: 'Touches user memory with get_user().',
    where: 'mm/gup.c',
  }),
  other('fault_in_writeable', {
    signatures: [prototype('5.16', null, 'size_t fault_in_writeable(char __user *uaddr, size_t size)')],
    before: 'none',
    after: 'kept',
    lockNote: FAULT_IN_NOTE,
    returns: [NOT_FAULTED_IN],
    notes: 'Stores a zero byte in each page, so it changes user memory.',
    where: 'mm/gup.c',
  }),
  other('fault_in_safe_writeable', {
    signatures: [
      prototype('5.16', null, 'size_t fault_in_safe_writeable(const char __user *uaddr, size_t size)'),
    ],
    before: 'none',
    after: 'kept',
    lockNote: 'Takes mmap_lock for read itself.',
    returns: [NOT_FAULTED_IN],
    notes:
      'Does not change memory: through __get_user_pages_locked(FOLL_TOUCH | FOLL_WRITE, pages NULL) in 5.16 and 5.17, through fixup_user_fault(FAULT_FLAG_WRITE) since 5.18.',
    where: 'mm/gup.c',
  }),
  other('fault_in_subpage_writeable', {
    signatures: [
      prototype('5.19', null, 'size_t fault_in_subpage_writeable(char __user *uaddr, size_t size)'),
    ],
    before: 'none',
    after: 'kept',
    lockNote: FAULT_IN_NOTE,
    returns: [{ ...NOT_FAULTED_IN, since: '5.19' }],
    notes: 'Probes sub-page tags too (MTE of arm64).',
    where: 'mm/gup.c',
  }),
  other('fault_in_pages_readable', {
    signatures: [
      prototype('4.8', '5.14', 'int fault_in_pages_readable(const char __user *uaddr, int size)'),
      prototype('5.15', '5.15', 'int fault_in_pages_readable(const char __user *uaddr, size_t size)'),
    ],
    until: '5.15',
    before: 'none',
    after: 'kept',
    lockNote: FAULT_IN_NOTE,
    returns: [FAULT_IN_PAGES],
    notes: 'fault_in_readable() since 5.16 (and in later 5.15.y).',
    where: 'include/linux/pagemap.h',
  }),
  other('fault_in_pages_writeable', {
    signatures: [
      prototype('4.8', '5.14', 'int fault_in_pages_writeable(char __user *uaddr, int size)'),
      prototype('5.15', '5.15', 'int fault_in_pages_writeable(char __user *uaddr, size_t size)'),
    ],
    until: '5.15',
    before: 'none',
    after: 'kept',
    lockNote: FAULT_IN_NOTE,
    returns: [FAULT_IN_PAGES],
    notes: 'fault_in_writeable() since 5.16.',
    where: 'include/linux/pagemap.h',
  }),
  other('fault_in_iov_iter_readable', {
    signatures: [
      prototype('5.16', null, 'size_t fault_in_iov_iter_readable(const struct iov_iter *i, size_t size)'),
    ],
    before: 'none',
    after: 'kept',
    lockNote: FAULT_IN_NOTE,
    returns: [NOT_FAULTED_IN],
    where: 'lib/iov_iter.c',
  }),
  other('fault_in_iov_iter_writeable', {
    signatures: [
      prototype('5.16', null, 'size_t fault_in_iov_iter_writeable(const struct iov_iter *i, size_t size)'),
    ],
    before: 'none',
    after: 'kept',
    lockNote: FAULT_IN_NOTE,
    returns: [NOT_FAULTED_IN],
    where: 'lib/iov_iter.c',
  }),
  other('iov_iter_extract_pages', {
    signatures: [
      prototype(
        '6.3',
        null,
        'ssize_t iov_iter_extract_pages(struct iov_iter *i, struct page ***pages, size_t maxsize, unsigned int maxpages, iov_iter_extraction_t extraction_flags, size_t *offset0)',
      ),
    ],
    adds: [
      { since: '6.3', flags: ['FOLL_PIN'], when: 'iter-user-backed' },
      { since: '6.3', flags: ['FOLL_WRITE'], when: 'iter-destination' },
      { since: '6.3', flags: ['FOLL_PCI_P2PDMA'], when: 'iter-p2pdma' },
      { since: '6.3', flags: ['FOLL_NOFAULT'], when: 'iter-nofault' },
    ],
    before: 'none',
    after: 'kept',
    lockNote: 'Uses pin_user_pages_fast().',
    acquires: 'by-flags',
    releasedBy: ['unpin_user_page', 'unpin_user_pages'],
    returns: [
      { since: '6.3', value: 'bytes or an error', when: '-ENOMEM, or what pin_user_pages_fast() returned' },
    ],
    notes:
      'Unpin only if iov_iter_extract_will_pin() says so (user-backed iterators); otherwise there is nothing to give back.',
    where: 'lib/iov_iter.c',
  }),
  other('filemap_fault', {
    signatures: [
      prototype('4.8', '4.10', 'int filemap_fault(struct vm_area_struct *vma, struct vm_fault *vmf)'),
      prototype('4.11', '4.17', 'int filemap_fault(struct vm_fault *vmf)'),
      prototype('4.18', null, 'vm_fault_t filemap_fault(struct vm_fault *vmf)'),
    ],
    olderLock: {
      since: '4.8',
      until: '6.5',
      before: 'mmap-lock',
      after: 'unless-retry-or-completed',
      note: 'Dropped when the result has VM_FAULT_RETRY: until 5.0 only for the page lock, since 5.1 for all blocking I/O (first attempt, not NOWAIT).',
    },
    before: 'mmap-lock-or-vma-lock',
    after: 'unless-retry-or-completed',
    lockNote:
      'The lock that the flags name is dropped when the result has VM_FAULT_RETRY: for all blocking I/O (first attempt, not NOWAIT).',
    returns: [
      {
        since: '4.8',
        value: 'VM_FAULT_LOCKED, RETRY, SIGBUS or OOM',
        when: 'with VM_FAULT_MAJOR if I/O was needed; the caller unlocks the page',
      },
    ],
    where: 'mm/filemap.c',
  }),
  other('vma_start_read', {
    visibility: 'mm',
    signatures: [
      prototype('6.4', '6.14', 'bool vma_start_read(struct vm_area_struct *vma)'),
      // f35ab95ca0af made the result the VMA; that its series brought mm too is not read.
      prototype(
        '6.15',
        '6.16',
        'struct vm_area_struct *vma_start_read(struct mm_struct *mm, struct vm_area_struct *vma)',
        'uncertain',
      ),
      prototype(
        '6.17',
        null,
        'struct vm_area_struct *vma_start_read(struct mm_struct *mm, struct vm_area_struct *vma)',
      ),
    ],
    before: 'irrelevant',
    after: 'taken-on-success',
    lockNote: 'Under RCU or mmap_lock.',
    releasedBy: ['vma_end_read'],
    returns: [
      { since: '6.4', until: '6.14', value: 'bool', when: 'false: write-locked' },
      { since: '6.15', value: 'VMA, NULL or ERR_PTR(-EAGAIN)', when: '-EAGAIN: detached, look it up again' },
    ],
    where: 'include/linux/mm.h',
  }),
  other('vma_end_read', {
    signatures: [prototype('6.4', null, 'void vma_end_read(struct vm_area_struct *vma)')],
    before: 'mmap-lock-or-vma-lock',
    after: 'irrelevant',
    lockNote: 'Releases the read lock of the VMA, which must not be used afterwards.',
    where: 'include/linux/mm.h',
  }),
  other('release_fault_lock', {
    visibility: 'mm',
    signatures: [prototype('6.6', null, 'void release_fault_lock(struct vm_fault *vmf)')],
    before: 'mmap-lock-or-vma-lock',
    after: 'irrelevant',
    lockNote: 'Releases the VMA lock or mmap_lock, as FAULT_FLAG_VMA_LOCK says.',
    where: 'include/linux/mm.h',
  }),
  other('assert_fault_locked', {
    visibility: 'mm',
    signatures: [
      prototype('6.6', '6.17', 'void assert_fault_locked(struct vm_fault *vmf)'),
      prototype('6.18', null, 'void assert_fault_locked(const struct vm_fault *vmf)'),
    ],
    before: 'mmap-lock-or-vma-lock',
    after: 'kept',
    where: 'include/linux/mm.h',
  }),
  other('vmf_can_call_fault', {
    visibility: 'static',
    signatures: [prototype('6.7', null, 'vm_fault_t vmf_can_call_fault(const struct vm_fault *vmf)')],
    before: 'mmap-lock-or-vma-lock',
    after: 'unless-retry-or-completed',
    lockNote: '0, or VM_FAULT_RETRY after dropping the VMA lock where the VMA has no ->map_pages.',
    where: 'mm/memory.c',
  }),
  other('__vmf_anon_prepare', {
    visibility: 'mm',
    signatures: [prototype('6.11', null, 'vm_fault_t __vmf_anon_prepare(struct vm_fault *vmf)')],
    before: 'mmap-lock-or-vma-lock',
    after: 'kept',
    lockNote:
      'VM_FAULT_RETRY, without dropping the VMA lock, when mmap_read_trylock() fails; vmf_anon_prepare() drops it.',
    notes:
      'vmf_anon_prepare() is static from 6.7 to 6.8 and returns RETRY whenever the anon_vma is missing under the VMA lock; 6.10 tries mmap_read_trylock() first.',
    where: 'mm/memory.c',
  }),
];
