/** Moving results to where their function is now. */

/**
 * A copy of a tree of plain objects, arrays, maps and sets in which every `start` and `end` that is a number is moved by
 * `delta`; the value itself if there is nothing to move.
 */
export function shifted<T>(value: T, delta: number): T {
  return delta === 0 ? value : (shift(value, delta) as T);
}

function shift(value: unknown, delta: number): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(item => shift(item, delta));
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, shift(item, delta)]));
  if (value instanceof Set) return new Set([...value].map(item => shift(item, delta)));
  // A copy by spread keeps the shape of the object, which makes this several times faster than building it anew.
  const moved: Record<string, unknown> = { ...value };
  for (const key in moved) {
    const part = moved[key];
    if (typeof part === 'object') moved[key] = shift(part, delta);
    else if (typeof part === 'number' && (key === 'start' || key === 'end')) moved[key] = part + delta;
  }
  return moved;
}

/** A value as text, the spans in it told relative to an offset: the same for values that only moved with it. */
export function relativeText(value: unknown, from: number): string {
  return JSON.stringify(value, (key, part: unknown) => {
    if (part instanceof Set) return [...part];
    if (part instanceof Map) return [...part];
    return typeof part === 'number' && (key === 'start' || key === 'end') ? part - from : part;
  });
}
