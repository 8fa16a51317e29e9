/** The result of a call that gets pages is thrown away. */

import { type PageCall, pagePathsOf } from '../../analysis/index.js';
import type { Call, FunctionAst } from '../../syntax/index.js';
import { walk } from '../../syntax/index.js';
import { defineRule } from '../rule.js';
import { calleeSpan } from './pageStory.js';

export const gupReturnIgnored = defineRule({
  id: 'gup-return-ignored',
  severity: 'error',
  releases: [{ since: '4.8' }],
  summary: 'The number of pages that a call got is not looked at.',
  why:
    'The result of get_user_pages*() and pin_user_pages*() says how many pages they got: fewer than asked for, or a ' +
    'negative errno. Without it nobody knows which elements of the array hold a page. Those behind the last page got hold ' +
    'what was there before, and releasing too few keeps user memory for ever.',
  remedy:
    'Keep the result in a signed variable (int or long), fail on a negative one, and use and release no more pages than it ' +
    'says. To fault pages in without getting them, pass NULL for the array, or call fault_in_readable() and its relatives.',
  unreported:
    'Calls without an array, which only fault pages in, and a single page whose pointer was NULL before a slow variant.',
  examples: [
    {
      bad: `static void peek(unsigned long uaddr, u8 *to)
{
	struct page *page;

	get_user_pages_fast(uaddr, 1, 0, &page);
	memcpy_from_page(to, page, offset_in_page(uaddr), 4);
	put_page(page);
}
`,
      good: `static void peek(unsigned long uaddr, u8 *to)
{
	struct page *page;

	if (get_user_pages_fast(uaddr, 1, 0, &page) != 1)
		return;
	memcpy_from_page(to, page, offset_in_page(uaddr), 4);
	put_page(page);
}
`,
    },
  ],
  related: ['gup-short-return-unchecked'],
  check({ file }) {
    return pagePathsOf(file)
      .calls()
      .filter(page => !page.through && page.pages !== null && !showsItself(page))
      .filter(page => isStatement(file.functionNamed(page.function)?.ast ?? null, page.call))
      .map(page => ({
        span: calleeSpan(page.call),
        message: `the result of ${page.callee}() is ignored: how many pages it got, or that it failed, is not known`,
        related: [],
        confidence: 'high' as const,
        fix: null,
      }));
  },
});

/** The slow variants write the pointer of a single page only if they got it: one that was NULL says the same. */
function showsItself(page: PageCall): boolean {
  return page.single && !/fast/.test(page.callee) && page.names.startsNull;
}

/** Whether a call is a statement of its own, perhaps cast to void. */
function isStatement(ast: FunctionAst | null, call: Call): boolean {
  if (ast === null) return false;
  let found = false;
  walk(ast, node => {
    if (node.kind !== 'expression-statement') return true;
    let inner = node.expression;
    while (inner.kind === 'cast') inner = inner.operand;
    // The tree may be of another reading than the call.
    if (inner.kind === 'call' && inner.callee.start === call.callee.start) found = true;
    return true;
  });
  return found;
}
