/** Numbers that look like chance and are the same for the same seed. */

/** Numbers from 0 up to, not including, a bound; mulberry32 by Tommy Ettinger (public domain). */
export function pseudoRandom(seed: number): (bound: number) => number {
  let state = seed | 0;
  return bound => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * bound);
  };
}
