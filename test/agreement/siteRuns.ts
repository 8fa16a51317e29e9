/** A call in the source, and what the simulator does with it in every situation. */

import { isSymbolic, type Release } from '../../kernel/src/index.js';
import type { CallSite } from '../../server/src/analysis/index.js';
import type { Analysis } from '../../server/src/ide/index.js';
import { type ModelledSimulation, type Scenario, simulate } from '../../simulator/src/index.js';
import { FILE, open } from '../ide/host.js';
import { SITUATIONS } from './situations.js';

/** One call as the analysis sees it. */
export interface SiteUnderTest {
  readonly analysis: Analysis;
  readonly site: CallSite;
  readonly release: Release;
}

/** The calls of a file that get pages or resolve a fault. */
export function sitesOf(text: string, release: Release): SiteUnderTest[] {
  const { analysis } = open(text, { release });
  return analysis
    .sites(FILE)
    .sites.filter(({ kind, flags, otherRelease }) => {
      const isCall = kind === 'gup' || (kind === 'fault-entry' && flags !== null);
      return isCall && otherRelease === undefined;
    })
    .map(site => ({ analysis, site, release }));
}

/** `callee in function`. */
export function nameOf({ site }: SiteUnderTest): string {
  return `${site.callee} in ${site.function}`;
}

/** A run, and the sets of flags that the analysis says the callee may then work with. */
export interface SiteRun {
  readonly simulation: ModelledSimulation;
  readonly effective: readonly (readonly string[])[];
}

/** The functions of mm/gup.c that are no entry of the simulator, and one that calls them. */
const CALLER_OF: ReadonlyMap<string, Pick<Scenario, 'fn' | 'locked' | 'mm'>> = new Map([
  ['faultin_page', { fn: 'get_user_pages_remote', locked: 1, mm: 'remote' }],
  ['__get_user_pages', { fn: 'get_user_pages_remote', locked: 1, mm: 'remote' }],
  ['__get_user_pages_locked', { fn: 'get_user_pages_unlocked', locked: null, mm: 'current' }],
  ['__gup_longterm_locked', { fn: 'pin_user_pages_remote', locked: 1, mm: 'remote' }],
]);

/** The call with each of its sets of flags in every situation; what is not modelled is left out. */
export function runsOf({ analysis, site }: SiteUnderTest): SiteRun[] {
  const found = analysis.scenarioAt(FILE, site.span.start)?.scenario;
  if (found === undefined) return [];
  const caller = CALLER_OF.get(site.callee);
  if (caller !== undefined) {
    // Its parameter may bring anything: two sets stand for all.
    return [[], ['FOLL_WRITE']].flatMap(flags =>
      simulated({ ...found, ...caller, flags }).map(simulation => ({
        simulation,
        effective: site.effective,
      })),
    );
  }
  const sets = site.flags?.possible ?? [found.flags];
  return sets.flatMap((flags, index) => {
    const effective =
      sets.length === site.effective.length ? site.effective.slice(index, index + 1) : site.effective;
    const scenario = { ...found, flags: flags.filter(flag => !isSymbolic(flag)) };
    return simulated(scenario).map(simulation => ({ simulation, effective }));
  });
}

/** A scenario in every situation that is modelled. */
export function simulated(scenario: Scenario): ModelledSimulation[] {
  const runs: ModelledSimulation[] = [];
  for (const situation of SITUATIONS) {
    const opts = [...new Set([...scenario.opts, ...situation.opts])];
    const simulation = simulate({ ...scenario, ...situation, opts });
    if (simulation.modelled) runs.push(simulation);
  }
  return runs;
}
