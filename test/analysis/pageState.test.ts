/** The lattice under page lifetime: what meets where paths meet, and what an assignment does. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contentOf,
  extend,
  lastField,
  onePlace,
  type Place,
  type Places,
  placeOf,
  placeOfKey,
  type Value,
} from '../../server/src/analysis/accessPath.js';
import { HELD, PageState, plainHolding } from '../../server/src/analysis/pageState.js';

const defaults = (place: Place) => plainHolding(place.steps.length === 0 ? HELD.nothing : HELD.entry);
const content = (...path: readonly [string, ...string[]]): Value => contentOf(placeOf(...path));
const certain = (root: string, ...steps: readonly string[]): Places => onePlace(placeOf(root, ...steps));

const place = fc
  .record({
    root: fc.constantFrom('page', 'pages', 'ctx', '#12'),
    steps: fc.array(fc.constantFrom('*', '.pages', '.page'), { maxLength: 3 }),
  })
  .map(({ root, steps }) => placeOf(root, ...steps));
const value: fc.Arbitrary<Value> = fc.oneof(
  fc.constant<Value>({ kind: 'unknown' }),
  fc.constant<Value>({ kind: 'null' }),
  fc
    .record({ kind: fc.constantFrom('content' as const, 'address' as const), place, shifted: fc.boolean() })
    .map(made => made as Value),
);
const change = fc.oneof(
  fc.record({ place, value }).map(
    ({ place, value }) =>
      (state: PageState) =>
        state.assign(onePlace(place), [value]),
  ),
  fc.record({ place, mask: fc.constantFrom(...Object.values(HELD)) }).map(
    ({ place, mask }) =>
      (state: PageState) =>
        state.setHolding(onePlace(place), plainHolding(mask)),
  ),
  place.map(at => (state: PageState) => state.shift(onePlace(at))),
);
const state = fc.array(change, { maxLength: 8 }).map(changes => {
  const made = new PageState(defaults);
  for (const apply of changes) apply(made);
  return made;
});

describe('places', () => {
  it('a key gives its place back', () => {
    fc.assert(
      fc.property(place, at => {
        expect(placeOfKey(at.key)).toEqual(at);
      }),
    );
  });

  it('a path does not grow without end', () => {
    let at: Place | null = placeOf('list');
    for (let i = 0; i < 100 && at !== null; i++) at = extend(at, '*', '.next');
    expect(at).toBeNull();
  });

  it('the last field carries what follows it', () => {
    expect(lastField(placeOf('m', '*', '.chunk', '*', '.plist', '*'))).toBe('.plist *');
    expect(lastField(placeOf('pages', '*'))).toBeNull();
  });
});

describe('page state', () => {
  it('join is idempotent, and never forgets how pages may have been got', () => {
    fc.assert(
      fc.property(state, state, place, (a, b, at) => {
        expect(a.join(a).equals(a)).toBe(true);
        const joined = a.join(b);
        expect(joined.equals(b.join(a))).toBe(true);
        // What each side would say of the place is among what both together say.
        expect(joined.holding(at).mask & a.holding(at).mask).toBe(a.holding(at).mask);
        expect(joined.holding(at).mask & b.holding(at).mask).toBe(b.holding(at).mask);
      }),
    );
  });

  it('join is associative', () => {
    fc.assert(
      fc.property(state, state, state, (a, b, c) => {
        expect(
          a
            .join(b)
            .join(c)
            .equals(a.join(b.join(c))),
        ).toBe(true);
      }),
    );
  });

  it('joining again changes nothing', () => {
    fc.assert(
      fc.property(state, state, (a, b) => {
        const joined = a.join(b);
        expect(joined.join(b).equals(joined)).toBe(true);
        expect(joined.join(a).equals(joined)).toBe(true);
      }),
    );
  });

  it('a copy does not see later changes, whichever side is changed', () => {
    fc.assert(
      fc.property(state, change, (original, apply) => {
        const copy = original.copy();
        const kept = original.copy();
        apply(copy);
        expect(original.equals(kept)).toBe(true);
      }),
    );
  });

  it('a pointer that is an element of an array holds what the array holds', () => {
    const made = new PageState(defaults);
    made.setHolding(certain('pages', '*'), plainHolding(HELD.pin));
    made.assign(certain('page'), [content('pages', '*')]);
    expect(made.holding(placeOf('page')).mask).toBe(HELD.pin);
    made.assign(certain('page'), [{ kind: 'unknown' }]);
    expect(made.holding(placeOf('page')).mask).toBe(HELD.other);
  });

  it('an alias that one path has is followed beside what the other has', () => {
    const pinned = new PageState(defaults);
    pinned.setHolding(certain('pages', '*'), plainHolding(HELD.pin));
    pinned.assign(certain('page'), [content('pages', '*')]);
    const empty = new PageState(defaults);
    empty.setHolding(certain('pages', '*'), plainHolding(HELD.pin));
    empty.assign(certain('page'), [{ kind: 'null' }]);
    const joined = pinned.join(empty);
    const page = placeOf('page');
    expect(joined.holding(page).mask).toBe(HELD.pin | HELD.nothing);
    // What is given back through one of its names may have been given back under the other.
    joined.setHolding(
      { all: [page, placeOf('other')], certain: false, complete: true, behindNull: false },
      plainHolding(HELD.nothing),
    );
    expect(joined.holding(page).mask).toBe(HELD.pin | HELD.nothing);
    joined.setHolding(certain('pages', '*'), plainHolding(HELD.reference));
    expect(joined.holding(page).mask & HELD.reference).toBe(HELD.reference);
  });

  it('a name that may stand for two places changes neither for certain', () => {
    const made = new PageState(defaults);
    made.setHolding(certain('a'), plainHolding(HELD.pin));
    made.setHolding(certain('b'), plainHolding(HELD.pin));
    const both = {
      all: [certain('a'), certain('b')].flatMap(({ all }) => all),
      certain: false,
      complete: true,
      behindNull: false,
    };
    made.setHolding(both, plainHolding(HELD.nothing));
    expect(made.holding(placeOf('a')).mask).toBe(HELD.pin | HELD.nothing);
    made.assign(both, [{ kind: 'null' }]);
    expect(made.valuesAt(placeOf('a'))).toHaveLength(2);
  });

  it('more values of one place than can be followed are no values at all', () => {
    let made = new PageState(defaults);
    for (let i = 0; i < 40; i++) {
      const next = made.copy();
      next.assign(certain('page'), [content(`p${i}`)]);
      made = made.join(next);
    }
    expect(made.lost).toBe(true);
    expect(made.holding(placeOf('elsewhere')).mask).toBe(HELD.other);
    expect(made.join(new PageState(defaults)).equals(made)).toBe(true);
  });
});
