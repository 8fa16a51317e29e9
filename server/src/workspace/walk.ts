/** Walking a directory for source files, the way ripgrep does with --follow. */

import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isSourceName } from './content/index.js';
import { reasonOf } from './readText.js';

/** What a walk met. Paths are relative to its directory, with `/`. */
export interface WalkEntry {
  readonly path: string;
  /** Why a directory or link could not be read; null for a source file. */
  readonly problem: string | null;
}

/**
 * The source files under a directory. Symbolic links are followed, and each real directory is entered once:
 * a loop of links ends there, and the walk prefers the path without a link. `.git` is left out. Does not throw.
 */
export function* walkSources(directory: string): Generator<WalkEntry> {
  const visited = new Set<string>();
  const links: string[] = [];
  yield* walkReal(directory, '', visited, links);
  // Links last, so that what is in the tree itself is listed under its own name.
  for (let i = 0; i < links.length; i++) {
    const path = links[i] as string;
    try {
      const about = statSync(join(directory, path));
      if (about.isDirectory()) yield* walkReal(directory, path, visited, links);
      else if (about.isFile() && isSourceName(path)) yield { path, problem: null };
    } catch (error) {
      const { kind, reason } = reasonOf(error);
      // A link that leads to no file hides none.
      if (kind !== 'missing') yield { path, problem: reason };
    }
  }
}

function* walkReal(top: string, from: string, visited: Set<string>, links: string[]): Generator<WalkEntry> {
  const pending = [from];
  while (pending.length > 0) {
    const at = pending.pop() as string;
    try {
      const real = realpathSync(join(top, at));
      if (visited.has(real)) continue;
      visited.add(real);
      for (const entry of readdirSync(join(top, at), { withFileTypes: true })) {
        const path = at === '' ? entry.name : `${at}/${entry.name}`;
        if (entry.isSymbolicLink()) links.push(path);
        else if (entry.isDirectory()) {
          if (entry.name !== '.git') pending.push(path);
        } else if (entry.isFile() && isSourceName(entry.name)) yield { path, problem: null };
      }
    } catch (error) {
      yield { path: at === '' ? '.' : at, problem: reasonOf(error).reason };
    }
  }
}
