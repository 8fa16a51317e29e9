/** Names like a name that is not known. */

/**
 * Up to `limit` of `names` that a person may have meant by `name`, nearest first. Case, leading underscores and
 * a missing prefix (`WRITE` for `FOLL_WRITE`) count little.
 */
export function nearestNames(name: string, names: Iterable<string>, limit = 4): string[] {
  const wanted = plain(name);
  const scored: { name: string; distance: number }[] = [];
  for (const candidate of names) {
    const other = plain(candidate);
    const contains = wanted.length >= 3 && (other.includes(wanted) || wanted.includes(other));
    const distance = contains
      ? Math.min(2, Math.abs(other.length - wanted.length))
      : editDistance(wanted, other);
    if (distance <= Math.max(2, Math.floor(wanted.length / 3))) scored.push({ name: candidate, distance });
  }
  const asWritten = (other: string): number => editDistance(name, other);
  scored.sort(
    (a, b) => a.distance - b.distance || asWritten(a.name) - asWritten(b.name) || (a.name < b.name ? -1 : 1),
  );
  return scored.slice(0, limit).map(entry => entry.name);
}

function plain(name: string): string {
  return name.toLowerCase().replace(/^_+/, '');
}

/** Levenshtein distance. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
