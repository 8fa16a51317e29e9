/** The release that settings ask for, by the path of a file. */

import picomatch from 'picomatch';

/**
 * What the settings say for a file: that of the first pattern that matches it, else the one for all. Patterns are
 * matched against the path in the tree, if there is one, and against the whole path.
 *
 * @param path with `/`; null for text that is of no place
 * @param root the directory of its kernel tree, with `/`
 * @returns a version text, or `auto`
 */
export function releaseAskedFor(
  path: string | null,
  root: string | null,
  settings: {
    readonly kernelRelease: string;
    readonly kernelReleases: readonly { readonly pattern: string; readonly release: string }[];
  },
): string {
  const { kernelRelease, kernelReleases } = settings;
  if (path === null) return kernelRelease;
  const names = root !== null && path.startsWith(`${root}/`) ? [path.slice(root.length + 1), path] : [path];
  const match = kernelReleases.find(({ pattern }) => {
    const matches = picomatch(pattern, { dot: true });
    return names.some(name => matches(name));
  });
  return match?.release ?? kernelRelease;
}
