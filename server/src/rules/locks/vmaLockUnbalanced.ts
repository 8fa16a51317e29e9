/** The lock of a VMA is released twice, or not at all. */

import { calleeName, type FunctionAnalysis, FunctionResult } from '../../analysis/index.js';
import { guarded, lvalueAsWritten } from '../fixes.js';
import { defineRule, type Finding, type Fix } from '../rule.js';
import { type ReleaseWithoutLock, releasedAgain, releasesWithoutLock } from './lockBalance.js';
import { lockingFunctions } from './lockingFunctions.js';
import { mmapLockTakenUnderVmaLock, returnsWithLock } from './lockLeft.js';
import { VMA_UNLOCKS } from './lockNames.js';

export const vmaLockUnbalanced = defineRule({
  id: 'vma-lock-unbalanced',
  severity: 'error',
  releases: [{ since: '6.4' }],
  summary: 'The per-VMA lock is released twice, or still held on a way out.',
  why:
    'The VMA that lock_vma_under_rcu() returns is locked for read. Since 6.6 handle_mm_fault() has released it where the ' +
    'result has VM_FAULT_RETRY or VM_FAULT_COMPLETED: a vma_end_read() then takes the lock from another reader, or writes ' +
    'to a VMA that is freed. In 6.4 and 6.5 the caller releases it in every case.',
  remedy:
    'Since 6.6: `if (!(fault & (VM_FAULT_RETRY | VM_FAULT_COMPLETED))) vma_end_read(vma);`. In 6.4 and 6.5: ' +
    'vma_end_read(vma) whatever the result is. On every way out before the fault: vma_end_read(vma).',
  unreported:
    'A VMA that is given to a function named for its release, or to the caller; and in 6.4 and 6.5, where the fault leaves the lock held, a release after any of its results.',
  examples: [
    {
      release: '6.12',
      bad: `static vm_fault_t try_fault(struct mm_struct *mm, unsigned long address, unsigned int flags)
{
	struct vm_area_struct *vma;
	vm_fault_t fault;

	vma = lock_vma_under_rcu(mm, address);
	if (!vma)
		return VM_FAULT_RETRY;
	if (!(vma->vm_flags & VM_WRITE)) {
		vma_end_read(vma);
		return VM_FAULT_SIGSEGV;
	}
	fault = handle_mm_fault(vma, address, flags | FAULT_FLAG_VMA_LOCK, NULL);
	vma_end_read(vma);
	return fault;
}
`,
      good: `static vm_fault_t try_fault(struct mm_struct *mm, unsigned long address, unsigned int flags)
{
	struct vm_area_struct *vma;
	vm_fault_t fault;

	vma = lock_vma_under_rcu(mm, address);
	if (!vma)
		return VM_FAULT_RETRY;
	if (!(vma->vm_flags & VM_WRITE)) {
		vma_end_read(vma);
		return VM_FAULT_SIGSEGV;
	}
	fault = handle_mm_fault(vma, address, flags | FAULT_FLAG_VMA_LOCK, NULL);
	if (!(fault & (VM_FAULT_RETRY | VM_FAULT_COMPLETED)))
		vma_end_read(vma);
	return fault;
}
`,
    },
  ],
  related: ['gup-mmap-lock-missing', 'Documentation/mm/process_addrs.rst'],
  check({ file }) {
    return lockingFunctions(file).flatMap(fn => kept.of(fn, () => findingsIn(fn)));
  },
});

const kept = new FunctionResult<readonly Finding[]>();

function findingsIn(fn: FunctionAnalysis): readonly Finding[] {
  return [
    ...releasesWithoutLock(fn, VMA_UNLOCKS).map(found => {
      const by = calleeName(found.dropped) ?? '';
      const when = by === 'handle_mm_fault' ? ' with VM_FAULT_RETRY or VM_FAULT_COMPLETED' : '';
      const message = `the lock of the VMA is released here again: ${by}() has released it already${when}`;
      return { ...releasedAgain(found, message), fix: unlessDropped(fn, found) };
    }),
    ...heldOn(fn),
  ];
}

/** The result of the fault, where a variable has it, is asked before the release. */
function unlessDropped(fn: FunctionAnalysis, { call, dropped }: ReleaseWithoutLock): Fix | null {
  if (calleeName(dropped) !== 'handle_mm_fault') return null;
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'assignment' || element.node.right.start !== dropped.start) continue;
    const result = element.node.op === '=' ? lvalueAsWritten(fn, element.node.left) : null;
    if (result !== null) return guarded(fn, call, `!(${result} & (VM_FAULT_RETRY | VM_FAULT_COMPLETED))`);
  }
  return null;
}

/** The ways on which the lock is not released. */
function heldOn(fn: FunctionAnalysis): readonly Finding[] {
  const text = textOf(fn);
  if (TAKES_UNSEEN.test(text)) return [];
  const left = TAKES_LOCKED.test(text) ? [] : returnsWithLock(fn, ['vma'], VMA_UNLOCKS);
  const returned = left.map(({ at, taken }) => ({
    at,
    taken,
    message: `${fn.item.name}() returns here with the lock of the VMA held, which it releases elsewhere`,
  }));
  const goesOn = mmapLockTakenUnderVmaLock(fn).map(({ at, taken }) => ({
    at,
    taken,
    message: `${fn.item.name}() goes on from here to take mmap_lock, with the lock of the VMA still held, which it never releases then`,
  }));
  return [...returned, ...goesOn].map(({ at, taken, message }) => ({
    span: at,
    message,
    related: [{ span: taken, message: 'taken here' }],
    confidence: 'high' as const,
    fix: null,
  }));
}

/** A function that takes the lock in a way that is not followed. */
const TAKES_UNSEEN = /\bvma_start_read(?!_locked)|\bvm_lock\b/;

/** Taken under mmap_lock, which is then released: the function means to give the lock of the VMA to its caller. */
const TAKES_LOCKED = /\bvma_start_read_locked/;

function textOf({ file, item }: FunctionAnalysis): string {
  return file.text.slice(item.body.start, item.body.end);
}
