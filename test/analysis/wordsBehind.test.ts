/** What a call's arguments may come from, read off the text: rather too much than too little. */

import { describe, expect, it } from 'vitest';
import { withoutComments, wordsBehind } from '../../server/src/analysis/wordsBehind.js';

/** Of the calls of put_page() in a body. */
const behind = (body: string): readonly string[] => [
  ...wordsBehind(
    body,
    Array.from(body.matchAll(/put_page\(/g), ({ index }) => index),
  ),
];

describe('the words behind a call', () => {
  it('are those of its statement', () => {
    expect(behind('{ other(x->mm); put_page(x->page); }')).toEqual(['put_page', 'x', 'page']);
  });

  it('are those of what is assigned to them, over several steps and in any order', () => {
    const words = behind(
      '{ again: put_page(p); p = page_folio(q); q = ctx->list[i]; n = ctx->count; goto again; }',
    );
    expect(words).toEqual(expect.arrayContaining(['p', 'q', 'ctx', 'list', 'i']));
    expect(words).not.toContain('count');
  });

  it('are found through an assignment in a condition, and one in another', () => {
    const words = behind('{ if ((a = b = v->page) != NULL) { put_page(b); } }');
    expect(words).toContain('page');
  });

  it('are found through a field that is written', () => {
    expect(behind('{ c.plist = m->pages; put_page(c.plist[0]); }')).toContain('pages');
  });

  it('do not come from comments, nor from comparisons', () => {
    const words = behind('{ /* p = x->a; */ if (p == x->b) return; p /* ; */ = x->c; put_page(p); }');
    expect(words).toContain('c');
    expect(words).not.toContain('a');
    expect(words).not.toContain('b');
  });

  it('are all that follows where the statement has no end', () => {
    expect(behind('{ put_page(x->page')).toContain('page');
  });
});

describe('a text without its comments', () => {
  it('keeps every offset', () => {
    const text = 'a /* b\n */ = c; // d\ne';
    expect(withoutComments(text)).toHaveLength(text.length);
    expect(withoutComments(text).match(/\w/g)).toEqual(['a', 'c', 'e']);
  });
});
