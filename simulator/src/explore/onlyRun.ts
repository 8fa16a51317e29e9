/** Programs that have but one order of steps: those whose tasks wait for each other. */

import { NotModelled } from '../notModelled.js';
import type { Exploration } from './exploration.js';
import type { Program, Run, Violation } from './program.js';
import { turnsOf } from './schedule.js';

/** A run with more steps is left to a search, which has a limit of its own. */
const MAX_STEPS = 20_000;

/**
 * What all searches find of a program of whose tasks never two may go on at once: its only run, which nobody has to
 * watch. null: of some state more than one task may go on, or the program fails.
 */
export function onlyRun(program: Program): Exploration | null {
  const run = program.begin(data => data);
  const unmodelled: (string | null)[] = program.tasks.map(() => null);
  const choices: number[] = [];
  const violations: Violation[] = [];
  noteViolations(program, run, violations);
  for (;;) {
    const ready = program.tasks.flatMap((_, task) =>
      unmodelled[task] === null && run.status(task) === 'ready' ? [task] : [],
    );
    const [task] = ready;
    if (task === undefined) break;
    if (ready.length > 1 || choices.length === MAX_STEPS) return null;
    choices.push(task);
    try {
      run.step(task);
    } catch (error) {
      // A search says at which step.
      if (!(error instanceof NotModelled)) return null;
      unmodelled[task] = error.message;
    }
    noteViolations(program, run, violations);
  }
  const stuck = program.tasks.flatMap((_, task) =>
    unmodelled[task] === null && run.status(task) === 'waiting' ? [task] : [],
  );
  const ending = {
    outcome: run.outcome(),
    violated: program.properties.filter(id => violations.some(({ property }) => property === id)),
    stuck,
    notModelled: unmodelled.find(reason => reason !== null) ?? null,
    runs: 1,
    schedule: turnsOf(choices),
    violations,
  };
  return {
    complete: true,
    stopped: null,
    states: choices.length + 1,
    runs: 1,
    endings: 1,
    replayed: 0,
    orders: 1,
    found: [ending],
  };
}

/** The first violation of each property. */
function noteViolations(program: Program, run: Run, violations: Violation[]): void {
  for (const [property, id] of program.properties.entries()) {
    if (violations.some(known => known.property === id)) continue;
    const violation = run.check(property);
    if (violation !== null) violations.push(violation);
  }
}
