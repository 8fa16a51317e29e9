/** A path that fails after the pages were got does not release them. */

import type { ExitEvent, FileAnalysis, PageCall } from '../../analysis/index.js';
import type { Span } from '../../syntax/index.js';
import { defineRule, type Finding } from '../rule.js';
import { calleeSpan, eventsOf, followedCalls, gotHere, oncePerPlace, turnedHere } from './pageStory.js';

export const gupErrorPathLeak = defineRule({
  id: 'gup-error-path-leak',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'A path that fails later does not release the pages that were got.',
  why:
    'Every page got carries a reference or a pin until somebody releases it. A path that leaves the function with the only ' +
    'pointer to the pages leaves them so for ever: the memory is not freed when the process exits, cannot be migrated or ' +
    'offlined, and counts against nobody.',
  remedy:
    'Unwind in the reverse order: below the label for what failed after the call, release the pages before the array is ' +
    'freed. In a loop that gets pages in pieces, release those of the earlier passes too.',
  examples: [
    {
      release: '6.12',
      bad: `static int start(struct dev_ctx *ctx, unsigned long uaddr, int n)
{
	struct page **pages = kcalloc(n, sizeof(*pages), GFP_KERNEL);
	struct job *job;
	int got;

	if (!pages)
		return -ENOMEM;
	got = pin_user_pages_fast(uaddr, n, FOLL_WRITE, pages);
	if (got != n) {
		if (got > 0)
			unpin_user_pages(pages, got);
		kfree(pages);
		return -EFAULT;
	}
	job = alloc_job(ctx);
	if (!job) {
		kfree(pages);
		return -ENOMEM;
	}
	job->pages = pages;
	return 0;
}
`,
      good: `static int start(struct dev_ctx *ctx, unsigned long uaddr, int n)
{
	struct page **pages = kcalloc(n, sizeof(*pages), GFP_KERNEL);
	struct job *job;
	int got;

	if (!pages)
		return -ENOMEM;
	got = pin_user_pages_fast(uaddr, n, FOLL_WRITE, pages);
	if (got != n) {
		if (got > 0)
			unpin_user_pages(pages, got);
		kfree(pages);
		return -EFAULT;
	}
	job = alloc_job(ctx);
	if (!job) {
		unpin_user_pages(pages, n);
		kfree(pages);
		return -ENOMEM;
	}
	job->pages = pages;
	return 0;
}
`,
    },
  ],
  related: ['gup-partial-pin-leak', 'gup-double-release'],
  check({ file }) {
    return followedCalls(file).flatMap(page => [
      ...exitLeaks(page, file),
      ...eventsOf(page, 'overwrite')
        .filter(event => event.outcome === 'full')
        .slice(0, 1)
        .map(() => overwritten(page)),
    ]);
  },
});

function exitLeaks(page: PageCall, file: FileAnalysis): Finding[] {
  const exits = eventsOf(page, 'exit').filter(event => event.mistaken === null);
  const all = exits.filter(event => event.outcome === 'full' && leaksAll(page, event, exits));
  const earlier = exits.filter(event => leaksEarlier(page, event));
  return oncePerPlace([...all, ...earlier], place).map(event => {
    const parts = earlier.includes(event);
    const what = parts ? 'the pages of earlier passes' : page.single ? 'the page' : 'the pages';
    return {
      span: place(event),
      message: `${what} that ${page.callee}() got ${page.single && !parts ? 'is' : 'are'} not released on this path`,
      related: [
        ...gotHere(page),
        ...turnedHere(event),
        ...(event.lost === null
          ? [{ span: event.span, message: 'left here' }]
          : [{ span: event.lost, message: 'the last pointer to them goes here' }]),
      ],
      confidence: page.names.owner === 'caller' || page.names.owner === 'field' ? 'medium' : 'high',
      fix: null,
      ...(isRuledOut(event, file) ? { severity: 'info' as const } : {}),
    };
  });
}

/** WARN_ON() and its like mark what the author takes to be impossible. */
function isRuledOut({ turn }: ExitEvent, file: FileAnalysis): boolean {
  if (turn === null) return false;
  return /\b(?:WARN|WARN_ON|WARN_ONCE|WARN_ON_ONCE|BUG_ON)\s*\(/.test(
    file.source.text.slice(turn.condition.start, turn.condition.end),
  );
}

function place(event: ExitEvent): Span {
  return event.turn?.first ?? event.span;
}

function leaksAll(page: PageCall, event: ExitEvent, exits: readonly ExitEvent[]): boolean {
  if (event.fate === 'passing') return event.turn !== null && page.names.owner !== 'field';
  const released = exits.some(other => other.outcome === 'full' && other.fate === 'released');
  // What keeps a frame number may release by it; but not where this function does so itself, on another path from there.
  if (event.fate === 'noted') {
    const byName = eventsOf(page, 'release').some(
      ({ fate, outcome }) => fate === 'noted' && outcome === 'full',
    );
    return byName && event.returned === 'error' && event.turn !== null;
  }
  if (event.fate === 'lent' || event.fate === 'tabled')
    return event.lost !== null && event.returned === 'error' && released;
  if (event.fate !== 'held') return false;
  switch (page.names.owner) {
    case 'page':
    case 'array':
    case 'object':
      return true;
    case 'caller':
    case 'field':
      // What the function does on another path, the caller does not do for it; nor can it where the array is gone.
      return (
        event.returned === 'error' &&
        !event.recorded &&
        (released || (event.lost !== null && page.names.owner === 'field')) &&
        event.turn !== null
      );
    default:
      return false;
  }
}

/** The call failed or got too few in a later pass, and what the earlier ones got stays. */
function leaksEarlier(page: PageCall, event: ExitEvent): boolean {
  if (!event.earlier || event.returned !== 'error' || event.recorded) return false;
  if (page.names.owner === 'array' || page.names.owner === 'object') return true;
  // A function that releases none of the caller's array leaves it to the caller, who may go over all of it.
  return page.names.owner === 'caller' && page.events.some(({ kind }) => kind === 'release');
}

function overwritten(page: PageCall): Finding {
  return {
    span: calleeSpan(page.call),
    message: `${page.callee}() overwrites ${page.names.base} while ${page.names.owner === 'page' ? 'the page of an earlier pass is' : 'the pages of an earlier pass are'} still held`,
    related: gotHere(page),
    confidence: 'medium',
    fix: null,
  };
}
