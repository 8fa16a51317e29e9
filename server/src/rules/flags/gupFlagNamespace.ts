/** Flags of one kind where another kind is wanted. */

import { siteFunction } from '../../../../kernel/src/index.js';
import type { Span } from '../../syntax/ast.js';
import { defineRule, type Finding } from '../rule.js';
import { flagLeaves, functionOf } from './flagLeaves.js';

/** What a name stands for, by its prefix. */
const NAMESPACES: readonly { readonly prefix: RegExp; readonly what: string }[] = [
  { prefix: /^FOLL_[A-Z]/, what: 'a FOLL_ flag' },
  { prefix: /^FAULT_FLAG_[A-Z]/, what: 'a FAULT_FLAG_ flag' },
  { prefix: /^VM_FAULT_[A-Z]/, what: 'a result of a fault' },
  { prefix: /^VM_(?:READ|WRITE|EXEC|SHARED|MAY\w+|IO|PFNMAP|MIXEDMAP|LOCKED)$/, what: 'a flag of a VMA' },
  { prefix: /^PROT_(?:READ|WRITE|EXEC|NONE)$/, what: 'a protection of mmap()' },
  { prefix: /^MAP_(?:SHARED|PRIVATE|POPULATE|LOCKED)$/, what: 'a flag of mmap()' },
  { prefix: /^GFP_[A-Z]/, what: 'a flag of the page allocator' },
  { prefix: /^IOMMU_(?:READ|WRITE)$/, what: 'a flag of the IOMMU' },
  { prefix: /^VFIO_DMA_MAP_FLAG_[A-Z]/, what: 'a flag of VFIO' },
  { prefix: /^VHOST_ACCESS_(?:RO|WO|RW)$/, what: 'a permission of vhost' },
  { prefix: /^IB_ACCESS_[A-Z]/, what: 'an access right of RDMA' },
  { prefix: /^FMODE_(?:READ|WRITE)$/, what: 'a mode of an open file' },
  { prefix: /^O_(?:RDONLY|WRONLY|RDWR|ACCMODE)$/, what: 'a flag of open()' },
  { prefix: /^VERIFY_(?:READ|WRITE)$/, what: 'an argument of access_ok()' },
];

const WANTED = { FOLL: 'a FOLL_ flag', FAULT_FLAG: 'a FAULT_FLAG_ flag' } as const;

/** What a constant stands for by its name, if flags of the kernel begin so; null for any other name. */
export function kindOfFlag(name: string): string | null {
  return NAMESPACES.find(({ prefix }) => prefix.test(name))?.what ?? null;
}

export const gupFlagNamespace = defineRule({
  id: 'gup-flag-namespace',
  severity: 'error',
  releases: [{ since: '4.8' }],
  summary: 'A FAULT_FLAG_, VM_ or other flag is passed where FOLL_ flags are wanted, or the other way round.',
  why:
    'FOLL_, FAULT_FLAG_, VM_FAULT_ and VM_ flags are small integers of different meaning: the compiler takes one for the other. ' +
    'FAULT_FLAG_WRITE and FOLL_WRITE happen to have the same value; FAULT_FLAG_ALLOW_RETRY has that of another FOLL_ flag, which one ' +
    'depends on the release. The call asks for something else than is written.',
  remedy:
    'Pass flags of the kind that the function takes, and translate what you have: `(fault_flags & FAULT_FLAG_WRITE) ? FOLL_WRITE : 0`.',
  unreported:
    'A flag that is only asked for in a condition, one that is translated into a flag of the right kind, and flags of a caller.',
  examples: [
    {
      bad: `static long peek(unsigned long uaddr, struct page **pages)
{
	return get_user_pages_fast(uaddr, 1, FAULT_FLAG_WRITE, pages);
}
`,
      good: `static long peek(unsigned long uaddr, struct page **pages)
{
	return get_user_pages_fast(uaddr, 1, FOLL_WRITE, pages);
}
`,
    },
  ],
  related: ['gup-flag-type', 'gup-internal-flag'],
  check({ file, profile }) {
    const findings: Finding[] = [];
    for (const site of file.sites) {
      if (site.flags === null) continue;
      const fn = siteFunction(profile, site.callee);
      const argument = fn === null ? undefined : site.args[fn.argument('flags')];
      const inside = functionOf(file, site);
      if (argument === undefined || inside === null) continue;
      const wanted = WANTED[site.flags.namespace];
      for (const { node, through } of flagLeaves(inside, argument)) {
        const wrong = wrongName(node, wanted);
        if (wrong === null) continue;
        findings.push({
          span: wrong.span,
          message: `${wrong.name} is ${wrong.what}: ${site.callee}() takes ${site.flags.namespace}_ flags, and reads its value as another one`,
          related: through === null ? [] : [{ span: site.span, message: `passed to ${site.callee}() here` }],
          confidence: 'high',
          fix: null,
        });
      }
    }
    return findings;
  },
});

/** The constant in a leaf that is of another kind, also as the mask of `flags & CONSTANT`. */
function wrongName(
  node: Parameters<typeof flagLeaves>[1],
  wanted: string,
): { readonly name: string; readonly what: string; readonly span: Span } | null {
  if (node.kind === 'binary' && node.op === '&') {
    return wrongName(node.left, wanted) ?? wrongName(node.right, wanted);
  }
  if (node.kind !== 'identifier') return null;
  const what = kindOfFlag(node.name);
  if (what === null || what === wanted) return null;
  return { name: node.name, what, span: { start: node.start, end: node.end } };
}
