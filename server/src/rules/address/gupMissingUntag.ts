/** A tagged address is looked up among the VMAs as it is. */

import { siteFunction } from '../../../../kernel/src/index.js';
import { calleeName } from '../../analysis/index.js';
import type { Expression } from '../../syntax/ast.js';
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
const UNTAGS: ReadonlySet<string> = new Set(['untagged_addr', 'untagged_addr_remote']);

export const gupMissingUntag = defineRule({
  id: 'gup-missing-untag',
  severity: 'info',
  releases: [{ since: '5.4' }],
  summary: 'An address of user space is looked up with find_vma() and pinned, and its tag is not taken off.',
  why:
    'Since v5.4 user space of arm64, later of x86 and RISC-V too, may pass pointers with a tag in their upper bits. GUP takes it off, find_vma() does ' +
    'not: it finds no VMA, or the wrong one, for an address that get_user_pages() takes. The call works for some ' +
    'programs and fails for those that use tags.',
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
      const parameters = new Set(
        fn.ast.parameters.flatMap(({ name, type }) => (isAddress(type) ? [name] : [])),
      );
      for (const lookup of callsOf(fn, LOOKUPS)) {
        const address = nameOf(lookup.args[1]);
        if (address === null || !parameters.has(address)) continue;
        const site = sites.find(({ callee, args, span }) => {
          const known = siteFunction(profile, callee);
          // An address in another process was looked up by somebody before, who had to untag it.
          if (known === null || known.argument('mm') >= 0 || span.start < lookup.start) return false;
          const start = args[known.argument('start')];
          return start !== undefined && namesBehind(fn, start).has(address);
        });
        if (site === undefined) continue;
        findings.push({
          span: { start: lookup.callee.start, end: lookup.callee.end },
          message: `${calleeName(lookup) ?? 'the lookup'}() does not find \`${address}\` where it has a tag, which ${site.callee}() takes off: untag it first`,
          related: [{ span: site.span, message: `the same address goes to ${site.callee}() here` }],
          confidence: 'medium',
          fix: null,
        });
      }
    }
    return findings;
  },
});

/** A number that may be an address of user space. */
function isAddress(type: string): boolean {
  return /^(?:const )?(?:unsigned long|u64|__u64|uint64_t|uintptr_t)$/.test(type.trim());
}

function nameOf(node: Expression | undefined): string | null {
  if (node === undefined) return null;
  if (node.kind === 'cast') return nameOf(node.operand);
  if (node.kind === 'binary' && node.op === '&') return nameOf(node.left);
  return node.kind === 'identifier' ? node.name : null;
}
