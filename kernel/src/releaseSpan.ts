/** Several releases in few words. */

/**
 * Releases in short: `5.15–6.1` for neighbours among those asked for, `5.4, 6.1` for others.
 *
 * @param releases in order
 * @param asked all that were asked for, in order
 */
export function releaseSpan(releases: readonly string[], asked: readonly string[]): string {
  const runs: { first: string; last: string }[] = [];
  for (const release of releases) {
    const run = runs.at(-1);
    const at = asked.indexOf(release);
    if (run !== undefined && at > 0 && asked[at - 1] === run.last) run.last = release;
    else runs.push({ first: release, last: release });
  }
  return runs.map(({ first, last }) => (first === last ? first : `${first}–${last}`)).join(', ');
}
