/** Machines to run single routines on, for tests that need more than a scenario can say. */

import { profileFor, type Release } from '../../kernel/src/index.js';
import { behaviourOf } from '../../simulator/src/behaviour.js';
import { emptyNotes, type Machine } from '../../simulator/src/machine.js';
import {
  addFolio,
  enabled,
  FOLIO,
  insertVma,
  newFolio,
  newMm,
  newTask,
  newVma,
  type State,
} from '../../simulator/src/state/index.js';
import type { Op, Step } from '../../simulator/src/trace.js';

/** Machines of that many tasks of a release on one mm with one anonymous mapping of four pages, untouched. */
export function machines(count: number, release: Release = '6.12'): Machine[] {
  const mm = newMm(0);
  insertVma(mm, newVma({ start: 0, end: 4 }));
  const tasks = Array.from({ length: count }, (_, index) => newTask(index, 0));
  const state: State = {
    mms: [mm],
    folios: [],
    tasks,
    files: [],
    uffds: [],
    slots: [],
    ptl: -1,
    zeroPage: 0,
    movable: false,
  };
  addFolio(state.folios, newFolio({ bits: FOLIO.ZERO_PAGE, ref: 1 }));
  const behaviour = behaviourOf(profileFor(release));
  const range = {
    start: 0,
    shown: 0,
    pages: 1,
    walked: true,
    namesUffdWp: true,
    userAddress: true,
    gateArea: false,
    asOffset: 'positive' as const,
    canonicalAddress: true,
  };
  return tasks.map(current => ({ behaviour, state, current, mm, range, notes: emptyNotes() }));
}

export function machine(all: readonly Machine[], index: number): Machine {
  const found = all[index];
  if (found === undefined) throw new Error(`no task ${index}`);
  return found;
}

export interface Run<T> {
  readonly done: boolean;
  readonly value: T | null;
  readonly waiting: boolean;
}

/** Resumes a routine until it ends or waits for something that does not hold. */
export function run<T>({ state, current }: Machine, op: Op<T>): Run<T> {
  for (;;) {
    const next: IteratorResult<Step, T> = op.next();
    if (next.done === true) return { done: true, value: next.value, waiting: false };
    if (!enabled(state, current.index, next.value.wait)) return { done: false, value: null, waiting: true };
  }
}
