import { describe, expect, it } from 'vitest';
import { profileFor, RELEASES, type Release, SWITCHES, type SwitchName } from '../../kernel/src/index.js';

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
    ['gupTakesLocked', [['5.7', '7.3']]],
    ['faultCompleted', [['6.0', '7.3']]],
    ['retryMayRepeat', [['5.7', '7.3']]],
    ['longtermNeedsPin', [['6.1', '7.3']]],
    ['longtermWithLocked', [['6.2', '7.3']]],
    ['unshareBeforePin', [['5.19', '7.3']]],
    ['unshareAnyPage', [['6.2', '7.3']]],
    ['unlockableFlag', [['6.3', '7.3']]],
    ['internalFlagsRejected', [['6.3', '7.3']]],
    ['internalFlagsRejectedAll', [['6.7', '7.3']]],
    ['pinArgErrorReturnsZero', [['6.3', '7.3']]],
    ['vmaLock', [['6.4', '7.3']]],
    ['vmaLockDroppedByCore', [['6.6', '7.3']]],
    ['honorNumaFault', [['6.5', '7.3']]],
    ['hugetlbThroughGeneralGup', [['6.6', '7.3']]],
    ['emptyResultIsFault', [['6.7', '7.3']]],
    ['forceCowBreak', [['5.8', '5.8']]],
    ['hugetlbForceWriteRefused', [['6.1', '6.13']]],
    [
      'splitPmdRefusedOnHugetlb',
      [
        ['6.12', '6.12'],
        ['6.15', '7.3'],
      ],
    ],
    [
      'zeroPagePinNotCounted',
      [
        ['6.1', '6.1'],
        ['6.5', '7.3'],
      ],
    ],
    [
      'expandStackRelocks',
      [
        ['6.1', '6.1'],
        ['6.4', '7.3'],
      ],
    ],
    ['uffdRwp', [['7.3', '7.3']]],
  ])('%s is on where it was read', (name, expected) => {
    expect(runs(name)).toEqual(expected);
  });

  it('of proposals are off in every release', () => {
    expect(runs('nowaitNotUnlockable')).toEqual([]);
    expect(runs('lockDroppedFlag')).toEqual([]);
  });

  it('that are not proposals are on somewhere and off somewhere', () => {
    const proposals = new Set<string>(['nowaitNotUnlockable', 'lockDroppedFlag']);
    const idle = SWITCHES.filter(fact => !proposals.has(fact.name)).filter(fact => {
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
