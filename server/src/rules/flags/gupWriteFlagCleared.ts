/** FOLL_WRITE is set, and lost before the call. */

import { siteFunction } from '../../../../kernel/src/index.js';
import type { CfgElement, FunctionAnalysis } from '../../analysis/index.js';
import type { Assignment, Expression, Span } from '../../syntax/ast.js';
import { namesIdentifier, spanOf } from '../../syntax/index.js';
import { defineRule, type Finding } from '../rule.js';

export const gupWriteFlagCleared = defineRule({
  id: 'gup-write-flag-cleared',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'FOLL_WRITE is put into the flags and overwritten before any call sees it.',
  why:
    'A plain assignment, or a mask that keeps other flags, throws away what was set before. The pages are then taken for reading, and what is ' +
    'written to them reaches the zero page, the page cache, or pages that other processes share.',
  remedy: 'Add with `|=`, take away with `&= ~`, and assign only first.',
  examples: [
    {
      bad: `static int hold(unsigned long uaddr, int n, bool write, struct page **pages)
{
	unsigned int flags = 0;

	if (write)
		flags |= FOLL_WRITE;
	flags = FOLL_HWPOISON;
	return get_user_pages_unlocked(uaddr, n, pages, flags);
}
`,
      good: `static int hold(unsigned long uaddr, int n, bool write, struct page **pages)
{
	unsigned int flags = FOLL_HWPOISON;

	if (write)
		flags |= FOLL_WRITE;
	return get_user_pages_unlocked(uaddr, n, pages, flags);
}
`,
    },
  ],
  related: ['gup-write-param-ignored', 'gup-flag-type'],
  check({ file, profile }) {
    const findings: Finding[] = [];
    for (const fn of file.functions) {
      for (const name of flagVariables(
        fn,
        callee => siteFunction(profile, callee)?.argument('flags') ?? -1,
      )) {
        for (const { set, lost } of lostWrites(fn, name)) {
          findings.push({
            span: spanOf(lost),
            message: `FOLL_WRITE is set in \`${name}\` and lost here, before any call sees it: use ${lost.op === '=' ? '`|=`' : '`&= ~` with the flag to take away'}`,
            related: [{ span: set, message: 'FOLL_WRITE is set here' }],
            confidence: 'high',
            fix: null,
          });
        }
      }
    }
    return findings;
  },
});

/** The variables of a function that are flags of a call. */
function flagVariables(fn: FunctionAnalysis, argument: (callee: string) => number): ReadonlySet<string> {
  const names = new Set<string>();
  if (!fn.complete) return names;
  for (const site of fn.sites) {
    const flags = site.args[argument(site.callee)];
    if (site.flags?.namespace === 'FOLL' && flags?.kind === 'identifier') names.add(flags.name);
  }
  return names;
}

/** Where `name |= FOLL_WRITE` is followed, on every path and before any use, by an assignment that throws it away. */
function lostWrites(fn: FunctionAnalysis, name: string): { readonly set: Span; readonly lost: Assignment }[] {
  const found: { readonly set: Span; readonly lost: Assignment }[] = [];
  for (const { element, at } of fn.cfg.elements()) {
    if (element.kind !== 'assignment') continue;
    const { left, op, right } = element.node;
    if (
      left.kind !== 'identifier' ||
      left.name !== name ||
      op !== '|=' ||
      !namesIdentifier(right, 'FOLL_WRITE')
    )
      continue;
    const lost = nextUse(fn, at.block, at.index + 1, name);
    if (lost !== null) found.push({ set: spanOf(element.node), lost });
  }
  return found;
}

/** The one assignment that all paths from here meet first of all that names the variable; null if they meet others. */
function nextUse(fn: FunctionAnalysis, block: number, index: number, name: string): Assignment | null {
  const met = new Set<Assignment>();
  const seen = new Set<number>();
  const work: { readonly block: number; readonly index: number }[] = [{ block, index }];
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    const elements = fn.cfg.blocks[at.block]?.elements.slice(at.index) ?? [];
    const use = elements.find(element => usesOrSets(element, name));
    if (use !== undefined) {
      const thrown = throwsAway(use, name);
      if (thrown === null) return null;
      met.add(thrown);
      continue;
    }
    for (const { to, label } of fn.cfg.blocks[at.block]?.out ?? []) {
      // A condition that looks at the flags is a use.
      if (label.kind === 'branch' && namesIdentifier(label.condition, name)) return null;
      if (to === fn.cfg.exit) return null;
      if (!seen.has(to)) work.push({ block: to, index: 0 });
      seen.add(to);
    }
  }
  const [only] = met;
  return met.size === 1 && only !== undefined ? only : null;
}

/** An assignment after which nothing is left of what the variable had of FOLL_WRITE. */
function throwsAway(element: CfgElement, name: string): Assignment | null {
  if (element.kind !== 'assignment') return null;
  const { left, op, right } = element.node;
  if (left.kind !== 'identifier' || left.name !== name || namesIdentifier(right, name)) return null;
  if (namesIdentifier(right, 'FOLL_WRITE')) return null;
  if (op === '=') return isOfFlags(right) ? element.node : null;
  return op === '&=' && isOfFlags(right) ? element.node : null;
}

/** FOLL_ constants and nothing else, so that it is certain what is kept. */
function isOfFlags(node: Expression): boolean {
  if (node.kind === 'binary') return node.op === '|' && isOfFlags(node.left) && isOfFlags(node.right);
  return (node.kind === 'identifier' && node.name.startsWith('FOLL_')) || node.kind === 'number';
}

function usesOrSets(element: CfgElement, name: string): boolean {
  if (element.kind === 'declare')
    return element.node.init !== null && namesIdentifier(element.node.init, name);
  return element.kind !== 'cleanup' && namesIdentifier(element.node, name);
}
