/** Small programs for the explorer, made of actions on folios and on mmap_lock. */

import type { Program, Run, TaskStatus, Violation, Watch } from '../../simulator/src/explore/program.js';
import { NotModelled } from '../../simulator/src/notModelled.js';
import {
  addFolio,
  canTake,
  drop,
  modeHeld,
  newFolio,
  newMm,
  newTask,
  type State,
  take,
} from '../../simulator/src/state/index.js';
import type { Op, Step } from '../../simulator/src/trace.js';

/** One atomic action; `folio` is a number of one. */
export type Action =
  /** Says something and touches nothing. */
  | { readonly do: 'tell' }
  /** Remembers the reference count. */
  | { readonly do: 'load'; readonly folio: number }
  /** Stores what was remembered, and one more. */
  | { readonly do: 'store'; readonly folio: number }
  | { readonly do: 'set'; readonly folio: number; readonly to: number }
  | { readonly do: 'add'; readonly folio: number }
  /** Counts one more, and remembers the count. */
  | { readonly do: 'grab'; readonly folio: number }
  /** Goes on once the count is at least so much. */
  | { readonly do: 'await'; readonly folio: number; readonly least: number }
  /** Goes on while nobody has the folio dirty, and makes it so. */
  | { readonly do: 'lock'; readonly folio: number }
  | { readonly do: 'unlock'; readonly folio: number }
  | { readonly do: 'lockMm' }
  | { readonly do: 'unlockMm' }
  /** Adds a folio, and uses it. */
  | { readonly do: 'create' }
  /** What follows is left out if what was remembered is even. */
  | { readonly do: 'endIfEven' }
  /** The model ends if what was remembered is odd. */
  | { readonly do: 'edgeIfOdd' };

interface Results {
  /** What each task remembered when it ended; null: it has not. */
  readonly remembered: (number | null)[];
}

const DIRTY = 1;

/** Reference counts that the folios never have together: the second is looked at only if the first has its count. */
export type Never = readonly [number, number];

/** The actions of tasks as a program over two folios, with a property for each of `nevers`. */
export function programOf(scripts: readonly (readonly Action[])[], nevers: readonly Never[] = []): Program {
  return {
    tasks: scripts.map((_, task) => `task ${task}`),
    properties: nevers.map(counts => `never ${counts.join(' and ')}`),
    begin: watch => begin(watch, scripts, nevers),
  };
}

function begin(watch: Watch, scripts: readonly (readonly Action[])[], nevers: readonly Never[]): Run {
  const plain: State = {
    mms: [newMm(0)],
    folios: [],
    tasks: scripts.map((_, task) => newTask(task, 0)),
    files: [],
    uffds: [],
    slots: [],
    ptl: -1,
    zeroPage: 0,
    movable: false,
  };
  for (let folio = 0; folio < 2; folio++) addFolio(plain.folios, newFolio({}));
  const state = watch(plain);
  const results = watch<Results>({ remembered: scripts.map(() => null) });
  const folioOf = (index: number) => {
    const folio = state.folios[index];
    if (folio === undefined) throw new Error(`no folio ${index}`);
    return folio;
  };
  const lockOf = () => {
    const [mm] = state.mms;
    if (mm === undefined) throw new Error('no mm');
    return mm.mmapLock;
  };
  /** By task: the condition to go on; null: it has ended. */
  const conditions: ((() => boolean) | null)[] = scripts.map(() => () => true);
  function* routine(task: number, script: readonly Action[]): Op<void> {
    let memory = 0;
    for (const action of script) {
      const step: Step = { routine: action.do, text: 'does it' };
      switch (action.do) {
        case 'tell':
          break;
        case 'load':
          memory = folioOf(action.folio).ref;
          break;
        case 'store':
          folioOf(action.folio).ref = memory + 1;
          break;
        case 'set':
          folioOf(action.folio).ref = action.to;
          break;
        case 'add':
          folioOf(action.folio).ref += 1;
          break;
        case 'grab':
          folioOf(action.folio).ref += 1;
          memory = folioOf(action.folio).ref;
          break;
        case 'await':
          conditions[task] = () => folioOf(action.folio).ref >= action.least;
          yield step;
          break;
        case 'lock':
          conditions[task] = () => (folioOf(action.folio).bits & DIRTY) === 0;
          yield step;
          folioOf(action.folio).bits |= DIRTY;
          break;
        case 'unlock':
          folioOf(action.folio).bits &= ~DIRTY;
          break;
        case 'lockMm':
          conditions[task] = () => canTake(lockOf(), task, 'write');
          yield step;
          take(lockOf(), task, 'write');
          break;
        case 'unlockMm':
          drop(lockOf(), task);
          break;
        case 'create': {
          const pfn = addFolio(state.folios, newFolio({ ref: 1 }));
          yield step;
          folioOf(pfn >> 9).ref += task;
          break;
        }
        case 'endIfEven':
          if (memory % 2 === 0) {
            results.remembered[task] = memory;
            return;
          }
          break;
        case 'edgeIfOdd':
          if (memory % 2 === 1) throw new NotModelled(`task ${task} remembers ${memory}`);
          break;
      }
      conditions[task] = () => true;
      yield step;
    }
    results.remembered[task] = memory;
  }
  const routines = scripts.map((script, task) => routine(task, script));
  return {
    state,
    status: (task): TaskStatus => {
      const condition = conditions[task];
      if (condition === null || condition === undefined) return 'ended';
      return condition() ? 'ready' : 'waiting';
    },
    step: task => {
      const next = routines[task]?.next();
      if (next === undefined || next.done === true) {
        conditions[task] = null;
        return { routine: 'end', text: 'has ended' };
      }
      return next.value;
    },
    lockHeld: task => modeHeld(lockOf(), task),
    check: (property): Violation | null => {
      const counts = nevers[property] ?? [];
      if (!counts.every((count, folio) => folioOf(folio).ref === count)) return null;
      return { property: `never ${counts.join(' and ')}`, text: 'they have them', task: null };
    },
    outcome: () =>
      `${results.remembered.join()} ${state.folios.map(({ ref, bits }) => `${ref}.${bits}`).join()}`,
  };
}
