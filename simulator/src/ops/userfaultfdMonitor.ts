/** The userfaultfd monitor: what the other side does while a fault waits. Its plan has a letter per event. */

import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import { nonePte, PTE, type State, type Uffd, type Vma } from '../state.js';
import type { Op } from '../trace.js';
import { lruAddDrain, maybeMkwrite, mkPte, newAnonFolio, newShmemFolio } from './newFolio.js';

const MONITOR = 1;

/** UFFD_FEATURE_POISON */
const UFFD_FEATURE_POISON = 1 << 14;

/** Type of a PTE marker in a swap entry: the last there is (include/linux/swap.h). */
const SWP_PTE_MARKER = 31;

/**
 * Answers one event of `page`; returns when the waiter wakes up. `interruptible`: any signal ends the wait, otherwise
 * only SIGKILL.
 */
export function* userfaultfdMonitor(
  machine: Machine,
  vma: Vma,
  uffd: Uffd,
  page: number,
  interruptible: boolean,
): Op<void> {
  for (;;) {
    const letter = uffd.plan[uffd.used];
    if (letter === undefined)
      throw new NotModelled("the userfaultfd monitor's plan ends while a fault waits");
    uffd.used += 1;
    const { text, wakes } = act(machine, vma, letter, page, interruptible);
    yield { routine: 'monitor', text, task: MONITOR, page };
    if (wakes) return;
  }
}

interface Act {
  readonly text: string;
  readonly wakes: boolean;
}

function act(machine: Machine, vma: Vma, letter: string, page: number, interruptible: boolean): Act {
  const { state } = machine;
  switch (letter) {
    case 'C':
      fill(machine, vma, page, copiedFolio(machine, vma, page), mkPte(vma) | PTE.DIRTY | maybeMkwrite(vma));
      return { text: 'UFFDIO_COPY: fills the page', wakes: true };
    case 'Z':
      if (vma.shared) throw new NotModelled('UFFDIO_ZEROPAGE in shared memory');
      fill(machine, vma, page, state.zeroPage, mkPte(vma) | PTE.SPECIAL);
      return { text: 'UFFDIO_ZEROPAGE: maps the zero page', wakes: true };
    case 'W':
      return { text: 'UFFDIO_WAKE, and nothing else', wakes: true };
    case 'U':
      munmap(machine);
      return { text: 'munmap() of the region', wakes: true };
    case 'D':
      vma.uffd = null;
      return { text: 'UFFDIO_UNREGISTER', wakes: true };
    case 'P':
      return poison(machine, vma, page);
    case 'm':
      protectNone(vma, state);
      return { text: 'mprotect(PROT_NONE) of the region', wakes: false };
    case 'S':
      state.task.signal = true;
      return { text: 'sends SIGUSR1', wakes: interruptible };
    case 'K':
      state.task.sigkill = true;
      return { text: 'sends SIGKILL', wakes: true };
    default:
      throw new NotModelled(`the userfaultfd monitor's step ${JSON.stringify(letter)}`);
  }
}

function fill(machine: Machine, vma: Vma, page: number, folio: number, bits: number): void {
  const pte = machine.state.ptes[page];
  if (pte === undefined || pte.bits !== 0)
    throw new NotModelled('a userfaultfd answer for a page that is there');
  if (vma.uffd === null) throw new NotModelled('a userfaultfd answer after the region was unregistered');
  machine.state.pageTable = true;
  pte.folio = folio;
  pte.bits = bits;
}

/** The page that UFFDIO_COPY fills: of shared memory it goes into the page cache, of a private mapping it is anonymous. */
function copiedFolio(machine: Machine, vma: Vma, page: number): number {
  if (!vma.shared) return newAnonFolio(machine, 'monitor');
  const { state } = machine;
  const index = newShmemFolio(machine, 'monitor');
  const folio = state.folios[index];
  if (folio !== undefined) {
    folio.ref += 1;
    folio.map = 1;
  }
  state.pageCache[page] = index;
  return index;
}

/** UFFDIO_POISON, where release and descriptor have it. */
function poison(machine: Machine, vma: Vma, page: number): Act {
  const pte = machine.state.ptes[page];
  const able =
    machine.behaviour.switches.uffdPoison && ((vma.uffd?.features ?? 0) & UFFD_FEATURE_POISON) !== 0;
  if (!able) throw new NotModelled('UFFDIO_POISON where the descriptor does not have it');
  if (pte === undefined || pte.bits !== 0) throw new NotModelled('UFFDIO_POISON of a page that is there');
  pte.bits = PTE.SWAP;
  pte.swap = 'poison-marker';
  pte.swapType = SWP_PTE_MARKER;
  return { text: 'UFFDIO_POISON: leaves a poison marker', wakes: true };
}

/** munmap() by the monitor's thread: unmap_region() drains its CPU's folio batches, then the entries and tables go. */
function munmap(machine: Machine): void {
  const { state } = machine;
  lruAddDrain(machine);
  for (const folio of state.folios) {
    if (folio.batch === 'other-cpu') {
      folio.batch = 'none';
      folio.ref -= 1;
    }
  }
  state.ptes = state.ptes.map(pte => {
    const folio = state.folios[pte.folio];
    if (folio !== undefined && pte.folio !== state.zeroPage) {
      folio.map -= 1;
      folio.ref -= 1;
    }
    return nonePte();
  });
  state.pageTable = false;
  state.vma = null;
}

/** change_protection() to PROT_NONE: present entries keep page, dirty and accessed. */
function protectNone(vma: Vma, state: State): void {
  vma.read = false;
  vma.write = false;
  vma.exec = false;
  for (const pte of state.ptes) {
    if ((pte.bits & PTE.PRESENT) !== 0) pte.bits = (pte.bits & ~PTE.WRITE) | PTE.PROTNONE;
  }
}
