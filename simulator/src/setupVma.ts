/** The vma of a scenario, and the caller's rights for its protection key. */

import { NotModelled } from './notModelled.js';
import type { Scenario, VmaSetup } from './scenario.js';
import { driverFromSetup } from './setupDriver.js';
import { FILE_HOLE } from './setupFile.js';
import {
  type File,
  hugePageStart,
  INIT_PKRU,
  newFile,
  newVma,
  UFFD_MODE,
  type Uffd,
  type Vma,
  type VmOps,
} from './state/index.js';

/** Bits of vm_flags, the same in every release of the model on x86-64 (include/linux/mm.h). */
const VM = {
  READ: 0x1,
  WRITE: 0x2,
  EXEC: 0x4,
  SHARED: 0x8,
  MAYREAD: 0x10,
  MAYWRITE: 0x20,
  MAYEXEC: 0x40,
  MAYSHARE: 0x80,
  UFFD_MISSING: 0x200,
  PFNMAP: 0x400,
  UFFD_WP: 0x1000,
  LOCKED: 0x2000,
  IO: 0x4000,
  SOFTDIRTY: 0x8000000,
  HUGEPAGE: 0x20000000,
} as const;

const PAGE_SIZE = 4096;

/** Special addresses whose mapping shows pages of the kernel (_install_special_mapping()). */
export const SPECIAL_MAPPINGS: ReadonlySet<string> = new Set(['vdso', 'vvar']);

const OPS_OF_KIND: ReadonlyMap<string, VmOps> = new Map<string, VmOps>([
  ['hugetlb', 'hugetlb'],
  ['secretmem', 'secretmem'],
  ['driver', 'driver'],
  ['ext4', 'ext4'],
  ['ext4_dax', 'ext4_dax'],
]);

/** VM_PKEY_SHIFT: four bits from bit 32 on. */
const PKEY_UNIT = 2 ** 32;

/** Feature names a scenario may use instead of the bits (include/uapi/linux/userfaultfd.h). */
const FEATURES: ReadonlyMap<string, number> = new Map([
  ['UFFD_FEATURE_PAGEFAULT_FLAG_WP', 1 << 0],
  ['UFFD_FEATURE_EVENT_FORK', 1 << 1],
  ['UFFD_FEATURE_EVENT_REMAP', 1 << 2],
  ['UFFD_FEATURE_EVENT_REMOVE', 1 << 3],
  ['UFFD_FEATURE_MISSING_HUGETLBFS', 1 << 4],
  ['UFFD_FEATURE_MISSING_SHMEM', 1 << 5],
  ['UFFD_FEATURE_EVENT_UNMAP', 1 << 6],
  ['UFFD_FEATURE_SIGBUS', 1 << 7],
  ['UFFD_FEATURE_THREAD_ID', 1 << 8],
  ['UFFD_FEATURE_MINOR_HUGETLBFS', 1 << 9],
  ['UFFD_FEATURE_MINOR_SHMEM', 1 << 10],
  ['UFFD_FEATURE_EXACT_ADDRESS', 1 << 11],
  ['UFFD_FEATURE_WP_HUGETLBFS_SHMEM', 1 << 12],
  ['UFFD_FEATURE_WP_UNPOPULATED', 1 << 13],
  ['UFFD_FEATURE_POISON', 1 << 14],
  ['UFFD_FEATURE_WP_ASYNC', 1 << 15],
  ['UFFD_FEATURE_MOVE', 1 << 16],
]);

/** Modes by the names of the recordings. */
const MODES: ReadonlyMap<string, number> = new Map<string, number>([
  ['missing', UFFD_MODE.MISSING],
  ['wp', UFFD_MODE.WP],
  ['minor', UFFD_MODE.MINOR],
]);

export interface VmaAndRights {
  readonly vma: Vma;
  /** What lies behind it, null: nothing. It is the state's first file. */
  readonly file: File | null;
  /** Rights of the caller: a key other than 0 is closed unless the thread opened it; the execute-only key stays so. */
  readonly pkru: number;
}

/** The vma, or {@link NotModelled}. */
export function vmaFromSetup(scenario: Scenario): VmaAndRights {
  const { vma, page_state: pageState } = scenario;
  const flags = vma.vm_flags === undefined ? flagsOfProt(vma, pageState) : Number(vma.vm_flags);
  if (!Number.isSafeInteger(flags)) throw new NotModelled(`vm_flags ${String(vma.vm_flags)}`);
  const low = flags % PKEY_UNIT;
  const pkey = Math.floor(flags / PKEY_UNIT) % 16;
  const has = (bit: number) => (low & bit) !== 0;
  const isDriver = vma.kind === 'driver';
  const shmem = vma.kind === 'tmpfs_memfd' || (vma.kind === 'anon' && vma.share === 'shared');
  const special = vma.kind === 'special' && SPECIAL_MAPPINGS.has(pageState);
  if (!isDriver && !special && (has(VM.PFNMAP) || has(VM.IO)))
    throw new NotModelled('an anonymous mapping with VM_PFNMAP or VM_IO');
  const uffd = uffdOf(vma, has(VM.UFFD_MISSING) || has(VM.UFFD_WP) || vma.vm_flags === undefined);
  const end = Math.ceil(vma.len / PAGE_SIZE);
  const ops = shmem ? 'shmem' : special ? 'special_mapping' : (OPS_OF_KIND.get(vma.kind) ?? 'none');
  const fileSize = pageState === 'beyond_eof' ? sizeBefore(scenario, ops) : end;
  return {
    vma: newVma({
      start: 0,
      end,
      ops,
      file: ops === 'none' ? -1 : 0,
      read: has(VM.READ),
      write: has(VM.WRITE),
      exec: has(VM.EXEC),
      mayRead: has(VM.MAYREAD),
      mayWrite: has(VM.MAYWRITE),
      shared: has(VM.SHARED),
      io: has(VM.PFNMAP) || has(VM.IO),
      locked: has(VM.LOCKED),
      softDirty: has(VM.SOFTDIRTY),
      hugepage: has(VM.HUGEPAGE),
      pkey,
      uffd,
      driver: isDriver ? driverFromSetup(vma) : null,
    }),
    file: ops === 'none' ? null : newFile(fileSize, pageState === FILE_HOLE),
    pkru: pageState === 'written_pkey_write_disabled' ? writeDisabled(pkey) : INIT_PKRU,
  };
}

/** Pages of a file that ends before the page asked for: the first page, or the huge pages before that one. */
function sizeBefore({ addr_offset: offset }: Scenario, ops: VmOps): number {
  const page = Math.floor(offset / PAGE_SIZE);
  return ops === 'hugetlb' ? hugePageStart(page) : Math.min(page, 1);
}

/** PKRU of a thread that has opened the key for reading only. */
function writeDisabled(pkey: number): number {
  return (INIT_PKRU & ~(3 << (2 * pkey))) | (2 << (2 * pkey));
}

/** The stack of a thread, from page `start` on: it has an anon_vma, since the program runs on it. */
export function stackVma(start: number): Vma {
  return newVma({ start, end: start + 1, growsDown: true, anonVma: true });
}

/** What mmap() of anonymous memory gives for a protection text such as `rw-`. */
function flagsOfProt(vma: VmaSetup, pageState: string): number {
  let flags = VM.MAYREAD | VM.MAYWRITE | VM.MAYEXEC | VM.SOFTDIRTY;
  if (vma.kind === 'driver' && vma.driver !== 'fault' && !String(vma.driver).startsWith('fault_')) {
    throw new NotModelled(`the driver ${String(vma.driver)} without vm_flags`);
  }
  if (vma.kind === 'special' && (pageState === 'stack' || SPECIAL_MAPPINGS.has(pageState)))
    throw new NotModelled(`the ${pageState} without vm_flags`);
  if (vma.share === 'shared') flags |= VM.SHARED | VM.MAYSHARE;
  if (vma.prot.includes('r')) flags |= VM.READ;
  if (vma.prot.includes('w')) flags |= VM.WRITE;
  if (vma.prot.includes('x')) flags |= VM.EXEC;
  if (vma.kind === 'anon_thp') flags |= VM.HUGEPAGE;
  if (pageState === 'mlocked_written') flags |= VM.LOCKED;
  // PROT_EXEC alone takes a protection key of its own (execute_only_pkey()).
  const pkey = vma.prot === '--x' || pageState.startsWith('written_pkey_') ? PKEY_UNIT : 0;
  return flags + pkey;
}

function uffdOf(vma: VmaSetup, registered: boolean): Uffd | null {
  const { uffd } = vma;
  if (uffd === undefined || uffd === null) {
    if (registered && vma.vm_flags !== undefined)
      throw new NotModelled('a registered userfaultfd without a monitor');
    return null;
  }
  if (typeof uffd !== 'object') throw new NotModelled('a userfaultfd that is not described');
  const { mode, features, plan, user_only: userOnly } = uffd as Readonly<Record<string, unknown>>;
  return {
    index: 0,
    modes: uffdModes(mode),
    features: featureBits(features),
    userModeOnly: userOnly === true,
    plan: typeof plan === 'string' ? plan : '',
    start: 0,
    end: Math.ceil(vma.len / PAGE_SIZE),
  };
}

/** UFFD_MODE bits of a name, of several in one text (`missing|wp`), or of a list. */
function uffdModes(mode: unknown): number {
  const names = Array.isArray(mode) ? mode : String(mode).split(/[^a-z]+/);
  let modes = 0;
  for (const name of names) {
    const bit = MODES.get(String(name));
    if (bit === undefined) throw new NotModelled(`the userfaultfd mode ${String(name)}`);
    modes |= bit;
  }
  return modes;
}

function featureBits(features: unknown): number {
  if (features === undefined || features === null) return 0;
  if (typeof features === 'number' || typeof features === 'string') {
    const bits = Number(features);
    if (!Number.isSafeInteger(bits)) throw new NotModelled(`userfaultfd features ${String(features)}`);
    return bits;
  }
  if (!Array.isArray(features)) throw new NotModelled('userfaultfd features of an unknown form');
  let bits = 0;
  for (const name of features) {
    const bit = FEATURES.get(String(name));
    if (bit === undefined) throw new NotModelled(`the userfaultfd feature ${String(name)}`);
    bits |= bit;
  }
  return bits;
}
