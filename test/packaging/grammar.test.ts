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

/** A line as an editor takes it apart: at each place the leftmost match, of several there the first pattern's. */
function scopesOf(line: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < line.length; ) {
    const matches = grammar.patterns.flatMap(({ name, match }) => {
      const pattern = new RegExp(match, 'g');
      pattern.lastIndex = at;
      const hit = pattern.exec(line);
      return hit === null ? [] : [{ index: hit.index, text: hit[0], name }];
    });
    const first = matches.reduce<(typeof matches)[number] | null>(
      (best, one) => (best === null || one.index < best.index ? one : best),
      null,
    );
    if (first === null) break;
    found.push(`${first.text} ${first.name.replace('.gup-lens', '')}`);
    at = first.index + first.text.length;
  }
  return found;
}

describe('the injection grammar', () => {
  it('takes lines of the kernel apart', () => {
    expect(scopesOf('\tret = pin_user_pages_fast(addr, 1, FOLL_WRITE|FOLL_LONGTERM, &page);')).toEqual([
      'pin_user_pages_fast support.function.gup',
      'FOLL_WRITE variable.other.enummember.foll',
      'FOLL_LONGTERM variable.other.enummember.foll',
    ]);
    expect(scopesOf('\tif (handle_mm_fault (vma, addr, FAULT_FLAG_WRITE, regs) & VM_FAULT_ERROR)')).toEqual([
      'handle_mm_fault support.function.fault',
      'FAULT_FLAG_WRITE variable.other.enummember.fault-flag',
      'VM_FAULT_ERROR variable.other.enummember.vm-fault',
    ]);
    expect(scopesOf('\tunpin_user_pages_dirty_lock(pages, got, true);')).toEqual([
      'unpin_user_pages_dirty_lock support.function.unpin',
    ]);
    expect(scopesOf('#define DEMO_FLAGS (FOLL_FORCE | MY_FOLL_X | FOLL_write)')).toEqual([
      'FOLL_FORCE variable.other.enummember.foll',
    ]);
    expect(scopesOf('\tget_user_pages_fn fn = my_pin_user_pages;')).toEqual([]);
  });

  it('gives each kind of flag a scope of its own, below one that themes know', () => {
    const names = grammar.patterns.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^(?:variable\.other\.enummember|support\.function)\./);
  });

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
