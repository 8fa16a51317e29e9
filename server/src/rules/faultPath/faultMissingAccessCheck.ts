/** A fault that is handled without a look at what the VMA allows. */

import { calleeName, type FunctionAnalysis, flagTest } from '../../analysis/index.js';
import type { Call, Expression, Span } from '../../syntax/ast.js';
import { walkExpressions } from '../../syntax/index.js';
import { defineRule } from '../rule.js';
import { calleeSpan, faultFunctions, siteOf } from './faultCalls.js';

export const faultMissingAccessCheck = defineRule({
  id: 'fault-missing-access-check',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'A VMA is looked up and given to handle_mm_fault() without a look at vm_flags.',
  why:
    'The core does not check that the access is allowed: that is left to its callers. Without the check a write to a ' +
    'read-only mapping gets a page (since 6.2 a warning and VM_FAULT_SIGSEGV), and an access to a PROT_NONE mapping faults ' +
    'without end.',
  remedy:
    'Compare the access with vma->vm_flags before the fault: VM_WRITE for a write, VM_EXEC for a fetch, one of VM_READ, ' +
    'VM_WRITE and VM_EXEC for a read; fixup_user_fault() does so by itself.',
  unreported:
    'A fault with FAULT_FLAG_UNSHARE, which grants nothing. A VMA that the caller gives, or that a function finds which may have looked; and flags of the VMA that were copied and are looked at there.',
  examples: [
    {
      bad: `static int device_fault(struct mm_struct *mm, unsigned long address, bool write)
{
	unsigned int flags = FAULT_FLAG_REMOTE | (write ? FAULT_FLAG_WRITE : 0);
	struct vm_area_struct *vma;
	vm_fault_t fault = VM_FAULT_SIGSEGV;

	mmap_read_lock(mm);
	vma = vma_lookup(mm, address);
	if (vma)
		fault = handle_mm_fault(vma, address, flags, NULL);
	mmap_read_unlock(mm);
	return fault & VM_FAULT_ERROR ? -EFAULT : 0;
}
`,
      good: `static int device_fault(struct mm_struct *mm, unsigned long address, bool write)
{
	unsigned int flags = FAULT_FLAG_REMOTE | (write ? FAULT_FLAG_WRITE : 0);
	struct vm_area_struct *vma;
	vm_fault_t fault = VM_FAULT_SIGSEGV;

	mmap_read_lock(mm);
	vma = vma_lookup(mm, address);
	if (vma && (vma->vm_flags & (write ? VM_WRITE : VM_READ)))
		fault = handle_mm_fault(vma, address, flags, NULL);
	mmap_read_unlock(mm);
	return fault & VM_FAULT_ERROR ? -EFAULT : 0;
}
`,
    },
  ],
  related: ['fault-missing-user-flag'],
  check({ file }) {
    return faultFunctions(file).flatMap(({ fn, flow }) =>
      flow.calls.flatMap(call => {
        const [vma] = call.args;
        if (vma?.kind !== 'identifier' || onlyUnshares(fn, call)) return [];
        const lookup = lookupOf(fn, vma.name);
        if (lookup === null || isChecked(fn, vma.name)) return [];
        return [
          {
            span: calleeSpan(call),
            message: `nothing looks at ${vma.name}->vm_flags before ${calleeName(call)}(), which does not check the access itself`,
            related: [{ span: calleeSpan(lookup), message: 'the VMA is looked up here' }],
            confidence: 'high' as const,
            fix: null,
          },
        ];
      }),
    );
  },
});

/**
 * Whether a fault always comes with FAULT_FLAG_UNSHARE: it gives the task a page of its own and leaves what it may do with it
 * as it was, so that any VMA will do (mm/memory.c do_wp_page(), since 5.19).
 */
function onlyUnshares(fn: FunctionAnalysis, call: Call): boolean {
  return siteOf(fn, call)?.flags?.must.includes('FAULT_FLAG_UNSHARE') === true;
}

const LOOKUPS =
  /^(?:find_vma|vma_lookup|find_extend_vma|find_vma_intersection|lock_mm_and_find_vma|lock_vma_under_rcu)$/;

/** The call that a variable has its VMA from; null if it has one from elsewhere, or none. */
function lookupOf(fn: FunctionAnalysis, name: string): Call | null {
  let lookup: Call | null = null;
  for (const { element } of fn.cfg.elements()) {
    const value: Expression | null =
      element.kind === 'declare' && element.node.name === name
        ? element.node.init
        : element.kind === 'assignment' &&
            element.node.left.kind === 'identifier' &&
            element.node.left.name === name
          ? element.node.right
          : null;
    if (value === null) continue;
    if (value.kind !== 'call') {
      if (value.kind === 'identifier' && value.name === 'NULL') continue;
      return null;
    }
    if (LOOKUPS.test(calleeName(value) ?? '')) lookup = value;
    else if (calleeName(value) !== 'expand_stack') return null;
  }
  return lookup;
}

/** These are given the VMA and do not look at the access. */
const BLIND =
  /^(?:handle_mm_fault|vma_end_read|expand_stack|is_vm_hugetlb_page|vma_is_\w+|count_vm_\w+|trace_\w+|(?:un)?likely)$/;

/** Whether a mask of vm_flags says nothing of the access: whether the stack may grow, and what kind of mapping it is. */
function asksOther(mask: Expression): boolean {
  if (mask.kind === 'binary' && mask.op === '|') return asksOther(mask.left) && asksOther(mask.right);
  return (
    mask.kind === 'identifier' &&
    /^VM_(?:GROWS(?:DOWN|UP)|HUGETLB|IO|PFNMAP|MIXEDMAP|LOCKED|SHARED)$/.test(mask.name)
  );
}

/** Whether vm_flags is read anywhere in the function, or the VMA given to one that may do so. */
function isChecked(fn: FunctionAnalysis, name: string): boolean {
  let looked = false;
  const others: Span[] = [];
  walkExpressions(fn.ast.body, node => {
    const test = node.kind === 'binary' ? flagTest(node) : null;
    if (test !== null && asksOther(test.mask)) others.push(test.value);
    if (node.kind !== 'member' || !/^vm_(?:flags|page_prot|ops)$/.test(node.name)) return;
    if (others.some(({ start, end }) => start <= node.start && node.end <= end)) return;
    looked ||= node.object.kind === 'identifier' && node.object.name === name;
  });
  if (looked) return true;
  for (const { element } of fn.cfg.elements()) {
    if (element.kind === 'unknown' || element.kind === 'asm') return true;
    if (element.kind !== 'call' || BLIND.test(calleeName(element.node) ?? '')) continue;
    for (const argument of element.node.args) {
      walkExpressions(argument, node => {
        looked ||= node.kind === 'identifier' && node.name === name;
      });
    }
    if (looked) return true;
  }
  return false;
}
