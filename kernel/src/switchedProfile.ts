/** A release with behaviours turned on or off that it has otherwise: proposals, and guards taken away. */

import type { Profile } from './profile.js';
import type { SwitchName } from './switches/index.js';

/** The profile with `on` turned on and `off` turned off; the profile itself if that changes nothing. */
export function switchedProfile(
  profile: Profile,
  on: readonly SwitchName[],
  off: readonly SwitchName[],
): Profile {
  const changed = [
    ...on.filter(name => !profile.switches[name]).map(name => [name, true] as const),
    ...off.filter(name => profile.switches[name]).map(name => [name, false] as const),
  ];
  if (changed.length === 0) return profile;
  const suffix = changed.map(([name, value]) => `${value ? '+' : '-'}${name}`).sort();
  return Object.freeze({
    ...profile,
    id: `${profile.id}${suffix.join('')}`,
    switches: Object.freeze({ ...profile.switches, ...Object.fromEntries(changed) }),
  });
}
