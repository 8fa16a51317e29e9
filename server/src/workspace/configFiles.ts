/** The configuration file that speaks for a source: `.gup-lens.json` in the nearest directory above it. */

import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * The nearest file of a name in a directory or above it; null if there is none. Does not throw: what may not be looked
 * at counts as absent.
 */
export function findAbove(directory: string, name: string): string | null {
  for (let at = resolve(directory); ; at = dirname(at)) {
    const path = join(at, name);
    try {
      if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return path;
    } catch {
      // Not to be looked at.
    }
    if (dirname(at) === at) return null;
  }
}
