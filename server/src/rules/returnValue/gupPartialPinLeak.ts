/** A short count is treated as a failure, and the pages that were got are forgotten. */

import { type ExitEvent, type FunctionAnalysis, lvalueText, type PageCall } from '../../analysis/index.js';
import type { Statement } from '../../syntax/ast.js';
import { walk } from '../../syntax/index.js';
import { assignedTo } from '../assignments.js';
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
    'A short count that is returned or kept where the owner finds it; one page, of which there is no part; a caller that goes over a zeroed array; what a helper does that cannot be read; and pages that are released wherever another call fails that a short count leads to.',
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
      const leak = exits.find(
        event =>
          forgets(page, event) &&
          !failsLater(event, exits) &&
          !answeredByAnother(page, event, file.functionNamed(page.function)),
      );
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
      // Nobody counts in an array that is gone, whatever number the caller is told.
      if (event.lost?.freed === true) return event.returned === 'error' || event.returnsResult;
      return event.returned === 'error' && (!event.recorded || event.lost !== null);
    default:
      return false;
  }
}

/**
 * Whether a short count leads to another call, and the pages are released where that fails: what it returns is returned.
 * Such a call only fails then, as the one of i915 that had a worker get the pages and returned -EAGAIN.
 */
function answeredByAnother(page: PageCall, event: ExitEvent, fn: FunctionAnalysis | null): boolean {
  if (fn === null || event.turn !== null || event.returned !== 'zero') return false;
  // What keeps the pages would have to be told of them on this way too.
  if (eventsOf(page, 'exit').some(({ outcome, fate }) => outcome === 'full' && fate === 'held')) return false;
  const name = returnedName(fn, event.span.start);
  if (name === null || assignedTo(fn, name).some(({ kind }) => kind === 'number')) return false;
  return eventsOf(page, 'release').some(
    ({ outcome, fate, call }) => outcome === 'short' && fate === 'held' && isUnder(fn, name, call.start),
  );
}

/** The variable that the `return` at an offset returns. */
function returnedName(fn: FunctionAnalysis, start: number): string | null {
  let name: string | null = null;
  walk(fn.ast, node => {
    if (node.kind === 'return' && node.start === start) name = node.value && lvalueText(node.value);
    return undefined;
  });
  return name;
}

/** Whether an offset is in what is done where a variable is not 0. */
function isUnder(fn: FunctionAnalysis, name: string, offset: number): boolean {
  let found = false;
  const holds = ({ start, end }: Statement): boolean => start <= offset && offset < end;
  walk(fn.ast, node => {
    if (node.kind === 'if' && lvalueText(node.test) === name) found ||= holds(node.then);
    return undefined;
  });
  return found;
}
