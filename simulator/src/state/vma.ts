/** A mapping, and the handlers behind it. */

import { newTaskSet, type TaskSet } from './taskSet.js';

/** Modes a userfaultfd is registered with: VM_UFFD_MISSING, VM_UFFD_WP, VM_UFFD_MINOR. */
export const UFFD_MODE = { MISSING: 1 << 0, WP: 1 << 1, MINOR: 1 << 2 } as const;

/** A registered userfaultfd: what does not change. How far its plan is lies in `State.uffds`. */
export interface Uffd {
  /** Index into `State.uffds`. */
  readonly index: number;
  /** Registered modes: UFFD_MODE bits. */
  readonly modes: number;
  /** UFFD_FEATURE_ bits. */
  readonly features: number;
  readonly userModeOnly: boolean;
  readonly plan: string;
  /** Page numbers of the region that was registered; `end` is the first one behind it. */
  readonly start: number;
  readonly end: number;
}

/** One answer of a driver's handler; `ret` is a VM_FAULT_ mask of flagSets.ts. */
export interface DriverStep {
  readonly act: 'PAGE' | 'LOCKED' | 'RET' | 'RETRY' | 'INSERT' | 'COMPLETED' | 'PFN';
  readonly ret: number;
}

/** A driver: what does not change. How often its handlers were called lies in the `File` of the mapping. */
export interface Driver {
  /** What ->fault does once its program is over. */
  readonly ordinary: DriverStep['act'];
  readonly faultProgram: readonly DriverStep[];
  readonly hasPageMkwrite: boolean;
  /** It has ->map_pages, which maps nothing. */
  readonly hasMapPages: boolean;
  readonly mkwriteProgram: readonly DriverStep[];
  /** Its pages have been written to before. */
  readonly pagesDirty: boolean;
}

/**
 * Whose vm_ops the mapping has; `none`: anonymous memory. shmem: tmpfs, memfd, or shared anonymous memory. secretmem:
 * memfd_secret(), pages that are in no other page table. hugetlb: a file of huge pages (2 MiB), MAP_HUGETLB too.
 * special_mapping: pages of the kernel such as the vdso. ext4: ext4_file_vm_ops, those of a file of a file system on a disk;
 * ext4_dax: ext4_dax_vm_ops, of a file whose memory is mapped itself.
 */
export type VmOps =
  | 'none'
  | 'shmem'
  | 'secretmem'
  | 'driver'
  | 'hugetlb'
  | 'special_mapping'
  | 'ext4'
  | 'ext4_dax';

export interface Vma {
  /** Number of the first page, and of the first one behind the mapping. */
  start: number;
  end: number;
  readonly ops: VmOps;
  /** Index into `State.files`, -1: no file. */
  readonly file: number;
  /** Number of the page of the file that `start` maps. */
  pgoff: number;
  read: boolean;
  write: boolean;
  exec: boolean;
  readonly mayRead: boolean;
  readonly mayWrite: boolean;
  readonly shared: boolean;
  /** VM_IO or VM_PFNMAP. */
  readonly io: boolean;
  /** VM_LOCKED */
  locked: boolean;
  /** VM_SOFTDIRTY: soft-dirty tracking does not ask for write faults. */
  softDirty: boolean;
  /** VM_DONTFORK (MADV_DONTFORK): a child does without the mapping. */
  dontFork: boolean;
  /** VM_GROWSDOWN */
  readonly growsDown: boolean;
  /** VM_HUGEPAGE (MADV_HUGEPAGE): a first touch may map a transparent huge page. */
  readonly hugepage: boolean;
  readonly pkey: number;
  /** vma->anon_vma is there: the vma has had an anonymous page. */
  anonVma: boolean;
  /** Registered with a userfaultfd. */
  uffd: Uffd | null;
  /** Of ops `driver`. */
  readonly driver: Driver | null;
  /** Tasks that hold the lock of the vma for reading, without mmap_lock. */
  readonly lockReaders: TaskSet;
  /** vma_start_write() has locked it for the task that holds mmap_lock exclusively, until that drops it. */
  writeLocked: boolean;
  /** It is in no address space any longer; who found it before may still look at it. */
  detached: boolean;
}

/** A private anonymous mapping that is readable and writable, but for what the fields say. */
export function newVma(fields: Pick<Vma, 'start' | 'end'> & Partial<Vma>): Vma {
  return {
    start: fields.start,
    end: fields.end,
    ops: fields.ops ?? 'none',
    file: fields.file ?? -1,
    pgoff: fields.pgoff ?? 0,
    read: fields.read ?? true,
    write: fields.write ?? true,
    exec: fields.exec ?? false,
    mayRead: fields.mayRead ?? true,
    mayWrite: fields.mayWrite ?? true,
    shared: fields.shared ?? false,
    io: fields.io ?? false,
    locked: fields.locked ?? false,
    softDirty: fields.softDirty ?? true,
    dontFork: fields.dontFork ?? false,
    growsDown: fields.growsDown ?? false,
    hugepage: fields.hugepage ?? false,
    pkey: fields.pkey ?? 0,
    anonVma: fields.anonVma ?? false,
    uffd: fields.uffd ?? null,
    driver: fields.driver ?? null,
    lockReaders: fields.lockReaders ?? newTaskSet(),
    writeLocked: fields.writeLocked ?? false,
    detached: fields.detached ?? false,
  };
}

/** vma_is_anonymous(): it has no vm_ops. */
export function vmaIsAnonymous(vma: Vma): boolean {
  return vma.ops === 'none';
}

/** is_vm_hugetlb_page() */
export function isVmHugetlbPage(vma: Vma): boolean {
  return vma.ops === 'hugetlb';
}

/** userfaultfd_missing(): the userfaultfd, if it is registered for pages that are not there; else null. */
export function userfaultfdMissing({ uffd }: Vma): Uffd | null {
  return uffd !== null && (uffd.modes & UFFD_MODE.MISSING) !== 0 ? uffd : null;
}

/** userfaultfd_wp(): the userfaultfd, if it is registered for writes to pages that it protects; else null. */
export function userfaultfdWp({ uffd }: Vma): Uffd | null {
  return uffd !== null && (uffd.modes & UFFD_MODE.WP) !== 0 ? uffd : null;
}

/** userfaultfd_minor(): the userfaultfd, if it is registered for pages in the page cache that are not mapped; else null. */
export function userfaultfdMinor({ uffd }: Vma): Uffd | null {
  return uffd !== null && (uffd.modes & UFFD_MODE.MINOR) !== 0 ? uffd : null;
}

/** vma_is_fsdax() */
export function vmaIsFsdax(vma: Vma): boolean {
  return vma.ops === 'ext4_dax';
}

/** vma->vm_ops->page_mkwrite: the file system or driver hears of the first write to each page of a shared mapping. */
export function hasPageMkwrite({ ops, driver }: Vma): boolean {
  return ops === 'ext4' || ops === 'ext4_dax' || driver?.hasPageMkwrite === true;
}

/** vma->vm_ops->map_pages */
export function hasMapPages({ ops, driver }: Vma): boolean {
  return ops === 'shmem' || ops === 'ext4' || driver?.hasMapPages === true;
}

/** vma_is_accessible() */
export function vmaIsAccessible(vma: Vma): boolean {
  return vma.read || vma.write || vma.exec;
}

/** linear_page_index(): the page of the file that `page` of the mapping shows. */
export function linearPageIndex(vma: Vma, page: number): number {
  return page - vma.start + vma.pgoff;
}
