/** A state as a text: two states of one scenario have the same text if and only if they are equal. */

import type { File } from './file.js';
import { type Folio, ZEROES } from './folio.js';
import type { Mm } from './mm.js';
import type { MmapLock } from './mmapLock.js';
import { type PageTable, type Pte, pteNone } from './pageTable.js';
import type { State, UffdContext } from './state.js';
import type { SwapSlot } from './swap.js';
import type { Task } from './task.js';
import type { TaskSet } from './taskSet.js';
import type { Vma } from './vma.js';

/**
 * The state as a text, for comparison and as the key of a set. An entry that is stored and empty is the same as one that
 * is missing, and so is a page that is not cached. What a Driver and a Uffd say of themselves never changes and is left out.
 */
export function hashState(state: State): string {
  let text = `${state.zeroPage},${bit(state.movable)},${state.ptl}`;
  for (const mm of state.mms) text += `|M${mmText(mm)}`;
  for (const folio of state.folios) text += `|F${folioText(folio)}`;
  for (const task of state.tasks) text += `|T${taskText(task)}`;
  for (const file of state.files) text += `|C${fileText(file)}`;
  for (const uffd of state.uffds) text += `|U${uffdText(uffd)}`;
  for (const slot of state.slots) text += `|S${slotText(slot)}`;
  return text;
}

function bit(value: boolean): number {
  return value ? 1 : 0;
}

function mmText(mm: Mm): string {
  let text = `${mm.index},${mm.writeProtectSeq},${bit(mm.hasPinned)},${lockText(mm.mmapLock)}`;
  for (const vma of mm.vmas) text += `;v${vmaText(vma)}`;
  return `${text}${pageTableText(mm.pageTable)}`;
}

function lockText({ readers, writers, waiters }: MmapLock): string {
  let text = `${tasksText(readers)},${tasksText(writers)}`;
  for (const { task, mode } of waiters) text += `,${mode === 'read' ? 'r' : 'w'}${task}`;
  return text;
}

function vmaText(vma: Vma): string {
  const { start, end, ops, file, pgoff, pkey, uffd, driver, lockReaders } = vma;
  const bits =
    bit(vma.read) |
    (bit(vma.write) << 1) |
    (bit(vma.exec) << 2) |
    (bit(vma.mayRead) << 3) |
    (bit(vma.mayWrite) << 4) |
    (bit(vma.shared) << 5) |
    (bit(vma.io) << 6) |
    (bit(vma.locked) << 7) |
    (bit(vma.softDirty) << 8) |
    (bit(vma.growsDown) << 9) |
    (bit(vma.anonVma) << 10) |
    (bit(driver !== null) << 11) |
    (bit(vma.writeLocked) << 12) |
    (bit(vma.hugepage) << 13) |
    (bit(vma.dontFork) << 14) |
    (bit(vma.detached) << 15);
  return `${start},${end},${ops},${file},${pgoff},${bits},${pkey},${uffd?.index ?? -1},${tasksText(lockReaders)}`;
}

function tasksText(set: TaskSet): string {
  const members = Object.entries(set).filter(([, member]) => member);
  return members
    .map(([task]) => task)
    .sort()
    .join('+');
}

function pageTableText(table: PageTable): string {
  let text = '';
  for (const { index, huge, ptes } of table) {
    if (huge !== null && !pteNone(huge)) text += `;h${index}${pteText(huge)}`;
    if (ptes === null) continue;
    text += `;t${index}`;
    for (let slot = 0; slot < ptes.length; slot++) {
      const pte = ptes[slot];
      if (pte !== undefined && !pteNone(pte)) text += `,${slot}${pteText(pte)}`;
    }
  }
  return text;
}

function pteText({ bits, pfn, swap, swapType, slot }: Pte): string {
  return `:${bits},${pfn},${swap},${swapType},${slot}`;
}

function folioText(folio: Folio): string {
  const { bits, order, ref, map, entireMap, pincountField, batch, locked, pageBits, pageMap, contents } =
    folio;
  return `${bits},${order},${ref},${map},${entireMap},${pincountField},${batch},${locked}${sparse(pageBits, 0)};${sparse(pageMap, 0)}${contentsText(contents)}`;
}

function fileText({ pages, data, size, hole, faultCalls, mkwriteCalls }: File): string {
  return `${size},${bit(hole)},${faultCalls},${mkwriteCalls}${sparse(pages, -1)}${contentsText(data)}`;
}

function taskText({ index, mm, sigkill, signal, memallocPin, pkru }: Task): string {
  return `${index},${mm},${bit(sigkill) | (bit(signal) << 1) | (bit(memallocPin) << 2)},${pkru}`;
}

function uffdText({ used, waiters }: UffdContext): string {
  let text = `${used}`;
  for (const { task, page, read, woken } of waiters) text += `,${task}:${page}:${bit(read)}${bit(woken)}`;
  return text;
}

function slotText({ count, cache, contents }: SwapSlot): string {
  return `${count},${cache},${contents}`;
}

/** With its length each, so that no text is taken for several. */
function contentsText(contents: readonly string[]): string {
  let text = '';
  for (let index = 0; index < contents.length; index++) {
    const value = contents[index] ?? ZEROES;
    if (value !== ZEROES) text += `=${index}:${value.length}:${value}`;
  }
  return text;
}

/** The numbers that are not `nothing`, with their places. */
function sparse(numbers: readonly number[], nothing: number): string {
  let text = '';
  for (let index = 0; index < numbers.length; index++) {
    const value = numbers[index] ?? nothing;
    if (value !== nothing) text += `,${index}:${value}`;
  }
  return text;
}
