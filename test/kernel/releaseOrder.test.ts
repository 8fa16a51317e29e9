import { describe, expect, it } from 'vitest';
import {
  endOf,
  FUNCTIONS,
  type FunctionFact,
  isOlder,
  NEWEST_RELEASE,
  nearestFirst,
  nearestRelease,
  nearestSignature,
  OLDEST_RELEASE,
  oldestFirst,
  parametersSince,
  RELEASES,
  releaseAfter,
  releaseBefore,
  releaseDistance,
  releasesBetween,
  releasesWith,
  signatureIn,
  whereElse,
} from '../../kernel/src/index.js';

describe('the order of releases', () => {
  it('is that of the calendar, not of the text', () => {
    expect(isOlder('4.9', '4.10')).toBe(true);
    expect(isOlder('4.10', '4.9')).toBe(false);
    expect(isOlder('6.1', '6.1')).toBe(false);
    expect(isOlder('4.20', '5.0')).toBe(true);
  });

  it('has neighbours across the change of the first number, and ends', () => {
    expect(releaseBefore('5.0')).toBe('4.20');
    expect(releaseAfter('5.19')).toBe('6.0');
    expect(releaseBefore(OLDEST_RELEASE)).toBeNull();
    expect(releaseAfter(NEWEST_RELEASE)).toBeNull();
    for (const release of RELEASES.slice(1)) {
      expect(releaseAfter(releaseBefore(release) ?? NEWEST_RELEASE)).toBe(release);
    }
  });

  it('gives the releases between two with both ends, and none backwards', () => {
    expect(releasesBetween('4.19', '5.1')).toEqual(['4.19', '4.20', '5.0', '5.1']);
    expect(releasesBetween('6.1', '6.1')).toEqual(['6.1']);
    expect(releasesBetween('6.1', '5.15')).toEqual([]);
  });

  it('sorts, says each once and leaves out what is no release', () => {
    expect(oldestFirst(['6.10', '4.9', '6.2', '4.9', '6', 'next'])).toEqual(['4.9', '6.2', '6.10']);
  });

  it('measures', () => {
    expect(releaseDistance('4.19', '5.1')).toBe(3);
    expect(releaseDistance('5.1', '4.19')).toBe(3);
    expect(releaseDistance('5.1', '5.1')).toBe(0);
  });

  it('takes the older of two that are as near', () => {
    expect(nearestRelease('5.4', ['5.5', '5.3'])).toBe('5.3');
    expect(nearestRelease('5.4', ['5.6', '5.1'])).toBe('5.6');
    expect(nearestRelease('5.4', [])).toBeNull();
    expect(nearestFirst('5.4', ['6.1', '5.5', '5.4', '5.3'])).toEqual(['5.4', '5.3', '5.5', '6.1']);
  });

  it('ends a range with the release that is no more in it', () => {
    expect(endOf({ since: '4.8', until: '6.4' })).toBe('6.5');
    expect(endOf({ since: '4.8', until: NEWEST_RELEASE })).toBeNull();
    expect(endOf({ since: '4.8' })).toBeNull();
  });
});

describe('the forms of a function', () => {
  const factOf = (name: string): FunctionFact => {
    const fact = FUNCTIONS.find(one => one.name === name);
    if (fact === undefined) throw new Error(`no function ${name}`);
    return fact;
  };
  const remote = factOf('get_user_pages_remote');

  it('are found by release', () => {
    const counts = (['4.8', '4.9', '4.10', '5.8', '5.9', '6.4', '6.5'] as const).map(release => {
      return signatureIn(remote, release)?.parameters.length;
    });
    expect(counts).toEqual([8, 7, 8, 8, 7, 7, 6]);
    expect(signatureIn(factOf('pin_user_pages'), '5.5')).toBeNull();
  });

  it('are found by number of parameters, of the nearest releases', () => {
    expect(nearestSignature(remote, 7, '4.11')?.since).toBe('4.9');
    expect(nearestSignature(remote, 7, '6.12')?.until).toBe('6.4');
    expect(nearestSignature(remote, 3, '6.12')).toBeNull();
    expect(releasesWith(remote, 7)).toEqual(['4.9', ...releasesBetween('5.9', '6.4')]);
  });

  it('say since when a parameter is there', () => {
    const now = signatureIn(remote, '6.12');
    if (now === null) throw new Error('get_user_pages_remote() is in 6.12');
    expect(parametersSince(remote, now, all => all.every(one => one.name !== 'vmas'))).toBe('6.5');
    expect(parametersSince(remote, now, all => all.some(one => one.name === 'locked'))).toBe('4.10');
    expect(parametersSince(remote, now, () => true)).toBe(OLDEST_RELEASE);
  });

  it('say where a function is that a release lacks', () => {
    expect(whereElse(factOf('pin_user_pages'), '5.5')).toEqual({ goneSince: null, comesWith: '5.6' });
    for (const fact of FUNCTIONS) {
      for (const release of RELEASES.filter(one => signatureIn(fact, one) === null)) {
        const { goneSince, comesWith } = whereElse(fact, release);
        if (goneSince !== null) expect(isOlder(release, goneSince), fact.name).toBe(false);
        if (comesWith !== null) expect(isOlder(release, comesWith), fact.name).toBe(true);
      }
    }
  });
});
