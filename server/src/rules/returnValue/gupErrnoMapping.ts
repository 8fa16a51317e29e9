/** A count is returned where the caller expects an error. */

import type { ExitEvent, FileAnalysis, PageCall } from '../../analysis/index.js';
import { calleeName, pagePathsOf } from '../../analysis/index.js';
import type { Call, Expression, Span } from '../../syntax/index.js';
import { walk } from '../../syntax/index.js';
import { defineRule, type Finding, type Fix } from '../rule.js';
import { calleeSpan, eventsOf, followedCalls, gotHere, turnedHere } from './pageStory.js';
import { pagesWhereZero, returnsBoth } from './successByZero.js';

export const gupErrnoMapping = defineRule({
  id: 'gup-errno-mapping',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'A short count is passed on as if it were an error.',
  why:
    'A short count is a positive number. Returned from a function that says 0 or a negative errno, it is neither: callers that ' +
    'test for `< 0` take the failure for a success and use pages that were not got; ERR_PTR() of it is a pointer that IS_ERR() ' +
    'does not recognise; an ioctl returns it to user space as a result. So is the number of pages where 0 is success: on one path it is returned, on another what was called behind. Counted down while the pages are given back, it is 0: a success without pages.',
  remedy:
    'Map a short count to an errno of its own, -EFAULT as most of the kernel does: `return got < 0 ? got : -EFAULT;`, after ' +
    'the pages that were got are released.',
  unreported:
    'A function whose result is a count when all goes well, if only at times; one page, of which fewer is none; and a zero after which it is tried in another way.',
  examples: [
    {
      release: '6.12',
      bad: `static int pin_all(struct page **pages, unsigned long uaddr, int n)
{
	int got = pin_user_pages_fast(uaddr, n, FOLL_WRITE, pages);

	if (got != n) {
		if (got > 0)
			unpin_user_pages(pages, got);
		return got;
	}
	return 0;
}
`,
      good: `static int pin_all(struct page **pages, unsigned long uaddr, int n)
{
	int got = pin_user_pages_fast(uaddr, n, FOLL_WRITE, pages);

	if (got != n) {
		if (got > 0)
			unpin_user_pages(pages, got);
		return got < 0 ? got : -EFAULT;
	}
	return 0;
}
`,
    },
  ],
  related: ['gup-partial-pin-leak'],
  check({ file }) {
    return followedCalls(file).flatMap(page => {
      const pointer = eventsOf(page, 'error-pointer')[0];
      if (pointer !== undefined) {
        return [report(page, calleeSpan(pointer.call), 'is made an error pointer', turnedHere(pointer))];
      }
      const exits = eventsOf(page, 'exit').filter(event => event.mistaken === null);
      // Who keeps the pages and returns 0 has failed where they are given back, whatever is returned there.
      const keeps = exits.some(
        event => event.outcome === 'full' && event.returned === 'zero' && event.fate !== 'released',
      );
      const counts = exits.some(
        event =>
          event.outcome === 'full' &&
          !(keeps && event.fate === 'released') &&
          (event.returnsResult || event.returned === 'positive' || event.returned === 'unknown'),
      );
      const all = exits.filter(event => event.outcome === 'full');
      // Its caller takes any other value than zero for an errno, the number of pages too.
      const results = all.filter(event => event.returnsResult);
      const [taken] = results;
      const mistaken = (event: ExitEvent): boolean => isPlainTest(event, file);
      if (taken !== undefined && results.every(mistaken) && (page.through || goesOn(page, taken, file))) {
        return [
          report(
            page,
            calleeSpan(page.call),
            'is taken for an error here',
            turnedHere(taken),
            'the number of pages',
          ),
        ];
      }
      const cfg = file.functionNamed(page.function)?.cfg ?? null;
      const asked = cfg === null || taken === undefined ? null : pagesWhereZero(cfg, page);
      if (returnsBoth(exits) || asked !== null) {
        const related = asked === null ? [] : [{ span: asked, message: 'zero is taken for success here' }];
        return [
          report(
            page,
            calleeSpan(page.call),
            'is returned where 0 is success',
            related,
            'the number of pages',
          ),
        ];
      }
      // An errno may say that it goes on elsewhere.
      const queued =
        all.some(event => event.fate !== 'released') && all.every(event => event.returned === 'error');
      const succeeds = queued || all.some(event => event.returned === 'zero');
      if (counts || !succeeds) return [];
      const wrong = exits.find(
        event => event.outcome === 'short' && event.returnsResult && event.turn !== null,
      );
      const undone = lostIn(exits);
      if (wrong === undefined && undone !== null) {
        return [
          report(page, undone.span, 'is counted down to 0 and returned as success', turnedHere(undone), null),
        ];
      }
      return wrong === undefined
        ? []
        : [
            {
              ...report(page, wrong.span, 'is returned as an error', turnedHere(wrong)),
              fix: errnoFix(file, page, wrong.span),
            },
          ];
    });
  },
});

/**
 * Where the variable with the result is returned for an error, and is zero there for a short count whose pages were given back with it; null
 * if there is no such place, or pages are given back where all goes well.
 */
function lostIn(exits: readonly ExitEvent[]): ExitEvent | null {
  if (exits.some(event => event.outcome === 'full' && event.fate === 'released')) return null;
  const errors = exits.filter(event => event.outcome === 'negative' && event.returnsResult);
  const lost = exits.find(
    event =>
      event.outcome === 'short' &&
      event.returned === 'zero' &&
      event.fate === 'released' &&
      event.turn !== null &&
      errors.some(error => error.span.start === event.span.start),
  );
  return lost ?? null;
}

/** Calls that undo, that complain, and that may get the pages in another way. */
const UNDOES_OR_TRIES = /free|put|release|unpin|unlock|err|warn|dbg|info|print|get|pin|fault|slow|retry/;

/** Whether a function that gets pages once goes on, where the result is zero, with what it got them for. */
function goesOn({ call, function: name, names }: PageCall, taken: ExitEvent, file: FileAnalysis): boolean {
  const { turn, span } = taken;
  const fn = file.functionNamed(name);
  if (fn === null || turn === null || turn.condition.start < call.start) return false;
  if (pagePathsOf(file).of(name).length !== 1) return false;
  const root = /\w+/.exec(names.base)?.[0] ?? '';
  const calls = fn.cfg.elements().flatMap(({ element }) => (element.kind === 'call' ? [element.node] : []));
  const behind = (from: number): readonly Call[] =>
    calls.filter(
      other =>
        other.start >= from &&
        !UNDOES_OR_TRIES.test(calleeName(other) ?? 'get') &&
        other.args.some(argument => mentionsName(argument, root)),
    );
  // A `return` in the branch, or a label at the end.
  const isInBranch = calls.some(other => other.start >= span.end);
  return behind(isInBranch ? span.end : turn.first.end).length > 0;
}

function mentionsName(expression: Expression, name: string): boolean {
  let found = false;
  walk(expression, node => {
    if (node.kind === 'identifier' && node.name === name) found = true;
  });
  return found;
}

/** Whether the path turned where the result is not zero: `if (ret)`, and not `if (ret > 0)`. */
function isPlainTest({ turn }: ExitEvent, file: FileAnalysis): boolean {
  if (turn === null) return false;
  const text = file.source.text.slice(turn.condition.start, turn.condition.end);
  return /^(?:(?:un)?likely\s*\()?\s*\(?\s*\w+\s*\)?(?:\s*!=\s*0)?\s*\)?$/.test(text);
}

function report(
  page: PageCall,
  span: Span,
  what: string,
  turn: Finding['related'],
  value: string | null = 'a short count',
): Finding {
  const but = value === null ? 'the caller goes on without pages' : 'but it is a positive number';
  return {
    span,
    message: `${value ?? 'a short count'} of ${page.callee}() ${what}, ${but}`,
    related: [...gotHere(page), ...turn],
    confidence: 'high',
    fix: null,
  };
}

/** A variable that is returned is an errno if it is negative; too few pages are a bad address. */
function errnoFix(file: FileAnalysis, page: PageCall, at: Span): Fix | null {
  const fn = file.functionNamed(page.function);
  const returns = fn?.cfg.elements().map(({ element }) => element) ?? [];
  for (const element of returns) {
    const value = element.kind === 'return' && element.node.start === at.start ? element.node.value : null;
    if (value?.kind !== 'identifier') continue;
    const span = { start: value.end, end: value.end };
    const newText = ` < 0 ? ${value.name} : -EFAULT`;
    return { title: 'Return -EFAULT for a short count', edits: [{ span, newText }] };
  }
  return null;
}
