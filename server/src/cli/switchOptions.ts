/** `--with` and `--without`: switches of a release turned on and off. */

import { isSwitchName, SWITCHES, type SwitchChanges, type SwitchName } from '../../../kernel/src/index.js';
import { UsageError } from './io.js';
import { nearestNames } from './nearest.js';

export interface SwitchOptions {
  readonly with: readonly string[];
  readonly without: readonly string[];
}

/**
 * The switches that the options name.
 *
 * @throws UsageError for a name that is none; the message names the nearest ones
 */
export function switchChanges(options: SwitchOptions): SwitchChanges {
  const without = named('--without', options.without);
  const both = options.with.find(name => options.without.includes(name));
  if (both !== undefined) throw new UsageError(`--with ${both} and --without ${both}: give one of them`);
  return { with: named('--with', options.with), without };
}

function named(option: string, names: readonly string[]): readonly SwitchName[] {
  return names.map(name => {
    if (isSwitchName(name)) return name;
    const like = nearestNames(
      name,
      SWITCHES.map(fact => fact.name),
    );
    const hint = like.length > 0 ? `did you mean ${like.join(', ')}?` : 'docs/releases has their names';
    throw new UsageError(`${option} ${name}: no such switch; ${hint}`);
  });
}
