/** The injection grammar: which names of kernel C it marks, and which it leaves alone. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { profileFor, RELEASES, SITE_FUNCTIONS } from '../../kernel/src/index.js';

interface Grammar {
  readonly scopeName: string;
  readonly injectionSelector: string;
  readonly patterns: readonly { readonly name: string; readonly match: string }[];
}

const grammar = JSON.parse(readFileSync('syntaxes/gup-lens.injection.json', 'utf8')) as Grammar;

/** The scope of the first pattern that matches all of a name in a text. */
function scopeOf(name: string, text = `${name}(`): string | null {
  const found = grammar.patterns.find(({ match }) =>
    [...text.matchAll(new RegExp(match, 'g'))].some(hit => hit[0] === name),
  );
  return found?.name ?? null;
}

describe('the injection grammar', () => {
  it('marks every call of the family that some release has', () => {
    const missed = [...SITE_FUNCTIONS.keys()].filter(name => scopeOf(name) === null);
    expect(missed).toEqual([]);
  });

  it('marks every flag of every release', () => {
    const flags = new Set(RELEASES.flatMap(release => [...profileFor(release).flags.keys()]));
    const missed = [...flags].filter(name => scopeOf(name, `${name} |`) === null);
    expect(missed).toEqual([]);
  });

  it('leaves other names alone', () => {
    for (const name of [
      'get_user',
      'my_get_user_pages',
      'get_user_pages_of_mine',
      'put_page',
      'XFOLL_WRITE',
      'FOLL_',
    ]) {
      expect(scopeOf(name), name).toBeNull();
    }
    expect(scopeOf('get_user_pages', 'fn = get_user_pages;')).toBeNull();
  });

  it('stays out of comments and strings', () => {
    for (const selector of grammar.injectionSelector.split(',')) {
      expect(selector).toMatch(/^\s*L:source\.(c|cpp) -comment -string$/);
    }
  });
});
