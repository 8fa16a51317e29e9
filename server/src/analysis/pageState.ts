/** What is known at one point of a function: which place holds which page pointers, and how the pages were got. */

import {
  type Environment,
  isElement,
  type Place,
  placeKey,
  placeOfKey,
  pointedTo,
  sameValue,
  type Value,
} from './accessPath.js';

/**
 * How the pages of a place may have been got, as bits. `nothing`: not got at all (uninitialised, NULL, given back).
 * `entry`: as it was when the function was entered. `other`: by something that is not known.
 */
export const HELD = { pin: 1, reference: 2, nothing: 4, entry: 8, other: 16 } as const;

/** `by` holds the ids of the acquisitions that reach this place. */
export interface Holding {
  readonly mask: number;
  readonly by: ReadonlySet<number>;
}

const NO_ACQUISITION: ReadonlySet<number> = new Set();

/** A holding that no acquisition of this function brought. */
export function plainHolding(mask: number): Holding {
  return { mask, by: NO_ACQUISITION };
}

/** Either of two holdings. */
export function unite(a: Holding, b: Holding): Holding {
  if (a === b) return a;
  if ((a.mask | b.mask) === a.mask && [...b.by].every(id => a.by.has(id))) return a;
  return { mask: a.mask | b.mask, by: new Set([...a.by, ...b.by]) };
}

/** What a place holds before anything is known of it: depends on where the function has it from. */
export type DefaultHolding = (place: Place) => Holding;

/** Mutable while one element is interpreted; copied before, and the maps only when they are written. */
export class PageState implements Environment {
  #aliases: Map<string, Value>;
  #held: Map<string, Holding>;
  #ownsAliases: boolean;
  #ownsHeld: boolean;
  readonly #default: DefaultHolding;

  constructor(defaultHolding: DefaultHolding, from: PageState | null = null) {
    this.#default = defaultHolding;
    this.#aliases = from === null ? new Map() : from.#aliases;
    this.#held = from === null ? new Map() : from.#held;
    this.#ownsAliases = from === null;
    this.#ownsHeld = from === null;
  }

  copy(): PageState {
    // From now on the maps are shared, whichever of the two is written first.
    this.#ownsAliases = false;
    this.#ownsHeld = false;
    return new PageState(this.#default, this);
  }

  #setAlias(key: string, value: Value): void {
    this.#ownAliases().set(key, value);
  }

  #dropAlias(key: string): void {
    if (this.#aliases.has(key)) this.#ownAliases().delete(key);
  }

  #ownAliases(): Map<string, Value> {
    if (!this.#ownsAliases) this.#aliases = new Map(this.#aliases);
    this.#ownsAliases = true;
    return this.#aliases;
  }

  #setHeld(key: string, holding: Holding): void {
    if (this.#held.get(key) !== holding) this.#ownHeld().set(key, holding);
  }

  #dropHeld(key: string): void {
    if (this.#held.has(key)) this.#ownHeld().delete(key);
  }

  #ownHeld(): Map<string, Holding> {
    if (!this.#ownsHeld) this.#held = new Map(this.#held);
    this.#ownsHeld = true;
    return this.#held;
  }

  valueAt(place: Place): Value | null {
    return this.#aliases.get(placeKey(place)) ?? null;
  }

  /** Every place with a known value, for what is stored in structures. */
  aliases(): ReadonlyMap<string, Value> {
    return this.#aliases;
  }

  /** Every place with a known holding. */
  held(): ReadonlyMap<string, Holding> {
    return this.#held;
  }

  holding(place: Place): Holding {
    const alias = this.valueAt(place);
    if (alias !== null) return this.#holdingOfAlias(alias);
    return this.#held.get(placeKey(place)) ?? this.#default(place);
  }

  #holdingOfAlias(value: Value): Holding {
    if (value.kind === 'null') return plainHolding(HELD.nothing);
    if (value.kind === 'address') return plainHolding(HELD.other);
    return this.#held.get(placeKey(value.place)) ?? this.#default(value.place);
  }

  /** The page pointer that a value is, if it is one. */
  holdingOfValue(value: Value | null): Holding {
    return value === null ? plainHolding(HELD.other) : this.#holdingOfAlias(value);
  }

  setHolding(place: Place, holding: Holding): void {
    this.#dropAlias(placeKey(place));
    this.#setHeld(placeKey(place), holding);
  }

  /** What the place holds may now also be this. */
  addHolding(place: Place, holding: Holding): void {
    this.setHolding(place, unite(this.holding(place), holding));
  }

  /**
   * An assignment of a value to a place.
   * @param oneOfMany the place stands for more than the one that is written
   */
  assign(place: Place, value: Value | null, oneOfMany = false): void {
    if (oneOfMany || (isElement(place) && place.steps.at(-1) === '*')) {
      const below = pointedTo({ kind: 'content', place, shifted: false });
      const target = pointedTo(value);
      if (below !== null && target !== null) this.addHolding(below, this.holding(target));
      this.addHolding(place, this.holdingOfValue(value));
      return;
    }
    const held = this.holdingOfValue(value);
    const behind = pointedTo(value);
    this.#forgetBehind(place);
    const key = placeKey(place);
    this.#dropHeld(key);
    if (value === null || refersTo(value, key)) {
      this.#dropAlias(key);
      this.#setHeld(key, held);
      const below = pointedTo({ kind: 'content', place, shifted: false });
      if (below !== null)
        this.#setHeld(placeKey(below), behind === null ? plainHolding(HELD.other) : this.holding(behind));
      return;
    }
    this.#setAlias(key, value);
  }

  /** A variable comes to life: what was known under its name is gone. */
  forget(place: Place): void {
    this.#forgetBehind(place);
    this.#dropAlias(placeKey(place));
    this.#dropHeld(placeKey(place));
  }

  /** A pointer moves on within what it points to. */
  shift(place: Place): void {
    const value = this.valueAt(place);
    if (value !== null && value.kind !== 'null') {
      this.#setAlias(placeKey(place), { ...value, shifted: true });
    }
  }

  /** The place gets a new value: what was known through the old one names other memory now. */
  #forgetBehind(place: Place): void {
    const key = placeKey(place);
    for (const [name, value] of [...this.#aliases]) {
      if (name.startsWith(`${key} `)) this.#dropAlias(name);
      else if (name !== key && refersTo(value, key)) this.#materialise(name, value);
    }
    for (const name of [...this.#held.keys()]) {
      if (name.startsWith(`${key} `)) this.#dropHeld(name);
    }
  }

  /** Keeps what is held through an alias when the alias itself is lost. */
  #materialise(name: string, value: Value): void {
    this.#materialiseAll(new Map([[name, value]]));
  }

  /**
   * As {@link #materialise}, for several aliases at once: what each held is looked up before any of them is gone, so
   * that their order does not matter.
   */
  #materialiseAll(lost: ReadonlyMap<string, Value>): void {
    const kept = new Map<string, Holding>();
    for (const [name, value] of lost) {
      kept.set(name, this.#holdingOfAlias(value));
      const below = pointedTo({ kind: 'content', place: placeOfKey(name), shifted: false });
      if (below === null || this.valueAt(below) !== null) continue;
      const target = pointedTo(value);
      const behind =
        target === null
          ? plainHolding(value.kind === 'null' ? HELD.nothing : HELD.other)
          : this.holding(target);
      const old = this.#held.get(placeKey(below));
      kept.set(placeKey(below), old === undefined ? behind : unite(old, behind));
    }
    for (const name of lost.keys()) this.#dropAlias(name);
    for (const [key, holding] of kept) this.#setHeld(key, holding);
  }

  /** The state where two paths meet. */
  join(other: PageState): PageState {
    if (this.#aliases === other.#aliases && this.#held === other.#held) return this;
    const a = this.copy();
    const b = other.copy();
    if (this.#aliases !== other.#aliases) a.#joinAliases(b);
    if (a.#held === b.#held) return a;
    for (const [name, right] of b.#held) {
      const left = a.#held.get(name) ?? a.#default(placeOfKey(name));
      a.#setHeld(name, unite(left, right));
    }
    for (const [name, left] of [...a.#held]) {
      if (!b.#held.has(name)) a.#setHeld(name, unite(left, b.#default(placeOfKey(name))));
    }
    return a;
  }

  /** Keeps the aliases that both states have; what is held through the others is written down in each. */
  #joinAliases(other: PageState): void {
    const mine = new Map<string, Value>();
    const theirs = new Map<string, Value>();
    for (const name of new Set([...this.#aliases.keys(), ...other.#aliases.keys()])) {
      const left = this.#aliases.get(name);
      const right = other.#aliases.get(name);
      if (left !== undefined && right !== undefined) {
        if (sameValue(left, right)) continue;
        const merged = sameButShifted(left, right);
        if (merged !== null) {
          this.#setAlias(name, merged);
          continue;
        }
      }
      if (left !== undefined) mine.set(name, left);
      if (right !== undefined) theirs.set(name, right);
    }
    this.#materialiseAll(mine);
    other.#materialiseAll(theirs);
  }

  equals(other: PageState): boolean {
    if (this.#aliases === other.#aliases && this.#held === other.#held) return true;
    if (this.#aliases.size !== other.#aliases.size || this.#held.size !== other.#held.size) return false;
    for (const [name, value] of this.#aliases) {
      const there = other.#aliases.get(name);
      if (there === undefined || !sameValue(value, there)) return false;
    }
    for (const [name, holding] of this.#held) {
      const there = other.#held.get(name);
      if (there === undefined || there.mask !== holding.mask || there.by.size !== holding.by.size)
        return false;
    }
    return true;
  }
}

function sameButShifted(a: Value, b: Value): Value | null {
  if (a.kind === 'null' || b.kind === 'null' || a.kind !== b.kind) return null;
  return placeKey(a.place) === placeKey(b.place) ? { ...a, shifted: true } : null;
}

function refersTo(value: Value, key: string): boolean {
  if (value.kind === 'null') return false;
  const name = placeKey(value.place);
  if (value.kind === 'address') return name.startsWith(`${key} *`);
  return name === key || name.startsWith(`${key} `);
}
