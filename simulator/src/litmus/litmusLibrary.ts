/** The litmus tests that the product brings along, by name. */

import type { LitmusFile } from './litmus.js';
import { parseLitmus } from './parse.js';

/** A file of the library as it is stored: its path below the library, and its JSON. */
export interface StoredLitmus {
  readonly path: string;
  readonly litmus: unknown;
}

/**
 * The files, in order of their paths.
 * @throws Error for one that is no litmus test, naming path and field: the product was built wrong
 */
export function litmusLibrary(stored: readonly StoredLitmus[]): readonly LitmusFile[] {
  return stored.map(({ path, litmus }) => {
    const parsed = parseLitmus(litmus);
    if ('file' in parsed) return parsed.file;
    const [problem] = parsed.problems;
    throw new Error(`${path}: ${problem?.field}: ${problem?.message}`);
  });
}

/** The test of that name, or all of the discussion of that name. */
export function litmusNamed(library: readonly LitmusFile[], name: string): readonly LitmusFile[] {
  const tests = library.filter(file => file.name === name);
  return tests.length > 0 ? tests : library.filter(file => file.discussion === name);
}

/** The names that {@link litmusNamed} knows. */
export function litmusNames(library: readonly LitmusFile[]): readonly string[] {
  return [
    ...new Set([
      ...library.map(({ name }) => name),
      ...library.flatMap(({ discussion }) => discussion ?? []),
    ]),
  ];
}
