/** What the simulated kernel does with a call: a row for each outcome, with the situations and sets of flags that lead to it. */

import { isSymbolic, type Profile } from '../../../kernel/src/index.js';
import type { ModelledSimulation } from '../../../simulator/src/index.js';
import type { CallSite } from '../analysis/index.js';
import type { AnalysedFile } from './analysedFile.js';
import { code, mustMay, shortName } from './flagText.js';
import { lockDropped, runScenario } from './runScenario.js';
import { flagSetsOf, isSimulated, MOST_SETS, scenarioOf } from './scenarioAt.js';
import { SITUATIONS, type Situation } from './situations.js';

/** Rows of a table. */
const MOST_ROWS = 6;

/** Situations that a row names. */
const MOST_NAMES = 3;

interface Row {
  /** Markdown. */
  readonly memory: string;
  readonly result: string;
  readonly lock: string;
  readonly fault: string;
}

/** The rows of the table, and what they rest on. */
export interface SimulatedTable {
  readonly rows: readonly Row[];
  /** How many sets of flags were tried, and how many situations could be modelled. */
  readonly sets: number;
  readonly situations: number;
  /** Outcomes that found no row. */
  readonly hidden: number;
  /** What had to be assumed of the call, in words; null: nothing. */
  readonly assumed: string | null;
}

/** null if the call is none that the simulator runs, or no situation of it is modelled for this release. */
export function simulatedTable(file: AnalysedFile, site: CallSite): SimulatedTable | null {
  if (!isSimulated(site)) return null;
  const sets = flagSetsOf(site);
  const { must } = mustMay(sets, file.profile);
  const kinds = new Map<string, Kind>();
  let situations = 0;
  for (const situation of SITUATIONS) {
    const groups = outcomesIn(file, site, situation, sets, must);
    if (groups.length === 0) continue;
    situations++;
    const rows = labelled(groups, file.profile);
    const key = JSON.stringify(rows);
    const same = kinds.get(key);
    if (same === undefined) kinds.set(key, { memory: [situation.label], rows });
    else same.memory.push(situation.label);
  }
  const { rows, hidden } = shownRows([...kinds.values()]);
  return rows.length === 0
    ? null
    : { rows, sets: sets.length, situations, hidden, assumed: assumptions(site) };
}

/**
 * The situations by what is told apart of their outcomes, in the order of the table. One that comes out differently for
 * different flags is under each. Empty if the call is none that the simulator runs, or nothing of it is modelled.
 */
export function situationsBy(
  file: AnalysedFile,
  site: CallSite,
  tell: (simulation: ModelledSimulation) => string,
): ReadonlyMap<string, readonly string[]> {
  const told = new Map<string, string[]>();
  if (!isSimulated(site)) return told;
  for (const situation of SITUATIONS) {
    const simulations = flagSetsOf(site).map(set =>
      runScenario(file, scenarioOf(file, site, set, situation)),
    );
    const keys = simulations.filter(simulation => simulation !== null).map(tell);
    for (const key of new Set(keys)) told.set(key, [...(told.get(key) ?? []), situation.label]);
  }
  return told;
}

/** The situations in which the call lets go of the lock that its caller holds, and those in which it keeps it. */
export function situationsByLock(
  file: AnalysedFile,
  site: CallSite,
): { readonly dropped: readonly string[]; readonly kept: readonly string[] } {
  const told = situationsBy(file, site, simulation => (lockDropped(simulation) ? 'dropped' : 'kept'));
  return { dropped: told.get('dropped') ?? [], kept: told.get('kept') ?? [] };
}

/** Situations in which the call does the same, for every set of flags. */
interface Kind {
  readonly memory: string[];
  readonly rows: readonly LabelledCells[];
}

interface LabelledCells {
  /** The flags that tell its sets from the others; empty: those that need no name. */
  readonly label: string;
  readonly cells: Cells;
}

/** What the sets of flags come to in a situation, those with one outcome together; empty: it is not modelled. */
function outcomesIn(
  file: AnalysedFile,
  site: CallSite,
  situation: Situation,
  sets: readonly (readonly string[])[],
  must: readonly string[],
): Group[] {
  const groups = new Map<string, Group>();
  for (const set of sets) {
    const simulation = runScenario(file, scenarioOf(file, site, set, situation));
    if (simulation === null) continue;
    const cells = cellsOf(simulation);
    const key = `${cells.result}|${cells.lock}|${cells.fault}`;
    const extra = set.filter(flag => !must.includes(flag));
    const same = groups.get(key);
    if (same === undefined) groups.set(key, { cells, extras: [extra] });
    else same.extras.push(extra);
  }
  return [...groups.values()];
}

/** The rows of the first kinds, as many as fit; what differs between sets of flags counts as rows too. */
function shownRows(kinds: readonly Kind[]): Pick<SimulatedTable, 'rows' | 'hidden'> {
  const rows: Row[] = [];
  let hidden = 0;
  for (const kind of kinds) {
    if (rows.length > 0 && rows.length + kind.rows.length > MOST_ROWS) {
      hidden += kind.rows.length;
      continue;
    }
    const more = kind.memory.length - MOST_NAMES;
    const names = kind.memory.slice(0, MOST_NAMES).join('; ');
    const memory = more > 0 ? `${names}; ${more} more` : names;
    for (const { label, cells } of kind.rows) {
      rows.push({ memory: label === '' ? memory : `${memory}, ${label}`, ...cells });
    }
  }
  return { rows, hidden };
}

/** What a run came to, in words. */
export type Cells = Omit<Row, 'memory'>;

/** Sets of flags with one outcome, each as what it has beyond the flags that all sets have. */
interface Group {
  readonly cells: Cells;
  readonly extras: (readonly string[])[];
}

/** The group of the plainest set needs no label; each other is told by the flags that only it has, if there are such. */
function labelled(groups: readonly Group[], profile: Profile): LabelledCells[] {
  const plainest = groups.reduce<Group | null>(
    (best, group) => (best === null || shortest(group) < shortest(best) ? group : best),
    null,
  );
  const ordered = [
    ...groups.filter(group => group === plainest),
    ...groups.filter(group => group !== plainest),
  ];
  return ordered.map(group => {
    const { cells, extras } = group;
    if (group === plainest) return { label: '', cells };
    const { must: common } = mustMay(extras, profile);
    const others = groups.filter(other => other !== group).flatMap(other => other.extras);
    const telling = common.length > 0 && !others.some(set => common.every(flag => set.includes(flag)));
    const shown = telling ? [common] : extras;
    return { label: shown.map(set => code(set.map(shortName).join(' '))).join(' or '), cells };
  });
}

function shortest({ extras }: Group): number {
  return Math.min(...extras.map(set => set.length));
}

function assumptions(site: CallSite): string | null {
  const parts: string[] = [];
  const { flags } = site;
  if (flags !== null) {
    const symbolic = [...new Set((flags.possible ?? [flags.may]).flat().filter(isSymbolic))];
    if (symbolic.length > 0)
      parts.push(`${symbolic.map(flag => code(shortName(flag))).join(', ')} taken as no flags`);
    if (flags.possible === null) parts.push('the flags are not all known');
    else if (flags.possible.length > MOST_SETS) parts.push(`of ${flags.possible.length}`);
  }
  return parts.length === 0 ? null : parts.join('; ');
}

/** The result in words; what is no success is bold. */
export function resultCell({ scenario, outcome }: ModelledSimulation): string {
  const { ret, ret_name: name } = outcome;
  const isPage = scenario.fn === 'get_dump_page';
  const isCount = !isPage && scenario.fn !== 'fixup_user_fault';
  let result = name;
  if (ret < 0) result = `**${name}**`;
  else if (isPage) result = ret === 0 ? '**NULL**' : '1 page';
  else if (isCount && ret === 0) result = '**0**';
  else if (isCount) result = ret === 1 ? '1 page' : `${ret} pages`;
  return outcome.warned ? `${result}, WARN` : result;
}

/** Markdown for each column but that of the situation. */
export function cellsOf(simulation: ModelledSimulation): Cells {
  const { outcome } = simulation;
  return { result: resultCell(simulation), lock: lockCell(outcome), fault: faultCell(outcome) };
}

/** From the lock's events: what the caller has to know is whether it was let go, and whether it is held now. */
function lockCell({
  lock_events: events,
  mmap_lock_held_after: held,
  locked_after: locked,
}: ModelledSimulation['outcome']): string {
  const [first] = events;
  if (first === undefined) return 'kept';
  const taken = events.filter(event => event.startsWith('acquired')).length;
  if (!first.startsWith('release')) {
    if (taken === 0) return 'not taken';
    return `${taken === 1 ? 'taken' : 'taken, dropped, retaken'}${held ? '' : ', released'}`;
  }
  if (held) return 'dropped, retaken';
  const flag = locked === 0 ? ' (`*locked` is 0)' : '';
  return `${taken > 0 ? 'dropped, retaken, released' : 'dropped, not retaken'}${flag}`;
}

function faultCell({ faults }: ModelledSimulation['outcome']): string {
  if (faults.length === 0) return '–';
  const results = faults.map(({ ret }) => (ret.length === 0 ? 'done' : ret.join(' ')));
  const runs: string[] = [];
  for (let i = 0; i < results.length; ) {
    let end = i;
    while (results[end] === results[i]) end++;
    runs.push(end - i === 1 ? `${results[i]}` : `${end - i} × ${results[i]}`);
    i = end;
  }
  return runs.join(', then ');
}
