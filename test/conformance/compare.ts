/** Compares what the simulator says with what a kernel did. */

import { isDeepStrictEqual } from 'node:util';
import { parseScenario, simulate, type TraceStep } from '../../simulator/src/index.js';
import type { Recording } from './recordings.js';

/** Groups of outcome fields; a group agrees if all its fields are equal, lists in order. */
export const GROUPS = {
  call: ['ret', 'ret_name', 'locked_after', 'mmap_lock_held_after', 'warned', 'signal', 'si_code'],
  flags: ['effective_gup_flags', 'gup_calls'],
  faults: ['faults'],
  locks: ['lock_events'],
  pages: [
    'same_page_as_before',
    'refcount_delta',
    'pincount',
    'pages',
    'pte_after',
    'pte_page_changed',
    'fast',
  ],
} as const;

export type Group = keyof typeof GROUPS;

export const GROUP_NAMES = Object.keys(GROUPS) as Group[];

export interface Disagreement {
  readonly group: Group;
  readonly field: string;
  readonly recorded: unknown;
  readonly simulated: unknown;
}

/** What became of one recording. `reason`: why it is not modelled, null if it is. */
export interface Comparison {
  readonly recording: Recording;
  readonly reason: string | null;
  readonly disagreements: readonly Disagreement[];
  /** Of the simulation; empty if it is not modelled. */
  readonly trace: readonly TraceStep[];
}

/** Simulates the recorded call and compares every field of every group. */
export function compare(recording: Recording): Comparison {
  const parsed = parseScenario(recording);
  if ('problems' in parsed) {
    const reason = parsed.problems.map(({ field, message }) => `${field}: ${message}`).join('; ');
    return { recording, reason, disagreements: [], trace: [] };
  }
  const simulation = simulate(parsed.scenario);
  if (!simulation.modelled) return { recording, reason: simulation.reason, disagreements: [], trace: [] };
  const outcome: Readonly<Record<string, unknown>> = { ...simulation.outcome };
  const disagreements: Disagreement[] = [];
  for (const group of GROUP_NAMES) {
    for (const field of GROUPS[group]) {
      const recorded = recording[field];
      const simulated = outcome[field];
      if (!isDeepStrictEqual(recorded, simulated)) disagreements.push({ group, field, recorded, simulated });
    }
  }
  return { recording, reason: null, disagreements, trace: simulation.trace };
}

/** Counts over some recordings. */
export interface Tally {
  all: number;
  modelled: number;
  /** All groups agree. */
  agreed: number;
  readonly groups: Record<Group, number>;
}

/** A tally of nothing. */
export function emptyTally(): Tally {
  return { all: 0, modelled: 0, agreed: 0, groups: { call: 0, flags: 0, faults: 0, locks: 0, pages: 0 } };
}

/** Counts one comparison. */
export function count(tally: Tally, { reason, disagreements }: Comparison): void {
  tally.all += 1;
  if (reason !== null) return;
  tally.modelled += 1;
  if (disagreements.length === 0) tally.agreed += 1;
  for (const group of GROUP_NAMES) {
    if (!disagreements.some(each => each.group === group)) tally.groups[group] += 1;
  }
}
