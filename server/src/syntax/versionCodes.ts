/** LINUX_VERSION_CODE: the number that a kernel's version is in conditions of the preprocessor. */

import { RELEASES, type Release } from '../../../kernel/src/index.js';

/** LINUX_VERSION_CODE as far as it is known: from `low` to `high`, both included. */
export interface VersionCodes {
  readonly low: number;
  readonly high: number;
}

/** KERNEL_VERSION(a, b, c). Since 4.14.252, 4.19.207, 5.10.63 and so on the sublevel stops at 255. */
export function versionCode(a: number, b: number, c: number): number {
  return a * 65536 + b * 256 + Math.min(c, 255);
}

/**
 * The codes that a version text such as `6.1.192` stands for; a text without a sublevel for those of all its
 * sublevels. `6.1.0-56-amd64` is a package of which the sublevel is not said. null: no version.
 */
export function versionCodesOf(text: string): VersionCodes | null {
  const match = /^(?:linux-)?v?(\d+)\.(\d+)(?:\.(\d+))?(-\d)?/i.exec(text.trim());
  if (match === null) return null;
  const [a, b] = [Number(match[1]), Number(match[2])];
  if (match[3] === undefined || (match[3] === '0' && match[4] !== undefined)) {
    return { low: versionCode(a, b, 0), high: versionCode(a, b, 255) };
  }
  const code = versionCode(a, b, Number(match[3]));
  return { low: code, high: code };
}

/** What every known release may be, whatever its sublevel; oldest first. */
export const RELEASE_CODES: readonly (readonly [Release, VersionCodes])[] = RELEASES.flatMap(release => {
  const codes = versionCodesOf(release);
  return codes === null ? [] : [[release, codes] as const];
});
