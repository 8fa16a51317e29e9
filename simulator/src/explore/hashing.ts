/**
 * 64-bit hashes as two halves of 32 bits. Two of a million states share one with a probability of 3 in 10^8; that much may
 * an exhaustive search miss.
 */

/** A hash that grows. */
export interface Hash {
  low: number;
  high: number;
}

/** The hash of nothing. */
export function newHash(): Hash {
  return { low: 0x2545f491, high: 0x4f6cdd1d };
}

/** Appends two numbers: what comes first counts. */
export function append(hash: Hash, first: number, second: number): void {
  hash.low = mix(mix(hash.low ^ first, 0x85ebca6b) ^ second, 0xc2b2ae35);
  hash.high = mix(mix(hash.high ^ second, 0x9e3779b1) ^ first, 0x27d4eb2f);
}

/** Adds a pair to a set of pairs, or takes it out: the order does not count. */
export function toggle(hash: Hash, first: number, second: number): void {
  hash.low ^= mix(mix(first ^ 0x165667b1, 0x85ebca6b) ^ second, 0xc2b2ae35);
  hash.high ^= mix(mix(second ^ 0x61c88647, 0x9e3779b1) ^ first, 0x27d4eb2f);
}

/** The finaliser of MurmurHash3, with a multiplier to choose. */
function mix(value: number, multiplier: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), multiplier);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0x85ebca6b);
  return mixed ^ (mixed >>> 16);
}
