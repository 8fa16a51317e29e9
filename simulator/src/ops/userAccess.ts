/** A touch from user mode: the processor tries, and the kernel takes the page faults. */

import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  leafEntry,
  mappedPfn,
  PTE,
  type Pte,
  pageContents,
  pkruAllowsRead,
  pkruAllowsWrite,
  type Vma,
  vmaLookup,
  writePage,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { type ErrorCode, type FaultSignal, SEGV_MAPERR, SI_KERNEL, SIGSEGV } from './accessError.js';
import { doUserAddrFault } from './doUserAddrFault.js';

/** More faults than this on one touch: it never ends. */
const TOUCH_LIMIT = 1000;

export type AccessKind = 'read' | 'write' | 'exec';

/** What an access moves: a read sets `value` to what the page holds, a write makes the page hold it. */
export interface Data {
  value: string;
}

/**
 * One access to the page, repeated until the page table allows it (null) or it ends with a signal. `userMode`
 * false: the kernel's own copy to or from user space, where a signal stands for the exception table. `data` null: what is
 * read does not matter, and the same is written as is there.
 */
export function* userAccess(
  machine: Machine,
  page: number,
  kind: AccessKind,
  userMode: boolean,
  data: Data | null = null,
): Op<FaultSignal | null> {
  const { current, range } = machine;
  if (!range.canonicalAddress) {
    yield { routine: 'exc_general_protection', text: 'the address is not canonical: SIGSEGV', page };
    return { signal: SIGSEGV, siCode: SI_KERNEL };
  }
  if (range.gateArea && kind === 'exec')
    throw new NotModelled('a call into the vsyscall page, which is emulated');
  // fault_in_kernel_space() leaves the vsyscall page out: it is taken for an address that no vma has.
  if (!range.userAddress && !range.gateArea) {
    yield { routine: 'do_kern_addr_fault', text: 'no address of user space: SIGSEGV', page };
    return { signal: SIGSEGV, siCode: SEGV_MAPERR };
  }
  for (let touches = 0; touches < TOUCH_LIMIT; touches++) {
    const code = pageFault(machine, page, kind);
    if (code === null) {
      if (kind === 'exec') throw new NotModelled('what the instructions in an executable page do');
      if (data !== null) move(machine, page, kind, data);
      yield { routine: 'cpu', text: `the ${kind} succeeds`, page };
      return null;
    }
    const ended: FaultSignal | null = yield* doUserAddrFault(machine, page, code, userMode);
    if (ended !== null) return ended;
    if (!userMode) continue;
    if (current.sigkill)
      throw new NotModelled('what a task leaves behind that is killed while it touches memory');
    if (current.signal) {
      current.signal = false;
      yield {
        routine: 'arch_do_signal_or_restart',
        text: 'the handler of the signal runs; the touch is made again',
      };
    }
  }
  throw new NotModelled('a touch whose faults never end');
}

function move({ mm, state }: Machine, page: number, kind: AccessKind, data: Data): void {
  const pfn = mappedPfn(mm.pageTable, page);
  if (kind === 'write') writePage(state.folios, pfn, data.value);
  else data.value = pageContents(state.folios, pfn);
}

/** What the processor finds in the page table: null, with the accessed and dirty bits set, or its page fault. */
export function pageFault(machine: Machine, page: number, kind: AccessKind): ErrorCode | null {
  const pte = leafEntry(machine.mm.pageTable, page);
  const code = {
    write: kind === 'write',
    instruction: kind === 'exec',
    protection: false,
    protectionKey: false,
  };
  if (pte === null || (pte.bits & PTE.PRESENT) === 0 || (pte.bits & PTE.PROTNONE) !== 0) return code;
  const vma = vmaLookup(machine.mm, page);
  const protectionKey = keyForbids(machine, vma, kind);
  if (protectionKey || entryForbids(vma, pte, kind)) return { ...code, protection: true, protectionKey };
  pte.bits |= PTE.YOUNG | (kind === 'write' ? PTE.DIRTY : 0);
  return null;
}

/** An entry is executable where its vma is: no bit of its own is kept for it. */
function entryForbids(vma: Vma | null, pte: Pte, kind: AccessKind): boolean {
  if (kind === 'write') return (pte.bits & PTE.WRITE) === 0;
  return kind === 'exec' && vma?.exec !== true;
}

/** The rights in PKRU, which instruction fetches do not ask for. */
function keyForbids({ current }: Machine, vma: Vma | null, kind: AccessKind): boolean {
  if (kind === 'exec' || vma === null) return false;
  const allows = kind === 'write' ? pkruAllowsWrite : pkruAllowsRead;
  return !allows(current.pkru, vma.pkey);
}
