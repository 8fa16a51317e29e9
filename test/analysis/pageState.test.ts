/** The lattice under page lifetime: what meets where paths meet, and what an assignment does. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  extend,
  lastField,
  type Place,
  placeKey,
  placeOfKey,
  type Value,
} from '../../server/src/analysis/accessPath.js';
import { HELD, PageState, plainHolding } from '../../server/src/analysis/pageState.js';

const defaults = (place: Place) => plainHolding(place.steps.length === 0 ? HELD.nothing : HELD.entry);
const content = (...path: readonly [string, ...string[]]): Value => ({
  kind: 'content',
  place: { root: path[0], steps: path.slice(1) },
  shifted: false,
});

const place = fc
  .record({
    root: fc.constantFrom('page', 'pages', 'ctx', '#12'),
    steps: fc.array(fc.constantFrom('*', '.pages', '.page'), { maxLength: 3 }),
  })
  .map(value => value as Place);
const value: fc.Arbitrary<Value | null> = fc.oneof(
  fc.constant(null),
  fc.constant<Value>({ kind: 'null' }),
  fc
    .record({ kind: fc.constantFrom('content' as const, 'address' as const), place, shifted: fc.boolean() })
    .map(made => made as Value),
);
const change = fc.oneof(
  fc.record({ place, value }).map(
    ({ place, value }) =>
      (state: PageState) =>
        state.assign(place, value),
  ),
  fc.record({ place, mask: fc.constantFrom(...Object.values(HELD)) }).map(
    ({ place, mask }) =>
      (state: PageState) =>
        state.setHolding(place, plainHolding(mask)),
  ),
  place.map(at => (state: PageState) => state.shift(at)),
);
const state = fc.array(change, { maxLength: 8 }).map(changes => {
  const made = new PageState(defaults);
  for (const apply of changes) apply(made);
  return made;
});

/** Whether a place, or one on the way to it, is another name for something. */
function isAliased(state: PageState, { root, steps }: Place): boolean {
  return [...steps.keys(), steps.length].some(
    length => state.valueAt({ root, steps: steps.slice(0, length) }) !== null,
  );
}

describe('places', () => {
  it('a key gives its place back', () => {
    fc.assert(
      fc.property(place, at => {
        expect(placeOfKey(placeKey(at))).toEqual(at);
      }),
    );
  });

  it('a path does not grow without end', () => {
    let at: Place | null = { root: 'list', steps: [] };
    for (let i = 0; i < 100 && at !== null; i++) at = extend(at, '*', '.next');
    expect(at).toBeNull();
  });

  it('the last field carries what follows it', () => {
    expect(lastField({ root: 'm', steps: ['*', '.chunk', '*', '.plist', '*'] })).toBe('.plist *');
    expect(lastField({ root: 'pages', steps: ['*'] })).toBeNull();
  });
});

describe('page state', () => {
  it('join is idempotent, and never forgets how pages may have been got', () => {
    fc.assert(
      fc.property(state, state, place, (a, b, at) => {
        expect(a.join(a).equals(a)).toBe(true);
        const joined = a.join(b);
        expect(joined.equals(b.join(a))).toBe(true);
        // What each side would say of the place is among what both together say. Places are asked for with the aliases
        // on their way followed, so that none of them leads over one.
        if (!isAliased(a, at) && !isAliased(b, at)) {
          expect(joined.holding(at).mask & a.holding(at).mask).toBe(a.holding(at).mask);
          expect(joined.holding(at).mask & b.holding(at).mask).toBe(b.holding(at).mask);
        }
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
    made.setHolding({ root: 'pages', steps: ['*'] }, plainHolding(HELD.pin));
    made.assign({ root: 'page', steps: [] }, content('pages', '*'));
    expect(made.holding({ root: 'page', steps: [] }).mask).toBe(HELD.pin);
    made.assign({ root: 'page', steps: [] }, null);
    expect(made.holding({ root: 'page', steps: [] }).mask).toBe(HELD.other);
  });

  it('what an alias held is kept where the alias is lost', () => {
    const pinned = new PageState(defaults);
    pinned.setHolding({ root: 'pages', steps: ['*'] }, plainHolding(HELD.pin));
    pinned.assign({ root: 'page', steps: [] }, content('pages', '*'));
    const empty = new PageState(defaults);
    empty.assign({ root: 'page', steps: [] }, { kind: 'null' });
    expect(pinned.join(empty).holding({ root: 'page', steps: [] }).mask).toBe(HELD.pin | HELD.nothing);
  });
});
