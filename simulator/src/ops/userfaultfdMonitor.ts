/** The userfaultfd monitor: what the other side does while a fault waits. Its plan has a letter per event. */

import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  entriesOf,
  hugePageStart,
  isVmHugetlbPage,
  type Mm,
  MONITOR_TASK,
  nonePte,
  PTE,
  type Pte,
  pmdAlloc,
  pteAlloc,
  pteNone,
  SWP_PTE_MARKER,
  type Uffd,
  type Vma,
  ZEROES,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { mfillAtomicContinue, mfillAtomicCopy, mfillAtomicZeropage } from './mfillAtomic.js';
import { munmap } from './munmap.js';
import { uffdWpResolve } from './uffdWpRange.js';

/** UFFD_FEATURE_EVENT_UNMAP: munmap() of the region waits until the monitor has read of it. */
const UFFD_FEATURE_EVENT_UNMAP = 1 << 6;

/** UFFD_FEATURE_POISON */
const UFFD_FEATURE_POISON = 1 << 14;

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
    const context = machine.state.uffds[uffd.index];
    const letter = uffd.plan[context?.used ?? 0];
    if (context === undefined || letter === undefined)
      throw new NotModelled("the userfaultfd monitor's plan ends while a fault waits");
    context.used += 1;
    const { text, wakes } = act(machine, vma, uffd, letter, page, interruptible);
    yield { routine: 'monitor', text, task: MONITOR_TASK, page };
    if (wakes) return;
  }
}

interface Act {
  readonly text: string;
  readonly wakes: boolean;
}

function act(
  waiter: Machine,
  vma: Vma,
  uffd: Uffd,
  letter: string,
  page: number,
  interruptible: boolean,
): Act {
  const machine = monitorOf(waiter);
  switch (letter) {
    case 'C':
      requireRegistered(vma);
      mfillAtomicCopy(machine, vma, page, ZEROES);
      return { text: 'UFFDIO_COPY: fills the page', wakes: true };
    case 'Z':
      requireRegistered(vma);
      mfillAtomicZeropage(machine, vma, page);
      return {
        text: `UFFDIO_ZEROPAGE: ${vma.shared ? 'fills the page with zeroes' : 'maps the zero page'}`,
        wakes: true,
      };
    case 'W':
      return { text: 'UFFDIO_WAKE, and nothing else', wakes: true };
    case 'U':
      if ((uffd.features & UFFD_FEATURE_EVENT_UNMAP) !== 0)
        throw new NotModelled('a monitor that unmaps the region and has to read the event of it itself');
      munmap(machine, uffd.start, uffd.end);
      return { text: 'munmap() of the region', wakes: true };
    case 'w': {
      requireRegistered(vma);
      const first = isVmHugetlbPage(vma) ? hugePageStart(page) : page;
      uffdWpResolve(machine, vma, first, first + 1);
      return { text: 'UFFDIO_WRITEPROTECT: takes the protection away', wakes: true };
    }
    case 'c':
      requireRegistered(vma);
      mfillAtomicContinue(machine, vma, page);
      return { text: 'UFFDIO_CONTINUE: maps the page of the page cache', wakes: true };
    case 'D':
      for (const each of vmasOf(machine.mm, uffd.start, uffd.end)) {
        uffdWpResolve(machine, each, each.start, each.end);
        each.uffd = null;
      }
      return { text: 'UFFDIO_UNREGISTER', wakes: true };
    case 'P':
      return poison(machine, vma, page);
    case 'm':
      protectNone(machine.mm, uffd.start, uffd.end);
      return { text: 'mprotect(PROT_NONE) of the region', wakes: false };
    case 'S':
      waiter.current.signal = true;
      return { text: 'sends SIGUSR1', wakes: interruptible };
    case 'K':
      waiter.current.sigkill = true;
      return { text: 'sends SIGKILL', wakes: true };
    default:
      throw new NotModelled(`the userfaultfd monitor's step ${JSON.stringify(letter)}`);
  }
}

function requireRegistered(vma: Vma): void {
  if (vma.uffd === null) throw new NotModelled('a userfaultfd answer after the region was unregistered');
}

/** UFFDIO_POISON, where release and descriptor have it. */
function poison(machine: Machine, vma: Vma, page: number): Act {
  const able =
    machine.behaviour.switches.uffdPoison && ((vma.uffd?.features ?? 0) & UFFD_FEATURE_POISON) !== 0;
  if (!able) throw new NotModelled('UFFDIO_POISON where the descriptor does not have it');
  const pte = isVmHugetlbPage(vma) ? hugePmdAlloc(machine.mm, page) : pteAlloc(machine.mm.pageTable, page);
  if (!pteNone(pte)) throw new NotModelled('UFFDIO_POISON of a page that is there');
  pte.bits = PTE.SWAP;
  pte.swap = 'poison-marker';
  pte.swapType = SWP_PTE_MARKER;
  return { text: 'UFFDIO_POISON: leaves a poison marker', wakes: true };
}

/** huge_pte_alloc() */
function hugePmdAlloc(mm: Mm, page: number): Pte {
  const pmd = pmdAlloc(mm.pageTable, page);
  pmd.huge ??= nonePte();
  return pmd.huge;
}

/** The monitor's thread at work on the mm of the task that waits. */
function monitorOf(waiter: Machine): Machine {
  const current = waiter.state.tasks[MONITOR_TASK];
  if (current === undefined) throw new NotModelled('a userfaultfd without its monitor');
  return { ...waiter, current };
}

function vmasOf(mm: Mm, start: number, end: number): Vma[] {
  return mm.vmas.filter(vma => vma.start < end && vma.end > start);
}

/** change_protection() to PROT_NONE: present entries keep page, dirty and accessed. */
function protectNone(mm: Mm, start: number, end: number): void {
  for (const vma of vmasOf(mm, start, end)) {
    vma.read = false;
    vma.write = false;
    vma.exec = false;
  }
  for (const pte of entriesOf(mm.pageTable, start, end)) {
    if ((pte.bits & PTE.PRESENT) !== 0) pte.bits = (pte.bits & ~PTE.WRITE) | PTE.PROTNONE;
  }
}
