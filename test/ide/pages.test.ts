/** The pages that the product shows itself: they say what the tables say, and every link in them leads somewhere. */

import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FLAGS, FUNCTIONS, profileFor, RELEASES, SWITCHES } from '../../kernel/src/index.js';
import { pageAt } from '../../server/src/ide/index.js';

const text = (path: string): string => pageAt(path) ?? '';

/** Where the relative links of a page lead. */
function linksOf(path: string): string[] {
  return [...text(path).matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)].map(([, target = '']) =>
    posix.join(posix.dirname(path), target),
  );
}

describe('a page of the product', () => {
  it('is there for every release, the list of them, and every name of the tables', () => {
    for (const release of RELEASES) expect(text(`releases/${release}.md`)).toContain(`# Linux ${release}\n`);
    expect(text('releases/README.md')).toContain('# Releases');
    const names = [...FLAGS, ...FUNCTIONS, ...SWITCHES].map(({ name }) => name);
    const missing = names.filter(name => !text(`explain/6.12/${name}.md`).startsWith(`# \`${name}\`\n`));
    expect(missing).toEqual([]);
  });

  it('is what the release says, not what another does', () => {
    const pin = (release: string): string => text(`explain/${release}/FOLL_PIN.md`);
    expect(pin('6.1')).toContain('`0x40000` in Linux 6.1');
    expect(pin('6.12')).toContain('`0x80000` in Linux 6.12');
    expect(pin('5.4')).toContain('not in Linux 5.4, described as in 5.6');
    expect(text('explain/6.12/get_user_pages_remote.md')).toContain('Lock before: ');
    expect(text('explain/6.12/unshareFault.md')).toContain('Linux 6.12 · on');
  });

  it('tells of the rules that speak of the name', () => {
    expect(text('explain/6.12/FOLL_LONGTERM.md')).toMatch(/\[gup-missing-longterm\]\(/);
    expect(text('explain/6.12/FOLL_ANON.md')).not.toContain('Rules that speak of it');
  });

  it('has links that lead to other pages', () => {
    const names = [...FLAGS, ...FUNCTIONS].map(({ name }) => `explain/6.12/${name}.md`);
    const pages = ['releases/README.md', 'releases/4.8.md', 'releases/6.12.md', 'releases/7.3.md', ...names];
    const targets = new Set(pages.flatMap(linksOf));
    const dead = [...targets].filter(target =>
      target.startsWith('rules/') ? !existsSync(`docs/${target}`) : pageAt(target) === null,
    );
    expect(dead).toEqual([]);
    expect(targets.size).toBeGreaterThan(40);
  });

  it('is none for a path of nothing', () => {
    for (const path of [
      '',
      'releases/2.6.md',
      'releases/6.12',
      'releases/6.12/FOLL_PIN.md',
      'explain/6.12.md',
      'explain/6.12/FOLL_NOTHING.md',
      'explain/9.9/FOLL_PIN.md',
      'releases/../6.12.md',
      'explain/6.12/__proto__.md',
    ])
      expect(pageAt(path), path).toBeNull();
  });

  it('of a flag that only a tree has is none: nothing is known of it', () => {
    expect(profileFor('6.12').flags.has('FOLL_OF_A_TREE')).toBe(false);
    expect(pageAt('explain/6.12/FOLL_OF_A_TREE.md')).toBeNull();
  });
});
