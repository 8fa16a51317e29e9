/** The number of pages is worked out from a length that may overflow, or does not fit the variable. */

import type { FileAnalysis, FunctionAnalysis, PageCall } from '../../analysis/index.js';
import { calleeName, integerTypesOf, lvalueText, pagePathsOf } from '../../analysis/index.js';
import type { Expression } from '../../syntax/index.js';
import { assignedTo } from '../assignments.js';
import { callsOf, isStatic } from '../callers.js';
import { copiedFromUser } from '../fromUser.js';
import { defineRule, type Finding } from '../rule.js';
import { isCheckedByCaller } from './checkedByCaller.js';
import { CountExpression, type CountParts } from './countExpression.js';
import { CountGuards } from './countGuards.js';
import { type CountSite, countSites } from './countSite.js';
import { calleeSpan } from './pageStory.js';
import { hasUnseenCallers, namesUserSpace } from './unseenCallers.js';

export const gupNrPagesOverflow = defineRule({
  id: 'gup-nr-pages-overflow',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'The number of pages is worked out from an unchecked length, and may wrap or be cut off.',
  why:
    'A length that user space chooses freely makes address + length wrap around: the number of pages is then zero, or far ' +
    'smaller than what the length says, and code that goes by the length runs off the array. A count of 64 bits that is ' +
    'kept in an int is cut off in the same way, and a product with the size of an element allocates too little; a product of two numbers of 32 bits has no more. An int from user space may be negative. Where callers that are ' +
    'not seen may have limited the length this is advice only.',
  remedy:
    'Check before anything is worked out: access_ok(), check_add_overflow(addr, len, &end), or a limit on the length that ' +
    'leaves room for an offset and fits the type of the count. Allocate with kvmalloc_array() or kvcalloc().',
  unreported:
    'A length that is compared with any limit, here or in a caller; a range whose ends are both given; pieces of what was checked; 32 bits in a sum of 64; a product of numbers of which one is cast.',
  examples: [
    {
      release: '6.12',
      bad: `long buf_register(struct buf *b, unsigned long addr, size_t len)
{
	size_t n = (PAGE_ALIGN(addr + len) - (addr & PAGE_MASK)) >> PAGE_SHIFT;
	long got;

	b->pages = kvcalloc(n, sizeof(*b->pages), GFP_KERNEL);
	if (!b->pages)
		return -ENOMEM;
	got = pin_user_pages_fast(addr & PAGE_MASK, n, FOLL_WRITE | FOLL_LONGTERM, b->pages);
	b->npages = got > 0 ? got : 0;
	return got == n ? 0 : -EFAULT;
}
`,
      good: `long buf_register(struct buf *b, unsigned long addr, size_t len)
{
	size_t n;
	long got;

	if (!len || !access_ok((void __user *)addr, len))
		return -EFAULT;
	n = (PAGE_ALIGN(addr + len) - (addr & PAGE_MASK)) >> PAGE_SHIFT;
	b->pages = kvcalloc(n, sizeof(*b->pages), GFP_KERNEL);
	if (!b->pages)
		return -ENOMEM;
	got = pin_user_pages_fast(addr & PAGE_MASK, n, FOLL_WRITE | FOLL_LONGTERM, b->pages);
	b->npages = got > 0 ? got : 0;
	return got == n ? 0 : -EFAULT;
}
`,
    },
  ],
  related: ['gup-zero-pages', 'gup-page-count'],
  check({ file }) {
    return pagePathsOf(file)
      .calls()
      .filter(page => !page.through && page.request !== null)
      .flatMap(page =>
        countSites(page, file)
          .flatMap(site => finding(page, site, file) ?? [])
          .slice(0, 1),
      );
  },
});

function finding(page: PageCall, site: CountSite, file: FileAnalysis): Finding | null {
  const count = new CountExpression(site);
  const parts = count.parts();
  const { name } = site.fn.item;
  const types = integerTypesOf(file, name);
  if (parts === null || types === null || parts.lengths.size === 0) return null;
  const asked = new CountGuards(site, count);
  const guards = asked.guardsOf(new Set([...parts.lengths, ...parts.through]));
  if (guards.bounded) return null;
  const copied = (text: string): boolean => copiedFromUser(site.fn).has(rootName(text));
  const room = Math.min(64, ...[...parts.through].map(text => types.bitsOf(text) ?? 64));
  const narrow = room < 64;
  const product = !guards.wrapTested && !guards.sized && isMultiplied(site.fn, parts);
  /** A length with a sign, from user space, of which nobody asks whether it is negative: the sum is less than the address. */
  const isNegativeAtWill = (text: string): boolean =>
    parts.sum && types.isSigned(text) === true && copied(text) && !asked.isCompared(text);
  const isWide = (text: string): boolean => {
    const bits = types.bitsOf(text) ?? types.bitsOf(count.keptIn(text) ?? '');
    // `struct args *args = data;`
    const object = count.definition(rootName(text));
    const from = object === null ? null : lvalueText(object);
    const isGiven = types.isFromCaller(text) || (from !== null && types.isFromCaller(from));
    if (isNegativeAtWill(text)) return true;
    if (parts.multiplied) return copied(text) && (bits ?? 64) > 16;
    if (bits === 64) return isGiven || copied(text);
    // Where size_t has no more a product of 32 bits wraps around; of 20 bits for the pages 16 are cut off.
    if (bits !== null) return bits === 32 && copied(text) && (product || room < 20);
    // A length that user space passes in a structure has 64 bits where it counts whole pages, or is part of an address.
    const like64 = narrow && (parts.rounded === 'down' || (parts.sum && parts.address));
    return copied(text) && (product || like64 || asked.isComparedWithLargest(text));
  };
  const wide = [...parts.lengths].filter(isWide);
  if (wide.length !== parts.lengths.size) return null;
  if (isCheckedByCaller(file, name, new Set(wide.map(rootName)))) return null;
  const sum = parts.sum && !guards.wrapTested && !guards.sized;
  const why = whyItOverflows({ ...parts, sum }, narrow, product);
  if (why === null) return null;
  const [length = ''] = wide;
  const limits = guards.wrapTested ? 'of which only the end is tested' : 'which nothing limits';
  // A pointer of user space is not checked before it is passed on: its range is not either.
  const isHelper = hasUnseenCallers(site.fn, file) && !namesUserSpace(site.fn);
  const sure =
    parts.multiplied ||
    (product && (wide.every(copied) || !isHelper)) ||
    (narrow &&
      (wide.every(copied) ||
        (!guards.wrapTested && isCheckedHere(site.fn, parts, asked)) ||
        (guards.wrapCompared && !parts.sum && !parts.address))) ||
    (sum && isCheckedHere(site.fn, parts, asked)) ||
    (sum && parts.address && !parts.inPieces && !isHelper);
  return {
    span: calleeSpan(page.call),
    message: `the number of pages for ${page.callee}() is worked out from ${length}, ${limits}: ${why}`,
    related: [{ span: parts.span, message: 'worked out here' }],
    confidence: 'medium',
    fix: null,
    ...(sure ? {} : { severity: 'info' as const }),
  };
}

/**
 * Whether it is this function that checks what it is given: it refuses a length of zero. One that only this file can call, and
 * that adds no more than an offset, may have a length that is known to be small.
 */
function isCheckedHere(fn: FunctionAnalysis, parts: CountParts, asked: CountGuards): boolean {
  return (parts.address || !isStatic(fn)) && asked.guardsOf(parts.lengths).zeroTested;
}

function whyItOverflows(parts: CountParts, narrow: boolean, product: boolean): string | null {
  if (parts.multiplied) return 'a product of two such numbers may wrap around';
  if (parts.sum)
    return parts.address
      ? 'its sum with the address may wrap around'
      : 'its sum with the offset may wrap around';
  if (product) return 'its product with the size of an element may wrap around';
  return narrow ? 'it need not fit the variable' : null;
}

/** `len` of `len`, `args` of `args->len`. */
function rootName(text: string): string {
  return /^\w+/.exec(text)?.[0] ?? '';
}

/** Functions that allocate as many bytes as an argument says, and which. */
const ALLOCATES: ReadonlyMap<string, number> = new Map([
  ['kmalloc', 0],
  ['kzalloc', 0],
  ['kvmalloc', 0],
  ['kvzalloc', 0],
  ['vmalloc', 0],
  ['vzalloc', 0],
  ['dma_alloc_coherent', 1],
  ['dma_zalloc_coherent', 1],
]);

/** Whether memory is allocated by a plain product of the count, perhaps with something added. */
function isMultiplied(fn: FunctionAnalysis, parts: CountParts): boolean {
  const names = new Set([...parts.lengths, ...parts.through]);
  return callsOf(fn, new Set(ALLOCATES.keys())).some(call => {
    const size = call.args[ALLOCATES.get(calleeName(call) ?? '') ?? -1];
    if (size === undefined) return false;
    return [size, ...(size.kind === 'identifier' ? assignedTo(fn, size.name) : [])].some(value =>
      hasProduct(value, names),
    );
  });
}

function hasProduct(size: Expression, names: ReadonlySet<string>): boolean {
  if (size.kind !== 'binary') return false;
  const { op, left, right } = size;
  if (op === '+') return hasProduct(left, names) || hasProduct(right, names);
  return (
    op === '*' && [left, right].some(side => names.has(lvalueText(side) ?? '') || hasProduct(side, names))
  );
}
