/** Paths behind a call that gets pages: how each way in which it can go ends. */

import { describe, expect, it } from 'vitest';
import { profileFor } from '../../kernel/src/index.js';
import { analyseFile, type PageEvent, pagePathsOf } from '../../server/src/analysis/index.js';
import { readSource } from '../../server/src/syntax/index.js';
import { newParser } from './snippet.js';

const parser = await newParser();

/** The events behind the calls of a text that get pages, each in words: kind, outcome, what became of the pages. */
function eventsIn(text: string): readonly string[] {
  const file = analyseFile(readSource(text), parser, profileFor('6.12'), { handlers: new Map() });
  return pagePathsOf(file)
    .calls()
    .flatMap(page => (page.complete ? page.events : []))
    .map(inWords)
    .sort();
}

function inWords(event: PageEvent): string {
  switch (event.kind) {
    case 'exit':
      return `${event.outcome}: returns ${event.returned}, pages ${event.fate}`;
    case 'release':
      return `${event.outcome}: releases ${event.count}, pages ${event.fate}`;
    default:
      return `${event.outcome}: ${event.kind}`;
  }
}

const fn = (body: string, parameters = 'unsigned long a, int n, struct page **pages'): string =>
  `static int f(${parameters})\n{\n${body}\n}\n`;

describe('the paths behind a call', () => {
  it('are one for each way in which it can go', () => {
    expect(eventsIn(fn('return pin_user_pages_fast(a, n, FOLL_WRITE, pages);'))).toEqual([
      'full: returns positive, pages held',
      'negative: returns error, pages none',
      'short: returns positive, pages held',
    ]);
  });

  it('of one page have no part, and of one that says yes or no no error', () => {
    expect(eventsIn(fn('return pin_user_pages_fast(a, 1, 0, pages) == 1 ? 0 : -EFAULT;'))).toEqual([
      'full: returns zero, pages held',
      'negative: returns error, pages none',
    ]);
    expect(eventsIn(fn('return get_user_page_fast_only(a, 0, pages) ? 0 : -EFAULT;'))).toEqual([
      'full: returns zero, pages held',
      'zero: returns error, pages none',
    ]);
  });

  it('follow the result through variables, casts and arithmetic with zero', () => {
    const body = `
	long got = pin_user_pages_fast(a, n, 0, pages);
	int copy = (int)got + 0;

	if (copy < n) {
		if (copy > 0)
			unpin_user_pages(pages, copy);
		return copy < 0 ? copy : -EFAULT;
	}
	return 0;`;
    expect(eventsIn(fn(body))).toEqual([
      'full: returns zero, pages held',
      'negative: returns error, pages none',
      'short: releases result, pages held',
      'short: returns error, pages released',
    ]);
  });

  it('take a comparison without sign as the processor does', () => {
    const body = `
	unsigned int want = n;
	int got = pin_user_pages_fast(a, want, 0, pages);

	return got < want ? -EFAULT : 0;`;
    expect(eventsIn(fn(body))).toContain('negative: returns zero, pages none');
    expect(eventsIn(fn(body.replace('got < want', 'got < (int)want')))).toContain(
      'negative: returns error, pages none',
    );
  });

  it('go through helpers of the file, with what is passed to them', () => {
    const helper = `static void drop(struct page **p, int nr)
{
	int i;

	for (i = 0; i < nr; i++)
		unpin_user_page(p[i]);
}
`;
    const body = `
	int got = pin_user_pages_fast(a, n, 0, pages);

	if (got == n)
		return 0;
	drop(pages, got);
	return -EFAULT;`;
    expect(eventsIn(helper + fn(body))).toEqual([
      'full: returns zero, pages held',
      'negative: returns error, pages none',
      'short: releases result, pages held',
      // The loop's next pass.
      'short: releases result, pages passing',
      'short: returns error, pages released',
    ]);
  });

  it('know a condition that was asked before', () => {
    const body = `
	int got = pin_user_pages_fast(a, n, 0, pages);

	if (got != n)
		return -EFAULT;
	if (n < limit)
		unpin_user_pages(pages, n);
	if (n < limit)
		return 0;
	unpin_user_pages(pages, n);
	return 0;`;
    expect(eventsIn(fn(body, 'unsigned long a, int n, struct page **pages, int limit'))).not.toContain(
      'full: releases request, pages released',
    );
  });

  it('say nothing behind a question to somebody else', () => {
    const body = `
	int got = pin_user_pages_fast(a, n, 0, pages);

	if (is_bad(got))
		return -EFAULT;
	return 0;`;
    expect(eventsIn(fn(body))).toEqual([]);
  });

  it('end for any loop', () => {
    const body = `
	int i = 0, got = 0;

	for (;;) {
		got += pin_user_pages_fast(a + i, n - got, 0, pages + got);
		if (i++ > 7 && got * i < n)
			break;
		n = n + got - i;
	}
	return got;`;
    expect(() => eventsIn(fn(body))).not.toThrow();
  });

  it('are kept from one reading to the next, and moved with their function', () => {
    const text = fn('return pin_user_pages_fast(a, n, FOLL_WRITE, pages);');
    const read = (source: string) =>
      pagePathsOf(
        analyseFile(readSource(source), parser, profileFor('6.12'), { handlers: new Map() }),
      ).calls();
    const [first] = read(text);
    const [again] = read(text);
    const [moved] = read(`/* moved */\n${text}`);
    expect(again?.events).toBe(first?.events);
    expect(moved?.call.start).toBe((first?.call.start ?? 0) + '/* moved */\n'.length);
    const helper = (count: string): string =>
      `static void drop(struct page **p)\n{\n\tunpin_user_pages(p, ${count});\n}\n`;
    const caller = fn('if (pin_user_pages_fast(a, n, 0, pages) == n)\n\t\tdrop(pages);\n\treturn 0;');
    const counts = (source: string): readonly string[] =>
      read(source).flatMap(page => page.events.map(inWords));
    expect(counts(helper('9') + caller)).toContain('full: returns zero, pages released');
    expect(counts(helper('0') + caller)).toContain('full: returns zero, pages held');
  });
});
