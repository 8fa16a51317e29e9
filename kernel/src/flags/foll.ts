/** The flags of the gup_flags argument (FOLL_*): which bit each is in each release, and what it asks for. */

import type { FlagFact } from '../facts.js';

/** The flags of the gup_flags argument (FOLL_*), oldest first. Bits change at 6.3 for FOLL_*, when they moved to mm_types.h and mm/internal.h. */
export const FOLL_FLAGS: readonly FlagFact[] = [
  {
    name: 'FOLL_WRITE',
    namespace: 'FOLL',
    values: [{ since: '4.8', value: 0x1, certainty: 'read' }],
    meaning:
      'Caller wants a page it may write: the entry must be writable (or qualify for the FOLL_FORCE exception); otherwise a write fault is triggered.',
    internal: [],
    implies: ['FAULT_FLAG_WRITE'],
    setBy: [
      'populate_vma_page_range() on a VMA that is VM_WRITE and not VM_SHARED',
      'faultin_page_range()/faultin_vma_page_range() with write=true',
      'get_user_pages_fast(write=1) slow path up to 5.1',
      'should_force_cow_break() in 5.8 only (for FOLL_GET|FOLL_PIN in a COW mapping)',
      'GUP-fast walk in 5.8 only (unless FOLL_FAST_ONLY)',
    ],
    excludes: [],
    notes:
      'Up to 4.8 public callers passed int write,force; since 4.9 the flag is passed in gup_flags (fast variants: since 5.2 for get_user_pages_fast, 5.8 for the fast-only variant). Maps to FAULT_FLAG_WRITE. Mutually exclusive with an unshare request: gup_must_unshare() is false with FOLL_WRITE.',
    evidence: [{ where: 'mm/gup.c faultin_page, check_vma_flags' }],
  },
  {
    name: 'FOLL_TOUCH',
    namespace: 'FOLL',
    values: [
      { since: '4.8', until: '6.2', value: 0x2, certainty: 'read' },
      { since: '6.3', value: 0x10000, certainty: 'read' },
    ],
    meaning:
      'Mark the page accessed, and also dirty when FOLL_WRITE is set and the entry is not dirty yet, as if the CPU had touched it.',
    internal: [{ since: '6.3' }],
    implies: [],
    setBy: [
      'get_user_pages',
      'get_user_pages_locked',
      'get_user_pages_unlocked (all versions here)',
      'get_user_pages_remote',
      'pin_user_pages_remote (5.7+)',
      'pin_user_pages_unlocked (5.8+)',
      'pin_user_pages_locked (5.8-5.17)',
      'slow path of *_fast (explicit since 6.3; before: only via get_user_pages_unlocked)',
      'populate_vma_page_range',
      'faultin_vma_page_range',
      'faultin_page_range',
    ],
    excludes: [
      'not added by pin_user_pages() in any version 5.7-7.3',
      'not added by get_dump_page()',
      '__get_user_pages_unlocked() itself does not add it (callers pass it)',
    ],
    notes:
      'In 4.8 __get_user_pages_unlocked() used by KVM/async code passed FOLL_TOUCH explicitly. pin_user_pages_fast: slow part adds it 5.6-6.1 without FOLL_LONGTERM, always in 6.2+. Private to mm/internal.h since 6.3 and refused from callers since 6.7.',
    evidence: [{ where: 'mm/gup.c wrappers' }, { where: '6.3.8 include/linux/mm_types.h + mm/internal.h' }],
  },
  {
    name: 'FOLL_GET',
    namespace: 'FOLL',
    values: [
      { since: '4.8', until: '6.2', value: 0x4, certainty: 'read' },
      { since: '6.3', value: 0x2, certainty: 'read' },
    ],
    meaning:
      'Take an ordinary page/folio reference (released with put_page/folio_put) on every returned page.',
    internal: [],
    implies: [],
    setBy: [
      '__get_user_pages_locked() when pages!=NULL and FOLL_PIN is not set',
      'get_user_pages_fast (5.7+)',
      'get_user_pages_fast_only (5.8+)',
      'get_dump_page',
    ],
    excludes: [
      'FOLL_PIN (WARN_ON_ONCE; follow_page_pte returned -EINVAL 5.6-6.14, is_valid_gup_args -EINVAL/0 since 6.3, VM_WARN_ON_ONCE in __get_user_pages since 6.17)',
    ],
    notes:
      'pin_user_pages*() reject it: WARN_ON_ONCE -> -EINVAL (5.7-6.2); since 6.3 through is_valid_gup_args (fast variant -EINVAL, non-fast variants return 0). FOLL_GET/FOLL_PIN with pages==NULL is rejected since 6.3. Up to 6.14 a VM_BUG_ON, later VM_WARN_ON_ONCE, requires pages!=NULL iff GET/PIN set inside __get_user_pages.',
    evidence: [{ where: 'mm/gup.c __get_user_pages_locked' }],
  },
  {
    name: 'FOLL_DUMP',
    namespace: 'FOLL',
    values: [
      { since: '4.8', until: '6.2', value: 0x8, certainty: 'read' },
      { since: '6.3', value: 0x4, certainty: 'read' },
    ],
    meaning:
      'Core-dump mode: report an error instead of faulting in a hole that would only be a zero page, and do not return special pages such as the zero page.',
    internal: [],
    implies: [],
    setBy: ['get_dump_page'],
    excludes: [],
    notes:
      'no_page_table() turns a missing table in an anonymous/no-fault VMA into -EFAULT. 4.8-5.6 test: no vm_ops or no ->fault; since 5.7 (seen 5.7.14) vma_is_anonymous() or no ->fault; since 6.10 hugetlb is handled there too (absent pagecache -> -EFAULT).',
    evidence: [{ where: 'mm/gup.c no_page_table, follow_page_pte' }],
  },
  {
    name: 'FOLL_FORCE',
    namespace: 'FOLL',
    values: [
      { since: '4.8', until: '6.2', value: 0x10, certainty: 'read' },
      { since: '6.3', value: 0x8, certainty: 'read' },
    ],
    meaning:
      'Override missing VM_READ/VM_WRITE as ptrace does: reads need VM_MAYREAD, writes need a private (COW) mapping and produce a private copy.',
    internal: [],
    implies: [],
    setBy: [
      'populate_vma_page_range() (accessible VMAs; since 6.9 only when the private-writable case does not apply)',
      'get_dump_page',
    ],
    excludes: ['up to 6.0 it suppressed the automatic FOLL_NUMA'],
    notes:
      'Write+FORCE to hugetlb VMAs without VM_WRITE refused with -EFAULT from 6.2 (also 6.1.y stable) until 6.13; allowed again in 6.14. GUP-fast never grants it: pte_access_permitted() decides and the request falls to the slow path.',
    evidence: [{ where: 'mm/gup.c check_vma_flags' }],
  },
  {
    name: 'FOLL_NOWAIT',
    namespace: 'FOLL',
    values: [
      { since: '4.8', until: '6.2', value: 0x20, certainty: 'read' },
      { since: '6.3', value: 0x10, certainty: 'read' },
    ],
    meaning:
      'Do not wait for I/O or a page lock: start it if useful, keep mmap_lock, and report a short result.',
    internal: [],
    implies: ['FAULT_FLAG_ALLOW_RETRY', 'FAULT_FLAG_RETRY_NOWAIT'],
    setBy: [],
    excludes: [
      'get_user_page_vma_remote() since 6.7: WARN_ON_ONCE and ERR_PTR(-EINVAL)',
      'FAULT_FLAG_VMA_LOCK (sanitize_fault_flags since 6.6 refuses RETRY_NOWAIT with the VMA lock)',
    ],
    notes:
      'Only FOLL_NOWAIT callers may legitimately see 0 pages (since 6.7 any other 0 becomes WARN + -EFAULT). Combination with FOLL_UNLOCKABLE (get_user_pages_unlocked adds UNLOCKABLE unconditionally since 6.3) yields ALLOW_RETRY|KILLABLE|RETRY_NOWAIT; lock still kept. Peter Xu proposed on 2023-05-11 to not add UNLOCKABLE when NOWAIT is set ("mm/gup: Fixes FOLL_UNLOCKABLE against FOLL_NOWAIT"); no release up to 7.3.4 has that change. hugetlb path asserted (BUG_ON) that the lock is never dropped with NOWAIT (5.7-6.5).',
    evidence: [
      { where: 'mm/gup.c faultin_page' },
      { where: 'mail 20230512003102.3149737-1-peterx@redhat.com' },
    ],
  },
  {
    name: 'FOLL_POPULATE',
    namespace: 'FOLL',
    values: [{ since: '4.8', until: '5.17', value: 0x40, certainty: 'read' }],
    meaning:
      'Really fault pages in for mlock/populate; its absence together with FOLL_MLOCK meant "only mlock what is already present".',
    internal: [{ since: '4.8', until: '5.17' }],
    implies: [],
    setBy: ['populate_vma_page_range (unless VM_LOCKONFAULT)', 'faultin_vma_page_range (5.14-5.17)'],
    excludes: [],
    notes:
      'faultin_page() returned internal -ENOENT for FOLL_MLOCK without FOLL_POPULATE; that errno disappears in 5.18. Up to 4.11 it also skipped the stack guard page.',
    evidence: [{ where: '5.17-rc5 vs 5.18.12 include/linux/mm.h' }],
  },
  {
    name: 'FOLL_SPLIT',
    namespace: 'FOLL',
    values: [{ since: '4.8', until: '5.12', value: 0x80, certainty: 'read' }],
    meaning: 'Split a transparent huge page so that a base page is returned.',
    internal: [],
    implies: [],
    setBy: [],
    excludes: [],
    notes:
      'Value 0x80 was later reused by FOLL_NOFAULT. In 5.12.9, not in the mm/gup.c of d1e153fea2a8 (5.13).',
    evidence: [{ where: '5.12.9 and 5.14-rc5 include/linux/mm.h' }],
  },
  {
    name: 'FOLL_SPLIT_PMD',
    namespace: 'FOLL',
    values: [
      { since: '5.4', until: '6.2', value: 0x20000, certainty: 'read' },
      { since: '6.3', value: 0x200, certainty: 'read' },
    ],
    meaning: 'Split only the PMD mapping (not the compound page) before looking up the PTE; used by uprobes.',
    internal: [],
    implies: [],
    setBy: [],
    excludes: [
      'hugetlb VMA: check_vma_flags() -EOPNOTSUPP (since 6.15, also in 6.12.117 stable; absent in 6.13.2 and 6.14)',
    ],
    notes: '',
    evidence: [{ where: '5.4.1 include/linux/mm.h' }],
  },
  {
    name: 'FOLL_HWPOISON',
    namespace: 'FOLL',
    values: [
      { since: '4.8', until: '6.2', value: 0x100, certainty: 'read' },
      { since: '6.3', value: 0x40, certainty: 'read' },
    ],
    meaning: 'Report -EHWPOISON rather than -EFAULT when the page is hardware-poisoned.',
    internal: [],
    implies: [],
    setBy: ['faultin_vma_page_range', 'faultin_page_range'],
    excludes: [],
    notes: 'Not in the GUP-fast accepted mask.',
    evidence: [{ where: 'include/linux/mm.h vm_fault_to_errno (4.12+), faultin_page (4.8-4.11)' }],
  },
  {
    name: 'FOLL_NUMA',
    namespace: 'FOLL',
    values: [{ since: '4.8', until: '6.0', value: 0x200, certainty: 'read' }],
    meaning: 'Treat PROT_NONE NUMA-hinting entries as not present so that the hinting fault is taken.',
    internal: [{ since: '4.8', until: '6.0' }],
    implies: [],
    setBy: ['__get_user_pages() whenever FOLL_FORCE is absent'],
    excludes: ['FOLL_FORCE'],
    notes:
      'Replaced by gup_can_follow_protnone() (6.1: follow iff FOLL_FORCE), then by FOLL_HONOR_NUMA_FAULT in 6.5.',
    evidence: [{ where: '6.0.1 and 6.1.192 mm/gup.c' }],
  },
  {
    name: 'FOLL_MIGRATION',
    namespace: 'FOLL',
    values: [{ since: '4.8', until: '6.1', value: 0x400, certainty: 'read' }],
    meaning: 'follow_page() waits for a migration entry instead of reporting no page (KSM).',
    internal: [],
    implies: [],
    setBy: [],
    excludes: [],
    notes: '',
    evidence: [{ where: '6.1.192 and 6.2.1' }],
  },
  {
    name: 'FOLL_TRIED',
    namespace: 'FOLL',
    values: [
      { since: '4.8', until: '6.2', value: 0x800, certainty: 'read' },
      { since: '6.3', value: 0x20000, certainty: 'read' },
    ],
    meaning: 'Second or later attempt after the lock was dropped once.',
    internal: [{ since: '6.3' }],
    implies: ['FAULT_FLAG_TRIED'],
    setBy: ['__get_user_pages_locked() retry loop'],
    excludes: [
      '4.8-5.6: VM_WARN_ON_ONCE if ALLOW_RETRY is requested together with it; since 5.7 both may be set',
      'external callers since 6.3 (WARN_ON_ONCE)',
    ],
    notes: '',
    evidence: [{ where: 'mm/gup.c __get_user_pages_locked, faultin_page' }],
  },
  {
    name: 'FOLL_MLOCK',
    namespace: 'FOLL',
    values: [{ since: '4.8', until: '5.17', value: 0x1000, certainty: 'read' }],
    meaning: 'mlock the page found if the VMA is VM_LOCKED.',
    internal: [{ since: '4.8', until: '5.17' }],
    implies: [],
    setBy: ['populate_vma_page_range', 'faultin_vma_page_range (5.14-5.17)'],
    excludes: [],
    notes: '',
    evidence: [{ where: '5.17-rc5 vs 5.18.12' }],
  },
  {
    name: 'FOLL_REMOTE',
    namespace: 'FOLL',
    values: [
      { since: '4.8', until: '6.2', value: 0x2000, certainty: 'read' },
      { since: '6.3', value: 0x40000, certainty: 'read' },
    ],
    meaning:
      "The target mm is not the current task's: no protection-key check of the current register state.",
    internal: [{ since: '6.3' }],
    implies: ['FAULT_FLAG_REMOTE'],
    setBy: ['get_user_pages_remote', 'pin_user_pages_remote (5.7+)'],
    excludes: ['external callers since 6.3 (WARN_ON_ONCE)'],
    notes: 'Not passed on as FAULT_FLAG_REMOTE for hugetlb VMAs until 6.5.',
    evidence: [{ where: 'mm/gup.c' }],
  },
  {
    name: 'FOLL_COW',
    namespace: 'FOLL',
    values: [{ since: '4.9', until: '5.19', value: 0x4000, certainty: 'read' }],
    meaning:
      'Internal note that a write fault already broke COW, letting FOLL_FORCE write through a read-only but dirty PTE.',
    internal: [{ since: '4.9', until: '5.19' }],
    implies: [],
    setBy: ['faultin_page() when VM_FAULT_WRITE came back on a VMA without VM_WRITE'],
    excludes: [],
    notes:
      'can_follow_write_pte(): PTE writable, or FORCE && COW && pte_dirty. 5.8 only: COW && dirty without FORCE. Replaced in 6.0 by an exclusivity test . Commit 19be0eaffa3a introduced it; 5535be309971 removed it.',
    evidence: [
      { where: 'mm/gup.c 4.8.15, 5.19, 6.0.1' },
      { where: 'mainline', commit: '19be0eaffa3ac7d8eb6784ad9bdbc7d67ed8e619' },
    ],
  },
  {
    name: 'FOLL_ANON',
    namespace: 'FOLL',
    values: [
      { since: '4.17', until: '6.2', value: 0x8000, certainty: 'read' },
      { since: '6.3', value: 0x80, certainty: 'read' },
    ],
    meaning: 'Only accept anonymous VMAs; anything else is -EFAULT.',
    internal: [],
    implies: [],
    setBy: ['access_remote_vm for /proc cmdline and environ'],
    excludes: [],
    notes:
      'Present earlier in stable/vendor trees read here (4.14.177, 4.16.13, Ubuntu-like 4.15.18) as a security backport.',
    evidence: [{ where: '4.17 mm/gup.c check_vma_flags' }],
  },
  {
    name: 'FOLL_LONGTERM',
    namespace: 'FOLL',
    values: [
      { since: '5.2', until: '6.2', value: 0x10000, certainty: 'read' },
      { since: '6.3', value: 0x100, certainty: 'read' },
    ],
    meaning:
      'The pin may live indefinitely: pages must not sit in CMA/ZONE_MOVABLE/fsdax and are migrated if they do.',
    internal: [],
    implies: [],
    setBy: [],
    excludes: [
      'fsdax VMA -> -EOPNOTSUPP',
      'FOLL_PCI_P2PDMA (6.2: check_vma_flags -EOPNOTSUPP; 6.3+: WARN and argument error)',
      'get_user_pages_locked/unlocked (WARN -EINVAL 5.2-5.17 / 5.2-6.1)',
      'any get_user_pages* since 5.10 (get, remote, fast) and all of them since 6.3',
      'locked!=NULL in *_remote 5.6-6.1',
      'file-backed writable shared mapping needing dirty tracking with PIN+LONGTERM+WRITE: -EFAULT since 6.5',
    ],
    notes:
      'In 5.2-5.10 pages==NULL gives -EINVAL and a vmas array is allocated internally (-ENOMEM). Needs FOLL_PIN since 6.1.',
    evidence: [{ where: 'mm/gup.c __gup_longterm_locked' }],
  },
  {
    name: 'FOLL_PIN',
    namespace: 'FOLL',
    values: [
      { since: '5.6', until: '6.2', value: 0x40000, certainty: 'read' },
      { since: '6.3', value: 0x80000, certainty: 'read' },
    ],
    meaning:
      'Take a DMA-style pin counted separately from references; must be released with unpin_user_page*/unpin_folio*.',
    internal: [{ since: '5.6' }],
    implies: [],
    setBy: ['pin_user_pages*() since 5.7', 'memfd_pin_folios (6.11+)'],
    excludes: [
      'FOLL_GET',
      'external callers: get_user_pages* WARN_ON_ONCE -> -EINVAL (5.6+; _locked since 5.8; _unlocked not checked before 6.3), follow_page returns NULL (5.19-6.11, WARN since 6.3)',
    ],
    notes:
      'Small folio: refcount += 1024 (GUP_PIN_COUNTING_BIAS); large folio: separate pincount. Zero pages are not counted since 6.5. Sets mm has_pinned (atomic 5.9-5.13, MMF_HAS_PINNED 5.14+).',
    evidence: [{ where: 'mm/gup.c 5.6.4, 5.7.14' }],
  },
  {
    name: 'FOLL_FAST_ONLY',
    namespace: 'FOLL',
    values: [
      { since: '5.8', until: '6.2', value: 0x80000, certainty: 'read' },
      { since: '6.3', value: 0x100000, certainty: 'read' },
    ],
    meaning: 'Never fall back to the slow path; return what the lockless walk got.',
    internal: [{ since: '6.3' }],
    implies: [],
    setBy: ['get_user_pages_fast_only', 'pin_user_pages_fast_only (5.8-6.2)'],
    excludes: [],
    notes: '',
    evidence: [{ where: '5.8.1 mm/gup.c' }],
  },
  {
    name: 'FOLL_NOFAULT',
    namespace: 'FOLL',
    values: [
      { since: '5.16', until: '6.2', value: 0x80, certainty: 'read' },
      { since: '6.3', value: 0x20, certainty: 'read' },
    ],
    meaning: 'Look pages up but never call the fault handler; missing pages give -EFAULT.',
    internal: [],
    implies: [],
    setBy: ['iov_iter with ->nofault'],
    excludes: [],
    notes:
      'Took over value 0x80 from FOLL_SPLIT. Backported to 5.15.y (seen in 5.15.85, absent in 5.15.16). Hugetlb VMAs ignored it (the fault was taken) until 6.5.',
    evidence: [{ where: '5.16.10 mm/gup.c faultin_page' }],
  },
  {
    name: 'FOLL_INTERRUPTIBLE',
    namespace: 'FOLL',
    values: [
      { since: '6.2', until: '6.2', value: 0x200000, certainty: 'read' },
      { since: '6.3', value: 0x800, certainty: 'read' },
    ],
    meaning: 'Also stop for non-fatal signals while retrying; needs a caller that can handle -EINTR.',
    internal: [],
    implies: [],
    setBy: [],
    excludes: [],
    notes:
      'Affects gup_signal_pending() in __get_user_pages_locked; __get_user_pages itself still tests only fatal signals. Brings FAULT_FLAG_INTERRUPTIBLE only together with a droppable lock (locked given in 6.2, FOLL_UNLOCKABLE since 6.3).',
    evidence: [
      { where: 'mainline', commit: '93c5c61d9e58a9ea423439d358c198be5b674a58' },
      { where: '6.2.1 mm/gup.c' },
    ],
  },
  {
    name: 'FOLL_PCI_P2PDMA',
    namespace: 'FOLL',
    values: [
      { since: '6.2', until: '6.2', value: 0x100000, certainty: 'read' },
      { since: '6.3', value: 0x400, certainty: 'read' },
    ],
    meaning:
      'Allow PCI peer-to-peer DMA pages to be returned; without it grabbing such a page fails (-EREMOTEIO slow path, fall-back in fast path).',
    internal: [],
    implies: [],
    setBy: ['iov_iter extraction with ITER_ALLOW_P2PDMA'],
    excludes: ['FOLL_LONGTERM'],
    notes: '',
    evidence: [
      { where: 'mainline', commit: '4003f107fa2eabb0aab90e37a1ed7b74c6f0d132' },
      { where: '6.2.1 mm/gup.c' },
    ],
  },
  {
    name: 'FOLL_HONOR_NUMA_FAULT',
    namespace: 'FOLL',
    values: [{ since: '6.5', value: 0x1000, certainty: 'read' }],
    meaning: 'Take NUMA hinting faults on accessible VMAs instead of following PROT_NONE entries.',
    internal: [],
    implies: [],
    setBy: ['6.5 only: every external caller through is_valid_gup_args()', '6.6+: opt-in (KVM)'],
    excludes: [],
    notes:
      'Without the flag slow GUP follows PROT_NONE entries. GUP-fast always refuses them since 6.5. 7.3: an accessible VMA with the userfaultfd RWP flag is never followed regardless of this flag.',
    evidence: [
      { where: 'quoted on linux-mm', commit: 'd74943a2f3cdade34e471b36f55f7979be656867' },
      { where: '6.5 and 6.6.9 mm/gup.c' },
    ],
  },
  {
    name: 'FOLL_UNLOCKABLE',
    namespace: 'FOLL',
    values: [{ since: '6.3', value: 0x200000, certainty: 'read' }],
    meaning: 'The fault handler may drop mmap_lock; replaces testing locked!=NULL.',
    internal: [{ since: '6.3' }],
    implies: ['FAULT_FLAG_ALLOW_RETRY', 'FAULT_FLAG_KILLABLE'],
    setBy: [
      'is_valid_gup_args() when the public locked pointer is non-NULL',
      'get_user_pages_unlocked and pin_user_pages_unlocked',
      'slow path of *_fast',
      'populate_vma_page_range when locked!=NULL',
      'faultin_vma_page_range/faultin_page_range always',
    ],
    excludes: ['external callers (WARN_ON_ONCE)', 'vmas array (6.3-6.4: WARN_ON_ONCE)'],
    notes:
      'get_dump_page() does not set it: it takes the lock itself but faults without retry since 6.3 (5.10-6.2 passed locked and so allowed retry). Commit f04740f54594. Hugetlb faults ignored it in 6.3-6.5 (always retryable, because the locked pointer is always given).',
    evidence: [{ where: '6.3.8 mm/gup.c' }, { where: 'quoted on linux-mm', commit: 'f04740f54594' }],
  },
  {
    name: 'FOLL_MADV_POPULATE',
    namespace: 'FOLL',
    values: [{ since: '6.9', value: 0x400000, certainty: 'read' }],
    meaning:
      'MADV_POPULATE semantics inside __get_user_pages: missing VMA -> -ENOMEM, VMA refusing access -> -EINVAL, no gate area.',
    internal: [{ since: '6.9' }],
    implies: [],
    setBy: ['faultin_page_range'],
    excludes: [],
    notes:
      'Added to stable trees too (not in 6.8.1 or 6.6.9). Part of INTERNAL_GUP_FLAGS (rejected from callers).',
    evidence: [{ where: '6.9 mm/gup.c' }],
  },
];
