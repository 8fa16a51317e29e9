/** A litmus test as a program for the explorer: each task is a thread that does its actions one after the other. */

import { NEWEST_RELEASE } from '../../../kernel/src/index.js';
import type { Behaviour } from '../behaviour.js';
import type { Program, Run, TaskStatus, Violation, Watch } from '../explore/program.js';
import { PROPERTIES } from '../explore/properties/index.js';
import { LOCKS_BALANCE } from '../explore/properties/locksBalance.js';
import { type Deeds, type Holding, noDeeds, type Property } from '../explore/properties/property.js';
import { unexplainedReferences } from '../explore/properties/referencesBalance.js';
import { VMA_UNDER_LOCK } from '../explore/properties/vmaUnderLock.js';
import { emptyNotes, type Machine, type Range } from '../machine.js';
import { LockMisuse, NotModelled } from '../notModelled.js';
import type { Scenario } from '../scenario.js';
import { prepare } from '../setup.js';
import {
  copyState,
  enabled,
  type LockMode,
  MONITOR_TASK,
  modeHeld,
  newTask,
  type State,
  type Wait,
} from '../state/index.js';
import type { Op, Step } from '../trace.js';
import type { Action, RunMemory } from './actions/action.js';
import { ACTIONS } from './actions/index.js';
import { propertiesIn } from './conditions.js';
import { FIRST_MM, type Litmus, type LitmusTask, type Observed } from './litmus.js';
import { noteHolding, noteRelease } from './noteDeeds.js';
import { drainBatches, fillContents } from './settleMemory.js';
import { mayLookUnlocked, watchVmas } from './watchVmas.js';

/** What the tasks, properties and the outcome know beside the state. */
interface Shared {
  /** What was observed, by name. */
  readonly values: Record<string, Observed>;
  /** Indexes into `State.mms` by name; a fork that is not over has none. */
  readonly mms: Record<string, number>;
  /** Whether each task has ended. */
  readonly ended: boolean[];
  readonly deeds: Deeds;
}

/** What all runs begin with. */
interface Beginning {
  readonly litmus: Litmus;
  readonly behaviour: Behaviour;
  readonly state: State;
  readonly range: Range;
  readonly properties: readonly Property[];
  readonly unexplained: readonly number[];
  /** Index in `State.tasks` of each task. */
  readonly indexes: readonly number[];
}

/** The test for a release. Throws {@link NotModelled} for memory that the model does not have. */
export function litmusProgram(litmus: Litmus, behaviour: Behaviour): Program {
  const { state, range } = prepare(scenarioOf(litmus), behaviour, false, 'asked');
  fillContents(state, litmus.memory);
  drainBatches(state);
  const hasMonitor = state.uffds.length > 0;
  const indexes = litmus.tasks.map((_, task) => (hasMonitor && task >= MONITOR_TASK ? task + 1 : task));
  for (const index of indexes) state.tasks[index] ??= newTask(index, -1);
  const asked = propertiesIn(litmus.question);
  const properties = PROPERTIES.filter(property => asked.includes(property.id));
  const unexplained = unexplainedReferences(state, noDeeds());
  const beginning: Beginning = { litmus, behaviour, state, range, properties, unexplained, indexes };
  return {
    tasks: litmus.tasks.map(task => task.name),
    properties: properties.map(property => property.id),
    begin: watch => new LitmusRun(beginning, watch),
  };
}

/** The memory as a scenario; what it calls does not matter, nor where. */
function scenarioOf({ memory }: Litmus): Scenario {
  const { pages, value: _, ...rest } = memory;
  return {
    ...rest,
    kernel: NEWEST_RELEASE,
    fn: 'user_read',
    flags: [],
    locked: null,
    mm: 'current',
    opts: [],
    nr: pages,
    addr_offset: 0,
  };
}

/** A task at work; null: it has not begun. */
interface Thread {
  op: Op<void> | null;
  wait: Wait | undefined;
  /** Page at which a vma begins that was looked at without a lock since the last step; null: none was. */
  unlockedVma: number | null;
}

class LitmusRun implements Run {
  readonly state: State;
  readonly #shared: Shared;
  readonly #beginning: Beginning;
  readonly #threads: readonly Thread[];

  constructor(beginning: Beginning, watch: Watch) {
    this.#beginning = beginning;
    this.state = watch(copyState(beginning.state));
    const { tasks } = beginning.litmus;
    this.#shared = watch({
      values: {},
      mms: { [FIRST_MM]: 0 },
      ended: tasks.map(() => false),
      deeds: noDeeds(),
    });
    this.#threads = tasks.map(() => ({ op: null, wait: undefined, unlockedVma: null }));
  }

  status(task: number): TaskStatus {
    const { thread, litmus, index } = this.#task(task);
    if (this.#shared.ended[task] === true) return 'ended';
    const ready = thread.op === null ? this.#mayBegin(litmus) : enabled(this.state, index, thread.wait);
    return ready ? 'ready' : 'waiting';
  }

  step(task: number): Step {
    const { thread, litmus, index } = this.#task(task);
    if (thread.op === null) {
      const mm = this.#shared.mms[litmus.mm] ?? 0;
      // It is there from the beginning, so that a signal can be sent to it; its mm perhaps is not.
      this.state.tasks[index] = { ...(this.state.tasks[index] ?? newTask(index, mm)), mm };
      thread.op = this.#thread(litmus, index, thread);
    }
    const next = this.#next(thread.op, index);
    if (next === null) {
      this.#shared.ended[task] = true;
      return { routine: litmus.name, text: 'the task ends' };
    }
    thread.wait = next.wait;
    this.#noteUnlockedVma(thread, index, next);
    return next;
  }

  #noteUnlockedVma(thread: Thread, task: number, { routine }: Step): void {
    const { unlockedVma } = thread;
    if (unlockedVma === null) return;
    thread.unlockedVma = null;
    if (mayLookUnlocked(routine)) return;
    const text = `${routine}() looks at the vma of page ${unlockedVma} without its lock`;
    this.#shared.deeds.vmaMisuses.push({ task, text });
  }

  /** The next step; null: there is none. A task that misuses a lock ends there, if that is what is asked about. */
  #next(op: Op<void>, task: number): Step | null {
    try {
      const next = op.next();
      return next.done === true ? null : next.value;
    } catch (error) {
      if (!(error instanceof LockMisuse) || !this.#beginning.properties.includes(LOCKS_BALANCE)) throw error;
      this.#shared.deeds.lockMisuses.push({ task, text: error.message });
      return null;
    }
  }

  lockHeld(task: number): LockMode {
    const { index } = this.#task(task);
    const modes = this.state.mms.map(({ mmapLock }) => modeHeld(mmapLock, index));
    return modes.includes('write') ? 'write' : modes.includes('read') ? 'read' : 'none';
  }

  check(property: number): Violation | null {
    const { behaviour, properties, unexplained, indexes } = this.#beginning;
    const { deeds, ended } = this.#shared;
    const asked = properties[property];
    const view = {
      behaviour,
      state: this.state,
      deeds,
      unexplained,
      // Read only by who asks: a property that does not would else depend on it.
      get ended() {
        return ended.every(Boolean);
      },
    };
    const fault = asked?.check(view) ?? null;
    if (asked === undefined || fault === null) return null;
    const task = fault.task === null ? null : indexes.indexOf(fault.task);
    return { property: asked.id, text: fault.text, task };
  }

  outcome(): string {
    const values = Object.entries(this.#shared.values).sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify(Object.fromEntries(values));
  }

  #task(task: number): { readonly thread: Thread; readonly litmus: LitmusTask; readonly index: number } {
    const thread = this.#threads[task];
    const litmus = this.#beginning.litmus.tasks[task];
    const index = this.#beginning.indexes[task];
    if (thread === undefined || litmus === undefined || index === undefined)
      throw new RangeError(`no task ${task}`);
    return { thread, litmus, index };
  }

  #mayBegin({ mm, after }: LitmusTask): boolean {
    const { tasks } = this.#beginning.litmus;
    if (this.#shared.mms[mm] === undefined) return false;
    return after.every(name => this.#shared.ended[tasks.findIndex(task => task.name === name)] !== false);
  }

  *#thread({ name, does }: LitmusTask, index: number, thread: Thread): Op<void> {
    for (const [place, action] of does.entries()) {
      const kind = ACTIONS.get(action.do);
      const machine = this.#machine(action, index, thread);
      if (kind === undefined) throw new NotModelled(`the action ${action.do}`);
      yield* kind.run({ machine, action, run: this.#memory(`${name}.does[${place}]`) });
    }
  }

  #machine(action: Action, index: number, thread: Thread): Machine {
    const { behaviour, range, properties } = this.#beginning;
    const { state } = this;
    const current = state.tasks[index];
    if (current === undefined) throw new RangeError(`no task ${index}`);
    const mm = state.mms[action.mm === null ? current.mm : (this.#shared.mms[action.mm] ?? -1)];
    if (mm === undefined) throw new NotModelled(`${action.do} on ${action.mm}, which is not there yet`);
    const asked = { ...range, start: action.page, shown: action.page, pages: action.nr };
    const watched = properties.includes(VMA_UNDER_LOCK)
      ? watchVmas(mm, index, ({ start }) => {
          thread.unlockedVma ??= start;
        })
      : mm;
    return { behaviour, state, current, mm: watched, range: asked, notes: emptyNotes() };
  }

  /** `unnamed`: the name of pages that the action gives none. */
  #memory(unnamed: string): RunMemory {
    const { deeds, mms, values } = this.#shared;
    const { litmus, indexes, properties } = this.#beginning;
    return {
      deeds,
      asks: property => properties.includes(property),
      note: (action, part, value) => {
        if (action.as !== null) values[part === '' ? action.as : `${action.as}.${part}`] = value;
      },
      hold(action: Action, holding: Holding) {
        noteHolding(deeds, action.as ?? unnamed, holding);
      },
      held: name => deeds.holdings[name] ?? null,
      release(name) {
        noteRelease(deeds, name);
      },
      forked(action, parent, child) {
        deeds.parents[child] = parent;
        if (action.as !== null) mms[action.as] = child;
      },
      taskIndex: name => indexes[litmus.tasks.findIndex(task => task.name === name)] ?? -1,
    };
  }
}
