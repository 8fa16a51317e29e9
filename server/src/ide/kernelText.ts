/** How a release and its source are named to a person. */

import { isOlder, type Profile, type Release, type ResolvedFunction } from '../../../kernel/src/index.js';
import type { KernelChoice } from './types.js';

const SOURCES: Readonly<Record<KernelChoice['source'], string>> = {
  'command-line': 'command line',
  setting: 'setting',
  makefile: 'Makefile',
  default: 'assumed',
};

/** `Linux 6.12 (Makefile)`; the full version of the tree is left to the note. */
export function kernelText(kernel: KernelChoice): string {
  return `Linux ${kernel.release} (${SOURCES[kernel.source]})`;
}

/** The release that a function's facts are of: the profile's own, else the nearest that has it. */
export function releaseOf({ release, functions }: Profile, fn: ResolvedFunction): Release {
  if (functions.has(fn.name)) return release;
  const isGone = fn.until !== null && isOlder(fn.until, release);
  return (isGone ? fn.until : fn.since) ?? release;
}
