import { describe, expect, it } from 'vitest';
import {
  isSwitchName,
  NO_CHANGES,
  PROPOSALS,
  profileFor,
  profileWithSwitches,
} from '../../kernel/src/index.js';

const PROFILE = profileFor('6.12');

describe('a profile with switches turned', () => {
  it('is the profile where nothing changes by it', () => {
    expect(profileWithSwitches(PROFILE, NO_CHANGES)).toBe(PROFILE);
    expect(profileWithSwitches(PROFILE, { with: ['vmaLock'], without: ['numaFlag'] })).toBe(PROFILE);
  });

  it('has these switches turned and everything else as it was', () => {
    const { switches, id, ...rest } = profileWithSwitches(PROFILE, {
      with: ['nowaitNotUnlockable'],
      without: ['vmaLock'],
    });
    const { switches: before, id: idBefore, ...restBefore } = PROFILE;
    expect(switches).toEqual({ ...before, nowaitNotUnlockable: true, vmaLock: false });
    expect(rest).toEqual(restBefore);
    expect(id).not.toBe(idBefore);
  });

  it('is the same object for the same changes, in whatever order', () => {
    const some = profileWithSwitches(PROFILE, { with: ['remoteImplied', 'lockDroppedFlag'], without: [] });
    const other = profileWithSwitches(PROFILE, { with: ['lockDroppedFlag', 'remoteImplied'], without: [] });
    expect(some).toBe(other);
    expect(some).not.toBe(profileWithSwitches(PROFILE, { with: ['remoteImplied'], without: [] }));
  });

  it('leaves the profile of the release alone', () => {
    profileWithSwitches(PROFILE, { with: [...PROPOSALS], without: [] });
    expect(PROPOSALS.filter(name => PROFILE.switches[name])).toEqual([]);
  });

  it('off goes before on', () => {
    const both = profileWithSwitches(PROFILE, { with: ['vmaLock'], without: ['vmaLock'] });
    expect(both.switches.vmaLock).toBe(false);
  });

  it('knows the names of switches', () => {
    expect(isSwitchName('vmaLock')).toBe(true);
    expect(isSwitchName('toString')).toBe(false);
  });
});
