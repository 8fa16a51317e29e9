/** A short count is treated as a failure, and the pages that were got are forgotten. */

import type { ExitEvent, PageCall } from '../../analysis/index.js';
import { defineRule, type Finding } from '../rule.js';
import { calleeSpan, eventsOf, followedCalls, gotHere, turnedHere } from './pageStory.js';

export const gupPartialPinLeak = defineRule({
  id: 'gup-partial-pin-leak',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'Fewer pages than asked for are treated as a failure, and those that were got are never released.',
  why:
    'A result between zero and the number asked for means that so many pages were got, and each of them carries a reference ' +
    'or a pin. A path that only reports an error leaves them: the memory is never freed, cannot be migrated, and a user who ' +
    'passes a buffer with a hole at its end can repeat it until the machine is out of memory.',
  remedy:
    'On a short count release the pages that were got before failing: `if (got > 0) unpin_user_pages(pages, got);` (or ' +
    'put_page() on each for get_user_pages*()). Test for `> 0`: a negative result is no count.',
  unreported:
    'A short count that is returned or kept where the owner finds it; one page, of which there is no part; a caller that goes over a zeroed array; what a helper does that cannot be read.',
  examples: [
    {
      release: '6.12',
      bad: `static int map_ring(struct ring *ring, unsigned long uaddr, int n)
{
	struct page **pages;
	int got;

	pages = kcalloc(n, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;
	got = pin_user_pages_fast(uaddr, n, FOLL_WRITE | FOLL_LONGTERM, pages);
	if (got != n) {
		kfree(pages);
		return got < 0 ? got : -EFAULT;
	}
	ring->pages = pages;
	return 0;
}
`,
      good: `static int map_ring(struct ring *ring, unsigned long uaddr, int n)
{
	struct page **pages;
	int got;

	pages = kcalloc(n, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;
	got = pin_user_pages_fast(uaddr, n, FOLL_WRITE | FOLL_LONGTERM, pages);
	if (got != n) {
		if (got > 0)
			unpin_user_pages(pages, got);
		kfree(pages);
		return got < 0 ? got : -EFAULT;
	}
	ring->pages = pages;
	return 0;
}
`,
    },
  ],
  related: ['gup-error-path-leak', 'gup-negative-release-count'],
  check({ file }) {
    return followedCalls(file).flatMap(page => {
      const exits = eventsOf(page, 'exit');
      const leak = exits.find(event => forgets(page, event) && !failsLater(event, exits));
      const verb = page.kind === 'pin' ? 'pinned' : 'got';
      if (leak === undefined) return tried(page, verb);
      return [
        {
          span: calleeSpan(page.call),
          message: `when ${page.callee}() gets fewer pages than asked for, ${consequence(page, verb)}`,
          related: [
            ...(page.through ? gotHere(page) : []),
            ...turnedHere(leak),
            {
              span: leak.lost ?? leak.span,
              message: leak.lost === null ? 'left here' : 'nobody can name them from here on',
            },
          ],
          confidence:
            page.names.owner === 'array' || page.names.owner === 'object'
              ? ('high' as const)
              : ('medium' as const),
          fix: null,
        },
      ];
    });
  },
});

/** The call is made again for the same array, and what a first attempt got is overwritten. */
function tried(page: PageCall, verb: string): Finding[] {
  return eventsOf(page, 'overwrite')
    .filter(event => event.outcome === 'short')
    .slice(0, 1)
    .map(event => ({
      span: calleeSpan(page.call),
      message: `when ${page.callee}() gets fewer pages than asked for, it is called again for the same array: those that were ${verb} are never released`,
      related: turnedHere(event),
      confidence: 'medium' as const,
      fix: null,
    }));
}

function consequence(page: PageCall, verb: string): string {
  return page.names.owner === 'field'
    ? `${page.function}() fails without releasing those that were ${verb}, or saying how many they are`
    : `those that were ${verb} are never released`;
}

/** Whether the path turns at something that goes wrong with all pages too: that is for gup-error-path-leak. */
function failsLater({ turn }: ExitEvent, exits: readonly ExitEvent[]): boolean {
  return (
    turn !== null &&
    exits.some(
      other =>
        other.outcome === 'full' && other.fate === 'held' && other.turn?.first.start === turn.first.start,
    )
  );
}

/** Whether a path ends with a short count that nobody will hear of. */
function forgets(page: PageCall, event: ExitEvent): boolean {
  if (event.outcome !== 'short' || event.fate !== 'held' || event.mistaken !== null) return false;
  switch (page.names.owner) {
    case 'page':
    case 'array':
    case 'object':
      return true;
    case 'caller':
    case 'field':
      // Nobody counts in an array that is gone.
      return event.returned === 'error' && (!event.recorded || event.lost !== null);
    default:
      return false;
  }
}
