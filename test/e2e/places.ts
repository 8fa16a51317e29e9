/** Where things are: the repository, and the cache outside of it that holds the editors. */

import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

function findRoot(from: string): string {
  if (existsSync(join(from, 'package.json')) && existsSync(join(from, 'esbuild.mjs'))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error('the repository of this test was not found');
  return findRoot(parent);
}

/** The top folder of the repository: this file runs from a bundle inside it. */
export const root = findRoot(dirname(fileURLToPath(import.meta.url)));

/** Editors are installed here and used again: `GUP_LENS_E2E_CACHE`, else a folder among the temporary ones. */
export const cache = process.env.GUP_LENS_E2E_CACHE ?? join(tmpdir(), 'gup-lens-e2e');

/** Screenshots of the run; ignored by git. */
export const screenshots = join(root, 'test/e2e/screenshots');

/** Sources that the editors open; copied before use. */
export const fixtures = join(root, 'test/e2e/fixtures');
