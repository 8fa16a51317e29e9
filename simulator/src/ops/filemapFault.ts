/** filemap_fault() of mm/filemap.c: a page of a file of a file system on a disk. */

import { FAULT, VM_FAULT } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import { type File, linearPageIndex, pageFolio, type Vma, ZEROES } from '../state/index.js';
import type { Op } from '../trace.js';
import { fileOf, type Handled } from './driverHandlers.js';
import { maybeUnlockMmapForIo } from './maybeUnlockMmapForIo.js';
import { newFileFolio } from './newFolio.js';

const ROUTINE = 'filemap_fault';

/** Pages that are read around the one that is missing: 128 KiB, the default of read_ahead_kb. */
const RA_PAGES = 32;

/**
 * The page, locked. One that is not in the page cache is read, which is MAJOR: a first fault that may retry drops its lock
 * before (do_sync_mmap_readahead()), waits without it and is RETRY, others wait with the lock held.
 */
export function* filemapFault(machine: Machine, vma: Vma, page: number, flags: number): Op<Handled> {
  const file = fileOf(machine, vma);
  const index = linearPageIndex(vma, page);
  if (index >= file.size) {
    yield { routine: ROUTINE, text: 'beyond the end of the file: SIGBUS', faultFlags: flags, page };
    return { ret: VM_FAULT.SIGBUS, pfn: -1 };
  }
  let ret = VM_FAULT.LOCKED;
  if ((file.pages[index] ?? -1) < 0) {
    ret |= VM_FAULT.MAJOR;
    const { fileReadDropsLock } = machine.behaviour.switches;
    if (!fileReadDropsLock && !file.hole)
      throw new NotModelled('whether a read from the disk is over when the fault looks at its page');
    const dropped =
      fileReadDropsLock &&
      (yield* maybeUnlockMmapForIo(machine, vma, flags, 'the page is read from the disk'));
    readAround(machine, file, index);
    const text = dropped ? 'waits for the read, then retries' : 'reads the page, and those around it';
    yield { routine: ROUTINE, text, faultFlags: flags, page };
    if (dropped) return { ret: VM_FAULT.MAJOR | VM_FAULT.RETRY, pfn: -1 };
    // lock_folio_maybe_drop_mmap() does not wait for it then.
    if ((flags & FAULT.RETRY_NOWAIT) !== 0 && !file.hole)
      throw new NotModelled('whether a read from the disk is over at once, where nobody may wait for it');
  }
  const pfn = file.pages[index] ?? -1;
  const folio = pageFolio(machine.state.folios, pfn);
  if (folio === undefined) throw new NotModelled('a page cache that names no known folio');
  folio.ref += 1;
  yield { routine: ROUTINE, text: 'returns the page from the page cache', faultFlags: flags, page };
  return { ret, pfn };
}

/**
 * The window of page_cache_ra_order(), up to the end of the file. Where files have large folios too, reading around a
 * fault asks for small ones (do_sync_mmap_readahead(): ra->order is 0).
 */
function readAround(machine: Machine, file: File, index: number): void {
  const start = Math.max(0, index - RA_PAGES / 2);
  const end = Math.min(start + RA_PAGES, file.size);
  for (let each = start; each < end; each++) {
    if ((file.pages[each] ?? -1) < 0) file.pages[each] = newFileFolio(machine, file.data[each] ?? ZEROES);
  }
}
