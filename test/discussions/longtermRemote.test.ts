/** pin_user_pages() and FOLL_LONGTERM (November 2019): docs/discussions/longterm-remote.md. */

import { describe, expect, it } from 'vitest';
import { profileFor, RELEASES, type Release, releasesBetween } from '../../kernel/src/index.js';
import { type Scenario, type Simulation, simulate } from '../../simulator/src/index.js';
import { scenario } from '../simulator/scenarios.js';
import { compareWith, SITUATIONS, withSwitch } from './situations.js';

const LONGTERM = ['FOLL_WRITE', 'FOLL_LONGTERM'];

/** What a long-term call of the function comes to in a release: the name of its result, `WARN` before it where one was hit. */
function answer(of: Partial<Scenario>, proposed = false): string {
  const asked = scenario({ flags: LONGTERM, page_state: 'write_populated', ...of });
  const simulation = simulate(asked, proposed ? withSwitch('longtermRemoteDirect') : undefined);
  return textOf(simulation);
}

function textOf(simulation: Simulation): string {
  if (!simulation.modelled) return simulation.reason;
  const { warned, ret_name } = simulation.outcome;
  return warned ? `WARN ${ret_name}` : ret_name;
}

describe('FOLL_LONGTERM in a remote function', () => {
  const remote = { fn: 'get_user_pages_remote', mm: 'remote' } as const;

  it.each(releasesBetween('5.2', '5.5'))('v%s: refused, with and without a locked pointer', kernel => {
    expect(answer({ ...remote, kernel })).toBe('WARN -EINVAL');
    expect(answer({ ...remote, kernel, locked: 1 })).toBe('WARN -EINVAL');
  });

  it.each(releasesBetween('5.6', '5.9'))('v%s: refused with a locked pointer only', kernel => {
    expect(answer({ ...remote, kernel })).toBe('count');
    expect(answer({ ...remote, kernel, locked: 1 })).toBe('WARN -EINVAL');
  });

  it.each(RELEASES.slice(RELEASES.indexOf('5.10')))('v%s: refused without FOLL_PIN', kernel => {
    expect(answer({ ...remote, kernel })).toBe('WARN -EINVAL');
    expect(answer({ ...remote, kernel, locked: 1 })).toBe('WARN -EINVAL');
  });

  const pin = { fn: 'pin_user_pages_remote', mm: 'remote' } as const;

  it.each(releasesBetween('5.6', '6.1'))('v%s: a pin is refused with a locked pointer only', kernel => {
    expect(answer({ ...pin, kernel })).toBe('count');
    expect(answer({ ...pin, kernel, locked: 1 })).toBe('WARN -EINVAL');
  });

  it.each(RELEASES.slice(RELEASES.indexOf('6.2')))('v%s: a pin is taken with and without one', kernel => {
    expect(answer({ ...pin, kernel })).toBe('count');
    expect(answer({ ...pin, kernel, locked: 1 })).toBe('count');
  });
});

describe('FOLL_LONGTERM elsewhere', () => {
  it.each([
    ['get_user_pages', '5.2', '5.9', 'count'],
    ['get_user_pages', '5.10', '7.3', 'WARN -EINVAL'],
    ['pin_user_pages', '5.6', '7.3', 'count'],
    ['get_user_pages_unlocked', '5.2', '7.3', 'WARN -EINVAL'],
    ['pin_user_pages_unlocked', '5.8', '6.1', 'WARN -EINVAL'],
    ['pin_user_pages_unlocked', '6.2', '7.3', 'count'],
    ['pin_user_pages_fast', '5.6', '7.3', 'count'],
  ] as const)('%s, v%s to v%s: %s', (fn, since, until, expected) => {
    const answers = releasesBetween(since, until).map(kernel => [kernel, answer({ fn, kernel })]);
    expect(answers).toEqual(releasesBetween(since, until).map(kernel => [kernel, expected]));
  });

  it.each([
    ['get_user_pages_locked', '5.2', '5.17'],
    ['pin_user_pages_locked', '5.8', '5.17'],
  ] as const)('%s refuses it as long as there is one: v%s to v%s', (fn, since, until) => {
    for (const kernel of releasesBetween(since, until)) {
      expect([kernel, answer({ fn, kernel, locked: 1 })]).toEqual([kernel, 'WARN -EINVAL']);
    }
  });

  it('before v5.2 there is no such flag', () => {
    expect(profileFor('5.1').flags.has('FOLL_LONGTERM')).toBe(false);
    expect(profileFor('5.1').functions.has('get_user_pages_longterm')).toBe(true);
    expect(profileFor('5.2').functions.has('get_user_pages_longterm')).toBe(false);
  });
});

describe('the vmas array', () => {
  const parameters = (fn: string, release: Release): readonly string[] =>
    profileFor(release)
      .functions.get(fn)
      ?.parameters.map(({ name }) => name) ?? [];

  it('goes with a locked pointer in no release, and is gone since v6.5', () => {
    for (const release of releasesBetween('5.2', '6.4')) {
      expect(parameters('get_user_pages_remote', release)).toContain('vmas');
      const refuses = profileFor(release).functions.get('get_user_pages_remote')?.refuses ?? [];
      expect(refuses.some(({ condition }) => condition.includes('vmas array'))).toBe(true);
    }
    expect(parameters('get_user_pages_remote', '6.5')).not.toContain('vmas');
    expect(parameters('pin_user_pages_remote', '6.5')).not.toContain('vmas');
  });
});

describe('as sketched in the discussion', () => {
  const BEFORE: readonly Release[] = releasesBetween('5.2', '5.5');
  const remote = { fn: 'get_user_pages_remote', mm: 'remote' } as const;

  it.each(BEFORE)('v%s: taken without a locked pointer, refused with one', kernel => {
    expect(answer({ ...remote, kernel }, true)).toBe('count');
    expect(answer({ ...remote, kernel, locked: 1 }, true)).toBe('WARN -EINVAL');
  });

  it('is what v5.6 does, in every situation without a locked pointer', () => {
    const calls = SITUATIONS.filter(({ fn }) => fn === 'get_user_pages_remote').map(each => ({
      ...each,
      locked: null,
      flags: [...new Set([...each.flags, 'FOLL_LONGTERM'])],
    }));
    const different = calls.filter(call => {
      const sketched = simulate({ ...call, kernel: '5.5' }, withSwitch('longtermRemoteDirect'));
      const merged = simulate({ ...call, kernel: '5.6' });
      return sketched.modelled && merged.modelled && sketched.outcome.ret !== merged.outcome.ret;
    });
    expect(calls.length).toBeGreaterThan(500);
    expect(different).toEqual([]);
  });

  it('changes nothing else: no call without FOLL_LONGTERM, no other function, no later release', () => {
    const compared = compareWith('longtermRemoteDirect', ['5.4', '5.6']);
    const different = compared.filter(each => JSON.stringify(each.with) !== JSON.stringify(each.without));
    const others = different.filter(
      ({ scenario: { fn, flags }, release }) =>
        release !== '5.4' || fn !== 'get_user_pages_remote' || !flags.includes('FOLL_LONGTERM'),
    );
    expect(others.map(each => each.scenario)).toEqual([]);
  });
});

describe('the split of vfio', () => {
  /** if (mm == current->mm) get_user_pages(FOLL_LONGTERM) else get_user_pages_remote() without it. */
  const movable = { variant: 'movable', flags: LONGTERM, page_state: 'write_populated' } as const;

  it('its other branch is no long-term pin: the page stays where it may have to move from', () => {
    const taken = simulate(
      scenario({
        ...movable,
        kernel: '6.1',
        fn: 'pin_user_pages_remote',
        mm: 'remote',
        flags: ['FOLL_WRITE'],
      }),
    );
    const longterm = simulate(
      scenario({ ...movable, kernel: '6.1', fn: 'pin_user_pages_remote', mm: 'remote' }),
    );
    expect(taken.modelled && taken.outcome.pages[0]?.f).toContain('movable_zone');
    expect(longterm.modelled && longterm.outcome.pages[0]?.f).not.toContain('movable_zone');
  });

  it('both branches are one call since v5.6: a remote function takes the own mm as well', () => {
    for (const kernel of releasesBetween('5.6', '7.3')) {
      const own = answer({ fn: 'pin_user_pages_remote', mm: 'current', kernel });
      expect([kernel, own]).toEqual([kernel, answer({ fn: 'pin_user_pages', kernel })]);
    }
  });
});
