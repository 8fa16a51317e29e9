/** no_page_table() of mm/gup.c: what a hole means to the walk. */

import { EFAULT } from '../errno.js';
import { FOLL } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { hugePageStart, isVmHugetlbPage, linearPageIndex, type Vma, vmaIsAnonymous } from '../state/index.js';
import { fileOf } from './driverHandlers.js';

/** No page there: a fault is needed. */
export const NO_PAGE = -4096;

/** NO_PAGE; with FOLL_DUMP -EFAULT for a hole that a fault would fill with zeroes, so that a core dump leaves it out. */
export function noPageTable(machine: Machine, vma: Vma, page: number, flags: number): number {
  if ((flags & FOLL.DUMP) === 0) return NO_PAGE;
  if (isVmHugetlbPage(vma)) return hugetlbPagecachePresent(machine, vma, page) ? NO_PAGE : -EFAULT;
  return vmaIsAnonymous(vma) ? -EFAULT : NO_PAGE;
}

/** hugetlbfs_pagecache_present() */
export function hugetlbPagecachePresent(machine: Machine, vma: Vma, page: number): boolean {
  const index = linearPageIndex(vma, hugePageStart(page));
  return (fileOf(machine, vma).pages[index] ?? -1) >= 0;
}
