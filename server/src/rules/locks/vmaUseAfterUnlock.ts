/** A VMA is looked at after the lock is gone that kept it alive. */

import {
  calleeName,
  type FileAnalysis,
  type FunctionAnalysis,
  FunctionResult,
  staleVmaUses,
} from '../../analysis/index.js';
import { defineRule, type Finding } from '../rule.js';
import { lockingFunctions } from './lockingFunctions.js';

export const vmaUseAfterUnlock = defineRule({
  id: 'vma-use-after-unlock',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'A VMA is used after the lock was given up under which it was found.',
  why:
    'Once mmap_lock (or the lock of the VMA) is gone another thread may unmap, split or merge the VMA: what is read then ' +
    'is of another mapping, or of freed memory. A call that is given `locked`, and a fault that may be retried, give the ' +
    'lock up too, and so does a fault that a handler hands on: where filemap_fault() returns VM_FAULT_RETRY, vmf->vma may be gone.',
  remedy:
    'Copy what is needed of the VMA while the lock is held (and take a reference on vma->vm_file for the file), or look ' +
    'the VMA up again after the lock has been taken again.',
  unreported:
    'A pointer that is only compared or printed, members that were copied before, and a VMA that is looked up again.',
  examples: [
    {
      bad: `static int span_of(struct mm_struct *mm, unsigned long address, unsigned long *end)
{
	struct vm_area_struct *vma;

	mmap_read_lock(mm);
	vma = find_vma(mm, address);
	if (!vma || fixup_user_fault(mm, address, FAULT_FLAG_WRITE, NULL)) {
		mmap_read_unlock(mm);
		return -EFAULT;
	}
	mmap_read_unlock(mm);
	*end = vma->vm_end;
	return 0;
}
`,
      good: `static int span_of(struct mm_struct *mm, unsigned long address, unsigned long *end)
{
	struct vm_area_struct *vma;

	mmap_read_lock(mm);
	vma = find_vma(mm, address);
	if (!vma || fixup_user_fault(mm, address, FAULT_FLAG_WRITE, NULL)) {
		mmap_read_unlock(mm);
		return -EFAULT;
	}
	*end = vma->vm_end;
	mmap_read_unlock(mm);
	return 0;
}
`,
    },
  ],
  related: ['gup-mmap-lock-missing', 'Documentation/mm/process_addrs.rst'],
  check({ file }) {
    const locking = lockingFunctions(file);
    const handlers = faultHandlers(file).filter(fn => !locking.includes(fn));
    return [...locking, ...handlers].flatMap(fn => kept.of(fn, () => findingsIn(fn)));
  },
});

/** A fault is handed on, its result not returned at once, and a member of a VMA read behind it. */
const HANDED_ON =
  /(?<!\breturn\s+)(?:->\s*fault|\bfilemap_fault|\b__do_fault|\bdo_(?:read|cow|shared)_fault|\bhandle_userfault)\s*\([\s\S]*->\s*vm_\w/;

/** The functions that are given a fault and hand it on to what may drop the lock. */
function faultHandlers(file: FileAnalysis): readonly FunctionAnalysis[] {
  const { source } = file;
  return source.functions.flatMap(item => {
    if (item.alternative !== null) return [];
    const body = source.text.slice(item.body.start, item.body.end);
    if (!HANDED_ON.test(body)) return [];
    if (!/\bstruct\s+vm_fault\s*\*/.test(source.text.slice(item.start, item.body.start))) return [];
    return file.functionNamed(item.name) ?? [];
  });
}

const kept = new FunctionResult<readonly Finding[]>();

function findingsIn(fn: FunctionAnalysis): readonly Finding[] {
  return staleVmaUses(fn)
    .filter(({ dropped }) => calleeName(dropped) !== 'fixup_user_fault')
    .map(({ span, vma, dropped }) => ({
      span,
      message: `${vma} is used here, and the lock under which it was found is gone: it may be freed or another mapping's`,
      related: [
        {
          span: { start: dropped.callee.start, end: dropped.callee.end },
          message: `the lock is given up by ${calleeName(dropped)}()`,
        },
      ],
      confidence: 'high',
      fix: null,
    }));
}
