/** Moving results to where their function is now. */

/**
 * A copy of a tree of plain objects, arrays, maps and sets in which every `start` and `end` that is a number is moved by
 * `delta`; the value itself if there is nothing to move.
 */
export function shifted<T>(value: T, delta: number): T {
  return delta === 0 ? value : moved(value, offset => offset + delta);
}

/** As {@link shifted}, with each offset moved on its own. */
export function moved<T>(value: T, move: (offset: number) => number): T {
  return copy(value, move) as T;
}

function copy(value: unknown, move: (offset: number) => number): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(item => copy(item, move));
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, copy(item, move)]));
  if (value instanceof Set) return new Set([...value].map(item => copy(item, move)));
  // A copy by spread keeps the shape of the object, which makes this several times faster than building it anew.
  const out: Record<string, unknown> = { ...value };
  for (const key in out) {
    const part = out[key];
    if (typeof part === 'object') out[key] = copy(part, move);
    else if (typeof part === 'number' && (key === 'start' || key === 'end')) out[key] = move(part);
  }
  return out;
}

/** A value as text, the spans in it told relative to an offset: the same for values that only moved with it. */
export function relativeText(value: unknown, from: number): string {
  return placedText(value, offset => offset - from);
}

/** A value as text, with each offset in it told as `place` has it. */
export function placedText(value: unknown, place: (offset: number) => string | number): string {
  return JSON.stringify(value, (key, part: unknown) => {
    if (part instanceof Set) return [...part];
    if (part instanceof Map) return [...part];
    return typeof part === 'number' && (key === 'start' || key === 'end') ? place(part) : part;
  });
}
