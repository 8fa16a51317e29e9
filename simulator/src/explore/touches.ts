/** Sets of who touches what, kept small: a search keeps one for each state. */

import type { Footprint } from './membrane.js';

/** How a location is touched (see {@link Footprint}). */
export type TouchKind = 'read' | 'write' | 'change';

const KINDS: readonly TouchKind[] = ['read', 'write', 'change'];

/** That a task touches a location. */
export interface Touch {
  readonly task: number;
  readonly location: number;
  readonly kind: TouchKind;
}

/** Whether the order of two touches of a location counts. */
export function conflict(first: TouchKind, second: TouchKind): boolean {
  return first !== second || first === 'write';
}

/** What a footprint touches, and how. */
export function* touchesOf({
  reads,
  writes,
  changes,
}: Footprint): Generator<Omit<Touch, 'task'>, void, void> {
  for (const location of reads) yield { location, kind: 'read' };
  for (const location of writes) yield { location, kind: 'write' };
  for (const location of changes) yield { location, kind: 'change' };
}

/** A set of touches: a bit each, by the number that {@link Touches} gives it. */
export type TouchSet = Uint32Array;

/** The touches of one search. */
export class Touches {
  readonly #tasks: number;
  readonly #numbers = new Map<number, number>();
  readonly #touches: Touch[] = [];

  constructor(tasks: number) {
    this.#tasks = tasks;
  }

  /** The set with what a task touches in it as well. */
  with(set: TouchSet, task: number, footprint: Footprint): TouchSet {
    const bits: number[] = [];
    for (const { location, kind } of touchesOf(footprint)) bits.push(this.#bit({ task, location, kind }));
    const grown = copied(set, bits.reduce((most, bit) => Math.max(most, bit), 0) + 1);
    for (const bit of bits) grown[bit >>> 5] = (grown[bit >>> 5] ?? 0) | (1 << (bit & 31));
    return grown;
  }

  /** What is in a set. */
  *in(set: TouchSet): Generator<Touch, void, void> {
    for (let word = 0; word < set.length; word++) {
      for (let bits = set[word] ?? 0; bits !== 0; bits &= bits - 1) {
        const touch = this.#touches[(word << 5) + (31 - Math.clz32(bits & -bits))];
        if (touch !== undefined) yield touch;
      }
    }
  }

  #bit(touch: Touch): number {
    const code = (touch.location * this.#tasks + touch.task) * KINDS.length + KINDS.indexOf(touch.kind);
    let bit = this.#numbers.get(code);
    if (bit === undefined) {
      bit = this.#touches.push(touch) - 1;
      this.#numbers.set(code, bit);
    }
    return bit;
  }
}

/** What is in either set. */
export function union(first: TouchSet, second: TouchSet): TouchSet {
  const both = copied(first, second.length * 32);
  for (let word = 0; word < second.length; word++) both[word] = (both[word] ?? 0) | (second[word] ?? 0);
  return both;
}

/** A copy with room for so many bits at least. */
function copied(set: TouchSet, bits: number): TouchSet {
  const copy = new Uint32Array(Math.max(set.length, (bits + 31) >>> 5));
  copy.set(set);
  return copy;
}
