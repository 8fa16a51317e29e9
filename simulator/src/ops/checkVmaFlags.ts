/** check_vma_flags() of mm/gup.c: whether a walk may enter a mapping. */

import { EFAULT, EOPNOTSUPP } from '../errno.js';
import { FOLL } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { hasPageMkwrite, isVmHugetlbPage, type Vma, vmaIsAnonymous, vmaIsFsdax } from '../state/index.js';
import type { Op } from '../trace.js';
import { archVmaAccessPermitted } from './archVmaAccessPermitted.js';

/** 0, -EFAULT or -EOPNOTSUPP. In a COW mapping FOLL_FORCE makes a write possible where VM_MAYWRITE is set. */
export function* checkVmaFlags(machine: Machine, vma: Vma, gupFlags: number): Op<number> {
  const p2pdma = FOLL.LONGTERM | FOLL.PCI_P2PDMA;
  if (machine.behaviour.switches.longtermP2pdmaInVmaCheck && (gupFlags & p2pdma) === p2pdma) {
    yield {
      routine: 'check_vma_flags',
      text: '-EOPNOTSUPP: FOLL_LONGTERM with FOLL_PCI_P2PDMA',
      gup: gupFlags,
    };
    return -EOPNOTSUPP;
  }
  const { splitPmdRefusedOnHugetlb, longtermRefusesFsdaxFirst } = machine.behaviour.switches;
  if (longtermRefusesFsdaxFirst && vmaIsFsdax(vma) && (gupFlags & FOLL.LONGTERM) !== 0) {
    yield { routine: 'check_vma_flags', text: '-EOPNOTSUPP: FOLL_LONGTERM on fsdax', gup: gupFlags };
    return -EOPNOTSUPP;
  }
  if (splitPmdRefusedOnHugetlb && isVmHugetlbPage(vma) && (gupFlags & FOLL.SPLIT_PMD) !== 0) {
    yield { routine: 'check_vma_flags', text: '-EOPNOTSUPP: FOLL_SPLIT_PMD on hugetlb', gup: gupFlags };
    return -EOPNOTSUPP;
  }
  const refusal = refusalOf(machine, vma, gupFlags);
  yield {
    routine: 'check_vma_flags',
    text: refusal ?? 'the mapping allows the access',
    gup: gupFlags,
  };
  return refusal === null ? 0 : -EFAULT;
}

/** writable_file_mapping_allowed(): vma_needs_dirty_tracking() holds for a shared, writable mapping with page_mkwrite. */
function writableFileMappingAllowed(machine: Machine, vma: Vma, gupFlags: number): boolean {
  const longtermPin = FOLL.PIN | FOLL.LONGTERM;
  if (!machine.behaviour.switches.longtermWriteRefusedOnDirtyTracked) return true;
  if ((gupFlags & longtermPin) !== longtermPin) return true;
  return !(vma.shared && vma.write && hasPageMkwrite(vma));
}

function refusalOf(machine: Machine, vma: Vma, gupFlags: number): string | null {
  if (vma.io) return '-EFAULT: a VM_IO or VM_PFNMAP mapping has no pages to give';
  if ((gupFlags & FOLL.ANON) !== 0 && !vmaIsAnonymous(vma))
    return '-EFAULT: FOLL_ANON on a mapping of a file';
  if (vma.ops === 'secretmem') return '-EFAULT: secretmem pages are given to nobody';
  const write = (gupFlags & FOLL.WRITE) !== 0;
  const force = (gupFlags & FOLL.FORCE) !== 0;
  if (write && !vmaIsAnonymous(vma) && !writableFileMappingAllowed(machine, vma, gupFlags)) {
    return '-EFAULT: a long-term write pin of a mapping that tracks dirty pages';
  }
  if (write) {
    if (!vma.write && !force)
      return '-EFAULT: FOLL_WRITE on a mapping that is not writable, without FOLL_FORCE';
    if (!vma.write && isVmHugetlbPage(vma) && machine.behaviour.switches.hugetlbForceWriteRefused)
      return '-EFAULT: FOLL_FORCE does not write to hugetlb';
    if (!vma.write && vma.shared) return '-EFAULT: FOLL_FORCE does not write to a shared mapping';
    if (!vma.write && !vma.mayWrite) return '-EFAULT: FOLL_FORCE cannot write without VM_MAYWRITE';
  } else if (!vma.read) {
    if (!force) return '-EFAULT: the mapping is not readable, and FOLL_FORCE is not set';
    if (!vma.mayRead) return '-EFAULT: FOLL_FORCE cannot read without VM_MAYREAD';
  }
  if (!archVmaAccessPermitted(machine, vma, write, (gupFlags & FOLL.REMOTE) !== 0)) {
    return '-EFAULT: the protection key of the mapping forbids the access';
  }
  return null;
}
