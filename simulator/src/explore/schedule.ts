/**
 * A schedule: which task takes how many steps in turn, written `A5 B2 A3`. Task 0 is A, task 1 is B. What follows
 * behind its end is settled: the task that ran last goes on while it may, then the first that is ready.
 */

/** A task and how many steps it takes in a row, at least one. */
export interface Turn {
  readonly task: number;
  readonly steps: number;
}

/** The tasks of a program that letters can name. */
export const MAX_TASKS = 26;

const FIRST_LETTER = 65;
const TURN = /^([A-Z])([1-9]\d{0,5})$/;

/** The letter of a task: A for task 0. */
export function taskLetter(task: number): string {
  return String.fromCharCode(FIRST_LETTER + task);
}

/** The turns as a text: `A5 B2 A3`; of none the empty text. */
export function formatSchedule(turns: readonly Turn[]): string {
  return turns.map(({ task, steps }) => `${taskLetter(task)}${steps}`).join(' ');
}

/** A list of tasks, one a step, as turns. */
export function turnsOf(choices: readonly number[]): Turn[] {
  const turns: { task: number; steps: number }[] = [];
  for (const task of choices) {
    const last = turns.at(-1);
    if (last?.task === task) last.steps += 1;
    else turns.push({ task, steps: 1 });
  }
  return turns;
}

/** The turns as a list of tasks, one a step. */
export function choicesOf(turns: readonly Turn[]): number[] {
  return turns.flatMap(({ task, steps }) => new Array<number>(steps).fill(task));
}

/**
 * Reads a schedule of a program with that many tasks; neighbouring turns of one task become one.
 * A text that is none gives what is wrong with it, to be put behind the name of its place.
 */
export function parseSchedule(
  text: string,
  tasks: number,
): { readonly turns: readonly Turn[] } | { readonly error: string } {
  const turns: Turn[] = [];
  for (const word of text.split(/\s+/).filter(part => part !== '')) {
    const [, letter, count] = TURN.exec(word) ?? [];
    if (letter === undefined || count === undefined)
      return { error: `'${word}' is no turn: write a task's letter and a number of steps, such as A5` };
    const task = letter.charCodeAt(0) - FIRST_LETTER;
    if (task >= tasks)
      return { error: `'${word}': there is no task ${letter}, the last is ${taskLetter(tasks - 1)}` };
    const steps = Number(count);
    const last = turns.at(-1);
    if (last?.task === task) turns[turns.length - 1] = { task, steps: last.steps + steps };
    else turns.push({ task, steps });
  }
  return { turns };
}
