/** A run in a few lines: what came out, then the steps that decided it. */

import { resolveRelease } from '../../kernel/src/index.js';
import {
  BUS_ADRERR,
  BUS_MCEERR_AR,
  SEGV_ACCERR,
  SEGV_MAPERR,
  SEGV_PKUERR,
  SI_KERNEL,
  SIGBUS,
} from './ops/accessError.js';
import type { Outcome } from './outcome.js';
import type { Scenario } from './scenario.js';
import type { ModelledSimulation, Simulation } from './simulate.js';
import type { TraceStep } from './trace.js';
import { USER_ENTRIES } from './userEntries.js';

const SEGV_CODES: ReadonlyMap<number, string> = new Map([
  [SEGV_MAPERR, 'SEGV_MAPERR'],
  [SEGV_ACCERR, 'SEGV_ACCERR'],
  [SEGV_PKUERR, 'SEGV_PKUERR'],
  [SI_KERNEL, 'SI_KERNEL'],
]);

/** Routines whose beginning and end are steps of their own. */
const FAULT_ENTRIES: ReadonlySet<string> = new Set(['handle_mm_fault', 'hugetlb_fault']);

const BUS_CODES: ReadonlyMap<number, string> = new Map([
  [BUS_ADRERR, 'BUS_ADRERR'],
  [BUS_MCEERR_AR, 'BUS_MCEERR_AR'],
]);

/** Short text for a hover: plain lines, no markup. Names routine and release; of a situation not modelled the reason. */
export function describe(simulation: Simulation): string {
  const { scenario } = simulation;
  const head = `${scenario.fn} on ${releaseText(scenario)}`;
  if (!simulation.modelled) return `${head}: not modelled: ${simulation.reason}.`;
  const { outcome } = simulation;
  const lines = [`${head}: ${resultText(scenario, outcome)}; ${lockText(scenario, outcome)}.`];
  if (outcome.warned) lines.push('A WARN_ON is hit.');
  const flags = outcome.effective_gup_flags;
  if (flags !== undefined) lines.push(`__get_user_pages starts with ${flags.join(' | ') || 'no flags'}.`);
  const did = faultSteps(simulation.trace);
  for (const [index, fault] of outcome.faults.entries()) {
    const set = fault.flags.join('|') || '0';
    const step = did[index] ?? null;
    const what = step === null ? '' : ` (${stepText(step)})`;
    lines.push(`Page ${fault.page}: ${fault.fn}(${set}) returns ${fault.ret.join('|') || '0'}${what}.`);
  }
  const refusal = refusalOf(simulation);
  if (refusal !== null) lines.push(`Decided by ${stepText(refusal)}.`);
  const held = heldText(outcome);
  if (held !== null) lines.push(held);
  return lines.join('\n');
}

function stepText({ routine, text }: TraceStep): string {
  return `${routine}: ${text}`;
}

/** For each fault, in the order in which they end, the last thing it did itself; null: nothing worth a step. */
function faultSteps(trace: readonly TraceStep[]): (TraceStep | null)[] {
  const ends: (TraceStep | null)[] = [];
  let last: TraceStep | null = null;
  for (const step of trace) {
    if (step.fault !== undefined) ends.push(last);
    const isFrame = FAULT_ENTRIES.has(step.routine);
    if (isFrame) last = null;
    else if (step.task === 0 && step.lockEvent === undefined) last = step;
  }
  return ends;
}

/** The step that an error of a call comes from, where no fault gave it; null: there is none. */
function refusalOf({ trace, outcome }: ModelledSimulation): TraceStep | null {
  if (outcome.ret >= 0 || outcome.signal !== undefined) return null;
  const steps = trace.filter(({ task, lockEvent }) => task === 0 && lockEvent === undefined);
  while (steps.at(-1)?.text.startsWith('returns ') === true && steps.at(-1)?.fault === undefined) steps.pop();
  const last = steps.at(-1) ?? null;
  return last?.fault === undefined ? last : null;
}

/** `v6.1`, or the text that was given and the release that stands for it. */
export function releaseText(scenario: Scenario): string {
  const resolved = resolveRelease(scenario.kernel);
  if ('error' in resolved) return scenario.kernel;
  const release = `v${resolved.release}`;
  return resolved.text === resolved.release || resolved.text === release
    ? release
    : `${release} (${resolved.text})`;
}

function resultText(scenario: Scenario, outcome: Outcome): string {
  const { ret } = outcome;
  if (scenario.fn === 'get_dump_page') return ret === 1 ? 'returns the page' : 'returns NULL';
  if (outcome.signal !== undefined) return signalText(outcome.signal, outcome.si_code);
  if (ret < 0) return `returns ${outcome.ret_name}`;
  if (scenario.fn.startsWith('user_')) return 'the access succeeds';
  if (USER_ENTRIES.has(scenario.fn)) return `returns ${ret}`;
  if (scenario.fn === 'fixup_user_fault') return 'returns 0, the fault is resolved';
  if (scenario.fn === 'memfd_pin_folios') return `returns ${ret}, each folio once`;
  if (ret === scenario.nr) return `returns ${ret}, all pages`;
  return ret === 0 ? `returns 0 of ${scenario.nr} pages` : `returns ${ret} of ${scenario.nr} pages`;
}

/** How signal and si_code of a touch are named (include/uapi/asm-generic/siginfo.h). */
function signalText(signal: number, siCode: number | undefined): string {
  const names = signal === SIGBUS ? BUS_CODES : SEGV_CODES;
  const code = names.get(siCode ?? 0) ?? `si_code ${siCode}`;
  return `the access ends with ${signal === SIGBUS ? 'SIGBUS' : 'SIGSEGV'} (${code})`;
}

function lockText(scenario: Scenario, outcome: Outcome): string {
  const dropped = outcome.lock_events.includes('release_read');
  const pointer = scenario.fn === 'fixup_user_fault' ? 'unlocked' : 'locked';
  const value = outcome.locked_after === null ? '' : `, *${pointer} = ${outcome.locked_after}`;
  if (outcome.mmap_lock_held_after) {
    return `mmap_lock is ${dropped ? 'held again after having been dropped' : 'still held'}${value}`;
  }
  const own = outcome.lock_events[0] !== 'release_read';
  if (own)
    return outcome.lock_events.length === 0
      ? 'mmap_lock is not taken'
      : `mmap_lock is taken and released inside${value}`;
  return `mmap_lock has been dropped${value}`;
}

function heldText(outcome: Outcome): string | null {
  const [first] = outcome.pages;
  if (first === undefined) return null;
  const pinned = (outcome.pincount ?? 0) > 0 || outcome.effective_gup_flags?.includes('FOLL_PIN') === true;
  const what = first.f.includes('zero_page')
    ? 'the zero page'
    : first.f.includes('ksm')
      ? 'a KSM page'
      : 'a page';
  const same =
    first.same_as_before === null
      ? 'new'
      : first.same_as_before
        ? 'the one mapped before'
        : 'not the one mapped before';
  const taken = pinned ? 'pin' : 'reference';
  const count =
    outcome.refcount_delta === 0
      ? `no ${taken} is held on it`
      : `the ${taken} adds ${outcome.refcount_delta} to its refcount`;
  return `Page 0: ${what}, ${same}; ${count}.`;
}
