import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { profileFor, type Release, resolveRelease } from '../../kernel/src/index.js';
import { behaviourOf } from '../../simulator/src/behaviour.js';
import { parseScenario, type Scenario, simulate } from '../../simulator/src/index.js';
import type { Machine } from '../../simulator/src/machine.js';
import { NotModelled } from '../../simulator/src/notModelled.js';
import { runOnMachine } from '../../simulator/src/simulate.js';
import { BATCH_NONE, BATCH_UNKNOWN, FOLIO, pincount } from '../../simulator/src/state/index.js';
import { anyScenario } from './scenarios.js';

const RUNS = { numRuns: 3000, seed: 1 };

/** Functions that want mmap_lock held on entry. */
const CALLED_LOCKED = new Set([
  'get_user_pages',
  'get_user_pages_locked',
  'get_user_pages_remote',
  'pin_user_pages',
  'pin_user_pages_locked',
  'pin_user_pages_remote',
  'fixup_user_fault',
]);

function releaseOf({ kernel }: Scenario): Release {
  const resolved = resolveRelease(kernel);
  if ('error' in resolved) throw new Error(resolved.error);
  return resolved.release;
}

/** The machine after the call and the release of its pages; null: not modelled. */
function afterRelease(scenario: Scenario): Machine | null {
  try {
    return runOnMachine(scenario, behaviourOf(profileFor(releaseOf(scenario)))).machine;
  } catch (error) {
    if (error instanceof NotModelled) return null;
    throw error;
  }
}

/** Functions that hand pages to their caller; the others return bytes, 0 or -1. */
const GIVES_PAGES = /^(get|pin)_/;

describe('any scenario', () => {
  it('counts never go below zero', () => {
    fc.assert(
      fc.property(anyScenario, scenario => {
        const result = simulate(scenario);
        if (!result.modelled) return;
        for (const page of result.outcome.pages) {
          const [held, after] = [page.ref_held ?? 0, page.ref_after ?? 0];
          expect(after).toBeGreaterThanOrEqual(0);
          expect(page.pin_after).toBeGreaterThanOrEqual(0);
          expect(held).toBeGreaterThanOrEqual(after);
        }
        for (const { f, ref, map = 0, pin = 0 } of result.outcome.pte_after) {
          // Of hugetlb `map` may be the type of the page.
          expect(Math.min(ref ?? 0, f.includes('hugetlb') ? 0 : map, pin)).toBeGreaterThanOrEqual(0);
        }
      }),
      RUNS,
    );
  });

  it('what was pinned or referenced is given back: no pin stays, no reference without a reason', () => {
    fc.assert(
      fc.property(anyScenario, scenario => {
        const machine = afterRelease(scenario);
        // Older releases take a pin without an array for the pages and lose it: nobody can give it back.
        if (machine === null || scenario.opts.includes('pages_null')) return;
        // Its pages stay in the pipe.
        if (scenario.fn === 'vmsplice') return;
        for (const folio of machine.state.folios) {
          expect(folio.map).toBeGreaterThanOrEqual(0);
          expect(pincount(folio)).toBe(0);
          const { bits, ref, map, batch, order } = folio;
          if ((bits & FOLIO.ANON) === 0 || (bits & FOLIO.HUGETLB) !== 0 || batch === BATCH_UNKNOWN) continue;
          const swapCache = (bits & FOLIO.SWAPCACHE) === 0 ? 0 : 1 << order;
          expect(ref).toBe(map + swapCache + (batch === BATCH_NONE ? 0 : 1));
        }
      }),
      RUNS,
    );
  });

  it('a pinned page of anonymous memory is exclusive, since v5.19', () => {
    fc.assert(
      fc.property(anyScenario, scenario => {
        const result = simulate(scenario);
        if (!result.modelled || !profileFor(releaseOf(scenario)).switches.anonExclusive) return;
        const { outcome } = result;
        const flags =
          outcome.fast?.slow_path === false ? outcome.fast.gup_flags : outcome.effective_gup_flags;
        if (flags?.includes('FOLL_PIN') !== true || flags.includes('FOLL_GET')) return;
        const first = scenario.addr_offset / 4096;
        for (const [index, { f }] of outcome.pages.entries()) {
          expect(f).not.toContain('ksm');
          // Where a huge entry maps the page, its head has the mark.
          const isTail = f.includes('large_folio') && (first + index) % 512 !== 0;
          if (f.includes('anon') && !isTail) expect(f).toContain('anon_exclusive');
        }
      }),
      RUNS,
    );
  });

  it('every acquired mmap_lock is released, or held on return', () => {
    fc.assert(
      fc.property(anyScenario, scenario => {
        const result = simulate(scenario);
        if (!result.modelled) return;
        const { lock_events: events, mmap_lock_held_after: held } = result.outcome;
        // get_dump_page() of newer releases has a `locked`, which says how it is called.
        const dumpLocked = scenario.fn === 'get_dump_page' && scenario.locked === 1;
        let depth = CALLED_LOCKED.has(scenario.fn) || dumpLocked ? 1 : 0;
        for (const event of events) {
          if (event.startsWith('acquired')) depth += 1;
          if (event.startsWith('release')) depth -= 1;
          expect(depth === 0 || depth === 1).toBe(true);
        }
        expect(held).toBe(depth === 1);
      }),
      RUNS,
    );
  });

  it('*locked tells whether mmap_lock is still held', () => {
    fc.assert(
      fc.property(anyScenario, scenario => {
        const result = simulate(scenario);
        if (!result.modelled || scenario.fn === 'fixup_user_fault' || scenario.locked !== 1) return;
        expect(result.outcome.locked_after === 1).toBe(result.outcome.mmap_lock_held_after);
      }),
      RUNS,
    );
  });

  it('without FOLL_UNLOCKABLE or a pointer the lock is never dropped', () => {
    fc.assert(
      fc.property(anyScenario, scenario => {
        const result = simulate(scenario);
        const calledLocked = CALLED_LOCKED.has(scenario.fn);
        if (!result.modelled || !calledLocked || scenario.locked !== null) return;
        expect(result.outcome.lock_events).toEqual([]);
      }),
      RUNS,
    );
  });

  it('the pages returned are as many as the result says, and each is pinned or referenced', () => {
    fc.assert(
      fc.property(anyScenario, scenario => {
        const result = simulate(scenario);
        if (!result.modelled || !GIVES_PAGES.test(scenario.fn)) return;
        const { ret, pages } = result.outcome;
        const expected = scenario.opts.includes('pages_null') ? 0 : Math.max(ret, 0);
        if (scenario.fn !== 'get_dump_page') expect(pages).toHaveLength(expected);
        // Older releases let FOLL_GET and FOLL_PIN through together: the reference goes before.
        const flags = result.outcome.effective_gup_flags ?? [];
        const pinned = flags.includes('FOLL_PIN') && !flags.includes('FOLL_GET');
        for (const page of pages) {
          if (pinned) {
            if (!page.f.includes('zero_page')) expect(page.pin_held).toBeGreaterThanOrEqual(1);
          } else if (page.ref_held !== null) {
            expect(page.ref_held - (page.ref_after ?? 0)).toBeGreaterThanOrEqual(1);
          }
        }
      }),
      RUNS,
    );
  });

  it('the same scenario gives the same run, and is left as it was', () => {
    fc.assert(
      fc.property(anyScenario, scenario => {
        const before = JSON.stringify(scenario);
        expect(simulate(scenario)).toEqual(simulate(scenario));
        expect(JSON.stringify(scenario)).toBe(before);
      }),
      { ...RUNS, numRuns: 500 },
    );
  });
});

describe('any value', () => {
  it('parseScenario never throws, and names fields', () => {
    fc.assert(
      fc.property(fc.anything(), value => {
        const parsed = parseScenario(value);
        if ('problems' in parsed) expect(parsed.problems.length).toBeGreaterThan(0);
        else expect(parsed.scenario.kernel).not.toBe('');
      }),
      RUNS,
    );
  });

  it('simulate never throws on what parseScenario lets through', () => {
    const field = fc.oneof(fc.constant(undefined), fc.anything());
    const loose = fc
      .record({ flags: field, locked: field, opts: field, vma: field, nr: field, pte_before: field })
      .map(fields => ({ kernel: '6.1', fn: 'get_user_pages', ...fields }));
    fc.assert(
      fc.property(loose, value => {
        const parsed = parseScenario(value);
        if ('scenario' in parsed) expect(typeof simulate(parsed.scenario).modelled).toBe('boolean');
      }),
      RUNS,
    );
  });
});
