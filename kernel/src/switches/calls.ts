/** What changed in the calling conventions and argument checks of the GUP family. */

import { behaviour, proposal, range, uncertain } from './behaviour.js';

export const CALL_SWITCHES = {
  explicitFlags: behaviour(
    'Public functions take gup_flags; before, int write and int force.',
    [range('4.9')],
    'mm/gup.c wrappers',
    '768ae309a96103ed02eb1e111e838c87854d8b51',
  ),
  remoteTakesLocked: behaviour(
    'get_user_pages_remote() has a locked pointer and so may drop mmap_lock.',
    [range('4.10')],
    'mm/gup.c get_user_pages_remote',
    '5b56d49fc31dbb0487e14ead790fc81ca9fb2c99',
  ),
  gupTakesLocked: behaviour(
    'The pointer that tells of a dropped lock is named locked and may drop more than once; before, nonblocking.',
    [range('5.7')],
    'mm/gup.c __get_user_pages',
    '4426e945df588f2878affddf88a51259200f7e29',
  ),
  taskParameter: behaviour(
    'The remote functions and fixup_user_fault() take a task_struct to account the faults to.',
    [range('4.8', '5.8')],
    'mm/gup.c get_user_pages_remote',
    '64019a2e467a',
  ),
  vmasParameter: behaviour(
    'get, remote and pin take a vmas array.',
    [range('4.8', '6.4')],
    'mm/gup.c',
    '54d020692b342f7bd02d7f5795fb5c401caecfcc',
  ),
  gupFastTakesFlags: behaviour(
    'get_user_pages_fast() takes gup_flags; before, int write.',
    [range('5.2')],
    'mm/gup.c get_user_pages_fast',
    '73b0140bf0fe9df90fb267c00673c4b9bf285430',
  ),
  gupFastChecksFlags: behaviour(
    'The fast walk refuses flags outside its mask with WARN_ON_ONCE.',
    [range('5.3')],
    'mm/gup.c get_user_pages_fast',
  ),
  longtermFlag: behaviour(
    'FOLL_LONGTERM exists; before, get_user_pages_longterm().',
    [range('5.2')],
    'mm/gup.c __gup_longterm_locked',
  ),
  pinApi: behaviour(
    'pin_user_pages*() and unpin_user_page*() exist.',
    [range('5.6')],
    'mm/gup.c pin_user_pages',
    'eddb1c228f79',
  ),
  getRefusesLongterm: behaviour(
    'get_user_pages(), _remote() and _fast() refuse FOLL_LONGTERM.',
    [range('5.10')],
    'mm/gup.c is_valid_gup_flags',
  ),
  unlockedRefusesLongterm: behaviour(
    'get_user_pages_unlocked() and pin_user_pages_unlocked() refuse FOLL_LONGTERM.',
    [range('5.2', '6.1')],
    'mm/gup.c get_user_pages_unlocked',
  ),
  unlockedAcceptsPin: behaviour(
    'get_user_pages_unlocked() does not refuse FOLL_PIN from a caller, and really pins since 5.7.',
    [range('5.6', '6.2')],
    'mm/gup.c get_user_pages_unlocked',
  ),
  longtermNeedsPin: behaviour(
    'FOLL_LONGTERM without FOLL_PIN is refused (in 6.1 read as 6.1.192 only).',
    [range('6.1')],
    'mm/gup.c __gup_longterm_locked',
  ),
  longtermWithLocked: behaviour(
    'FOLL_LONGTERM works with a locked pointer and in the unlocked functions.',
    [range('6.2')],
    'mm/gup.c __gup_longterm_locked',
  ),
  pinRefusesNullPages: behaviour(
    'Pin functions refuse pages NULL.',
    [range('5.19')],
    'mm/gup.c pin_user_pages',
    'b6a2619c60b41a929bbb9c09f193d690d707b1af',
  ),
  unlockableFlag: behaviour(
    'FOLL_UNLOCKABLE says that the lock may be dropped; before, a pointer that is not NULL.',
    [range('6.3')],
    'mm/gup.c faultin_page',
    'f04740f54594',
  ),
  internalFlagsRejected: behaviour(
    'is_valid_gup_args() refuses flags of mm in a caller: PIN, TRIED, UNLOCKABLE, REMOTE, FAST_ONLY.',
    [range('6.3')],
    'mm/gup.c is_valid_gup_args',
  ),
  internalFlagsRejectedAll: behaviour(
    'is_valid_gup_args() refuses all of INTERNAL_GUP_FLAGS, so FOLL_TOUCH too.',
    [range('6.7')],
    'mm/internal.h INTERNAL_GUP_FLAGS',
  ),
  privateFlagsRenumbered: behaviour(
    'Flags of mm live in mm/internal.h and FOLL_* have new bits.',
    [range('6.3')],
    'include/linux/mm_types.h, mm/internal.h',
    '2c2241081f7d',
  ),
  pinArgErrorReturnsZero: behaviour(
    'pin_user_pages(), _remote() and _unlocked() return 0 for wrong arguments; before, -EINVAL.',
    [range('6.3')],
    'mm/gup.c pin_user_pages',
  ),
  honorNumaImplied: behaviour(
    'Every external caller is given FOLL_HONOR_NUMA_FAULT.',
    [range('6.5', '6.5')],
    'mm/gup.c is_valid_gup_args',
  ),
  lockTakenInside: behaviour(
    'Inside mm, *locked 0 has __get_user_pages_locked() take and release the lock.',
    [range('6.3')],
    'mm/gup.c __get_user_pages_locked',
    'b2a72dff85fa',
  ),
  fastLongtermKeepsLock: behaviour(
    'The slow part of a fast variant with FOLL_LONGTERM neither adds FOLL_TOUCH nor may drop the lock.',
    [range('5.2', '6.1')],
    'mm/gup.c __gup_longterm_unlocked',
  ),
  dumpPageTakesLock: behaviour(
    'get_dump_page() takes mmap_lock itself (since 6.15 if *locked is 0).',
    [range('5.10')],
    'mm/gup.c get_dump_page',
  ),
  dumpPageMayRetry: behaviour(
    'The faults of get_dump_page() may drop the lock and be retried.',
    [range('5.10', '6.2')],
    'mm/gup.c get_dump_page',
  ),
  dumpPageTakesLocked: behaviour(
    'get_dump_page() has a locked pointer.',
    [range('6.15')],
    'mm/gup.c get_dump_page',
    'd6ff4c8f65220b20c550f12eb8921827c459600e',
  ),
  vmaRemoteRefusesNowait: behaviour(
    'get_user_page_vma_remote() refuses FOLL_NOWAIT.',
    [range('6.7')],
    'include/linux/mm.h get_user_page_vma_remote',
  ),
  populateFlags: behaviour(
    'FOLL_POPULATE and FOLL_MLOCK exist: FOLL_MLOCK alone looks only at what is present.',
    [range('4.8', '5.17')],
    'mm/gup.c faultin_page',
  ),
  populateForcesOnlyOthers: behaviour(
    'populate_vma_page_range() adds FOLL_FORCE only where the VMA is not private and writable.',
    [range('6.9')],
    'mm/gup.c populate_vma_page_range',
  ),
  populateRefusesProtNone: behaviour(
    'populate_vma_page_range() refuses a VMA that is not accessible with -EFAULT.',
    [range('6.9')],
    'mm/gup.c populate_vma_page_range',
  ),
  madvPopulate: behaviour(
    'MADV_POPULATE_READ and MADV_POPULATE_WRITE exist; before, madvise() refuses them with -EINVAL.',
    [range('5.14')],
    'mm/madvise.c madvise_populate',
    '4ca9b3859dac',
  ),
  madvPopulateFlag: behaviour(
    'FOLL_MADV_POPULATE: no VMA is -ENOMEM, a VMA that refuses is -EINVAL, no gate area; retries go through __get_user_pages_locked().',
    [range('6.9')],
    'mm/gup.c __get_user_pages',
    '631426ba1d45',
  ),
  memfdPin: behaviour(
    'memfd_pin_folios() and unpin_folio(s)() exist.',
    [range('6.11')],
    'mm/gup.c memfd_pin_folios',
  ),
  nowaitNotUnlockable: proposal(
    'FOLL_UNLOCKABLE is not added when FOLL_NOWAIT is set (proposed 2023-05-11).',
    'linux-mm, 20230512003102.3149737-1-peterx@redhat.com',
  ),
  longtermRemoteDirect: proposal(
    'The remote functions take FOLL_LONGTERM where no locked pointer is given, and refuse it with one; sketched on 2019-11-04 against 5.4, where they refuse it always.',
    'linux-mm, reply of Jason Gunthorpe to "mm/gup: introduce pin_user_pages*() and FOLL_PIN", v2 05/18',
  ),
  remoteImplied: proposal(
    'Nobody sets FOLL_REMOTE: it goes with mm != current->mm, and only with it (asked on 2016-10-18).',
    'linux-mm, reply of Michal Hocko to "mm: adjust get_user_pages* functions to explicitly pass FOLL_* flags"',
  ),
  ioUringFixedBuffers: behaviour(
    'io_uring has fixed buffers, whose pages it keeps by a long-term pin for writing (up to v5.5 by a long-term reference).',
    [range('5.1')],
    'io_uring/rsrc.c io_pin_pages',
    'edafccee56ff',
  ),
  ioUringPinsFast: behaviour(
    'io_uring pins a fixed buffer by gup-fast; before, by the slow walk with mmap_lock held.',
    [range('6.10')],
    'io_uring/memmap.c io_pin_pages',
  ),
  ioUringRefusesFiles: behaviour(
    'io_uring refuses a fixed buffer in the mapping of a file, hugetlb aside, with -EOPNOTSUPP once it is pinned; since, only GUP decides (FOLL_LONGTERM).',
    [range('5.1', '6.4')],
    'io_uring/rsrc.c io_pin_pages',
  ),
  ioUringTakesShmem: uncertain(
    'Of these files shmem is taken (not in 5.12.9, in 5.14).',
    [range('5.14')],
    'fs/io_uring.c io_sqe_buffer_register, vma_is_shmem',
  ),
};
