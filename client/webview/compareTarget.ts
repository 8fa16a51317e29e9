/** What a call is compared with: another release, or its own with one switch turned. */

import {
  isSwitchName,
  NO_CHANGES,
  PROPOSALS,
  RELEASES,
  SWITCHES,
  type SwitchChanges,
  type SwitchName,
} from '../../kernel/src/index.js';
import type { Scenario } from '../../simulator/src/index.js';
import type { Option } from './dom.js';

/** A kernel to simulate a scenario on, and what it is called. */
export interface ComparedKernel {
  readonly kernel: string;
  readonly changes: SwitchChanges;
  /** `Linux 6.1`, `6.12 without gupFastForkSeq`. */
  readonly name: string;
}

/** The kernel of a scenario, as it is. */
export function ownKernel({ kernel }: Scenario, release: string): ComparedKernel {
  return { kernel, changes: NO_CHANGES, name: `Linux ${release}` };
}

/**
 * The kernel that `target` names for a scenario of `release`: `6.1`, `with NAME` or `without NAME`. null: it names nothing
 * (any more).
 */
export function comparedKernel(target: string, scenario: Scenario, release: string): ComparedKernel | null {
  if (RELEASES.some(each => each === target))
    return { kernel: target, changes: NO_CHANGES, name: `Linux ${target}` };
  const [how, name] = target.split(' ');
  if (name === undefined || !isSwitchName(name) || (how !== 'with' && how !== 'without')) return null;
  const changes = { ...NO_CHANGES, [how]: [name] };
  return { kernel: scenario.kernel, changes, name: `${release} ${target}` };
}

/** The choices of the list, `none` first: releases, the proposals that can be turned on, the guards that can be left out. */
export function compareOptions(none: string): readonly Option[] {
  const turned = (how: string, names: readonly SwitchName[], group: string): readonly Option[] =>
    names.map(name => ({ value: `${how} ${name}`, label: `${how} ${name}`, group }));
  const guards = SWITCHES.filter(({ kind }) => kind === 'guard').map(({ name }) => name);
  return [
    { value: none, label: 'nothing' },
    ...RELEASES.toReversed().map(release => ({ value: release, label: release, group: 'Releases' })),
    ...turned('with', PROPOSALS, 'Proposals'),
    ...turned('without', guards, 'Guards left out'),
  ];
}
