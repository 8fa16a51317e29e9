/** A profile with some of its switches turned: what a release would do with a proposal, or without what it has. */

import type { Profile } from './profile.js';
import { SWITCHES, type SwitchName } from './switches/index.js';

/** Switches to turn; what is named in both is off. */
export interface SwitchChanges {
  /** On, whatever the release has. */
  readonly with: readonly SwitchName[];
  /** Off, whatever the release has. */
  readonly without: readonly SwitchName[];
}

/** No switch is turned. */
export const NO_CHANGES: SwitchChanges = Object.freeze({ with: [], without: [] });

/** The switches that were only proposed: no release has one, and only {@link profileWithSwitches} turns one on. */
export const PROPOSALS: readonly SwitchName[] = SWITCHES.filter(fact => fact.kind === 'proposal').map(
  fact => fact.name,
);

const NAMES: ReadonlySet<string> = new Set(SWITCHES.map(fact => fact.name));

/** Whether a switch has this name. */
export function isSwitchName(name: string): name is SwitchName {
  return NAMES.has(name);
}

const known = new WeakMap<Profile, Map<string, Profile>>();

/**
 * The profile with its switches turned, and the rest of it as it was: flags and functions stay those of the release. The
 * profile itself where nothing changes by it; the same object for the same changes.
 */
export function profileWithSwitches(profile: Profile, changes: SwitchChanges): Profile {
  // The usual case, which the simulator asks for at each call.
  if (changes.with.length === 0 && changes.without.length === 0) return profile;
  const switches = { ...profile.switches };
  for (const name of changes.with) switches[name] = true;
  for (const name of changes.without) switches[name] = false;
  const turned = SWITCHES.filter(({ name }) => switches[name] !== profile.switches[name]).map(({ name }) =>
    switches[name] ? `+${name}` : `-${name}`,
  );
  if (turned.length === 0) return profile;
  const id = `${profile.id} ${turned.join(' ')}`;
  const ofProfile = known.get(profile) ?? new Map<string, Profile>();
  known.set(profile, ofProfile);
  const found = ofProfile.get(id) ?? Object.freeze({ ...profile, id, switches: Object.freeze(switches) });
  ofProfile.set(id, found);
  return found;
}
