/** Pages are released twice on one path. */

import {
  type FileAnalysis,
  type FunctionAnalysis,
  lvalueText,
  type PageCall,
  type ReleaseEvent,
} from '../../analysis/index.js';
import type { Call, Expression, Span } from '../../syntax/index.js';
import { spanOf } from '../../syntax/index.js';
import { defineRule } from '../rule.js';
import { calleeSpan, eventsOf, followedCalls, gotHere, oncePerPlace, turnedHere } from './pageStory.js';

export const gupDoubleRelease = defineRule({
  id: 'gup-double-release',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'Pages are released twice on one path.',
  why:
    'The second release drops a reference or a pin that belongs to somebody else. The page is freed while it is mapped or in ' +
    'the page cache, and given out again: data of one process appear in another.',
  remedy:
    'Release the pages in one place. Where an inner block releases and then jumps to a label that releases too, jump to the ' +
    'label behind it, or leave the release to the label.',
  unreported:
    'Releases of different parts of an array; an owner that goes by a state, a count or a pointer that says that nothing is left; and pages that a helper has taken another reference of.',
  examples: [
    {
      release: '6.12',
      bad: `static int poke(unsigned long uaddr, u32 value)
{
	struct page *page;
	int ret = -EFAULT;

	if (pin_user_pages_fast(uaddr, 1, FOLL_WRITE, &page) != 1)
		return ret;
	if (!write_value(page_to_pfn(page), value)) {
		unpin_user_page(page);
		goto out;
	}
	ret = 0;
out:
	unpin_user_page(page);
	return ret;
}
`,
      good: `static int poke(unsigned long uaddr, u32 value)
{
	struct page *page;
	int ret = -EFAULT;

	if (pin_user_pages_fast(uaddr, 1, FOLL_WRITE, &page) != 1)
		return ret;
	if (!write_value(page_to_pfn(page), value))
		goto out;
	ret = 0;
out:
	unpin_user_page(page);
	return ret;
}
`,
    },
  ],
  related: ['gup-error-path-leak', 'gup-release-uninit-page'],
  check({ file }) {
    return followedCalls(file).flatMap(page => {
      const again = eventsOf(page, 'release').filter(event => releasesAgain(page, event, file));
      return oncePerPlace(again, place).map(event => ({
        span: place(event),
        message: `${event.callee}() releases ${page.single ? 'the page' : 'the pages'} of ${page.callee}() a second time`,
        related: [
          ...gotHere(page),
          ...(event.earlierRelease === null
            ? []
            : [{ span: spanOf(event.earlierRelease), message: 'released here before' }]),
          ...turnedHere(event),
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

/** Of an array only all pages and all pages again are certain: two loops may see to different parts. */
function releasesAgain(page: PageCall, event: ReleaseEvent, file: FileAnalysis): boolean {
  const { earlierRelease } = event;
  if (earlierRelease === null || event.mistaken !== null) return false;
  // The pointer to the array is as it was, unless a helper has set it.
  if (
    event.guard === 'page' ||
    event.guard === 'flag' ||
    event.guard === 'other' ||
    (event.guard === 'array' && earlierRelease.through)
  )
    return false;
  // A release in a loop is the same one in the next pass, or another branch has seen to the page of the pass before.
  if (earlierRelease.start === event.call.callee.start || isWithin(earlierRelease, event.loop)) return false;
  if (page.names.owner === 'page' || event.again) return true;
  // What another loop has left.
  if (event.goesOn) return false;
  const whole = (count: ReleaseEvent['count']): boolean => count === 'result' || count === 'request';
  if (whole(event.count) && whole(earlierRelease.count)) return true;
  if (isOneOfThem(page, event) && whole(event.count)) return true;
  if (isTheOne(page, event)) return true;
  return event.through === null && !earlierRelease.through && saysTheSame(page, event, file);
}

function isWithin({ start }: Span, loop: Span | null): boolean {
  return loop !== null && loop.start <= start && start < loop.end;
}

/** Whether the release before was of one page of the array, whichever it was. */
function isOneOfThem(
  { single, names: { owner, part } }: PageCall,
  { earlierRelease, guard }: ReleaseEvent,
): boolean {
  const isOne = earlierRelease?.count === 'one' && !earlierRelease.through;
  return isOne && guard === null && !single && !part && owner !== 'page';
}

/** Whether both releases are of the only page, by the member that it was put into: a store there in between would be another page. */
function isTheOne({ single, names: { owner } }: PageCall, { count, earlierRelease }: ReleaseEvent): boolean {
  return single && owner === 'field' && count === 'one' && earlierRelease?.count === 'one';
}

/** Whether two releases are of the whole array and as many pages, whatever number that is: nothing else is stored there. */
function saysTheSame({ function: name, names }: PageCall, event: ReleaseEvent, file: FileAnalysis): boolean {
  const count = event.countArgument === null ? null : lvalueText(event.countArgument);
  const fn = file.functionNamed(name);
  const before = fn?.callAt(event.earlierRelease?.start ?? -1) ?? null;
  if (fn === null || before === null || count === null) return false;
  const texts = ({ args }: Call): readonly (string | null)[] => args.slice(0, 2).map(lvalueText);
  const [array, number] = texts(event.call);
  const [arrayBefore, numberBefore] = texts(before);
  if (array !== names.base || arrayBefore !== array || number !== count || numberBefore !== count)
    return false;
  return !isChangedBehind(fn, before.end, [array, count]);
}

/** Whether something behind an offset stores to one of some lvalues, or gives somebody their address. */
function isChangedBehind(fn: FunctionAnalysis, offset: number, texts: readonly string[]): boolean {
  return fn.cfg.elements().some(({ element }) => {
    if (element.node.start < offset) return false;
    const isOne = (node: Expression): boolean => texts.includes(lvalueText(node) ?? '');
    if (element.kind === 'assignment') return isOne(element.node.left);
    if (element.kind === 'update') return isOne(element.node.operand);
    if (element.kind !== 'call') return false;
    return element.node.args.some(one => one.kind === 'unary' && one.op === '&' && isOne(one.operand));
  });
}
