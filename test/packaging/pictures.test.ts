/** The pictures of the documentation: each that is shown is there, and each that is there is shown. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, it } from 'vitest';

const FOLDER = 'docs/images';

function pages(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? pages(path) : entry.name.endsWith('.md') ? [path] : [];
  });
}

it('are those that the pages show', () => {
  const shown = ['README.md', ...pages('docs')].flatMap(page =>
    [...readFileSync(page, 'utf8').matchAll(/!\[[^\]]*\]\(([^)]+)\)|srcset="([^"]+)"/g)].map(
      ([, link, source]) => normalize(join(dirname(page), link ?? source ?? '')),
    ),
  );
  const there = readdirSync(FOLDER).map(name => join(FOLDER, name));
  expect([...new Set(shown)].filter(path => path.startsWith(FOLDER)).sort()).toEqual(there.sort());
});

it('have words for who cannot see them, and none is large', () => {
  for (const name of readdirSync(FOLDER)) {
    expect(readFileSync(join(FOLDER, name)).length, name).toBeLessThan(260_000);
  }
  for (const page of ['README.md', ...pages('docs')])
    expect(readFileSync(page, 'utf8'), page).not.toMatch(/!\[\s*\]\(/);
});
