/**
 * What is known at one point of a function: which place holds which page pointers, and how the pages were got.
 *
 * A place has a set of values that it may have. One of them may be its own content, of which the state knows how the
 * pages were got. A state is above another one if, for every place, it allows each value and each way of getting the
 * pages that the other allows. What is written through a name replaces what was there only if the name is certain; else
 * what was there is kept beside it, so that a state that knows less allows more behind every element too.
 */

import {
  contentOf,
  distinctValues,
  type Environment,
  isElement,
  onePlace,
  type Place,
  type Places,
  placeOfKey,
  pointedTo,
  sameValues,
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

/** What a place holds of its own that only has values of other places: nothing that could be read. */
const UNREAD: Holding = { mask: 0, by: NO_ACQUISITION };

/** A holding that no acquisition of this function brought. */
export function plainHolding(mask: number): Holding {
  return { mask, by: NO_ACQUISITION };
}

/** Either of two holdings. */
export function unite(a: Holding, b: Holding): Holding {
  if (a === b) return a;
  if ((a.mask | b.mask) === a.mask && hasAll(a.by, b.by)) return a;
  return { mask: a.mask | b.mask, by: new Set([...a.by, ...b.by]) };
}

function hasAll(ids: ReadonlySet<number>, others: ReadonlySet<number>): boolean {
  if (ids === others) return true;
  for (const id of others) if (!ids.has(id)) return false;
  return true;
}

/** What a place holds before anything is known of it: depends on where the function has it from. */
export type DefaultHolding = (place: Place) => Holding;

/** Beyond so many values of one place all is lost: pointers into trees would name more and more. */
const MOST_VALUES = 32;
/** A pointer to what is further away is not followed by name. */
const FARTHEST = 6;

/** Mutable while one element is interpreted; copied before, and the maps only when they are written. */
export class PageState implements Environment {
  /** By place; a place that is not here has its own content, if a path leads there. */
  #values: Map<string, readonly Value[]>;
  /** The own content of places; what is not here has the default. */
  #held: Map<string, Holding>;
  #ownsValues: boolean;
  #ownsHeld: boolean;
  /** Too much may be anywhere: every place may hold anything. Above every other state. */
  #lost: boolean;
  readonly #default: DefaultHolding;

  constructor(defaultHolding: DefaultHolding, from: PageState | null = null) {
    this.#default = defaultHolding;
    this.#values = from === null ? new Map() : from.#values;
    this.#held = from === null ? new Map() : from.#held;
    this.#ownsValues = from === null;
    this.#ownsHeld = from === null;
    this.#lost = from === null ? false : from.#lost;
  }

  copy(): PageState {
    // From now on the maps are shared, whichever of the two is written first.
    this.#ownsValues = false;
    this.#ownsHeld = false;
    return new PageState(this.#default, this);
  }

  /** Whether there were too many values to go on: nothing is known then. */
  get lost(): boolean {
    return this.#lost;
  }

  #setValues(key: string, values: readonly Value[]): void {
    if (this.#values.get(key) === values) return;
    if (values.length > MOST_VALUES) this.#lost = true;
    if (!this.#ownsValues) this.#values = new Map(this.#values);
    this.#ownsValues = true;
    this.#values.set(key, values);
  }

  #dropValues(key: string): void {
    if (!this.#values.has(key)) return;
    if (!this.#ownsValues) this.#values = new Map(this.#values);
    this.#ownsValues = true;
    this.#values.delete(key);
  }

  #setHeld(key: string, holding: Holding): void {
    if (this.#held.get(key) === holding) return;
    if (!this.#ownsHeld) this.#held = new Map(this.#held);
    this.#ownsHeld = true;
    this.#held.set(key, holding);
  }

  #dropHeld(key: string): void {
    if (!this.#held.has(key)) return;
    if (!this.#ownsHeld) this.#held = new Map(this.#held);
    this.#ownsHeld = true;
    this.#held.delete(key);
  }

  valuesAt(place: Place): readonly Value[] {
    if (this.#lost) return [{ kind: 'unknown' }];
    const known = this.#values.get(place.key);
    if (known !== undefined) return known;
    return this.#leadsTo(place) ? [contentOf(place)] : [];
  }

  /** Whether a place may have its own content. */
  #hasOwn(place: Place): boolean {
    const key = place.key;
    const known = this.#values.get(key);
    return known === undefined ? this.#leadsTo(place) : known.some(value => isContentOf(value, key));
  }

  /** Whether every pointer on the way to a place may be the one that the path names, and not another's value alone. */
  #leadsTo({ through }: Place): boolean {
    for (const key of through) {
      const known = this.#values.get(key);
      if (known !== undefined && !known.some(value => isContentOf(value, key))) return false;
    }
    return true;
  }

  /** Every place of which something is known. */
  places(): readonly Place[] {
    return [...new Set([...this.#values.keys(), ...this.#held.keys()])].map(placeOfKey);
  }

  /**
   * Every place of which one of two states knows something, without those that neither has touched since the two
   * came of one state: states that meet differ in a few places out of many.
   */
  #placesThatDiffer(other: PageState): readonly Place[] {
    const values = differingKeys(this.#values, other.#values);
    const held = differingKeys(this.#held, other.#held);
    const keys = new Set([...values, ...held]);
    if (values.length > 0) {
      // Values that are not written down follow from those on the way to the place; what one state alone has, differs.
      const differ = new Set(values);
      for (const key of this.#held.keys()) {
        if (!this.#values.has(key) && placeOfKey(key).through.some(one => differ.has(one))) keys.add(key);
      }
    }
    return Array.from(keys, placeOfKey);
  }

  /** How the pages that a place may have in its hands were got. */
  holding(place: Place): Holding {
    return this.holdingOf(this.valuesAt(place));
  }

  /** How the pages were got that a value is. */
  holdingOf(values: readonly Value[]): Holding {
    return values.map(value => this.#holdingOfValue(value)).reduce(unite, UNREAD);
  }

  #holdingOfValue(value: Value): Holding {
    if (this.#lost) return plainHolding(HELD.other);
    switch (value.kind) {
      case 'null':
        return plainHolding(HELD.nothing);
      case 'content':
        return this.ownHolding(value.place);
      default:
        return plainHolding(HELD.other);
    }
  }

  /** How the pages of a place's own content were got. */
  ownHolding(place: Place): Holding {
    if (!this.#hasOwn(place)) return UNREAD;
    return this.#held.get(place.key) ?? this.#default(place);
  }

  /** The place holds this from now on; where it is not certain which place it is, each of them may. */
  setHolding(places: Places, holding: Holding): void {
    const [place] = places.all;
    if (this.#lost || place === undefined) return;
    if (!places.certain) {
      this.addHolding(places, holding);
      return;
    }
    this.#forgetBelow(place.key);
    this.#dropValues(place.key);
    this.#setHeld(place.key, holding);
  }

  /** What the places hold may now also be this. */
  addHolding({ all }: Places, holding: Holding): void {
    if (this.#lost) return;
    for (const place of all) this.#addAll(this.#withOwn(place, holding));
  }

  /** What a place may hold if its own content may also be something else, of which nothing is known further down. */
  #withOwn(place: Place, holding: Holding): Map<string, Holding> {
    const added = new Map([[place.key, unite(this.ownHolding(place), holding)]]);
    for (const deeper of this.#below(place.key)) {
      added.set(deeper.key, unite(this.ownHolding(deeper), this.#default(deeper)));
    }
    return added;
  }

  #addAll(added: ReadonlyMap<string, Holding>): void {
    for (const [key, holding] of added) {
      this.#addOwn(placeOfKey(key));
      this.#setHeld(key, holding);
    }
  }

  /** A place may have its own content beside other values. */
  #addOwn(place: Place): void {
    const key = place.key;
    const known = this.#values.get(key);
    if (known === undefined && this.#leadsTo(place)) return;
    this.#setValues(key, distinctValues([...(known ?? []), contentOf(place)]));
  }

  /**
   * An assignment to a place.
   * @param oneOfMany the place stands for more than the one that is written
   */
  assign(places: Places, values: readonly Value[], oneOfMany = false): void {
    if (this.#lost) return;
    for (const place of places.all) {
      if (isElement(place)) this.#addElement(place, values);
      else if (places.certain && !oneOfMany) this.#set(place, values);
      else this.#perhaps(state => state.#set(place, values));
    }
  }

  /** What an element is given is known of all elements; that another name for it may get other pages later, is not. */
  #addElement(place: Place, values: readonly Value[]): void {
    const below = pointedTo(contentOf(place));
    for (const value of values) {
      const target = pointedTo(value);
      if (below !== null && target !== null) this.addHolding(onePlace(below), this.holding(target));
    }
    this.addHolding(onePlace(place), this.holdingOf(values));
  }

  /** Something happens, or does not. */
  #perhaps(change: (state: PageState) => void): void {
    const changed = this.copy();
    change(changed);
    const both = this.join(changed);
    this.#values = both.#values;
    this.#held = both.#held;
    this.#lost = both.#lost;
    this.#ownsValues = false;
    this.#ownsHeld = false;
  }

  #set(place: Place, values: readonly Value[]): void {
    const key = place.key;
    const kept = values.filter(value => isFollowed(value) && !refersTo(value, key));
    const copied = values.filter(value => !kept.includes(value));
    const held = this.holdingOf(copied);
    const behind = this.#heldBehind(copied);
    this.#forgetBehind(place);
    this.#dropHeld(key);
    if (copied.length === 0) {
      this.#setValues(key, kept);
      return;
    }
    this.#setValues(key, distinctValues([...kept, contentOf(place)]));
    this.#setHeld(key, held);
    const below = pointedTo(contentOf(place));
    if (below !== null) this.#setHeld(below.key, behind);
  }

  /** What is held where values point to. */
  #heldBehind(values: readonly Value[]): Holding {
    return values
      .map(value => {
        const target = pointedTo(value);
        if (target !== null) return this.holding(target);
        return plainHolding(value.kind === 'null' ? HELD.nothing : HELD.other);
      })
      .reduce(unite, UNREAD);
  }

  /** A variable comes to life: what was known under its name is gone. */
  forget(place: Place): void {
    if (this.#lost) return;
    this.#forgetBehind(place);
    this.#dropValues(place.key);
    this.#dropHeld(place.key);
  }

  /** A pointer moves on within what it points to. */
  shift(places: Places): void {
    if (this.#lost) return;
    for (const place of places.all) {
      if (places.certain) this.#shift(place);
      else this.#perhaps(state => state.#shift(place));
    }
  }

  #shift(place: Place): void {
    const key = place.key;
    const known = this.#values.get(key);
    if (known === undefined) return;
    const moved = known.map(value =>
      'place' in value && !isContentOf(value, key) ? { ...value, shifted: true } : value,
    );
    this.#setValues(key, distinctValues(moved));
  }

  /** The place gets a new value: what was known through the old one names other memory now. */
  #forgetBehind(place: Place): void {
    const key = place.key;
    const prefix = `${key} `;
    const lost = new Map<string, readonly Value[]>();
    for (const [name, values] of this.#values) {
      if (name === key || name.startsWith(prefix)) continue;
      const gone = values.filter(value => refersTo(value, key));
      if (gone.length > 0) lost.set(name, gone);
    }
    this.#copyAll(lost);
    this.#forgetBelow(key);
  }

  #forgetBelow(key: string): void {
    const prefix = `${key} `;
    // A map may lose entries, or be copied, while it is gone through.
    for (const name of this.#values.keys()) if (name.startsWith(prefix)) this.#dropValues(name);
    for (const name of this.#held.keys()) if (name.startsWith(prefix)) this.#dropHeld(name);
  }

  /**
   * Places lose values that they had: what is held through these becomes their own content. All is looked up before
   * anything changes, so that the order does not matter.
   */
  #copyAll(lost: ReadonlyMap<string, readonly Value[]>): void {
    const added = new Map<string, Holding>();
    for (const [name, values] of lost) {
      const place = placeOfKey(name);
      const found = this.#withOwn(place, this.holdingOf(values));
      const below = pointedTo(contentOf(place));
      if (below !== null) {
        const key = below.key;
        // What is right below is known: it is what the values point to.
        found.set(key, unite(this.ownHolding(below), this.#heldBehind(values)));
      }
      for (const [key, holding] of found) added.set(key, unite(added.get(key) ?? UNREAD, holding));
    }
    for (const [name, values] of lost) {
      const rest = (this.#values.get(name) ?? []).filter(value => !values.includes(value));
      this.#setValues(name, distinctValues([...rest, contentOf(placeOfKey(name))]));
    }
    this.#addAll(added);
  }

  /** The places of which something is known that are reached through one. */
  #below(key: string): readonly Place[] {
    const prefix = `${key} `;
    const keys = new Set<string>();
    for (const map of [this.#values, this.#held]) {
      for (const name of map.keys()) if (name.startsWith(prefix)) keys.add(name);
    }
    return Array.from(keys, placeOfKey);
  }

  /** The state where two paths meet: the least that is above both. */
  join(other: PageState): PageState {
    if (this.#lost || this.#isSame(other)) return this;
    if (other.#lost) return other;
    let isNew = false;
    const joined = this.#placesThatDiffer(other).map(place => {
      const [ours, theirs] = [this.valuesAt(place), other.valuesAt(place)];
      const values = sameValues(ours, theirs) ? ours : distinctValues([...ours, ...theirs]);
      const own = this.ownHolding(place);
      const held = unite(own, other.ownHolding(place));
      isNew ||= !sameHolding(held, own) || !sameValues(values, ours);
      return { key: place.key, values, held };
    });
    // Most joins bring nothing new: they are of a path that came here before.
    if (!isNew) return this;
    const both = this.copy();
    for (const { key, values, held } of joined) {
      both.#setValues(key, values);
      both.#setHeld(key, held);
    }
    return both;
  }

  #isSame(other: PageState): boolean {
    return this.#values === other.#values && this.#held === other.#held && this.#lost === other.#lost;
  }

  equals(other: PageState): boolean {
    if (this.#isSame(other)) return true;
    if (this.#lost || other.#lost) return this.#lost === other.#lost;
    return this.#placesThatDiffer(other).every(
      place =>
        sameValues(this.valuesAt(place), other.valuesAt(place)) &&
        sameHolding(this.ownHolding(place), other.ownHolding(place)),
    );
  }
}

/** The keys under which one of two maps has something else than the other, or has nothing. */
function differingKeys<T>(a: ReadonlyMap<string, T>, b: ReadonlyMap<string, T>): readonly string[] {
  if (a === b) return [];
  const found: string[] = [];
  for (const [key, value] of a) if (b.get(key) !== value) found.push(key);
  for (const key of b.keys()) if (!a.has(key)) found.push(key);
  return found;
}

function sameHolding(a: Holding, b: Holding): boolean {
  return a === b || (a.mask === b.mask && a.by.size === b.by.size && hasAll(a.by, b.by));
}

/** Whether a value is the own content of the place with this key. */
function isContentOf(value: Value, key: string): boolean {
  return value.kind === 'content' && value.place.key === key;
}

/** Whether the state keeps the value itself, not a copy of what is held by it. */
function isFollowed(value: Value): boolean {
  return value.kind === 'null' || ('place' in value && value.place.steps.length <= FARTHEST);
}

function refersTo(value: Value, key: string): boolean {
  if (!('place' in value)) return false;
  const name = value.place.key;
  if (!name.startsWith(key)) return false;
  if (value.kind === 'address') return name.startsWith(' *', key.length);
  return name.length === key.length || name.charAt(key.length) === ' ';
}
