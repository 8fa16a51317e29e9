/** One scenario in two releases: just before a behaviour changed, and with it. */

import { expect } from 'vitest';
import type { Release, SwitchName } from '../../../kernel/src/index.js';
import { type Outcome, type PteOutcome, type Scenario, simulate } from '../../../simulator/src/index.js';
import { scenario } from '../scenarios.js';

/** What a release makes of a scenario, as the fields of an outcome that the test is about. */
export interface Expected {
  readonly ret?: number;
  readonly warned?: boolean;
  readonly locked_after?: 0 | 1 | null;
  readonly same_page_as_before?: boolean | null;
  readonly refcount_delta?: number | null;
  readonly pincount?: number | null;
  readonly effective_gup_flags?: readonly string[];
  readonly lock_events?: readonly string[];
  /** Of every fault: its flags, `->`, its result. */
  readonly faults?: readonly string[];
  /** Names of the page that is held first. */
  readonly held?: readonly string[];
  /** Names and reference count of what the first entry maps afterwards, e.g. `present write anon x1`. */
  readonly mapped?: string;
  /** The map count that a walk of the page table reads of it. */
  readonly mapcount?: number;
  /** What the second entry maps. */
  readonly mappedNext?: string;
}

/** One line of a table of changes. */
export interface Change {
  readonly what: string;
  /** The switches that make the difference. */
  readonly of: readonly SwitchName[];
  readonly scenario: Partial<Scenario>;
  readonly before: readonly [Release, Expected];
  readonly since: readonly [Release, Expected];
}

/** The outcome of a scenario that the release must model. */
export function outcomeIn(kernel: Release, changes: Partial<Scenario>): Outcome {
  const result = simulate(scenario({ ...changes, kernel }));
  if (!result.modelled) throw new Error(`v${kernel}: ${result.reason}`);
  return result.outcome;
}

function shown(outcome: Outcome, wanted: Expected): Expected {
  const [first, second] = outcome.pte_after;
  const texts: Expected & Record<string, unknown> = {
    ...outcome,
    faults: outcome.faults.map(({ flags, ret }) => `${flags.join(' ')} -> ${ret.join(' ')}`.trim()),
    effective_gup_flags: outcome.effective_gup_flags ?? [],
    held: outcome.pages[0]?.f ?? [],
    mapped: entryText(first),
    mapcount: first?.map ?? 0,
    mappedNext: entryText(second),
  };
  return Object.fromEntries(Object.keys(wanted).map(name => [name, texts[name]]));
}

function entryText(entry: PteOutcome | undefined): string {
  if (entry === undefined) return '';
  return entry.ref === undefined ? entry.f.join(' ') : `${entry.f.join(' ')} x${entry.ref}`;
}

/** Both releases do what was read of them, and that differs. */
export function testChange({ scenario: changed, before, since }: Change): void {
  expect(shown(outcomeIn(before[0], changed), before[1]), before[0]).toEqual(before[1]);
  expect(shown(outcomeIn(since[0], changed), since[1]), since[0]).toEqual(since[1]);
  expect(before[1]).not.toEqual(since[1]);
}
