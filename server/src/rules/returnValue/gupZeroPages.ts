/** A count that can be zero reaches a fast variant that does not expect it. */

import { type FileAnalysis, integerTypesOf, type PageCall, pagePathsOf } from '../../analysis/index.js';
import { copiedFromUser } from '../fromUser.js';
import { defineRule, type Finding } from '../rule.js';
import { isCheckedByCaller } from './checkedByCaller.js';
import { CountExpression } from './countExpression.js';
import { CountGuards } from './countGuards.js';
import { type CountSite, countSites } from './countSite.js';
import { leavesZero } from './leavesZero.js';
import { calleeSpan } from './pageStory.js';
import { hasUnseenCallers, namesUserSpace } from './unseenCallers.js';

export const gupZeroPages = defineRule({
  id: 'gup-zero-pages',
  severity: 'warning',
  releases: [{ since: '5.10' }],
  summary: 'A count that can be zero reaches a fast variant, which does not stop at an empty range.',
  why:
    'Until v5.9 get_user_pages_fast() returned 0 for a range that ends where it begins. Since v5.10 only an overflow is ' +
    'tested: with nr_pages 0 the lockless walk begins at an address that is its own end, and looks for the end behind it. It ' +
    'may write page pointers behind an array that has no elements. An upper limit on the length lets zero pass, and so do access_ok() and a test for alignment. Of a static function whose callers are not seen, and that cuts a length to whole pages, ' +
    'or has no pointer of user space and does not ask for the alignment of the address, this is advice only.',
  remedy:
    'Refuse an empty buffer before the number of pages is worked out (`if (!len) return -EINVAL;`), or test the number itself. ' +
    'A length that is shifted down without rounding up is zero for anything shorter than a page.',
  unreported:
    'A member, which is checked where it is filled; a length that a caller tests; a sum with the address; the slow variants, which stop at an empty range.',
  examples: [
    {
      release: '6.12',
      bad: `int map_whole(struct map *m, unsigned long uaddr, size_t len)
{
	int n = len >> PAGE_SHIFT;
	int got;

	got = pin_user_pages_fast(uaddr, n, FOLL_WRITE, m->pages);
	m->got = got > 0 ? got : 0;
	return got < 0 ? got : 0;
}
`,
      good: `int map_whole(struct map *m, unsigned long uaddr, size_t len)
{
	int n = len >> PAGE_SHIFT;
	int got;

	if (!n)
		return -EINVAL;
	got = pin_user_pages_fast(uaddr, n, FOLL_WRITE, m->pages);
	m->got = got > 0 ? got : 0;
	return got < 0 ? got : 0;
}
`,
    },
  ],
  related: ['gup-nr-pages-overflow', 'gup-page-count'],
  check({ file, profile }) {
    if (profile.switches.gupFastTestsEmptyRange) return [];
    return pagePathsOf(file)
      .calls()
      .filter(page => !page.through && page.request !== null && /_fast(?:_only)?$/.test(page.callee))
      .flatMap(page =>
        countSites(page, file)
          .flatMap(site => finding(page, site, file) ?? [])
          .slice(0, 1),
      );
  },
});

function finding(page: PageCall, site: CountSite, file: FileAnalysis): Finding | null {
  const count = new CountExpression(site);
  const parts = count.parts();
  const { name } = site.fn.item;
  if (parts === null || parts.lengths.size === 0 || parts.rounded === 'no' || parts.extra > 0) return null;
  // A sum that may wrap around is told by gup-nr-pages-overflow; a short length only adds nothing.
  if (parts.address && !(parts.sum && isNarrow(parts.lengths, name, file))) return null;
  if (!leavesZero(site, new Set([...parts.lengths, ...parts.through]))) return null;
  const [length = ''] = parts.lengths;
  // What a member may be is often checked where it is filled.
  const filledHere = copiedFromUser(site.fn).has(/^\w+/.exec(length)?.[0] ?? '');
  if (parts.offset || (/->|\./.test(length) && !filledHere)) return null;
  if (isCheckedByCaller(file, name, new Set([...parts.lengths, ...parts.through]))) return null;
  const cut = parts.rounded === 'down';
  return {
    span: calleeSpan(page.call),
    message: cut
      ? `${page.callee}() is asked for no page where ${length} is less than a page, and does not stop at an empty range`
      : `${page.callee}() is asked for no page where ${length} is 0, and does not stop at an empty range`,
    related: [{ span: parts.span, message: 'the number of pages is worked out here' }],
    confidence: 'medium',
    fix: null,
    // Whoever goes by whole pages, or neither has the pointer nor asks where it points, relies on somebody for it.
    ...(hasUnseenCallers(site.fn, file) && (cut || !isFirstToSee(site, count))
      ? { severity: 'info' as const }
      : {}),
  };
}

/** Whether a function is given the pointer of user space itself, or asks whether the address is aligned. */
function isFirstToSee(site: CountSite, count: CountExpression): boolean {
  return namesUserSpace(site.fn) || new CountGuards(site, count).asksForAlignment();
}

function isNarrow(lengths: ReadonlySet<string>, name: string, file: FileAnalysis): boolean {
  const types = integerTypesOf(file, name);
  return [...lengths].every(text => (types?.bitsOf(text) ?? 64) < 64);
}
