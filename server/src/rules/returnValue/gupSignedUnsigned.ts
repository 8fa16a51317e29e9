/** A negative result is compared, or kept, without its sign. */

import type { ExitEvent, FileAnalysis, PageCall, PageEvent } from '../../analysis/index.js';
import { lvalueText } from '../../analysis/index.js';
import type { Span } from '../../syntax/index.js';
import { defineRule } from '../rule.js';
import { neverBelowZero } from './neverBelowZero.js';
import { failureOf, followedCalls, gotHere, oncePerPlace } from './pageStory.js';

interface Mistaken {
  readonly event: PageEvent;
  readonly at: Span;
}

export const gupSignedUnsigned = defineRule({
  id: 'gup-signed-unsigned',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'A negative result is compared without its sign and passes for a large count.',
  why:
    'In a comparison of int with unsigned int, size_t or u64 the signed side is converted: -EFAULT becomes a number above ' +
    'any count, so that `got < n` is false. The same happens where the result is kept in an unsigned variable, and a test whether that is below zero never comes true. The function ' +
    'goes on as if all pages had been got, with an array that nobody wrote.',
  remedy:
    'Test for a negative result first, or compare in a signed type: keep the result in an int or a long and the count in ' +
    'the same, or write `got < (int)n`. `got != n` is right whatever the types.',
  unreported:
    'A cast, a test for a negative number before, a type that is wider than the unsigned one, and a comparison after which the error is returned all the same.',
  examples: [
    {
      bad: `static int load(unsigned long uaddr, unsigned int n, struct page **pages)
{
	unsigned int i;
	int got;

	got = get_user_pages_fast(uaddr, n, 0, pages);
	if (got < n)
		return release_some(pages, got);
	for (i = 0; i < n; i++) {
		load_page(kmap_local_page(pages[i]));
		put_page(pages[i]);
	}
	return 0;
}
`,
      good: `static int load(unsigned long uaddr, unsigned int n, struct page **pages)
{
	unsigned int i;
	int got;

	got = get_user_pages_fast(uaddr, n, 0, pages);
	if (got < (int)n)
		return release_some(pages, got);
	for (i = 0; i < n; i++) {
		load_page(kmap_local_page(pages[i]));
		put_page(pages[i]);
	}
	return 0;
}
`,
    },
  ],
  related: ['gup-negative-release-count', 'gup-short-return-unchecked'],
  check({ file }) {
    const compared = followedCalls(file).flatMap(page =>
      oncePerPlace(mistakes(page, file), mistake => mistake.at).map(({ event, at }) => ({
        span: at,
        message: `a negative result of ${page.callee}() is compared here without its sign: ${consequence(event)}`,
        related: [...gotHere(page), { span: placeOf(event), message: `reached although ${failureOf(page)}` }],
        confidence: 'high' as const,
        fix: null,
      })),
    );
    const known = new Set(compared.map(({ span }) => span.start));
    const dead = neverBelowZero(file).filter(({ at }) => !known.has(at.start));
    return [
      ...compared,
      ...dead.map(({ page, at }) => ({
        span: at,
        message: `an error of ${page.callee}() is not seen here: what its result is kept in has no sign, and is never below zero`,
        related: gotHere(page),
        confidence: 'high' as const,
        fix: null,
      })),
    ];
  },
});

/** The comparisons that go wrong and after which something happens that must not. */
function mistakes(page: PageCall, file: FileAnalysis): Mistaken[] {
  return page.events.flatMap(event => {
    const at = event.mistaken;
    if (at === null || event.outcome !== 'negative') return [];
    // A count that is too large is a finding of its own, unless a loop of this function compares.
    if (
      event.kind === 'release' &&
      (event.count === 'zero' || event.count === 'spoilt' || (event.count === 'huge' && event.loop === null))
    )
      return [];
    if (event.kind === 'release' && event.through !== null) return [];
    if (event.kind === 'exit' && event.returned === 'error') return [];
    if (event.kind === 'exit' && event.returned === 'unknown' && !goesOn(event, page, file)) return [];
    return [{ event, at }];
  });
}

/**
 * Whether what is returned is what another call makes of something else than the result: the error is forgotten. A release by
 * the wrong count before it is the finding then.
 */
function goesOn(exit: ExitEvent, page: PageCall, file: FileAnalysis): boolean {
  if (
    page.events.some(({ kind, mistaken }) => kind === 'release' && mistaken?.start === exit.mistaken?.start)
  )
    return false;
  const elements = file.functionNamed(page.function)?.cfg.elements() ?? [];
  // By places: the call may be of an earlier reading of the function.
  const kept = elements.flatMap(({ element: { kind, node } }) => {
    if (kind === 'declare') return node.init?.start === page.call.start ? node.name : [];
    return kind === 'assignment' && node.right.start === page.call.start ? (lvalueText(node.left) ?? []) : [];
  });
  return elements.some(({ element: { kind, node } }) => {
    if (kind !== 'return' || node.start !== exit.span.start || node.value?.kind !== 'call') return false;
    return kept.length > 0 && !node.value.args.some(argument => kept.includes(lvalueText(argument) ?? ''));
  });
}

function placeOf(event: PageEvent): Span {
  if ('span' in event) return event.span;
  if (event.kind === 'overwrite') return { start: 0, end: 0 };
  return { start: event.call.callee.start, end: event.call.callee.end };
}

function consequence(event: PageEvent): string {
  switch (event.kind) {
    case 'use':
      return `${event.callee}() uses a page that was not got`;
    case 'release':
      return `${event.callee}() releases a page that was not got`;
    default:
      return 'the function goes on as if all pages had been got';
  }
}
