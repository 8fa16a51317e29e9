/** The litmus tests of the repository, as the panel is given them. */

import { readFileSync } from 'node:fs';
import { litmusLibrary, type StoredLitmus } from '../../simulator/src/index.js';
import { LITMUS_PATHS } from '../litmus/files.js';

const stored: readonly StoredLitmus[] = LITMUS_PATHS.map(path => ({
  path,
  litmus: JSON.parse(readFileSync(path, 'utf8')),
}));

export const library = litmusLibrary(stored);

/** The JSON of the test of that name. */
export function storedNamed(name: string): unknown {
  const found = stored[library.findIndex(file => file.name === name)];
  if (found === undefined) throw new Error(`there is no litmus test ${name}`);
  return found.litmus;
}
