/** The faults of a run as its trace tells them: what each returned, and what became of the lock meanwhile. */

import type { ModelledSimulation, TraceStep } from '../../simulator/src/index.js';

export interface SeenFault {
  readonly flags: readonly string[];
  readonly result: readonly string[];
  /** The lock that it ran under: that of the vma, mmap_lock, or none (get_dump_page() up to v5.9). */
  readonly under: 'vma' | 'mmap' | 'none';
  /** That lock was given up at some time between entering and returning. */
  readonly dropped: boolean;
  /** That lock is not held on return. */
  readonly gone: boolean;
}

/** Every fault that was entered and has returned; of a call by another (hugetlb_fault()) both. */
export function faultsOf({ trace }: ModelledSimulation): SeenFault[] {
  const faults: SeenFault[] = [];
  const open: number[] = [];
  trace.forEach((step, index) => {
    if (step.task !== 0 || (step.routine !== 'handle_mm_fault' && step.routine !== 'hugetlb_fault')) return;
    if (step.text === 'enters') open.push(index);
    else if (step.text.startsWith('returns ')) {
      const entered = open.pop();
      if (entered !== undefined) faults.push(seenFault(trace.slice(entered, index + 1)));
    }
  });
  return faults;
}

function seenFault(steps: readonly TraceStep[]): SeenFault {
  const flags = steps[0]?.faultFlags ?? [];
  const own = steps.filter(step => step.task === 0);
  const result = (own.at(-1)?.text ?? '').slice('returns '.length).split('|');
  if (flags.includes('VMA_LOCK')) {
    const dropped = own.some(step => step.routine === 'vma_end_read');
    return { flags, result, under: 'vma', dropped, gone: dropped };
  }
  if (own[0]?.lock === 'none') return { flags, result, under: 'none', dropped: false, gone: false };
  const dropped = own.some(step => step.lock === 'none');
  return { flags, result, under: 'mmap', dropped, gone: own.at(-1)?.lock === 'none' };
}

/** What the result says by the rule: RETRY, unless it may not wait, and COMPLETED mean that the lock is gone. */
export function saysGone({ flags, result }: SeenFault): boolean {
  return result.includes('COMPLETED') || (result.includes('RETRY') && !flags.includes('RETRY_NOWAIT'));
}
