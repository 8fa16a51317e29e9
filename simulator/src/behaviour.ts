/** The switches of a release that the routines test, and its flag numbers, looked up once per profile. */

import type { Profile } from '../../kernel/src/index.js';
import { FAULT_SET, type FlagSet, FOLL_SET, VM_FAULT_SET } from './flagSets.js';

/** Named differences between releases. Each is a switch of the kernel profile, or follows from its facts. */
export interface Behaviour {
  readonly release: string;
  /** The switches of the profile. */
  readonly switches: Profile['switches'];
  /** Functions the release has. */
  readonly functions: Profile['functions'];
  /** Masks of the names the release has at all. */
  readonly follNames: number;
  /** A mask in the release's own numbering, as hexadecimal text. */
  follHex(mask: number): string;
  faultHex(mask: number): string;
  vmFaultHex(mask: number): string;
}

const cache = new WeakMap<Profile, Behaviour>();

/** The behaviour of a profile; the same object for the same profile. */
export function behaviourOf(profile: Profile): Behaviour {
  const known = cache.get(profile);
  if (known !== undefined) return known;
  const foll = numbering(profile, FOLL_SET);
  const fault = numbering(profile, FAULT_SET);
  const vmFault = numbering(profile, VM_FAULT_SET);
  const behaviour: Behaviour = {
    release: profile.release,
    switches: profile.switches,
    functions: profile.functions,
    follNames: [...foll.keys()].reduce((mask, bit) => mask | bit, 0),
    follHex: hexOf(foll),
    faultHex: hexOf(fault),
    vmFaultHex: hexOf(vmFault),
  };
  cache.set(profile, behaviour);
  return behaviour;
}

function numbering(profile: Profile, set: FlagSet): Map<number, number> {
  const values = new Map<number, number>();
  for (const [bit, name] of set.entries()) {
    const value = name === 'FOLL_UNKNOWN_30' ? 1 << 30 : profile.flags.get(name)?.value;
    // A large poisoned page comes with its hstate index in the upper bits (VM_FAULT_SET_HINDEX); 1 is that of 2 MiB.
    const index = name === 'VM_FAULT_HWPOISON_LARGE' ? 1 << 16 : 0;
    if (value !== undefined) values.set(bit, value + index);
  }
  return values;
}

function hexOf(values: ReadonlyMap<number, number>): (mask: number) => string {
  const known = new Map<number, string>();
  return mask => {
    let text = known.get(mask);
    if (text === undefined) {
      let sum = 0;
      for (const [bit, value] of values) if ((mask & bit) !== 0) sum += value;
      text = `0x${sum.toString(16)}`;
      known.set(mask, text);
    }
    return text;
  };
}
