/** A negative errno is used as the number of pages to release. */

import type { FileAnalysis, PageCall, ReleaseEvent } from '../../analysis/index.js';
import { integerTypesOf } from '../../analysis/index.js';
import type { Span } from '../../syntax/index.js';
import { guarded } from '../fixes.js';
import { defineRule, type Fix } from '../rule.js';
import {
  calleeSpan,
  eventsOf,
  followedCalls,
  gotHere,
  isFailure,
  oncePerPlace,
  turnedHere,
} from './pageStory.js';

/** Loops over `i < nr` with a signed `nr` in every release, so that a negative number releases nothing. */
const SIGNED_COUNT: ReadonlySet<string> = new Set(['release_pages']);

export const gupNegativeReleaseCount = defineRule({
  id: 'gup-negative-release-count',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'A negative result is passed on as the number of pages to release.',
  why:
    'The functions of the unpin_user_pages() family take an unsigned count. A negative errno becomes a huge one: the loop releases ' +
    'whatever lies behind the array until the kernel crashes. Since v5.10 unpin_user_pages() warns and returns; loops of ' +
    'drivers, and helpers with an unsigned parameter, do not.',
  remedy: 'Release only if the result is above zero: `if (got > 0) unpin_user_pages(pages, got);`.',
  unreported:
    'A count that is tested, cut off at zero, or kept with its sign to a function that looks at it.',
  examples: [
    {
      release: '6.12',
      bad: `static int fill(struct page **pages, unsigned long uaddr, int n)
{
	int got = pin_user_pages_fast(uaddr, n, FOLL_WRITE, pages);

	if (got != n) {
		unpin_user_pages(pages, got);
		return -EFAULT;
	}
	return 0;
}
`,
      good: `static int fill(struct page **pages, unsigned long uaddr, int n)
{
	int got = pin_user_pages_fast(uaddr, n, FOLL_WRITE, pages);

	if (got != n) {
		if (got > 0)
			unpin_user_pages(pages, got);
		return -EFAULT;
	}
	return 0;
}
`,
    },
  ],
  related: ['gup-signed-unsigned', 'gup-partial-pin-leak'],
  check({ file }) {
    return followedCalls(file).flatMap(page => {
      const releases = eventsOf(page, 'release').filter(
        event => event.count === 'spoilt' || (event.count === 'huge' && !SIGNED_COUNT.has(event.callee)),
      );
      return oncePerPlace(releases, place).map(event => ({
        span: place(event),
        message: `if ${page.callee}() ${isFailure(event) ? 'fails' : 'gets fewer pages than asked for'}, ${released(event)} as the number of pages`,
        related: [
          ...gotHere(page),
          ...turnedHere(event),
          ...(event.through === null
            ? []
            : [{ span: calleeSpan(event.call), message: `${event.callee}() is called here` }]),
        ],
        confidence: 'high' as const,
        fix: positiveFix(file, page, event),
      }));
    });
  },
});

function place(event: ReleaseEvent): Span {
  return calleeSpan(event.through ?? event.call);
}

function released(event: ReleaseEvent): string {
  if (event.count === 'spoilt') return `the negative error is part of the sum that ${event.callee}() takes`;
  if (event.through !== null) {
    const { callee } = event.through;
    const name = callee.kind === 'identifier' ? callee.name : event.callee;
    return `${name}() takes a negative error`;
  }
  return event.countArgument === null
    ? `the loop around ${event.callee}() takes a negative error`
    : `${event.callee}() takes a negative error`;
}

/** Only of a count that is there is given back, where the variable with it has a sign. */
function positiveFix(file: FileAnalysis, page: PageCall, event: ReleaseEvent): Fix | null {
  const fn = file.functionNamed(page.function);
  const count = event.countArgument;
  if (fn === null || event.count !== 'huge' || event.through !== null || count?.kind !== 'identifier')
    return null;
  const signed = integerTypesOf(file, page.function)?.isSigned(count.name) === true;
  return signed ? guarded(fn, event.call, `${count.name} > 0`) : null;
}
