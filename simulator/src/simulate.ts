/** Runs one call in one memory situation and says what came out. */

import {
  NO_CHANGES,
  profileFor,
  profileWithSwitches,
  resolveRelease,
  type SwitchChanges,
} from '../../kernel/src/index.js';
import { type Behaviour, behaviourOf } from './behaviour.js';
import {
  ENTRY_POINTS,
  type EntryPoint,
  faultFlags,
  follFlags,
  lockHeldOnEntry,
  takesLocked,
} from './entryPoints.js';
import { emptyNotes, type LockedCell, type Machine } from './machine.js';
import { NotModelled } from './notModelled.js';
import { fixupUserFault } from './ops/fixupUserFault.js';
import { READ_WRITE_PROTECT_SEQ } from './ops/gupFast.js';
import { type CallResult, mappedPages, type Outcome, outcomeOf } from './outcome.js';
import { PageWatch } from './pageWatch.js';
import type { Scenario } from './scenario.js';
import { prepare, type View } from './setup.js';
import { enabled, modeHeld } from './state/index.js';
import { type Op, type TraceStep, traceStep } from './trace.js';
import { TOUCHES, USER_ENTRIES, type UserEntry } from './userEntries.js';

/** A run: what came out and how. */
export interface ModelledSimulation {
  readonly modelled: true;
  readonly scenario: Scenario;
  readonly outcome: Outcome;
  readonly trace: readonly TraceStep[];
}

/** No run: the situation is outside the model. `reason` can follow "not modelled:". */
export interface UnmodelledSimulation {
  readonly modelled: false;
  readonly scenario: Scenario;
  readonly reason: string;
}

export type Simulation = ModelledSimulation | UnmodelledSimulation;

/** Functions that can be simulated. */
export const MODELLED_FUNCTIONS: readonly string[] = [
  ...ENTRY_POINTS.keys(),
  'fixup_user_fault',
  ...USER_ENTRIES.keys(),
];

/** No call of the model takes as many. */
const STEP_LIMIT = 100_000;

/**
 * What the scenario's call does, in its release with some switches turned. Never throws for what parseScenario accepts; the
 * same scenario and switches give the same result.
 */
export function simulate(scenario: Scenario, changes: SwitchChanges = NO_CHANGES): Simulation {
  const resolved = resolveRelease(scenario.kernel);
  if ('error' in resolved) return { modelled: false, scenario, reason: resolved.error };
  try {
    const profile = profileWithSwitches(profileFor(resolved.release), changes);
    return runOnMachine(scenario, behaviourOf(profile)).simulation;
  } catch (error) {
    if (error instanceof NotModelled) return { modelled: false, scenario, reason: error.message };
    throw error;
  }
}

/** The run, and the machine as it is once the pages have been released. Throws {@link NotModelled}. */
export function runOnMachine(
  scenario: Scenario,
  behaviour: Behaviour,
): { readonly simulation: ModelledSimulation; readonly machine: Machine } {
  const fixup = scenario.fn === 'fixup_user_fault';
  const entry = ENTRY_POINTS.get(scenario.fn);
  const userEntry = USER_ENTRIES.get(scenario.fn);
  if (entry === undefined && userEntry === undefined && !fixup)
    throw new NotModelled(`the function ${scenario.fn}`);
  if (userEntry === undefined && !behaviour.functions.has(scenario.fn)) {
    throw new NotModelled(`${scenario.fn}(): v${behaviour.release} has no such function`);
  }
  const remote = entry?.remote ?? fixup;
  if (scenario.mm === 'remote' && !remote) throw new NotModelled(`${scenario.fn}() on another process's mm`);
  if (scenario.locked !== null && !takesLocked(behaviour, scenario.fn))
    throw new NotModelled(`a locked argument of ${scenario.fn}()`);
  const held = entry === undefined ? fixup : lockHeldOnEntry(scenario.fn, entry, scenario.locked);
  const { state, mm, caller, range } = prepare(scenario, behaviour, held, viewOf(scenario));
  const notes = emptyNotes();
  const machine: Machine = { behaviour, state, current: caller, mm, range, notes, asRecorded: true };
  const before = mappedPages(machine);
  const trace: TraceStep[] = [];
  const result =
    userEntry !== undefined
      ? runUserEntry(machine, scenario, userEntry, trace)
      : entry === undefined
        ? runFixup(machine, scenario, trace)
        : runGup(machine, scenario, entry, trace);
  const outcome = outcomeOf(machine, result, before);
  return { simulation: { modelled: true, scenario, outcome, trace }, machine };
}

/** Touches and system calls are told of with the region around them. */
function viewOf(scenario: Scenario): View {
  if (USER_ENTRIES.has(scenario.fn)) return 'region';
  return ENTRY_POINTS.get(scenario.fn)?.holdsWith === undefined ? 'asked' : 'file';
}

function runGup(machine: Machine, scenario: Scenario, entry: EntryPoint, trace: TraceStep[]): CallResult {
  const flags = follFlags(scenario.fn, scenario.flags, machine.behaviour);
  const noPages = scenario.opts.includes('pages_null');
  const pages: number[] | null = noPages ? null : [];
  const locked: LockedCell | null = scenario.locked === null ? null : { value: scenario.locked };
  const { start } = machine.range;
  const op = entry.run(machine, { start, nr: scenario.nr, flags, pages, locked });
  const forks = scenario.opts.includes('write_protect_seq_bumped_during_fast');
  const ret = drive(machine, forks ? withForkDuringFast(machine, op) : op, trace);
  const held = pages === null || ret <= 0 ? [] : pages.slice(0, ret);
  const { fast, gupCalls } = machine.notes;
  const heldWith = entry.holdsWith ?? fast?.flags ?? gupCalls[0]?.flags ?? 0;
  return { ret, lockedAfter: locked?.value ?? null, held, heldWith };
}

function runFixup(machine: Machine, scenario: Scenario, trace: TraceStep[]): CallResult {
  const flags = faultFlags(scenario.flags);
  const unlocked: LockedCell | null = scenario.locked === null ? null : { value: 0 };
  const ret = drive(machine, fixupUserFault(machine, machine.range.start, flags, unlocked), trace);
  return { ret, lockedAfter: unlocked?.value ?? null, held: [], heldWith: 0 };
}

function runUserEntry(
  machine: Machine,
  scenario: Scenario,
  entry: UserEntry,
  trace: TraceStep[],
): CallResult {
  if (scenario.flags.length > 0) throw new NotModelled(`flags of ${scenario.fn}`);
  if (scenario.opts.length > 0) throw new NotModelled(`options of ${scenario.fn}`);
  if (scenario.addr_offset % 4096 !== 0 && !TOUCHES.has(scenario.fn))
    throw new NotModelled(`${scenario.fn} at an address within a page`);
  const { ret, signal } = drive(machine, entry(machine, scenario.nr), trace);
  return { ret, lockedAfter: null, held: [], heldWith: 0, ...(signal !== null && { signal }) };
}

/** Runs one thread to its end. */
function drive<T>(machine: Machine, op: Op<T>, trace: TraceStep[]): T {
  const watch = new PageWatch(machine);
  for (let index = 0; index < STEP_LIMIT; index++) {
    const next = op.next();
    if (next.done === true) return next.value;
    const step = next.value;
    if (!enabled(machine.state, machine.current.index, step.wait))
      throw new NotModelled('a call that waits for ever');
    const lock = modeHeld(machine.mm.mmapLock, machine.current.index);
    const { page } = step;
    const seen = page === undefined ? {} : { pte: watch.entry(page), folio: watch.folio(page) };
    trace.push(traceStep(index, step, lock, machine.range.start, seen));
  }
  throw new NotModelled(`a call that does not end within ${STEP_LIMIT} steps`);
}

/** The call, with a fork of the mm that begins and ends between the two looks of gup-fast at mm->write_protect_seq. */
function* withForkDuringFast(machine: Machine, op: Op<number>): Op<number> {
  for (;;) {
    const next = op.next();
    if (next.done === true) return next.value;
    if (next.value.routine === READ_WRITE_PROTECT_SEQ) machine.mm.writeProtectSeq += 2;
    yield next.value;
  }
}
