/** The litmus tests that lie beside every bundle, in one file. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Reads `litmus.json` from a directory (that of the running bundle): a list of objects with the `path` of a file and its JSON.
 * Rejects with an error that names the missing file and the remedy.
 */
export async function readLitmusFiles(
  dir: string,
): Promise<readonly { readonly path: string; readonly litmus: unknown }[]> {
  const path = join(dir, 'litmus.json');
  try {
    return JSON.parse(await readFile(path, 'utf8')) as { readonly path: string; readonly litmus: unknown }[];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`the litmus tests are missing: ${path} cannot be read (${why}); install or build again`);
  }
}
