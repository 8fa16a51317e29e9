/** The number of pages is worked out from a length that may overflow, or does not fit the variable. */

import type { FileAnalysis, PageCall } from '../../analysis/index.js';
import { calleeName, integerTypesOf, lvalueText, pagePathsOf } from '../../analysis/index.js';
import { callTokens, type Expression } from '../../syntax/index.js';
import { defineRule, type Finding } from '../rule.js';
import { isCheckedByCaller } from './checkedByCaller.js';
import { CountExpression, type CountParts } from './countExpression.js';
import { calleeSpan, startOf } from './pageStory.js';

export const gupNrPagesOverflow = defineRule({
  id: 'gup-nr-pages-overflow',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'The number of pages is worked out from an unchecked length, and may wrap or be cut off.',
  why:
    'A length that user space chooses freely makes address + length wrap around: the number of pages is then zero, or far ' +
    'smaller than what the length says, and code that goes by the length runs off the array. A count of 64 bits that is ' +
    'kept in an int is cut off in the same way, and a product with the size of an element allocates too little.',
  remedy:
    'Check before anything is worked out: access_ok(), check_add_overflow(addr, len, &end), or a limit on the length that ' +
    'leaves room for an offset and fits the type of the count. Allocate with kvmalloc_array() or kvcalloc().',
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
      .flatMap(page => finding(page, file) ?? []);
  },
});

function finding(page: PageCall, file: FileAnalysis): Finding | null {
  const count = new CountExpression(page, file, startOf(page, file));
  const parts = count.parts();
  const types = integerTypesOf(file, page.function);
  if (parts === null || types === null || parts.lengths.size === 0) return null;
  const guards = count.guardsOf(new Set([...parts.lengths, ...parts.through]));
  if (guards.bounded) return null;
  const isWide = (text: string): boolean => {
    const bits = types.bitsOf(text) ?? types.bitsOf(count.keptIn(text) ?? '');
    return bits === 64 && types.isFromCaller(text);
  };
  const product = !guards.wrapTested && multiplied(page, file, parts);
  const copied = (text: string): boolean => isCopiedFromUser(rootName(text), page, file);
  const isUsers = (text: string): boolean => (product || count.isComparedWithLargest(text)) && copied(text);
  const wide = [...parts.lengths].filter(text => isWide(text) || isUsers(text));
  if (wide.length !== parts.lengths.size) return null;
  if (isCheckedByCaller(file, page.function, new Set(wide.map(rootName)))) return null;
  const narrow = [...parts.through].some(text => (types.bitsOf(text) ?? 64) < 64);
  const why = whyItOverflows(guards.wrapTested ? { ...parts, sum: false } : parts, narrow, product);
  if (why === null) return null;
  const [length = ''] = wide;
  const limits = guards.wrapTested ? 'of which only the end is tested' : 'which nothing limits';
  return {
    span: calleeSpan(page.call),
    message: `the number of pages for ${page.callee}() is worked out from ${length}, ${limits}: ${why}`,
    related: [{ span: parts.span, message: 'worked out here' }],
    confidence: 'medium',
    fix: null,
    ...((parts.sum && parts.address && !guards.wrapTested && !isHelper(page, file)) ||
    product ||
    (narrow && wide.every(copied))
      ? {}
      : { severity: 'info' as const }),
  };
}

/**
 * A static function whose callers are not seen, behind a table of operations or left out of an excerpt: what they have checked
 * is not seen either. One that takes the numbers from user space itself is no such function.
 */
function isHelper(page: PageCall, file: FileAnalysis): boolean {
  const fn = file.functionNamed(page.function);
  const { text } = file.source;
  if (fn === null || !/\bstatic\b/.test(text.slice(fn.item.start, fn.item.nameSpan.start))) return false;
  if (isCalled(page.function, file)) return false;
  return !/\b(?:__user|copy_from_user)\b/.test(text.slice(fn.item.start, fn.item.body.end));
}

function isCalled(name: string, file: FileAnalysis): boolean {
  return [...callTokens(file.source, new Set([name]))].some(
    ({ function: at }) => file.source.functions[at]?.name !== name,
  );
}

function whyItOverflows(parts: CountParts, narrow: boolean, product: boolean): string | null {
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

/** Whether a structure of the function is filled with what user space passes. */
function isCopiedFromUser(name: string, page: PageCall, file: FileAnalysis): boolean {
  for (const { element } of file.functionNamed(page.function)?.cfg.elements() ?? []) {
    if (element.kind !== 'call' || calleeName(element.node) !== 'copy_from_user') continue;
    const [to] = element.node.args;
    if (to?.kind === 'unary' && to.op === '&' && lvalueText(to.operand) === name) return true;
  }
  return false;
}

/** Whether the array is allocated with a plain product of the count. */
function multiplied(page: PageCall, file: FileAnalysis, parts: CountParts): boolean {
  const names = new Set([...parts.lengths, ...parts.through]);
  for (const { element } of file.functionNamed(page.function)?.cfg.elements() ?? []) {
    if (element.kind !== 'call' || !/^(?:k|kv|v)[mz]alloc$/.test(calleeName(element.node) ?? '')) continue;
    const [size] = element.node.args;
    if (size !== undefined && isProduct(size, names)) return true;
  }
  return false;
}

function isProduct(size: Expression, names: ReadonlySet<string>): boolean {
  if (size.kind !== 'binary' || size.op !== '*') return false;
  return [size.left, size.right].some(side => names.has(lvalueText(side) ?? ''));
}
