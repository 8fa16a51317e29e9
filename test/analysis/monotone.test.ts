/** Transfer functions are monotone: where more may be so before, no less may be so after. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LOCK_OPERATIONS, profileFor, siteFunction } from '../../kernel/src/index.js';
import { type Place, valuesFrom } from '../../server/src/analysis/accessPath.js';
import type { CfgElement, Lattice } from '../../server/src/analysis/index.js';
import {
  type Fact,
  refineBits,
  refineSign,
  withFact,
} from '../../server/src/analysis/lattices/factLattice.js';
import {
  clearFlags,
  type FlagValue,
  flagLattice,
  flagSet,
  isSymbolic,
  keepFlags,
  maskOf,
  NO_FLAGS_VALUE,
  orFlags,
  refineByTest,
} from '../../server/src/analysis/lattices/flagLattice.js';
import { type LockState, lockLattice, lockState } from '../../server/src/analysis/lattices/lockLattice.js';
import { applyContract, applyOperation } from '../../server/src/analysis/lockTransfer.js';
import { HELD, PageState, plainHolding } from '../../server/src/analysis/pageState.js';
import {
  type PageSummary,
  type PageWorld,
  touchesPages,
  transferElement,
} from '../../server/src/analysis/pageTransfer.js';
import type { Call } from '../../server/src/syntax/index.js';
import { flagValues, lockPaths } from './arbitraries.js';
import { analyse, inFunction } from './snippet.js';

/** Whether `a` says no more than `b` allows. */
function isBelow<S>(lattice: Lattice<S>, a: S, b: S): boolean {
  return lattice.equals(lattice.join(a, b), b);
}

const MASKS = fc.subarray(['FOLL_A', 'FOLL_B', 'FOLL_C', 'FOLL_D'], { minLength: 1 });

/**
 * Values of names alone. What a test or a mask leaves of `param:x` has no name: a set that holds it stands for all that
 * may be left, which a mask can say in names.
 */
const namedValues = flagValues.filter(value => ![...(maskOf(value).may ?? [])].some(isSymbolic));

/** Names without their places: an origin that a path adds is no value. */
function withoutOrigins(value: FlagValue): FlagValue {
  return { ...value, origins: new Map() };
}

describe('operations on flags', () => {
  type Operation = (value: FlagValue, names: readonly string[]) => FlagValue;
  const operations: readonly (readonly [string, fc.Arbitrary<FlagValue>, Operation])[] = [
    ['a | names', flagValues, (value, names) => orFlags(value, flagSet(names))],
    ['a & ~names', flagValues, (value, names) => clearFlags(value, new Set(names))],
    ['a & names', namedValues, (value, names) => keepFlags(value, new Set(names))],
    ['a, where a & names', namedValues, (value, names) => refineByTest(value, new Set(names), true)],
    ['a, where !(a & names)', flagValues, (value, names) => refineByTest(value, new Set(names), false)],
  ];

  it.each(operations)('%s', (_, values, operation) => {
    fc.assert(
      fc.property(values, values, MASKS, (a, more, names) => {
        const low = withoutOrigins(operation(a, names));
        const high = withoutOrigins(operation(flagLattice.join(a, more), names));
        expect(isBelow(flagLattice, low, high)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it('a | b, in both', () => {
    fc.assert(
      fc.property(flagValues, flagValues, flagValues, (a, b, more) => {
        const low = withoutOrigins(orFlags(a, b));
        const high = withoutOrigins(orFlags(a, flagLattice.join(b, more)));
        expect(isBelow(flagLattice, low, high)).toBe(true);
        expect(orFlags(a, NO_FLAGS_VALUE)).toEqual(NO_FLAGS_VALUE);
      }),
    );
  });
});

/** A state whose paths leave out facts that say nothing, as every state of a flow does. */
const states: fc.Arbitrary<LockState> = fc.array(lockPaths, { maxLength: 6 }).map(paths =>
  lockState(
    paths.map(path => ({
      ...path,
      facts: [...path.facts].reduce(
        (facts, [key, fact]) => withFact(facts, key, fact),
        new Map() as typeof path.facts,
      ),
    })),
  ),
);

/** The call of a body, in a tree. */
function callOf(text: string): Call {
  const fn = analyse(inFunction(text, 'struct mm_struct *mm, int *locked')).functionNamed('f');
  for (const { element } of fn?.cfg.elements() ?? []) if (element.kind === 'call') return element.node;
  throw new Error(`no call in ${text}`);
}

describe('what happens to a lock', () => {
  const rises = (transfer: (state: LockState) => LockState): void => {
    fc.assert(
      fc.property(states, states, (a, more) => {
        const high = transfer(lockLattice.join(a, more));
        expect(isBelow(lockLattice, transfer(a), high)).toBe(true);
      }),
      { numRuns: 60 },
    );
    expect(transfer([])).toEqual([]);
  };

  it.each(LOCK_OPERATIONS.map(operation => [operation.name, operation] as const))(
    '%s()',
    (name, operation) => {
      const call = callOf(`${name}(mm);`);
      rises(state => applyOperation(state, operation, call));
    },
  );

  it.each(['handle_mm_fault', 'get_user_pages_remote', 'faultin_page'])('%s()', name => {
    const profile = profileFor('6.12');
    const fn = siteFunction(profile, name) ?? profile.functions.get(name) ?? null;
    if (fn === null) throw new Error(`${name}() is not in the tables`);
    const args = Array.from({ length: 9 }, () => 'locked').join(', ');
    const call = callOf(`${name}(${args});`);
    for (const mayDrop of [false, true]) {
      for (const dropsVmaLock of [false, true]) {
        const droppedWith = ['VM_FAULT_COMPLETED', 'VM_FAULT_RETRY'];
        rises(state => applyContract(state, call, { fn, mayDrop, dropsVmaLock, droppedWith }));
      }
    }
  });
});

describe('conditions on what is known of a variable', () => {
  const facts: fc.Arbitrary<Fact> = fc.record({
    signs: fc.integer({ min: 1, max: 7 }),
    any: fc.option(fc.subarray(['C', 'E', 'R'], { minLength: 1 }), { nil: null }),
    lacks: fc.subarray(['C', 'E', 'R']),
  });
  /** Whether every value that `a` allows is allowed by `b`: of the sign and of the three bits. */
  const allows = (fact: Fact, sign: number, bits: readonly string[]): boolean =>
    (fact.signs & sign) !== 0 &&
    (fact.any === null || fact.any.some(bit => bits.includes(bit))) &&
    !fact.lacks.some(bit => bits.includes(bit)) &&
    (sign !== 2 || bits.length === 0);

  it('keep every value for which they hold, and never allow one that was not', () => {
    fc.assert(
      fc.property(
        facts,
        fc.integer({ min: 1, max: 7 }),
        fc.subarray(['C', 'E', 'R'], { minLength: 1 }),
        fc.boolean(),
        fc.constantFrom(1, 2, 4),
        fc.subarray(['C', 'E', 'R']),
        (fact, signs, mask, truth, sign, bits) => {
          const bySign = refineSign(fact, signs);
          const holds = (signs & sign) !== 0;
          if (allows(fact, sign, bits) && holds)
            expect(bySign !== null && allows(bySign, sign, bits)).toBe(true);
          if (bySign !== null && allows(bySign, sign, bits)) expect(allows(fact, sign, bits)).toBe(true);
          const byBits = refineBits(fact, mask, truth);
          const has = bits.some(bit => mask.includes(bit)) === truth;
          if (allows(fact, sign, bits) && has)
            expect(byBits !== null && allows(byBits, sign, bits)).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

/** One function whose statements are what may happen to pages, in any order. */
const STATEMENTS = `
	page = pages[i];
	page = pages[0] + n;
	page = compound_head(page);
	page = cond ? c->page : NULL;
	page = cond ? pages[i] : other;
	page = NULL;
	page = look_up(c);
	folio = page_folio(page);
	page = &folio->page;
	other = page;
	pages = c->pages;
	pages = m->chunk[i].pages;
	pages = kcalloc(n, sizeof(*pages), GFP_KERNEL);
	pages[i] = page;
	pages[i] = NULL;
	pages++;
	c->page = page;
	c->page = NULL;
	c->pages = pages;
	c = &m->chunk[i];
	c = m->first;
	c = c->next;
	c = cond ? m->first : m->last;
	c = NULL;
	c++;
	m->first = c;
	m->chunk[i].page = page;
	m->chunk[i].pages = pages;
	sg_set_page(c->sg, page, n, 0);
	page = sg_page(c->sg);
	n = pin_user_pages_fast(addr, n, 0, pages);
	n = pin_user_pages_fast(addr, n, 0, c->pages);
	n = pin_user_pages_fast(addr, n, 0, pages + i);
	n = get_user_pages_fast(addr, 1, 0, &page);
	n = get_user_pages_fast(addr, 1, 0, &c->page);
	unpin_user_pages(pages, n);
	unpin_user_pages(c->pages, n);
	unpin_user_page(page);
	unpin_user_page(c->page);
	put_page(page);
	put_page(pages[i]);
	put_page(c->page);
	get_page(page);
	get_page(c->page);
	fill(pages, n);
	fill(&page, n);
	fill(c, n);
	ctx_pin(c, n);
	ctx_put(c);
	other = ctx_page(c);
	pages = ctx_page(c);
	ctx_set(c, page, pages);
	n += 1;
`;

describe('what happens to pages', () => {
  const text = inFunction(
    STATEMENTS,
    'struct map *m, struct ctx *c, struct page **pages, struct page *page, struct page *other, struct folio *folio, unsigned long addr, int n, int i, int cond',
  );
  const fn = analyse(text).functionNamed('f');
  if (fn === null) throw new Error('no function f');
  const elements = [...fn.cfg.elements()].map(({ element }) => element).filter(touchesPages);
  const from = [
    { id: 0, span: { start: 1, end: 2 }, callee: 'pin_user_pages', kind: 'pin', through: null },
  ] as const;
  const pinned = { mask: HELD.pin, by: new Set([0]) };
  const putPage = { releases: 'pin', callee: 'unpin_user_page', span: { start: 1, end: 2 } } as const;
  const summaries = new Map<string, PageSummary>(
    [
      { acquires: [{ parameter: 0, steps: ['*', '.pages', '*'], holding: pinned, from }] },
      { releases: [{ parameter: 0, steps: ['*', '.page'], ...putPage }] },
      { returns: { holding: pinned, from }, returnsArray: { holding: pinned, from } },
      {
        stores: [
          { parameter: 0, steps: ['*', '.page'], source: 1, what: 'page' as const },
          { parameter: 0, steps: ['*', '.pages'], source: 2, what: 'array' as const },
        ],
      },
    ].map((summary, index) => {
      const name = ['ctx_pin', 'ctx_put', 'ctx_page', 'ctx_set'][index] ?? '';
      return [
        name,
        { name, releases: [], acquires: [], stores: [], returns: null, returnsArray: null, ...summary },
      ];
    }),
  );
  const world: PageWorld = {
    profile: profileFor('6.12'),
    scalars: new Set(['n', 'i', 'cond', 'addr']),
    summaryOf: name => summaries.get(name) ?? null,
    kindByFlags: () => 'pin',
    acquisition: span => span.start,
    release: () => undefined,
  };
  const defaults = (place: Place) =>
    plainHolding(
      place.root.startsWith('#') ? HELD.nothing : place.steps.length > 1 ? HELD.entry : HELD.other,
    );
  const behind = (state: PageState, element: CfgElement): PageState => {
    const next = state.copy();
    transferElement(next, element, world);
    return next;
  };
  const run = fc.array(fc.constantFrom(...elements), { maxLength: 10 });
  /** What a few paths leave where they meet, and what a few more elements make of it. */
  const pageStates: fc.Arbitrary<PageState> = fc
    .tuple(fc.array(run, { minLength: 1, maxLength: 3 }), run)
    .map(([paths, rest]) => {
      const start = new PageState(defaults);
      const met = paths.map(path => path.reduce(behind, start)).reduce((a, b) => a.join(b));
      return rest.reduce(behind, met);
    });
  const isLower = (a: PageState, b: PageState): boolean => a.join(b).equals(b);

  it('reads every statement', () => {
    expect(fn.complete).toBe(true);
    const lines = text.split('\n').filter(line => line.endsWith(';') && !line.startsWith('\tn +='));
    const starts = new Set(elements.map(({ node }) => text.slice(0, node.start).split('\n').length));
    expect(starts.size).toBe(lines.length + 1);
  });

  it('allows no less behind an element of a state that allows more before it', () => {
    fc.assert(
      fc.property(pageStates, pageStates, fc.constantFrom(...elements), (a, more, element) => {
        const above = a.join(more);
        expect(isLower(a, above)).toBe(true);
        expect(isLower(behind(a, element), behind(above, element))).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });

  it('says of a place no less in a state that is above', () => {
    fc.assert(
      fc.property(pageStates, pageStates, (a, more) => {
        const above = a.join(more);
        for (const { element } of fn.cfg.elements()) {
          if (element.kind !== 'assignment') continue;
          const low = a.holdingOf(valuesFrom(element.node.right, a)).mask;
          expect(above.holdingOf(valuesFrom(element.node.right, above)).mask & low).toBe(low);
        }
      }),
      { numRuns: 200 },
    );
  });
});
