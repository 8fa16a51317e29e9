/** Data that is kept for long, without the texts that it was read in. */

/**
 * The same plain data (arrays, maps, sets, objects) with strings of its own: engines keep a whole text alive for each name that
 * was cut out of it, so that the names of a tree's functions would keep the tree.
 */
export function detached<T>(value: T): T {
  return copyOf(value) as T;
}

function copyOf(value: unknown): unknown {
  // A slice of another string otherwise; of what was put together none is.
  if (typeof value === 'string') return ` ${value}`.slice(1);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf);
  if (value instanceof Map) return new Map([...value].map(([key, held]) => [copyOf(key), copyOf(held)]));
  if (value instanceof Set) return new Set([...value].map(copyOf));
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, copyOf(held)]));
}
