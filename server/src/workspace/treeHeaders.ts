/** The headers of a kernel tree that define its flags: its own values may differ from those of its release. */

import { join } from 'node:path';
import { readTreeFacts, TREE_HEADERS, type TreeFacts } from '../../../kernel/src/index.js';
import type { KernelChoice } from '../ide/types.js';
import { readTextFile } from './readText.js';
import { releaseOfTree } from './tree.js';

/**
 * What the headers of a tree say of its flags. A header that is not there or cannot be read is not in the result's
 * `headers`; nothing is concluded from its absence. Reads the disk anew at each call (three files). Does not throw.
 *
 * @param root the directory that `findTree` gave
 */
export function treeFacts(root: string): TreeFacts {
  return readTreeFacts(
    TREE_HEADERS.flatMap(path => {
      const file = readTextFile(join(root, path));
      return 'text' in file ? [{ path, text: file.text }] : [];
    }),
  );
}

/** The release of a tree, as `releaseOfTree` gives it, together with what its own headers say. Does not throw. */
export function kernelOfTree(root: string): KernelChoice {
  return { ...releaseOfTree(root), tree: treeFacts(root) };
}
