/** A small kernel tree on the disk, for tests that change it. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { TREE } from './run.js';

const made: string[] = [];

afterAll(() => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true });
});

/** A tree of Linux 6.1 that holds the given files besides those that make it one; removed after the tests. */
export function madeTree(files: Readonly<Record<string, string>>): {
  readonly root: string;
  readonly write: (path: string, text: string) => void;
  readonly read: (path: string) => string;
} {
  const root = mkdtempSync(join(tmpdir(), 'gup-lens-tree-'));
  made.push(root);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const path of ['Makefile', 'include/linux/mm.h']) write(path, readFileSync(join(TREE, path), 'utf8'));
  for (const [path, text] of Object.entries(files)) write(path, text);
  return { root, write, read: path => readFileSync(join(root, path), 'utf8') };
}

/** A function that gives a pin back as a reference; `line` stands before the call that does. */
export function wrongDrop(name: string, line = ''): string {
  return `static void ${name}(unsigned long uaddr)
{
	struct page *page;

	if (pin_user_pages_fast(uaddr, 1, FOLL_WRITE, &page) != 1)
		return;
	mark(page);${line === '' ? '' : `\n\t${line}`}
	put_page(page);
}
`;
}
