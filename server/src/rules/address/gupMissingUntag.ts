/** A tagged address is looked up among the VMAs as it is. */

import { siteFunction } from '../../../../kernel/src/index.js';
import { calleeName, type FunctionAnalysis, lvalueText, valueExpression } from '../../analysis/index.js';
import type { Expression } from '../../syntax/ast.js';
import { walkExpressions } from '../../syntax/index.js';
import { assignedTo } from '../assignments.js';
import { defineRule, type Finding } from '../rule.js';
import { callsOf, functionsWithPages, namesBehind } from './startOf.js';

/** Look up a VMA by its second argument. */
const LOOKUPS: ReadonlySet<string> = new Set([
  'find_vma',
  'find_vma_intersection',
  'find_extend_vma',
  'vma_lookup',
  'find_exact_vma',
]);
/** Members that hold an address of user space. */
const ADDRESS_MEMBER = /^(?:u|user|b|v|virt|base|start)?_?(?:addr(?:ess)?|ptr|va|vaddr)$/;
/** An address that KVM took from a memory slot, which it has checked. */
const HARDWARE = /^hva$/;
/** Cut an address to its page as a mask does. */
const ROUNDS: ReadonlySet<string> = new Set(['rounddown', 'round_down', 'ALIGN_DOWN', 'PAGE_ALIGN_DOWN']);
const UNTAGS: ReadonlySet<string> = new Set(['untagged_addr', 'untagged_addr_remote']);

export const gupMissingUntag = defineRule({
  id: 'gup-missing-untag',
  severity: 'warning',
  releases: [{ since: '5.4' }],
  summary: 'An address of user space is looked up with find_vma() and pinned, and its tag is not taken off.',
  why:
    'Since v5.4 user space of arm64, later of x86 and RISC-V too, may pass pointers with a tag in their upper bits. GUP takes it off, find_vma() does ' +
    'not: it finds no VMA, or the wrong one, for an address that get_user_pages() takes. The call works for some ' +
    'programs and fails for those that use tags. For an mm that is not current->mm this is advice only: the address may come from a ' +
    'device, which has taken the tag off.',
  remedy:
    'Call `addr = untagged_addr(addr)` before the lookup; for another process untagged_addr_remote(mm, addr).',
  examples: [
    {
      release: '6.12',
      bad: `static long hold(unsigned long addr, int n, struct page **pages)
{
	struct mm_struct *mm = current->mm;
	long got = -EFAULT;

	mmap_read_lock(mm);
	if (find_vma(mm, addr))
		got = pin_user_pages(addr, n, FOLL_WRITE, pages);
	mmap_read_unlock(mm);
	return got;
}
`,
      good: `static long hold(unsigned long addr, int n, struct page **pages)
{
	struct mm_struct *mm = current->mm;
	long got = -EFAULT;

	addr = untagged_addr(addr);
	mmap_read_lock(mm);
	if (find_vma(mm, addr))
		got = pin_user_pages(addr, n, FOLL_WRITE, pages);
	mmap_read_unlock(mm);
	return got;
}
`,
    },
  ],
  related: ['gup-missing-access-ok'],
  check({ file, profile, path }) {
    // The kernel's own mm/ and fault handlers have addresses that were untagged on their way.
    if (path !== undefined && /(^|\/)(?:mm|kernel)\//.test(path)) return [];
    const findings: Finding[] = [];
    for (const { fn, sites } of functionsWithPages(file.functions)) {
      if (callsOf(fn, UNTAGS).length > 0) continue;
      for (const lookup of callsOf(fn, LOOKUPS)) {
        const [mm, where] = lookup.args;
        const address = where === undefined ? null : userAddress(fn, where);
        if (mm === undefined || address === null) continue;
        const site = sites.find(({ callee, args, span }) => {
          const known = siteFunction(profile, callee);
          // An address in another process was looked up by somebody before, who had to untag it.
          if (known === null || known.argument('mm') >= 0 || span.start < lookup.start) return false;
          const start = args[known.argument('start')];
          return start !== undefined && placesBehind(fn, start).has(address);
        });
        if (site === undefined) continue;
        // What is looked up for somebody else may come from the hardware, which has taken the tag off.
        const own = isCurrentMm(fn, mm) && !HARDWARE.test(address);
        findings.push({
          span: { start: lookup.callee.start, end: lookup.callee.end },
          message: `${calleeName(lookup) ?? 'the lookup'}() does not find \`${address}\` where it has a tag, which ${site.callee}() takes off: untag it first`,
          related: [{ span: site.span, message: `the same address goes to ${site.callee}() here` }],
          confidence: 'medium',
          fix: null,
          severity: own ? 'warning' : 'info',
        });
      }
    }
    return findings;
  },
});

/** Whether an expression is the mm of the task that runs, written out or in a variable that is nothing else. */
function isCurrentMm(fn: FunctionAnalysis, mm: Expression): boolean {
  if (lvalueText(mm) === 'current->mm') return true;
  if (mm.kind !== 'identifier' || fn.ast.parameters.some(({ name }) => name === mm.name)) return false;
  const values = assignedTo(fn, mm.name);
  return values.length > 0 && values.every(value => lvalueText(value) === 'current->mm');
}

/**
 * The parameter, the member or the variable that a looked up address is in as user space gave it, whole or cut to its page; null where
 * that is not to be seen.
 */
function userAddress(fn: FunctionAnalysis, where: Expression): string | null {
  const value = unmasked(where);
  const place = lvalueText(value);
  if (value.kind === 'member')
    return ADDRESS_MEMBER.test(value.name) && !/\bvma\b/.test(place ?? '') ? place : null;
  if (value.kind !== 'identifier') return null;
  const parameter = fn.ast.parameters.find(({ name }) => name === value.name);
  if (parameter !== undefined) return isAddress(parameter.type) ? value.name : null;
  const values = assignedTo(fn, value.name);
  const given = values.length === 1 && values[0] !== undefined ? unmasked(values[0]) : null;
  return given !== null && given.kind !== 'call' && userAddress(fn, given) !== null ? value.name : null;
}

/** The variables and members that a value is worked out from. */
function placesBehind(fn: FunctionAnalysis, value: Expression): ReadonlySet<string> {
  const places = new Set(namesBehind(fn, value));
  for (const from of [value, ...[...places].flatMap(name => assignedTo(fn, name))]) {
    walkExpressions(from, inner => {
      const text = inner.kind === 'member' ? lvalueText(inner) : null;
      if (text !== null) places.add(text);
    });
  }
  return places;
}

/** A number that may be an address of user space. */
function isAddress(type: string): boolean {
  return /^(?:const )?(?:unsigned long|u64|__u64|uint64_t|uintptr_t)$/.test(type.trim());
}

/** Without casts, and without the mask that cuts an address to its page. */
function unmasked(node: Expression): Expression {
  const value = valueExpression(node);
  if (value.kind === 'binary' && value.op === '&') return unmasked(value.left);
  const [first] = value.kind === 'call' && ROUNDS.has(calleeName(value) ?? '') ? value.args : [];
  return first === undefined ? value : unmasked(first);
}
