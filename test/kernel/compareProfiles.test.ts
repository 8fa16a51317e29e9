import { describe, expect, it } from 'vitest';
import { compareProfiles, type ProfileDifference, profileFor, RELEASES } from '../../kernel/src/index.js';

const find = (
  all: readonly ProfileDifference[],
  name: string,
  change: string,
): ProfileDifference | undefined => all.find(one => one.name === name && one.change === change);

describe('the difference of two releases', () => {
  const all = compareProfiles('5.15', '6.1');

  it('names flags that came, went, or have another bit', () => {
    expect(find(all, 'FAULT_FLAG_UNSHARE', 'gained')).toMatchObject({
      after: ['0x400'],
      before: [],
      at: '5.19',
    });
    expect(find(all, 'FOLL_COW', 'lost')).toMatchObject({ before: ['0x4000'], after: [], at: '6.0' });
    // 6.3 gave FOLL_PIN another bit, which is not when it came.
    expect(find(compareProfiles('5.4', '6.12'), 'FOLL_PIN', 'gained')).toMatchObject({ at: '5.6' });
    expect(find(compareProfiles('6.12', '5.4'), 'FOLL_PIN', 'lost')).toMatchObject({ at: '5.6' });
    expect(find(compareProfiles('5.15', '6.12'), 'FOLL_PIN', 'renumbered')).toMatchObject({ at: '6.3' });
    expect(find(compareProfiles('6.2', '6.3'), 'FOLL_PIN', 'renumbered')).toMatchObject({
      before: ['0x40000'],
      after: ['0x80000'],
      text: 'FOLL_PIN is 0x80000; it was 0x40000',
    });
  });

  it('names flags that callers may no longer pass', () => {
    expect(find(compareProfiles('6.2', '6.12'), 'FOLL_TOUCH', 'became-internal')).toMatchObject({
      at: '6.3',
    });
    expect(find(compareProfiles('6.12', '6.2'), 'FOLL_TOUCH', 'became-public')).toBeDefined();
  });

  it('names functions that came, went, or have another signature', () => {
    expect(find(all, 'get_user_pages_locked', 'lost')).toMatchObject({ at: '5.18' });
    expect(find(all, 'fault_in_readable', 'gained')).toMatchObject({ at: '5.16' });
    const signature = find(compareProfiles('6.1', '6.12'), 'get_user_pages', 'signature');
    expect(signature).toMatchObject({ at: '6.5' });
    expect(signature?.before[0]).toContain('struct vm_area_struct **vmas');
    expect(signature?.after[0]).not.toContain('vmas');
  });

  it('lists only those items of a contract that differ', () => {
    const adds = find(compareProfiles('6.2', '6.3'), 'get_user_pages_unlocked', 'adds');
    expect(adds).toMatchObject({ before: [], after: ['FOLL_UNLOCKABLE'] });
    expect(find(compareProfiles('4.9', '4.10'), 'get_user_pages_remote', 'lock')?.after[0]).toContain(
      'not held if *locked is 0',
    );
    expect(find(compareProfiles('6.2', '6.3'), 'pin_user_pages', 'refuses')?.before.join()).toContain(
      'FOLL_GET',
    );
    expect(find(compareProfiles('6.2', '6.3'), 'pin_user_pages', 'returns')?.after.join()).toContain(
      '0: a refused',
    );
  });

  it('names switches that differ, with meaning and evidence', () => {
    expect(find(all, 'longtermNeedsPin', 'on')?.text).toContain('FOLL_LONGTERM without FOLL_PIN is refused');
    expect(find(all, 'unshareBeforePin', 'on')).toMatchObject({ before: ['off'], after: ['on'], at: '5.19' });
    expect(find(compareProfiles('5.18', '5.19'), 'wpReuseByPageCount', 'off')?.text).toMatch(/^No longer: /);
    expect(find(compareProfiles('6.0', '5.19'), 'faultCompleted', 'off')?.evidence[0]?.commit).toMatch(
      /^d92725256b4f/,
    );
  });

  it('is nothing for twice the same release', () => {
    expect(RELEASES.flatMap(release => compareProfiles(release, release))).toEqual([]);
  });

  it('is as long backwards, with before and after exchanged', () => {
    const back = compareProfiles('6.1', '5.15');
    expect(back.length).toBe(all.length);
    all.forEach((one, index) => {
      expect(back[index]).toMatchObject({ name: one.name, before: one.after, after: one.before, at: one.at });
    });
  });

  it('accounts for every flag, function and switch that only one of the two has', () => {
    RELEASES.slice(1).forEach((release, index) => {
      const older = RELEASES[index] ?? release;
      const [before, after] = [profileFor(older), profileFor(release)];
      const came = [...after.flags.keys(), ...after.functions.keys()].filter(
        name => !before.flags.has(name) && !before.functions.has(name),
      );
      const gained = compareProfiles(older, release).filter(one => one.change === 'gained');
      expect({ release, came: gained.map(one => one.name).sort() }).toEqual({ release, came: came.sort() });
      expect(gained.filter(one => one.at !== release)).toEqual([]);
    });
  });
});
