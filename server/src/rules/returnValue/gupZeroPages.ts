/** A count that can be zero reaches a fast variant that does not expect it. */

import { type FileAnalysis, integerTypesOf, type PageCall, pagePathsOf } from '../../analysis/index.js';
import { copiedFromUser } from '../fromUser.js';
import { defineRule, type Finding } from '../rule.js';
import { isCheckedByCaller } from './checkedByCaller.js';
import { CountExpression } from './countExpression.js';
import { CountGuards } from './countGuards.js';
import { type CountSite, countSites } from './countSite.js';
import { emptyBuffer, valueFor } from './countValue.js';
import { firstPageUsed } from './firstPageUsed.js';
import { leavesZero } from './leavesZero.js';
import { calleeSpan } from './pageStory.js';
import { hasUnseenCallers, namesUserSpace } from './unseenCallers.js';

export const gupZeroPages = defineRule({
  id: 'gup-zero-pages',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary:
    'A count that can be zero reaches a fast variant, which does not stop there, or the first of no pages is used.',
  why:
    'Until v5.9 get_user_pages_fast() returned 0 for a range that ends where it begins. Since v5.10 only an overflow is ' +
    'tested: with nr_pages 0 the lockless walk begins at an address that is its own end, and looks for the end behind it. It ' +
    'may write page pointers behind an array that has no elements. An upper limit on the length lets zero pass, and so do access_ok() and tests for alignment, or of the end for a wrap around. ' +
    'The other variants, and those of older releases, return 0: as many as were asked for, after which the first page is used although there is none. ' +
    'Of a static function whose callers are not seen, that does not look at the length itself, and that cuts it to whole pages, ' +
    'or has no pointer of user space and does not ask for the alignment of the address, this is advice only; so it is of a range that only access_ok() has looked at.',
  remedy:
    'Refuse an empty buffer before the number of pages is worked out (`if (!len) return -EINVAL;`), or test the number itself. ' +
    'A length that is shifted down without rounding up is zero for anything shorter than a page.',
  unreported:
    'A member, which is checked where it is filled; a length that a caller tests; a sum with the address or the offset in a function that asks nothing of either; a call that stops at an empty range, where the first page is not used by name.',
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
    const stops = (callee: string): boolean =>
      profile.switches.gupFastTestsEmptyRange || !/_fast(?:_only)?$/.test(callee);
    return pagePathsOf(file)
      .calls()
      .filter(page => !page.through && page.request !== null && !page.single)
      .flatMap(page =>
        countSites(page, file)
          .flatMap(site => finding(page, site, file, stops(page.callee)) ?? [])
          .slice(0, 1),
      );
  },
});

function finding(page: PageCall, site: CountSite, file: FileAnalysis, stops: boolean): Finding | null {
  const count = new CountExpression(site);
  const parts = count.parts();
  const { name } = site.fn.item;
  if (parts === null || parts.lengths.size === 0) return null;
  const nothing = emptyBuffer(parts.lengths);
  if (valueFor(count, site.request, nothing) !== 0n) return null;
  const texts = new Set([...parts.lengths, ...parts.through]);
  const [length = ''] = parts.lengths;
  const filledHere = copiedFromUser(site.fn).has(/^\w+/.exec(length)?.[0] ?? '');
  if (parts.rounded === 'no' && !filledHere) return null;
  const guards = new CountGuards(site, count);
  // Who looks at the length, or where it ends, is who has it from somebody that may give any.
  const { wrapTested, wrapCompared } = guards.guardsOf(texts);
  const isValidated = wrapCompared || guards.guardsOf(parts.lengths).bounded;
  // A sum that may wrap around is told by gup-nr-pages-overflow; a short length only adds nothing.
  const isPlain = !parts.address || isNarrow(parts.lengths, name, file);
  if (!(isValidated || wrapTested || isPlain)) return null;
  if (parts.offset && !isValidated) return null;
  if (!leavesZero(site, count, nothing, texts)) return null;
  // What a member may be is often checked where it is filled.
  if (/->|\./.test(length) && !filledHere) return null;
  if (isCheckedByCaller(file, name, texts)) return null;
  const used = stops ? firstPageUsed(page, site, count, nothing) : null;
  if (stops && used === null) return null;
  const cut = parts.rounded === 'down';
  return {
    span: calleeSpan(page.call),
    message:
      `${page.callee}() is asked for no page where ${length} is ${cut ? 'less than a page' : '0'}, and ` +
      (used === null ? 'does not stop at an empty range' : 'gets none, but the first is used'),
    related: [
      { span: parts.span, message: 'the number of pages is worked out here' },
      ...(used === null ? [] : [{ span: used, message: 'the first page is used here' }]),
    ],
    confidence: 'medium',
    fix: null,
    // Whoever goes by whole pages, or neither has the pointer nor asks where it points, relies on somebody for it.
    ...(!isValidated &&
    (!isPlain || (hasUnseenCallers(site.fn, file) && (cut || !isFirstToSee(site, guards))))
      ? { severity: 'info' as const }
      : {}),
  };
}

/** Whether a function is given the pointer of user space itself, or asks whether the address is aligned. */
function isFirstToSee(site: CountSite, guards: CountGuards): boolean {
  return namesUserSpace(site.fn) || guards.asksForAlignment();
}

function isNarrow(lengths: ReadonlySet<string>, name: string, file: FileAnalysis): boolean {
  const types = integerTypesOf(file, name);
  return [...lengths].every(text => (types?.bitsOf(text) ?? 64) < 64);
}
