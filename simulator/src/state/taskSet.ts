/**
 * A set of tasks, such as those that hold a lock shared. Each is a field of its own, so that two tasks that come and go touch
 * nothing of each other (the explorer tells fields apart, not bits).
 */

/** Tasks by their index; those that are missing are not in it. */
export type TaskSet = Record<number, true>;

/** A set of these tasks. */
export function newTaskSet(...tasks: readonly number[]): TaskSet {
  return Object.fromEntries(tasks.map(task => [task, true]));
}

/** Whether a task is in the set. */
export function hasTask(set: TaskSet, task: number): boolean {
  return set[task] === true;
}

/** Adds a task. */
export function addTask(set: TaskSet, task: number): void {
  set[task] = true;
}

/** Takes a task out; no matter if it is not in it. */
export function removeTask(set: TaskSet, task: number): void {
  delete set[task];
}

/** Whether no task is in the set. */
export function noTask(set: TaskSet): boolean {
  return Object.keys(set).length === 0;
}
