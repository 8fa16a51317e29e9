/** A path that fails after the pages were got does not release them. */

import {
  type ExitEvent,
  type FileAnalysis,
  type FunctionAnalysis,
  lvalueText,
  type OverwriteEvent,
  type PageCall,
  pagePathsOf,
  rootOf,
} from '../../analysis/index.js';
import { type Call, type Expression, type Span, walk } from '../../syntax/index.js';
import { callersOf, isStatic } from '../callers.js';
import { defineRule, type Finding } from '../rule.js';
import { leavesCurrent } from './elementLeft.js';
import { unreachedReleases } from './failsByZero.js';
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
  unreported:
    'Pages that a structure, a table, a frame number or a physical address stands for when the function fails: whoever owns that may release them. So may a function of another file that was given them.',
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
      ...unreachedReleases(page, file),
      ...eventsOf(page, 'overwrite')
        .filter(event => event.outcome === 'full' && !isKnownByOthers(page, file, null))
        .slice(0, 1)
        .map(event => overwritten(page, event)),
    ]);
  },
});

function exitLeaks(page: PageCall, file: FileAnalysis): Finding[] {
  const exits = eventsOf(page, 'exit').filter(event => event.mistaken === null);
  const all = exits.filter(event => event.outcome === 'full' && leaksAll(page, event, exits, file));
  const earlier = exits.filter(event => leaksEarlier(page, event, file));
  const place = (event: ExitEvent): Span => placeOf(page, event);
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
          : [{ span: event.lost, message: 'nobody can name them from here on' }]),
      ],
      confidence: page.names.owner === 'caller' || page.names.owner === 'field' ? 'medium' : 'high',
      fix: null,
      ...(isRuledOut(event, file) ? { severity: 'info' as const } : {}),
    };
  });
}

/**
 * Whether a page is compared with what lies at a distance from another, `page != first + i`: where it does not turn away for
 * that, the other tells where it is.
 */
function isKnownByOthers(
  { function: name, names: { base } }: PageCall,
  file: FileAnalysis,
  turn: ExitEvent['turn'],
): boolean {
  const fn = file.functionNamed(name);
  let found = false;
  if (fn === null) return found;
  const mentionsIt = (side: Expression): void =>
    walk(side, node => {
      found ||= node.kind === 'identifier' && node.name === base;
      return true;
    });
  walk(fn.ast, node => {
    if (node.kind !== 'binary' || !/^[!=]=$/.test(node.op)) return true;
    const { left, right } = node;
    const isTurn = turn !== null && turn.condition.start <= node.start && node.end <= turn.condition.end;
    if (isTurn) return true;
    if (isDistance(right)) mentionsIt(left);
    else if (isDistance(left)) mentionsIt(right);
    return true;
  });
  return found;
}

function isDistance(node: Expression): boolean {
  return node.kind === 'binary' && /^[-+]$/.test(node.op);
}

/** WARN_ON() and its like mark what the author takes to be impossible. */
function isRuledOut({ turn }: ExitEvent, file: FileAnalysis): boolean {
  if (turn === null) return false;
  return /\b(?:WARN|WARN_ON|WARN_ONCE|WARN_ON_ONCE|BUG_ON)\s*\(/.test(
    file.source.text.slice(turn.condition.start, turn.condition.end),
  );
}

/** The first statement of the branch that leaks; its jump, where the branch releases one of them, or all on another way through it. */
function placeOf(page: PageCall, { outcome: left, turn, span }: ExitEvent): Span {
  if (turn === null) return span;
  const { first, jump } = turn;
  const releases = eventsOf(page, 'release').some(
    // One page of many may go back on the path that leaks the others.
    ({ outcome, call, count, loop }) =>
      (outcome === 'full' || (outcome === 'short' && left === 'full')) &&
      (page.single || count !== 'one' || loop !== null || isOfPass(call)) &&
      call.start >= first.start &&
      call.start < jump.start,
  );
  return releases ? jump : first;
}

/** `put_page(pages[i])`: the page that a loop is at. */
function isOfPass({ args: [given] }: Call): boolean {
  return given?.kind === 'index' && given.index.kind !== 'number';
}

function leaksAll(
  page: PageCall,
  event: ExitEvent,
  exits: readonly ExitEvent[],
  file: FileAnalysis,
): boolean {
  const { fate, returned, turn, lost } = event;
  const { owner } = page.names;
  if (owner === 'field' && leavesCurrent(page, event, file)) return true;
  // Who releases up to these leaves none that anybody counts.
  if (event.upToThese && returned === 'error' && turn !== null && !event.recorded) return true;
  // Who gets pages in pieces, and releases those of earlier passes where the next fails, releases all of them.
  const undoes = page.names.part && eventsOf(page, 'release').some(({ outcome }) => outcome === 'negative');
  const released = undoes || exits.some(other => other.outcome === 'full' && other.fate === 'released');
  switch (fate) {
    case 'held':
    case 'refused':
      // Who is given the frame number of a single page may take it over even if it fails, as soft_offline_page() does.
      if (owner === 'page')
        return (
          (fate === 'held' && !isKnownByOthers(page, file, turn)) ||
          (returned === 'error' &&
            (releasesLater(page, event, 'noted') ||
              releasesLater(page, event, fate) ||
              isKeptLater(page, event, file)))
        );
      if (owner === 'array' || owner === 'object') return fate === 'held' || returned === 'error';
      // What the function does on another path, the caller does not do for it; nor can it where the array is gone.
      return (
        (owner === 'caller' || owner === 'field') &&
        returned === 'error' &&
        !event.recorded &&
        (released ||
          // Who releases one of them leaves the caller no way to release all.
          (event.begun && !event.told) ||
          (lost !== null && owner === 'field') ||
          releasesLater(page, event, 'gone') ||
          (owner === 'field' && (looksUndone(event, exits) || helperUndoes(page, event, file)))) &&
        turn !== null
      );
    // Who fails has nothing of an array that is freed behind it.
    case 'declined':
      return (
        returned === 'error' && ((lost !== null && owner !== 'caller') || releasesLater(page, event, 'lent'))
      );
    case 'passing':
      // Who stops releasing, and does not fail, may be at the last page.
      if (turn === null || (event.begun && returned !== 'error')) return false;
      // How far a loop over an array of the owner came that has a name of its own here, the owner does not know.
      return owner !== 'field' || (event.begun && rootOf(page.names.base) === page.names.base);
    // Those that were not dealt out yet nobody can name who does not have the array.
    case 'dealt':
      return turn !== null && returned === 'error' && owner === 'array';
    case 'lent':
    case 'tabled':
      return (
        returned === 'error' &&
        ((lost !== null && (released || (fate === 'lent' && undoesShort(page)))) ||
          releasesLater(page, event, fate) ||
          // Whoever is given the table later, does not keep them.
          (fate === 'tabled' && releasesLater(page, event, 'gone')))
      );
    case 'noted':
      return returned === 'error' && releasesLater(page, event, fate);
    default:
      return false;
  }
}

/** Whether pages in a new structure, which nobody has but its functions, are released where fewer were got. */
function undoesShort(page: PageCall): boolean {
  return (
    page.names.owner === 'object' && eventsOf(page, 'release').some(({ outcome }) => outcome === 'short')
  );
}

/**
 * Whether the caller sees the same as where a short count was undone before the function failed: then it does not release
 * the pages itself.
 */
function looksUndone(event: ExitEvent, exits: readonly ExitEvent[]): boolean {
  const same = exits.some(
    other =>
      other.outcome === 'short' && other.fate === 'released' && other.returned === 'error' && !other.told,
  );
  return same && !event.told;
}

/**
 * Whether the pages were got by a helper that says nothing of them in the structure, gives all back where it fails, and leaves
 * them to a function that releases as many as a count says: nobody may call that where the helper failed, nor where its
 * caller did.
 */
function helperUndoes(page: PageCall, event: ExitEvent, file: FileAnalysis): boolean {
  if (!page.through || event.told) return false;
  const [got, ...more] = pagePathsOf(file).of(page.callee);
  if (got === undefined || more.length > 0) return false;
  const exits = eventsOf(got, 'exit');
  const undoes = exits.some(({ outcome, fate }) => outcome === 'short' && fate === 'released');
  return undoes && exits.every(({ told, recorded }) => !told && !recorded) && isReleasedByCount(page, file);
}

/**
 * Whether a path that gets past the place where this one turns stores the page itself: until then it is the function's, whoever
 * was told its address.
 */
function isKeptLater(page: PageCall, { turn }: ExitEvent, file: FileAnalysis): boolean {
  const { names } = page;
  const fn = file.functionNamed(page.function);
  // Of a helper's page all that the function has may be an address.
  if (turn === null || fn === null || page.through) return false;
  return fn.cfg.elements().some(({ element }) => {
    if (element.kind !== 'assignment' || element.node.start < turn.jump.end) return false;
    const { left, right } = element.node;
    return lvalueText(right) === names.base && lvalueText(left) !== rootOf(lvalueText(left) ?? '');
  });
}

/**
 * Whether a path that gets past the place where this one turns still releases the pages, with that having become of them:
 * so nobody has taken them over before.
 */
function releasesLater(page: PageCall, { turn, recorded }: ExitEvent, fate: ExitEvent['fate']): boolean {
  if (turn === null || recorded) return false;
  const { start } = turn.condition;
  return eventsOf(page, 'release').some(
    event =>
      event.outcome === 'full' &&
      event.fate === fate &&
      event.count !== 'zero' &&
      (event.through ?? event.call).start > start &&
      (event.turn === null || event.turn.condition.start > start),
  );
}

/** The call failed or got too few in a later pass, and what the earlier ones got stays. */
function leaksEarlier(page: PageCall, event: ExitEvent, file: FileAnalysis): boolean {
  if (!event.earlier || event.returned !== 'error' || event.recorded) return false;
  if (page.names.owner === 'field')
    return event.lost !== null || (!event.told && isReleasedByCount(page, file));
  if (page.names.owner === 'array' || page.names.owner === 'object') return true;
  if (page.names.owner !== 'caller') return false;
  if (page.events.some(({ kind }) => kind === 'release')) return true;
  // A function that releases none of the caller's array leaves it to the caller, who may go over all of it.
  const fn = file.functionNamed(page.function);
  if (fn === null || isStatic(fn) || event.told || empties(fn, page.names.base)) return false;
  return callersOf(file, fn).length === 0;
}

/** Whether a function zeroes an array first: then its caller can tell what was put there. */
function empties({ file, item }: FunctionAnalysis, base: string): boolean {
  const zeroes = new RegExp(
    `\\bmem(?:set|zero)\\w*\\s*\\(\\s*${base}\\b|\\b${base}\\s*\\[[^\\]]*\\]\\s*=\\s*NULL\\b`,
  );
  return zeroes.test(file.text.slice(item.body.start, item.body.end));
}

/** Whether the file releases as many pages of the member as a count says, and nowhere asks which of them are there. */
function isReleasedByCount({ names: { member } }: PageCall, { source: { text } }: FileAnalysis): boolean {
  if (member === null) return false;
  const released = new RegExp(
    `\\b(?:unpin_user_pages\\w*|release_pages)\\s*\\([^;,]*(?:->|\\.)${member}\\s*,`,
  );
  const asked = new RegExp(`(?:->|\\.)${member}\\s*\\[[^;{}]*\\]\\s*(?:\\)|&&|[!=]=\\s*NULL|;)`);
  return released.test(text) && !asked.test(text);
}

/** Where the path turned to the next pass, if it did; else the call. */
function overwritten(page: PageCall, { turn }: OverwriteEvent): Finding {
  return {
    span: turn?.first ?? calleeSpan(page.call),
    message: `${page.callee}() overwrites ${page.names.base} while ${page.names.owner === 'page' ? 'the page of an earlier pass is' : 'the pages of an earlier pass are'} still held`,
    related: gotHere(page),
    confidence: 'medium',
    fix: null,
  };
}
