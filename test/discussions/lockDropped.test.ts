/** folio_lock_fault() and the locks of VMAs (June 2023): docs/discussions/lock-dropped.md. */

import { describe, expect, it } from 'vitest';
import type { Release } from '../../kernel/src/index.js';
import { simulate } from '../../simulator/src/index.js';
import { faultsOf, type SeenFault, saysGone } from './faultsOf.js';
import { compareWith, PATHS, SITUATIONS, withSwitch } from './situations.js';

const seen = new Map<Release, readonly SeenFault[]>();

function faultsIn(release: Release): readonly SeenFault[] {
  const known = seen.get(release);
  if (known !== undefined) return known;
  const faults = PATHS.flatMap(path => {
    const simulation = simulate({ ...path, kernel: release });
    return simulation.modelled ? faultsOf(simulation) : [];
  });
  seen.set(release, faults);
  return faults;
}

const wrongBy = (faults: readonly SeenFault[]): SeenFault[] =>
  faults.filter(fault => fault.gone !== saysGone(fault));

describe('RETRY without NOWAIT, or COMPLETED, means that the lock is gone', () => {
  it.each(['4.8', '5.1', '5.6', '5.7', '6.0', '6.3', '6.6', '6.7', '6.12'] as const)(
    'of mmap_lock and the lock of the vma, in v%s',
    release => {
      const faults = faultsIn(release).filter(({ under }) => under !== 'none');
      expect(faults.length).toBeGreaterThan(2000);
      expect(faults.filter(({ gone }) => gone).length).toBeGreaterThan(300);
      expect(wrongBy(faults)).toEqual([]);
    },
  );

  it.each(['6.6', '6.7', '6.12'] as const)('of the lock of the vma alone there are many, in v%s', release => {
    const faults = faultsIn(release).filter(({ under }) => under === 'vma');
    expect(faults.length).toBeGreaterThan(250);
    expect(faults.filter(({ gone }) => gone).length).toBeGreaterThan(100);
  });

  it.each(['6.4', '6.5'] as const)(
    'v%s: not of the lock of the vma, which the architecture drops',
    release => {
      const faults = faultsIn(release);
      const under = faults.filter(fault => fault.under === 'vma');
      expect(under.length).toBeGreaterThan(50);
      expect(under.filter(({ gone }) => gone)).toEqual([]);
      const wrong = wrongBy(faults);
      expect(wrong.length).toBeGreaterThan(0);
      expect(new Set(wrong.map(fault => `${fault.under} ${fault.result.join('|')}`))).toEqual(
        new Set(['vma RETRY']),
      );
    },
  );
});

describe('a lock that was dropped and taken again', () => {
  /** Faults that gave their lock up and have it on return. */
  const retaken = (release: Release): SeenFault[] =>
    faultsIn(release).filter(({ dropped, gone }) => dropped && !gone);

  it.each(['4.8', '5.6'] as const)(
    'v%s: handle_userfault() did it for a signal in user mode, and said NOPAGE',
    release => {
      const found = retaken(release);
      expect(found.length).toBeGreaterThan(0);
      for (const fault of found) {
        expect(fault.result).toEqual(['NOPAGE']);
        expect(fault.flags).toContain('USER');
      }
    },
  );

  it.each(['5.7', '6.12'] as const)('v%s: no fault does it', release => {
    expect(retaken(release)).toEqual([]);
  });
});

describe('with FAULT_FLAG_LOCK_DROPPED', () => {
  it.each(['5.7', '6.5', '6.6', '6.12'] as const)(
    'v%s: whoever asks the flag does what he did by the result: it is redundant',
    release => {
      const compared = compareWith('lockDroppedFlag', [release], PATHS);
      expect(compared.length).toBeGreaterThan(5000);
      const different = compared.filter(each => JSON.stringify(each.with) !== JSON.stringify(each.without));
      expect(different.map(each => each.scenario)).toEqual([]);
    },
  );

  it('v5.6: a flag that is not taken back would have had the lock taken for gone', () => {
    const reasons = SITUATIONS.filter(
      ({ fn, vma }) => fn.startsWith('user_') && vma.uffd !== undefined && vma.uffd !== null,
    ).flatMap(situation => {
      const scenario = { ...situation, kernel: '5.6' };
      const proposed = simulate(scenario, withSwitch('lockDroppedFlag'));
      return simulate(scenario).modelled && !proposed.modelled ? [proposed.reason] : [];
    });
    expect(reasons.length).toBeGreaterThan(0);
    expect([...new Set(reasons)]).toEqual(['mmap_lock is taken by a task that already holds it']);
  });
});
