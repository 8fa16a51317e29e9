/** Calls of the GUP family. A caller that has to hold mmap_lock takes it before and drops it behind the call. */

import {
  ENTRY_POINTS,
  type EntryPoint,
  faultFlags,
  follFlags,
  lockHeldOnEntry,
  takesLocked,
} from '../../entryPoints.js';
import { LOCK_AS_PROMISED } from '../../explore/properties/lockAsPromised.js';
import { RETRIED_ONCE } from '../../explore/properties/retriedOnce.js';
import { FAULT, VM_FAULT } from '../../flagSets.js';
import type { LockedCell, Machine } from '../../machine.js';
import { NotModelled } from '../../notModelled.js';
import { fixupUserFault } from '../../ops/fixupUserFault.js';
import { mmapReadLock, mmapReadUnlock } from '../../ops/mmapLock.js';
import { modeHeld } from '../../state/index.js';
import type { Op } from '../../trace.js';
import type { ActionKind, Doing } from './action.js';

function gupCall(name: string, entry: EntryPoint): ActionKind {
  return {
    about: entry.lockHeld ? `${name}(), with mmap_lock held for reading until it returns.` : `${name}().`,
    takes: ['page', 'nr', 'flags', 'locked', 'as', ...(entry.remote ? (['mm'] as const) : [])],
    gives: 'the result; `.locked`: what the caller finds in `locked`',
    ofRelease: true,
    holds: true,
    run: doing => call(doing, entry),
  };
}

function* call(doing: Doing, entry: EntryPoint): Op<void> {
  const { machine, action, run } = doing;
  requireLocked(machine, action.do, action.locked);
  const flags = follFlags(action.do, action.flags, machine.behaviour);
  const locked: LockedCell | null = action.locked === null ? null : { value: action.locked };
  const pages: number[] = [];
  const held = lockHeldOnEntry(action.do, entry, action.locked);
  if (held) yield* mmapReadLock(machine);
  const ret = yield* entry.run(machine, { start: action.page, nr: action.nr, flags, pages, locked });
  const { fast, gupCalls } = machine.notes;
  const inForce = entry.holdsWith ?? fast?.flags ?? gupCalls[0]?.flags ?? 0;
  const pfns = ret > 0 ? pages.slice(0, ret) : [];
  if (pfns.length > 0) {
    const { current, mm } = machine;
    run.hold(action, { task: current.index, mm: mm.index, page: action.page, pfns, flags: inForce });
  }
  run.note(action, '', ret);
  if (locked !== null) run.note(action, 'locked', locked.value);
  noteLock(doing, held && locked?.value !== 0);
  noteRetries(doing);
  yield* unlockAfterwards(machine);
}

/** fixup_user_fault(): `locked` stands for its `unlocked` argument, 0 before the call. */
function* fixup(doing: Doing): Op<void> {
  const { machine, action, run } = doing;
  requireLocked(machine, action.do, action.locked);
  const unlocked: LockedCell | null = action.locked === null ? null : { value: 0 };
  yield* mmapReadLock(machine);
  const ret = yield* fixupUserFault(machine, action.page, faultFlags(action.flags), unlocked);
  run.note(action, '', ret);
  if (unlocked !== null) run.note(action, 'locked', unlocked.value);
  noteLock(doing, true);
  noteRetries(doing);
  yield* unlockAfterwards(machine);
}

/** Notes how the call has left mmap_lock; `held`: how the caller expects it. */
function noteLock({ machine, action, run }: Doing, held: boolean): void {
  if (!run.asks(LOCK_AS_PROMISED)) return;
  const found = modeHeld(machine.mm.mmapLock, machine.current.index) === 'none' ? 'dropped' : 'held';
  const { index } = machine.current;
  run.deeds.lockAfterCall[index] = { fn: action.do, promised: held ? 'held' : 'dropped', found };
}

/** Notes which page's fault was made again most often after mmap_lock had been given up. */
function noteRetries({ machine, action, run }: Doing): void {
  if (!run.asks(RETRIED_ONCE)) return;
  const times = new Map<number, number>();
  for (const { fn, page, flags, ret } of machine.notes.faults) {
    const dropped =
      fn === 'handle_mm_fault' && (ret & VM_FAULT.RETRY) !== 0 && (flags & FAULT.RETRY_NOWAIT) === 0;
    if (dropped) times.set(page, (times.get(page) ?? 0) + 1);
  }
  const [most] = [...times].sort(([, first], [, second]) => second - first);
  if (most === undefined) return;
  run.deeds.retries[machine.current.index] = { fn: action.do, page: most[0], times: most[1] };
}

function* unlockAfterwards(machine: Machine): Op<void> {
  if (modeHeld(machine.mm.mmapLock, machine.current.index) === 'read')
    yield* mmapReadUnlock(machine, 'the caller is done');
}

function requireLocked({ behaviour }: Machine, fn: string, locked: 0 | 1 | null): void {
  if (!behaviour.functions.has(fn))
    throw new NotModelled(`${fn}(): v${behaviour.release} has no such function`);
  if (locked !== null && !takesLocked(behaviour, fn)) throw new NotModelled(`a locked argument of ${fn}()`);
}

export const GUP_CALLS: Readonly<Record<string, ActionKind>> = {
  ...Object.fromEntries([...ENTRY_POINTS].map(([name, entry]) => [name, gupCall(name, entry)])),
  fixup_user_fault: {
    about:
      'fixup_user_fault(), with mmap_lock held for reading until it returns; flags are FAULT_FLAG_ names.',
    takes: ['page', 'flags', 'locked', 'as', 'mm'],
    gives: 'the result; `.locked`: what the caller finds in `unlocked`',
    ofRelease: true,
    run: fixup,
  },
};
