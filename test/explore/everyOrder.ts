/** All orders of single steps of a program, without any means of the explorer. */

import type { Ending } from '../../simulator/src/explore/exploration.js';
import type { Program, Run } from '../../simulator/src/explore/program.js';
import { NotModelled } from '../../simulator/src/notModelled.js';

/** A run: whose step was when, and how it ended. */
export interface Order {
  readonly choices: readonly number[];
  readonly ending: Ending;
}

/** Every order; null: there are more than `limit`. */
export function everyOrder(program: Program, limit: number): readonly Order[] | null {
  const orders: Order[] = [];
  const prefixes: (readonly number[])[] = [[]];
  for (let prefix = prefixes.pop(); prefix !== undefined; prefix = prefixes.pop()) {
    if (orders.length === limit) return null;
    orders.push(runOf(program, prefix, prefixes));
  }
  return orders;
}

/** The run of a prefix; what else could have been done behind it goes to `prefixes`. */
function runOf(program: Program, prefix: readonly number[], prefixes: (readonly number[])[]): Order {
  const run = program.begin(data => data);
  const tasks = [...program.tasks.keys()];
  const dead = new Map<number, string>();
  const violated = new Set<string>();
  const choices: number[] = [];
  for (;;) {
    for (const [property, id] of program.properties.entries())
      if (run.check(property) !== null) violated.add(id);
    const ready = tasks.filter(task => !dead.has(task) && run.status(task) === 'ready');
    const task = prefix[choices.length] ?? ready[0];
    if (task === undefined) break;
    if (choices.length >= prefix.length) {
      for (const other of ready) if (other !== task) prefixes.push([...choices, other]);
    }
    choices.push(task);
    take(run, task, dead);
  }
  const ending = {
    outcome: run.outcome(),
    violated: program.properties.filter(id => violated.has(id)),
    stuck: tasks.filter(task => !dead.has(task) && run.status(task) === 'waiting'),
    notModelled: tasks.map(task => dead.get(task)).find(reason => reason !== undefined) ?? null,
  };
  return { choices, ending };
}

function take(run: Run, task: number, dead: Map<number, string>): void {
  try {
    run.step(task);
  } catch (error) {
    if (!(error instanceof NotModelled)) throw error;
    dead.set(task, error.message);
  }
}
