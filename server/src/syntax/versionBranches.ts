/** Which releases the branches of a file with conditions on the version are for. */

import {
  NEWEST_RELEASE,
  nearestRelease,
  oldestFirst,
  type Release,
  releasesBetween,
} from '../../../kernel/src/index.js';
import { namesVersion } from './condition.js';
import { admits, branchAt, type Conditionals, chainOf, isForeign, isNever } from './conditionals.js';
import { detailsOf } from './readSource.js';
import { Tok, tokenText } from './scan.js';
import type { SourceFile } from './sourceFile.js';
import { RELEASE_CODES } from './versionCodes.js';

/** The releases that conditions on the version admit a branch for, oldest first; null: there are no such conditions. */
export function releasesOfBranch(conditionals: Conditionals, branch: number): readonly Release[] | null {
  if (!conditionals.versioned || branch < 0) return null;
  if (!chainOf(conditionals, branch).some(here => namesVersion(here.when))) return null;
  return RELEASE_CODES.filter(([, codes]) => admits(conditionals, branch, codes)).map(([release]) => release);
}

/** As {@link releasesOfBranch}, for the code at an offset of a file. */
export function releasesAt(file: SourceFile, offset: number): readonly Release[] | null {
  const { conditionals } = detailsOf(file);
  return releasesOfBranch(conditionals, branchAt(conditionals, offset));
}

/** Whether the version that a file was read for rules out the code at an offset. */
export function isRuledOut(file: SourceFile, offset: number): boolean {
  if (!file.versioned) return false;
  const { conditionals } = detailsOf(file);
  return conditionals.excluded[branchAt(conditionals, offset)] === 1;
}

/**
 * The releases of the kernels that code of {@link isForeignAt} may be compiled for. A vendor's kernel has an old number
 * over newer code, so it is all from the oldest that the conditions admit.
 *
 * @returns oldest first; null if that cannot be told: kernels older than every known release are admitted too, or none
 */
export function possibleReleasesAt(file: SourceFile, offset: number): readonly Release[] | null {
  const { conditionals } = detailsOf(file);
  const branch = branchAt(conditionals, offset);
  const older = { low: 0, high: (RELEASE_CODES[0]?.[1].low ?? 1) - 1 };
  if (isNever(conditionals, branch) || admits(conditionals, branch, older)) return null;
  const [oldest] = releasesOfBranch(conditionals, branch) ?? [];
  return oldest === undefined ? null : releasesBetween(oldest, NEWEST_RELEASE);
}

/**
 * Whether it hangs on more than configuration and version that the code at an offset is compiled: a macro of a vendor
 * or of a configure script, or `#if 0`. Such code may be for another kernel than the one of the analysis.
 */
export function isForeignAt(file: SourceFile, offset: number): boolean {
  const { conditionals } = detailsOf(file);
  return isForeign(conditionals, branchAt(conditionals, offset));
}

/**
 * The releases to read a file for besides its own, so that branches which the own version rules out are read too:
 * for each that holds one of the names, the nearest release that it admits. A branch that no known release reads
 * adds nothing.
 *
 * @param own the release of the analysis
 * @param names of functions that are called or installed there
 */
export function otherReleases(
  file: SourceFile,
  own: Release,
  names: ReadonlySet<string>,
): readonly Release[] {
  if (!file.versioned || file.version === null) return [];
  const { tokens, conditionals, callMacroNames } = detailsOf(file);
  const branches = new Set<number>();
  for (let i = 0; i < tokens.count; i++) {
    const branch = conditionals.branchOf[i] as number;
    if (branch < 0 || conditionals.excluded[branch] !== 1 || branches.has(branch)) continue;
    if (tokens.kind[i] !== Tok.identifier) continue;
    const name = tokenText(tokens, i);
    if (names.has(name) || callMacroNames.has(name)) branches.add(branch);
  }
  const others = new Set<Release>();
  for (const branch of branches) {
    const nearest = nearestRelease(own, releasesOfBranch(conditionals, branch) ?? []);
    if (nearest !== null) others.add(nearest);
  }
  return oldestFirst(others);
}
