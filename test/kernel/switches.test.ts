import { describe, expect, it } from 'vitest';
import {
  NEWEST_RELEASE,
  PROPOSALS,
  profileFor,
  RELEASES,
  type Release,
  SWITCHES,
  type SwitchName,
} from '../../kernel/src/index.js';

/** Releases with the switch on, as first and last of each run. */
function runs(name: SwitchName): readonly (readonly [Release, Release])[] {
  const out: [Release, Release][] = [];
  let wasOn = false;
  for (const release of RELEASES) {
    const isOn = profileFor(release).switches[name];
    const run = out.at(-1);
    if (isOn && wasOn && run !== undefined) run[1] = release;
    else if (isOn) out.push([release, release]);
    wasOn = isOn;
  }
  return out;
}

describe('switches', () => {
  it.each<[SwitchName, readonly (readonly [Release, Release])[]]>([
    ['gupTakesLocked', [['5.7', NEWEST_RELEASE]]],
    ['faultCompleted', [['6.0', NEWEST_RELEASE]]],
    ['retryMayRepeat', [['5.7', NEWEST_RELEASE]]],
    ['longtermNeedsPin', [['6.1', NEWEST_RELEASE]]],
    ['longtermWithLocked', [['6.2', NEWEST_RELEASE]]],
    ['unshareBeforePin', [['5.19', NEWEST_RELEASE]]],
    ['unshareAnyPage', [['6.2', NEWEST_RELEASE]]],
    ['unlockableFlag', [['6.3', NEWEST_RELEASE]]],
    ['internalFlagsRejected', [['6.3', NEWEST_RELEASE]]],
    ['internalFlagsRejectedAll', [['6.7', NEWEST_RELEASE]]],
    ['pinArgErrorReturnsZero', [['6.3', NEWEST_RELEASE]]],
    ['vmaLock', [['6.4', NEWEST_RELEASE]]],
    ['vmaLockDroppedByCore', [['6.6', NEWEST_RELEASE]]],
    ['honorNumaFault', [['6.5', NEWEST_RELEASE]]],
    ['hugetlbThroughGeneralGup', [['6.6', NEWEST_RELEASE]]],
    ['emptyResultIsFault', [['6.7', NEWEST_RELEASE]]],
    ['forceCowBreak', [['5.8', '5.8']]],
    ['hugetlbForceWriteRefused', [['6.1', '6.13']]],
    [
      'splitPmdRefusedOnHugetlb',
      [
        ['6.12', '6.12'],
        ['6.15', NEWEST_RELEASE],
      ],
    ],
    [
      'zeroPagePinNotCounted',
      [
        ['6.1', '6.1'],
        ['6.5', NEWEST_RELEASE],
      ],
    ],
    [
      'expandStackRelocks',
      [
        ['6.1', '6.1'],
        ['6.4', NEWEST_RELEASE],
      ],
    ],
    ['uffdRwp', [['7.3', NEWEST_RELEASE]]],
  ])('%s is on where it was read', (name, expected) => {
    expect(runs(name)).toEqual(expected);
  });

  it('of proposals are off in every release', () => {
    expect(PROPOSALS).toEqual(
      expect.arrayContaining([
        'nowaitNotUnlockable',
        'longtermRemoteDirect',
        'remoteImplied',
        'lockDroppedFlag',
      ]),
    );
    for (const name of PROPOSALS) expect(runs(name)).toEqual([]);
  });

  it('of what changed are on somewhere and off somewhere', () => {
    const idle = SWITCHES.filter(({ kind }) => kind === 'change').filter(fact => {
      const on = RELEASES.filter(release => profileFor(release).switches[fact.name]).length;
      return on === 0 || on === RELEASES.length;
    });
    expect(idle.map(fact => fact.name)).toEqual([]);
  });

  it('have one name and a sentence each', () => {
    expect(new Set(SWITCHES.map(fact => fact.name)).size).toBe(SWITCHES.length);
    expect(SWITCHES.filter(fact => !fact.meaning.endsWith('.')).map(fact => fact.name)).toEqual([]);
  });
});
