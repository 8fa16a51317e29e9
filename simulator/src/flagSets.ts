/**
 * Flag sets as bit masks of our own numbering: the same for every release, so that the routines can test them with
 * one operation. A release's own numbers come from its profile and appear only in outcomes (`hex`).
 */

/** Bits in the order in which the recordings list the names. */
export const FOLL = {
  WRITE: 1 << 0,
  TOUCH: 1 << 1,
  GET: 1 << 2,
  DUMP: 1 << 3,
  FORCE: 1 << 4,
  NOWAIT: 1 << 5,
  POPULATE: 1 << 6,
  SPLIT: 1 << 7,
  NOFAULT: 1 << 8,
  HWPOISON: 1 << 9,
  NUMA: 1 << 10,
  MIGRATION: 1 << 11,
  TRIED: 1 << 12,
  MLOCK: 1 << 13,
  REMOTE: 1 << 14,
  COW: 1 << 15,
  ANON: 1 << 16,
  LONGTERM: 1 << 17,
  SPLIT_PMD: 1 << 18,
  PIN: 1 << 19,
  FAST_ONLY: 1 << 20,
  PCI_P2PDMA: 1 << 21,
  INTERRUPTIBLE: 1 << 22,
  HONOR_NUMA_FAULT: 1 << 23,
  UNLOCKABLE: 1 << 24,
  MADV_POPULATE: 1 << 25,
  /** A bit that no release defines: passed to see whether a caller's unknown flags are refused. */
  UNKNOWN_30: 1 << 26,
} as const;

/** Order of the kernel's bits. */
export const FAULT = {
  WRITE: 1 << 0,
  MKWRITE: 1 << 1,
  ALLOW_RETRY: 1 << 2,
  RETRY_NOWAIT: 1 << 3,
  KILLABLE: 1 << 4,
  TRIED: 1 << 5,
  USER: 1 << 6,
  REMOTE: 1 << 7,
  INSTRUCTION: 1 << 8,
  INTERRUPTIBLE: 1 << 9,
  UNSHARE: 1 << 10,
  VMA_LOCK: 1 << 11,
} as const;

/** Order of the kernel's bits. */
export const VM_FAULT = {
  OOM: 1 << 0,
  SIGBUS: 1 << 1,
  MAJOR: 1 << 2,
  WRITE: 1 << 3,
  HWPOISON: 1 << 4,
  HWPOISON_LARGE: 1 << 5,
  SIGSEGV: 1 << 6,
  NOPAGE: 1 << 7,
  LOCKED: 1 << 8,
  RETRY: 1 << 9,
  DONE_COW: 1 << 10,
  COMPLETED: 1 << 11,
} as const;

/** VM_FAULT_ERROR of the kernel, of the modelled bits. */
export const VM_FAULT_ERROR =
  VM_FAULT.OOM | VM_FAULT.SIGBUS | VM_FAULT.SIGSEGV | VM_FAULT.HWPOISON | VM_FAULT.HWPOISON_LARGE;

/** One numbering: names to bits and back. Lists are shared and frozen, one per mask that occurred. */
export class FlagSet {
  readonly #bits: ReadonlyMap<string, number>;
  readonly #names: readonly (readonly [number, string])[];
  readonly #lists = new Map<number, readonly string[]>();

  /** `prefix` is put before a name in the lists and may be left out of names that are read. */
  constructor(
    numbering: Readonly<Record<string, number>>,
    readonly listPrefix: string,
    readonly kernelPrefix: string,
  ) {
    this.#bits = new Map(Object.entries(numbering));
    this.#names = Object.entries(numbering).map(([name, bit]) => [bit, name] as const);
  }

  /** The bit of a name, with or without the kernel's prefix; 0: no such name. */
  bit(name: string): number {
    const short = name.startsWith(this.kernelPrefix) ? name.slice(this.kernelPrefix.length) : name;
    return this.#bits.get(short) ?? 0;
  }

  /** Names of a mask, in the order of the recordings. */
  list(mask: number): readonly string[] {
    const known = this.#lists.get(mask);
    if (known !== undefined) return known;
    const list: string[] = [];
    for (const [bit, name] of this.#names) if ((mask & bit) !== 0) list.push(this.listPrefix + name);
    Object.freeze(list);
    this.#lists.set(mask, list);
    return list;
  }

  /** Bits and their full kernel names. */
  entries(): readonly (readonly [number, string])[] {
    return this.#names.map(([bit, name]) => [bit, this.kernelPrefix + name] as const);
  }
}

export const FOLL_SET = new FlagSet(FOLL, 'FOLL_', 'FOLL_');
export const FAULT_SET = new FlagSet(FAULT, '', 'FAULT_FLAG_');
export const VM_FAULT_SET = new FlagSet(VM_FAULT, '', 'VM_FAULT_');
