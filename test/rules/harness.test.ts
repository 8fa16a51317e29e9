/** The harness of the fixtures: that it notices what it is there for. */

import { describe, expect, it } from 'vitest';
import type { Fix } from '../../server/src/rules/index.js';
import {
  annotationsOf,
  applyFix,
  differences,
  editsOf,
  lint,
  nodesBeside,
  pathOf,
  releasesOf,
} from './harness.js';
import { mutantsOf } from './mutate/mutants.js';

const RULE = 'gup-pin-put-mismatch';
const WRONG = `static void drop(unsigned long uaddr)
{
	struct page *page;

	if (pin_user_pages_fast(uaddr, 1, FOLL_WRITE, &page) != 1)
		return;
	put_page(page);
}
`;

describe('a fixture', () => {
  it('names its releases and its path in front', () => {
    expect(releasesOf('int a;')).toEqual(['6.1', '6.12']);
    expect(releasesOf('/* releases: 5.4 6.12 */\n')).toEqual(['5.4', '6.12']);
    expect(pathOf('/* releases: 5.4 */\n/* path: mm/gup.c */\n')).toBe('mm/gup.c');
    expect(pathOf('int a; /* path: mm/gup.c */\n')).toBeUndefined();
  });

  it('differs where something is not reported, reported elsewhere, or not as it should be', async () => {
    const check = async (text: string, silent = false): Promise<string[]> =>
      differences(RULE, silent, annotationsOf(text), await lint(text, '6.12'));
    const marked = (comment: string): string =>
      WRONG.replace('put_page(page);', `put_page(page); ${comment}`);
    expect(await check(marked(`/* expect: ${RULE} */`))).toEqual([]);
    expect(await check(marked(`/* expect: ${RULE}: released with put_page() */`))).toEqual([]);
    expect(await check(marked(`\n//\t^^^ error[${RULE}]: so its pin`))).toEqual([]);
    expect(await check(WRONG)).toEqual([
      expect.stringContaining('line 7: error[gup-pin-put-mismatch] is reported'),
    ]);
    for (const comment of [`/* expect: ${RULE}: other words */`, `\n//\t^^^ warning[${RULE}]`]) {
      expect(await check(marked(comment))).toHaveLength(2);
    }
    expect(await check(marked('/* expect: gup-internal-flag */'))).toHaveLength(2);
    const other = differences('gup-internal-flag', true, [], await lint(WRONG, '6.12'));
    expect(other).toHaveLength(1);
    expect(differences('gup-internal-flag', false, [], await lint(WRONG, '6.12'))).toEqual([]);
  });
});

describe('nodesBeside', () => {
  const fix = (from: string, newText: string): Fix => {
    const start = WRONG.indexOf(from);
    return { title: 'x', edits: [{ span: { start, end: start + from.length }, newText }] };
  };
  const same = async (made: Fix): Promise<boolean> => {
    const { before, after } = editsOf(made);
    const beside = await nodesBeside(WRONG, before);
    expect(beside.length).toBeGreaterThan(2);
    return JSON.stringify(beside) === JSON.stringify(await nodesBeside(applyFix(WRONG, made), after));
  };

  it('are the same after an edit that keeps to its place, and not after one that does not', async () => {
    expect(await same(fix('put_page', 'unpin_user_page'))).toBe(true);
    expect(await same(fix('FOLL_WRITE', 'FOLL_WRITE | FOLL_LONGTERM'))).toBe(true);
    expect(await same(fix('\treturn;', '\tgoto out;'))).toBe(true);
    expect(await same(fix('struct page *page;', 'struct page *page; /*'))).toBe(false);
  });
});

describe('mutantsOf', () => {
  const changed = (text: string): string[] =>
    mutantsOf(text).map(({ start, end, newText }) => text.slice(0, start) + newText + text.slice(end));

  it('change one condition each', () => {
    expect(changed('if (a) b();')).toEqual(['if (!(a)) b();']);
    expect(changed('const x = a && b;')).toEqual([
      'const x = ((a) || (b));',
      'const x = (b);',
      'const x = (a);',
    ]);
    expect(changed('const x = a < 1;')).toEqual(['const x = !(a < 1);', 'const x = (a) <= (1);']);
    expect(changed("const x = { since: '5.6' };")).toEqual([
      "const x = { since: '5.5' };",
      "const x = { since: '5.7' };",
    ]);
    expect(changed('const x = !a;')).toEqual(['const x = !!a;']);
    expect(changed('const x = a.some(f);')).toEqual(['const x = a.every(f);']);
  });

  it('leave alone what only tells a type, and types', () => {
    expect(changed('if (a === null) b();')).toEqual([]);
    expect(changed('const x = a !== null && a.b;')).toEqual(['const x = (a !== null);']);
    expect(changed('const x = a === null || b || a.c;')).toEqual([
      'const x = (a === null) || a.c;',
      'const x = (a === null || b);',
    ]);
    expect(changed("type A = B extends C ? 'a' : 'b'; const x: A | null = y;")).toEqual([]);
  });
});
