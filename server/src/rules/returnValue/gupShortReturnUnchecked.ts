/** Pages are used as if all had been got, though the call may have failed or got fewer. */

import type { ExitEvent, FileAnalysis, PageCall, PageEvent } from '../../analysis/index.js';
import { type Span, spanOf } from '../../syntax/index.js';
import { defineRule, type Finding } from '../rule.js';
import { asksEach } from './askedElements.js';
import { calleeSpan, eventsOf, failureOf, followedCalls, isFailure } from './pageStory.js';

/** What shows that a result was not looked at: where, and in words. */
interface Evidence {
  readonly at: Span;
  readonly outcome: PageEvent['outcome'];
  readonly what: string;
}

export const gupShortReturnUnchecked = defineRule({
  id: 'gup-short-return-unchecked',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'Pages are used as if the call had got all of them, though it may have failed or got fewer.',
  why:
    'All get_user_pages*() and pin_user_pages*() return a negative errno, or the number of pages got, which may be smaller than ' +
    'what was asked for: at the end of a mapping, at a hole, after a signal. Elements of the array behind that number were ' +
    'not written. Who uses them reads an uninitialised pointer, or a page that belongs to somebody else by now.',
  remedy:
    'Compare the result with the number asked for before any page is used. On a short count release what was got and fail, ' +
    'or go on with the smaller number and nothing else. For a single page `!= 1` covers both.',
  unreported:
    'A result that is given to a function which may look at it; a single page, where the release returns it or an error; a loop that uses the count; elements that are asked for NULL, in an array that was not left uninitialised.',
  examples: [
    {
      bad: `static int flush_user(unsigned long uaddr, int n, struct page **pages)
{
	int i, got;

	got = get_user_pages_fast(uaddr, n, FOLL_WRITE, pages);
	if (got < 0)
		return got;
	for (i = 0; i < n; i++) {
		flush_dcache_page(pages[i]);
		set_page_dirty_lock(pages[i]);
		put_page(pages[i]);
	}
	return 0;
}
`,
      good: `static int flush_user(unsigned long uaddr, int n, struct page **pages)
{
	int i, got;

	got = get_user_pages_fast(uaddr, n, FOLL_WRITE, pages);
	if (got < 0)
		return got;
	for (i = 0; i < got; i++) {
		flush_dcache_page(pages[i]);
		set_page_dirty_lock(pages[i]);
		put_page(pages[i]);
	}
	return got == n ? 0 : -EFAULT;
}
`,
    },
  ],
  related: ['gup-partial-pin-leak', 'gup-release-uninit-page'],
  check({ file }) {
    return followedCalls(file).flatMap(page => finding(page, file) ?? []);
  },
});

function finding(page: PageCall, file: FileAnalysis): Finding | null {
  const evidence = usedUnchecked(page) ?? (asksEach(page, file) ? null : saidToBeAll(page));
  if (evidence === null) return null;
  const how =
    evidence.outcome === 'short' ? `${page.callee}() may get fewer pages than asked for` : failureOf(page);
  return {
    span: calleeSpan(page.call),
    message:
      evidence.outcome === 'short'
        ? `${how}, but ${evidence.what}`
        : `the result of ${page.callee}() is not checked: ${evidence.what} even if it got no page`,
    related: [{ span: evidence.at, message: evidence.what }],
    confidence: 'high',
    fix: null,
  };
}

/** What says that all were got. */
function saidToBeAll(page: PageCall): Evidence | null {
  return overstated(page) ?? advanced(page) ?? claimed(page);
}

/** A use of pages that are not there. */
function usedUnchecked(page: PageCall): Evidence | null {
  for (const event of eventsOf(page, 'use')) {
    if (event.mistaken !== null) continue;
    if (isFailure(event)) {
      return { at: calleeSpan(event.call), outcome: event.outcome, what: `${event.callee}() uses a page` };
    }
    if (event.outcome === 'short' && event.requested) {
      return {
        at: calleeSpan(event.call),
        outcome: event.outcome,
        what: `${event.callee}() goes over all of them`,
      };
    }
  }
  return null;
}

/** The number asked for is stored as the number got, and no path ever fails for a short count. */
function overstated(page: PageCall): Evidence | null {
  const exits = eventsOf(page, 'exit').filter(event => event.outcome === 'short');
  const tells = ({ counted, returnsResult }: ExitEvent): boolean => counted || returnsResult;
  if (exits.some(event => tells(event) || (event.returned === 'error' && !failsWithAll(page, event))))
    return null;
  if (page.names.part || exits.every(event => event.fate !== 'held' && event.fate !== 'gone')) return null;
  const stored = eventsOf(page, 'overstate').find(event => event.outcome === 'short');
  if (stored === undefined) return null;
  return { at: stored.span, outcome: 'short', what: `${stored.text} says that all were got` };
}

/** Whether a path fails where it fails with all pages too: not for want of some. */
function failsWithAll(page: PageCall, { turn }: ExitEvent): boolean {
  const full = eventsOf(page, 'exit').filter(
    ({ outcome, returned }) => outcome === 'full' && returned === 'error',
  );
  return turn !== null && full.some(other => other.turn?.first.start === turn.first.start);
}

/** The next pages go behind as many as were asked for, and no path ever fails for a short count. */
function advanced(page: PageCall): Evidence | null {
  const event = eventsOf(page, 'advance').find(({ mistaken }) => mistaken === null);
  const fails = eventsOf(page, 'exit').some(
    ({ outcome, returned }) => outcome === 'short' && returned === 'error',
  );
  if (event === undefined || fails) return null;
  return { at: event.span, outcome: 'short', what: `${event.text} is moved on by as many as were asked for` };
}

/** The member that was asked for as the count is left as it was, and no path ever fails for a short count. */
function claimed(page: PageCall): Evidence | null {
  const exits = eventsOf(page, 'exit').filter(event => event.outcome === 'short');
  const [first] = exits;
  if (page.request === null || page.names.part || first === undefined || first.claimed === null) return null;
  const all = exits.every(
    event => event.claimed !== null && event.returned === 'zero' && event.fate === 'held',
  );
  if (!all) return null;
  return { at: spanOf(page.request), outcome: 'short', what: `${first.claimed} says that all were got` };
}
