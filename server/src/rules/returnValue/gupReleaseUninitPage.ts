/** Pages are released that the call did not get. */

import type { PageCall, ReleaseEvent, UseEvent } from '../../analysis/index.js';
import type { Span } from '../../syntax/index.js';
import { defineRule } from '../rule.js';
import {
  calleeSpan,
  eventsOf,
  failureOf,
  followedCalls,
  gotHere,
  isFailure,
  oncePerPlace,
  turnedHere,
} from './pageStory.js';

export const gupReleaseUninitPage = defineRule({
  id: 'gup-release-uninit-page',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'Pages are released that were not got: after a failure, or beyond a short count.',
  why:
    'Where the call failed, the page pointer was not written, or, by the fast variants, written without a reference; behind ' +
    'a short count the array holds what was there before. Releasing such a page follows a wild pointer, or drops a reference ' +
    'that somebody else holds: the page is freed while it is in use.',
  remedy:
    'Release exactly as many pages as the call returned, and none if it failed. Let the label that releases see the result, ' +
    'not the number asked for: `nr_pages = got;` before the jump. Do not take a page pointer that is not NULL for success.',
  unreported:
    'Elements that are compared with NULL in an array that was zeroed, and a pointer that was NULL before a slow variant, which leaves it alone when it fails.',
  examples: [
    {
      bad: `static u64 phys_of(unsigned long uaddr)
{
	struct page *page = NULL;
	u64 phys = 0;

	if (get_user_pages_fast(uaddr, 1, 0, &page) == 1)
		phys = page_to_phys(page);
	if (page)
		put_page(page);
	return phys;
}
`,
      good: `static u64 phys_of(unsigned long uaddr)
{
	struct page *page;
	u64 phys = 0;

	if (get_user_pages_fast(uaddr, 1, 0, &page) == 1) {
		phys = page_to_phys(page);
		put_page(page);
	}
	return phys;
}
`,
    },
  ],
  related: ['gup-short-return-unchecked', 'gup-double-release'],
  check({ file }) {
    return followedCalls(file).flatMap(page => {
      const wrong = eventsOf(page, 'release').filter(event => wasNotGot(page, event));
      return oncePerPlace(wrong, place).map(event => ({
        span: place(event),
        message: event.beforeCall
          ? `${event.callee}() releases ${page.names.owner === 'page' ? 'a page' : 'pages'} that ${page.callee}() was not called for on this path`
          : event.outcome === 'short'
            ? `${nameOf(event)}() releases as many pages as were asked for, though ${page.callee}() may have got fewer`
            : `${nameOf(event)}() releases ${page.single ? 'a page' : 'pages'} although ${failureOf(page)}`,
        related: [
          ...gotHere(page),
          ...turnedHere(event),
          ...(event.through === null ? [] : [{ span: calleeSpan(event.call), message: 'released here' }]),
        ],
        confidence: 'high' as const,
        fix: null,
      }));
    });
  },
});

function place(event: ReleaseEvent): Span {
  return calleeSpan(event.through ?? event.call);
}

function nameOf(event: ReleaseEvent): string {
  const callee = event.through?.callee;
  return callee?.kind === 'identifier' ? callee.name : event.callee;
}

/** Whether a use only marks the pages dirty in the loop that releases them. */
function isMarkedBefore({ call, callee }: UseEvent, { loop }: ReleaseEvent): boolean {
  if (loop === null || !/dirty/i.test(callee)) return false;
  return loop.start <= call.start && call.end <= loop.end;
}

function wasNotGot(page: PageCall, event: ReleaseEvent): boolean {
  if (event.mistaken !== null || event.guard === 'flag') return false;
  // Who never looks at the result is told that; releasing is only the last of what goes wrong.
  const unchecked = eventsOf(page, 'use').some(
    use =>
      use.outcome === event.outcome &&
      (isFailure(use) || use.requested) &&
      !(event.turn !== null && isMarkedBefore(use, event)),
  );
  if (unchecked) return false;
  // A test of what was never written tells nothing.
  const guarded = event.guard !== null && event.guard !== 'other' && !page.names.raw;
  if (event.outcome === 'short') return event.count === 'request' && event.fate === 'held' && !guarded;
  if (!isFailure(event) || event.fate !== 'none') return false;
  // Of a call for a part of an array one page may be of the part that another call got.
  if (event.count === 'one' && page.names.part) return false;
  if (event.count !== 'one' && event.count !== 'request') return false;
  return !guarded || page.names.owner === 'page';
}
