/** The number of pages does not count the part of a page before the address, or that which is released is not that which was got. */

import { type FileAnalysis, type PageCall, pagePathsOf, rootOf } from '../../analysis/index.js';
import type { Span } from '../../syntax/index.js';
import { copiedFromUser } from '../fromUser.js';
import { defineRule, type Finding } from '../rule.js';
import { CountExpression, type CountParts } from './countExpression.js';
import { CountGuards } from './countGuards.js';
import { type CountSite, countSites } from './countSite.js';
import { usedBehind } from './onePageOfMore.js';
import { leftOut } from './pageDifference.js';
import { calleeSpan, startOf } from './pageStory.js';
import { releasesOfTooMany } from './releasedCount.js';

export const gupPageCount = defineRule({
  id: 'gup-page-count',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary:
    'Pages are counted by the length alone, though the address may lie inside one, or more released than got.',
  why:
    'A buffer that begins inside a page reaches one page further than its length says: 4096 bytes at offset 100 lie in two ' +
    'pages. With one page too few the last bytes are read or written behind what was got, in memory of somebody else. ' +
    'The address of the last byte rounded up is the same page again where that byte begins one. The difference of the page numbers of the ' +
    'last byte and the first is one less than the pages between them. ' +
    'One page that is got for an array of elements, or a piece of a page that takes no heed of the offset, ends with the page. ' +
    'Where a structure keeps both numbers, that of the pages asked for and that of the pages got, a release by the first gives ' +
    'back what nobody got: a NULL pointer, or pages of before.',
  remedy:
    'Add the offset before rounding up: DIV_ROUND_UP(offset_in_page(addr) + len, PAGE_SIZE), without a -1; or last - first + 1. Or refuse an address that is not ' +
    'aligned to a page. Release by the number that was got.',
  unreported:
    'Counts that a caller works out, and the lengths of what one page is got for that it gives as they are; a function that asks for the alignment of the address anywhere; lengths that are not made of bytes.',
  examples: [
    {
      release: '6.12',
      bad: `static int send_buf(struct chan *c, unsigned long addr, u32 len)
{
	unsigned int offset = offset_in_page(addr);
	int n = DIV_ROUND_UP(len, PAGE_SIZE);
	int got = pin_user_pages_fast(addr & PAGE_MASK, n, 0, c->pages);

	if (got != n) {
		if (got > 0)
			unpin_user_pages(c->pages, got);
		return -EFAULT;
	}
	return chan_send(c, n, offset, len);
}
`,
      good: `static int send_buf(struct chan *c, unsigned long addr, u32 len)
{
	unsigned int offset = offset_in_page(addr);
	int n = DIV_ROUND_UP(offset + len, PAGE_SIZE);
	int got = pin_user_pages_fast(addr & PAGE_MASK, n, 0, c->pages);

	if (got != n) {
		if (got > 0)
			unpin_user_pages(c->pages, got);
		return -EFAULT;
	}
	return chan_send(c, n, offset, len);
}
`,
    },
  ],
  related: ['gup-nr-pages-overflow', 'gup-zero-pages'],
  check({ file }) {
    const calls = pagePathsOf(file)
      .calls()
      .filter(page => !page.through && page.request !== null)
      .flatMap(page =>
        countSites(page, file)
          .flatMap(site => finding(page, site) ?? [])
          .slice(0, 1),
      );
    const single = pagePathsOf(file)
      .calls()
      .filter(page => !page.through && page.single)
      .flatMap(page => ofOnePage(page, file) ?? []);
    return [...calls, ...single, ...releasesOfTooMany(file)];
  },
});

/** One page, and more bytes than it has room for behind the offset perhaps. */
function ofOnePage(page: PageCall, file: FileAnalysis): Finding | null {
  const fn = file.functionNamed(page.function);
  if (fn === null || page.request === null) return null;
  const site = { file, fn, call: page.call, request: page.request, start: startOf(page, file) };
  const used = usedBehind(page, file, site);
  if (used === null) return null;
  return {
    span: calleeSpan(page.call),
    message: `${page.callee}() is asked for one page, and ${used.length} bytes are used from where the address is in it: they may reach into the next`,
    related: [{ span: used.at, message: 'used here' }],
    confidence: 'medium',
    fix: null,
  };
}

function finding(page: PageCall, site: CountSite): Finding | null {
  const count = new CountExpression(site);
  const asked = new CountGuards(site, count);
  const parts = count.parts();
  const short = count.lastByteRoundedUp();
  if (short !== null) return shortOfLast(page, short);
  const without = leftOut(count, site.request);
  if (
    parts !== null &&
    (without === 'always' ||
      ((without !== null || cutsEndOff(parts)) && count.knowsOffset() && !asked.asksForAlignment()))
  ) {
    return {
      span: calleeSpan(page.call),
      message:
        `the number of pages for ${page.callee}() leaves out the page that the last byte is in` +
        (without === 'always' ? '' : ', where the buffer ends inside a page'),
      related: [{ span: parts.span, message: 'worked out here' }],
      confidence: 'high',
      fix: null,
    };
  }
  if (parts === null || parts.address || parts.lengths.size === 0) return null;
  if (parts.rounded === 'no' || asked.asksForAlignment()) return null;
  // With a page for each end there are enough.
  if (parts.offset || parts.extra > (parts.rounded === 'up' ? 0 : 1)) return null;
  // Who cuts the address off expects that it lies inside a page; who has it from user space itself is who has to ask.
  const copied = copiedFromUser(site.fn);
  const sure =
    count.knowsOffset() || count.cutsAddress() || [...count.addresses].some(text => copied.has(rootOf(text)));
  return {
    span: calleeSpan(page.call),
    message:
      `the number of pages for ${page.callee}() is worked out from ${[...parts.lengths].join(' and ')} alone: ` +
      'a buffer that begins inside a page reaches one page further',
    related: [{ span: parts.span, message: 'worked out here' }],
    confidence: sure ? 'high' : 'medium',
    fix: null,
    ...(sure ? {} : { severity: 'info' as const }),
  };
}

/** `(offset + len) / PAGE_SIZE` */
function cutsEndOff({ offset, sum, rounded, extra, inPieces }: CountParts): boolean {
  return offset && sum && rounded === 'down' && extra === 0 && !inPieces;
}

/** `DIV_ROUND_UP(addr + len - 1, PAGE_SIZE)` is the page of the last byte, and not the one behind it, where that byte begins it. */
function shortOfLast(page: PageCall, span: Span): Finding {
  return {
    span: calleeSpan(page.call),
    message: `the number of pages for ${page.callee}() is one too small where the last byte is the first of its page: what is rounded up is its address, not that of the end`,
    related: [{ span, message: 'worked out here' }],
    confidence: 'high',
    fix: null,
  };
}
