/** The profile that a choice of kernel leads to. */

import { type Profile, profileFor, profileWithTree } from '../../../kernel/src/index.js';
import { type VersionCodes, versionCodesOf } from '../syntax/index.js';
import type { KernelChoice } from './types.js';

/** The profile of the release; for that of a tree, with the flags that the tree's own headers define. */
export function profileOf({ release, tree }: Pick<KernelChoice, 'release' | 'tree'>): Profile {
  const profile = profileFor(release);
  return tree === undefined ? profile : profileWithTree(profile, tree);
}

/** What LINUX_VERSION_CODE is in a choice of kernel: one number where the sublevel is known. Null only for no version. */
export function versionOf({ release, text }: Pick<KernelChoice, 'release' | 'text'>): VersionCodes | null {
  return versionCodesOf(text) ?? versionCodesOf(release);
}
