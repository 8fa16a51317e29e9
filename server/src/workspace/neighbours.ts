/** The source files that lie beside each other. */

import { readdirSync } from 'node:fs';
import { isSourceName } from './content/index.js';

/** The names of the source files right in a directory, in order; none if it cannot be read. */
export function sourcesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter(entry => !entry.isDirectory() && isSourceName(entry.name))
      .map(entry => entry.name)
      .sort();
  } catch {
    // Whatever hides the directory from us hides it from the search of the tree too, which says so.
    return [];
  }
}
