/** A call for the own mm and another one for that of somebody else, where one does for both. */

import { type Profile, siteFunction } from '../../../../kernel/src/index.js';
import { type CallSite, type FunctionAnalysis, lvalueText, valueExpression } from '../../analysis/index.js';
import type { Conditional, Expression, If, Span } from '../../syntax/ast.js';
import { walk } from '../../syntax/index.js';
import { defineRule, type Finding, type RuleContext } from '../rule.js';

export const gupRemoteSplit = defineRule({
  id: 'gup-remote-split',
  severity: 'info',
  releases: [{ since: '5.6' }],
  summary: 'Memory of the own process is pinned by one call, that of another by a remote one; one would do.',
  why:
    'Up to v5.5 get_user_pages_remote() refused FOLL_LONGTERM, so that code which pins for long had to call get_user_pages() where mm was ' +
    'current->mm. What it calls otherwise is no long-term pin: such pages stay in ZONE_MOVABLE and CMA areas, which can then be neither ' +
    'unplugged nor allocated from, and nobody checks for DAX. Since v5.6 pin_user_pages_remote() takes FOLL_LONGTERM, and it takes the ' +
    'own mm as well.',
  remedy:
    'Call pin_user_pages_remote() for both, with FOLL_LONGTERM if the pins last, and NULL for `locked` up to v6.1. It does not ask whether the ' +
    'thread has the rights of a protection key, which the call for the own mm does: keep that if it matters.',
  unreported:
    'Releases whose remote function refuses the flags, a test of another mm than that of the call, and a call of a fast variant for the own process.',
  examples: [
    {
      release: '5.6',
      bad: `static int get_pfn(struct mm_struct *mm, unsigned long vaddr, unsigned int flags, struct page **page)
{
	int ret;

	down_read(&mm->mmap_sem);
	if (mm == current->mm)
		ret = pin_user_pages(vaddr, 1, flags | FOLL_LONGTERM, page, NULL);
	else
		ret = pin_user_pages_remote(NULL, mm, vaddr, 1, flags, page, NULL, NULL);
	up_read(&mm->mmap_sem);
	return ret;
}
`,
      good: `static int get_pfn(struct mm_struct *mm, unsigned long vaddr, unsigned int flags, struct page **page)
{
	int ret;

	down_read(&mm->mmap_sem);
	ret = pin_user_pages_remote(NULL, mm, vaddr, 1, flags | FOLL_LONGTERM, page, NULL, NULL);
	up_read(&mm->mmap_sem);
	return ret;
}
`,
    },
  ],
  related: ['gup-longterm-wrong-api', 'gup-missing-longterm'],
  check(context) {
    return context.file.functions.flatMap(fn => splitsOf(fn, context));
  },
});

/** A call on current->mm with mmap_lock held, as the remote one wants it; a fast or an unlocked one is another matter. */
const OWN: ReadonlySet<string> = new Set(['get_user_pages', 'pin_user_pages']);
const REMOTE: ReadonlySet<string> = new Set(['get_user_pages_remote', 'pin_user_pages_remote']);

function splitsOf(fn: FunctionAnalysis, context: RuleContext): Finding[] {
  const findings: Finding[] = [];
  if (!fn.sites.some(({ callee }) => REMOTE.has(callee))) return findings;
  walk(fn.ast, node => {
    if (node.kind === 'if' || node.kind === 'conditional') findings.push(...splitAt(node, fn, context));
    return true;
  });
  return findings;
}

function splitAt(node: If | Conditional, fn: FunctionAnalysis, { profile }: RuleContext): readonly Finding[] {
  const test = ownMmTest(node.test);
  if (test === null) return [];
  const [ownBranch, otherBranch] = test.equal ? [node.then, node.otherwise] : [node.otherwise, node.then];
  const own = onlySite(ownBranch, fn, OWN);
  const other = onlySite(otherBranch, fn, REMOTE);
  if (own === null || other === null || mmOf(other, fn, profile) !== test.mm) return [];
  const lost = isLongterm(own) && !mayBeLongterm(other);
  const message = lost
    ? `only the own mm is pinned with FOLL_LONGTERM; in Linux ${profile.release} ${remotePin(other)} takes it, and the own mm as well`
    : `${other.callee}() takes the own mm as well: the call of ${own.callee}() is not needed in Linux ${profile.release}`;
  const without = lost ? ', without FOLL_LONGTERM' : '';
  return [
    {
      span: { start: node.test.start, end: node.test.end },
      message,
      related: [
        { span: own.span, message: `${own.callee}() for the own mm` },
        { span: other.span, message: `${other.callee}() for that of another process${without}` },
      ],
      confidence: lost ? 'high' : 'medium',
      fix: null,
    },
  ];
}

function isLongterm({ flags }: CallSite): boolean {
  return flags?.must.includes('FOLL_LONGTERM') === true;
}

/** Also if the flags are not known, or come from elsewhere. */
function mayBeLongterm({ flags }: CallSite): boolean {
  return flags?.may.some(flag => flag === 'FOLL_LONGTERM' || flag.includes(':')) !== false;
}

/** Only a pin may be long-term since v5.10. */
function remotePin({ callee }: CallSite): string {
  return callee === 'pin_user_pages_remote' ? 'that call' : 'pin_user_pages_remote()';
}

/** `mm == current->mm`, either way round: the mm, and whether it is tested for being equal. */
function ownMmTest(test: Expression): { readonly mm: string; readonly equal: boolean } | null {
  const value = valueExpression(test);
  if (value.kind !== 'binary' || !['==', '!='].includes(value.op)) return null;
  const [left, right] = [value.left, value.right].map(side => lvalueText(valueExpression(side)));
  const mm = left === 'current->mm' ? right : right === 'current->mm' ? left : null;
  return typeof mm === 'string' ? { mm, equal: value.op === '==' } : null;
}

/** The only call of the family in a branch, if it is one of these. */
function onlySite(branch: Span | null, fn: FunctionAnalysis, of: ReadonlySet<string>): CallSite | null {
  const sites = fn.sites.filter(
    ({ span }) => branch !== null && branch.start <= span.start && span.end <= branch.end,
  );
  const [site] = sites;
  return site !== undefined && sites.length === 1 && of.has(site.callee) ? site : null;
}

/** The mm argument of the call, as written. */
function mmOf({ callee, span }: CallSite, fn: FunctionAnalysis, profile: Profile): string | null {
  const argument = fn.callAt(span.start)?.args[siteFunction(profile, callee)?.argument('mm') ?? -1];
  return argument === undefined ? null : lvalueText(valueExpression(argument));
}
