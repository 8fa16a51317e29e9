/** Fewer, shorter strings to search for first: what a fast search can do at full speed. */

/** The needles that no other needle is a part of: a file that holds the longer one holds the shorter. */
export function reduceNeedles(needles: readonly string[]): string[] {
  const distinct = [...new Set(needles)].filter(needle => needle !== '');
  return distinct.filter(needle => !distinct.some(other => other !== needle && needle.includes(other)));
}

/** Shared parts are not cut shorter than this: shorter ones are everywhere. */
const SHORTEST = 5;

/**
 * Strings of which at least one is in every text that holds a needle, together no longer than `budget` where
 * that is possible. ripgrep looks for a few short literals with vector instructions, several times as fast as
 * for many; what it finds too much is cheaply sorted out. Needles that share a long part are joined first.
 *
 * @param budget total length to come down to, in UTF-16 code units
 */
export function stemsOf(needles: readonly string[], budget: number): string[] {
  let stems = reduceNeedles(needles);
  for (let shortest = 16; shortest >= SHORTEST; shortest--) {
    for (;;) {
      if (total(stems) <= budget) return stems;
      const joined = joinBest(stems, shortest);
      if (joined === null) break;
      stems = joined;
    }
  }
  return stems;
}

function total(stems: readonly string[]): number {
  return stems.reduce((sum, stem) => sum + stem.length, 0);
}

/** The stems with the pair joined that shares the longest part; null if no pair shares `shortest` characters. */
function joinBest(stems: readonly string[], shortest: number): string[] | null {
  let best = '';
  for (const [index, stem] of stems.entries()) {
    for (const other of stems.slice(index + 1)) {
      const part = sharedPart(stem, other);
      if (part.length > best.length) best = part;
    }
  }
  if (best.length < shortest) return null;
  return reduceNeedles([...stems.filter(stem => !stem.includes(best)), best]);
}

/** The longest string that is a part of both. */
function sharedPart(a: string, b: string): string {
  let best = '';
  for (let start = 0; start < a.length; start++) {
    while (start + best.length < a.length && b.includes(a.slice(start, start + best.length + 1))) {
      best = a.slice(start, start + best.length + 1);
    }
  }
  return best;
}
