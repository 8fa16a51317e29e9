/** The `tasks` of a litmus file. */

import { MAX_TASKS } from '../explore/schedule.js';
import { type FieldProblem, FieldReader, isFields } from '../fieldReader.js';
import { FAULT_SET, FOLL_SET } from '../flagSets.js';
import { MAX_PAGES, MAX_REGION, PROT_PATTERN } from '../scenarioSchema.js';
import type { Action, ActionField } from './actions/action.js';
import { ACTIONS } from './actions/index.js';
import { FIRST_MM, type LitmusTask } from './litmus.js';
import { unknownFields } from './unknownFields.js';

export const TASK_FIELDS = ['mm', 'after', 'does'] as const;

/** Names of tasks and of results. */
export const NAME_PATTERN = '^[A-Za-z][A-Za-z0-9_-]*$';

export interface ParsedTasks {
  readonly tasks: readonly LitmusTask[];
  /** The `as` of all actions. */
  readonly names: ReadonlySet<string>;
}

/** The tasks; problems are added to `problems`. */
export function parseTasks(value: unknown, problems: FieldProblem[]): ParsedTasks {
  const entries = isFields(value) ? Object.entries(value) : [];
  if (entries.length === 0 || entries.length > MAX_TASKS) {
    const message = `an object of 1 to ${MAX_TASKS} tasks by name is needed, e.g. {"writer":{"does":[{"do":"write"}]}}`;
    problems.push({ field: 'tasks', message });
    return { tasks: [], names: new Set() };
  }
  const before = problems.length;
  const tasks = entries.map(([name, task]) => parseTask(name, task, problems));
  const names = new Set(tasks.flatMap(task => task.does.flatMap(({ as }) => as ?? [])));
  // Of what is not read well nothing can be said.
  if (problems.length === before) checkNames(tasks, problems);
  return { tasks, names };
}

function parseTask(name: string, value: unknown, problems: FieldProblem[]): LitmusTask {
  const where = `tasks.${name}`;
  const nothing: LitmusTask = { name, mm: FIRST_MM, after: [], does: [] };
  if (!new RegExp(NAME_PATTERN).test(name)) {
    problems.push({ field: where, message: 'a name begins with a letter; digits, _ and - may follow' });
    return nothing;
  }
  if (!isFields(value)) {
    problems.push({ field: where, message: 'an object is needed, e.g. {"does":[{"do":"write"}]}' });
    return nothing;
  }
  const read = new FieldReader(value, `${where}.`, problems);
  unknownFields(read, TASK_FIELDS);
  const { does } = value;
  if (!Array.isArray(does) || does.length === 0)
    read.problem('does', 'a list of actions is needed, e.g. [{"do":"write","page":0}]');
  const actions: readonly unknown[] = Array.isArray(does) ? does : [];
  return {
    name,
    mm: read.text('mm', FIRST_MM),
    after: read.texts('after', 'writer'),
    does: actions.map((action, index) => parseAction(action, `${where}.does[${index}]`, problems)),
  };
}

const NO_ACTION: Action = {
  do: '',
  page: 0,
  nr: 1,
  flags: [],
  locked: null,
  mm: null,
  as: null,
  of: null,
  value: null,
  prot: 'rw-',
  to: 0,
  task: null,
  dirty: false,
};

function parseAction(value: unknown, where: string, problems: FieldProblem[]): Action {
  const name = isFields(value) ? value.do : undefined;
  const kind = typeof name === 'string' ? ACTIONS.get(name) : undefined;
  if (!isFields(value) || typeof name !== 'string' || kind === undefined) {
    const message =
      name === undefined
        ? 'an object with do is needed, e.g. {"do":"write","page":0}'
        : `${JSON.stringify(name)} is no action; there are ${[...ACTIONS.keys()].join(', ')}`;
    problems.push({ field: `${where}.do`, message });
    return NO_ACTION;
  }
  const read = new FieldReader(value, `${where}.`, problems);
  unknownFields(read, ['do', ...kind.takes]);
  for (const field of kind.needs ?? []) {
    if (value[field] === undefined) read.problem(field, `${name} needs it`);
  }
  const set = name === 'fixup_user_fault' ? FAULT_SET : FOLL_SET;
  const flags = read.texts('flags');
  for (const flag of flags)
    if (set.bit(flag) === 0) read.problem('flags', `there is no flag ${JSON.stringify(flag)}`);
  const prot = read.text('prot', NO_ACTION.prot);
  if (!new RegExp(PROT_PATTERN).test(prot))
    read.problem('prot', `${JSON.stringify(prot)} is no protection; write it like "rw-"`);
  if (value.dirty !== undefined && typeof value.dirty !== 'boolean')
    read.problem('dirty', 'true or false is needed');
  return {
    do: name,
    page: read.integer('page', 0, MAX_REGION / 4096),
    nr: read.integer('nr', 1, MAX_PAGES),
    flags,
    locked: read.nullOrBit('locked', 'NULL pointer'),
    mm: nameOrNull(read, 'mm'),
    as: nameOrNull(read, 'as'),
    of: nameOrNull(read, 'of'),
    value: value.value === undefined ? null : read.text('value', null, 'new'),
    prot,
    to: read.integer('to', 0, MAX_REGION / 4096),
    task: nameOrNull(read, 'task'),
    dirty: value.dirty === true,
  };
}

function nameOrNull(read: FieldReader, field: ActionField): string | null {
  const value = read.fields[field];
  if (value === undefined) return null;
  if (typeof value === 'string' && new RegExp(NAME_PATTERN).test(value)) return value;
  read.problem(field, 'a name is needed: a letter, then letters, digits, _ or -');
  return null;
}

/** Names that tasks and actions use are there, and what they name comes before. */
function checkNames(tasks: readonly LitmusTask[], problems: FieldProblem[]): void {
  const taskNames = tasks.map(task => task.name);
  const given = new Map<string, { readonly task: string; readonly index: number; readonly action: Action }>();
  for (const { name: task, does } of tasks) {
    for (const [index, action] of does.entries()) {
      if (action.as === null) continue;
      if (given.has(action.as) || action.as === FIRST_MM)
        problems.push({
          field: `tasks.${task}.does[${index}].as`,
          message: `the name ${action.as} is given twice`,
        });
      given.set(action.as, { task, index, action });
    }
  }
  const isMm = (name: string): boolean => name === FIRST_MM || given.get(name)?.action.do === 'fork';
  for (const task of tasks) {
    const where = `tasks.${task.name}`;
    if (!isMm(task.mm))
      problems.push({
        field: `${where}.mm`,
        message: `${task.mm} is not ${FIRST_MM} and no fork has it as its "as"`,
      });
    for (const name of task.after) {
      if (!taskNames.includes(name))
        problems.push({
          field: `${where}.after`,
          message: `there is no task ${name}; there are ${taskNames.join(', ')}`,
        });
    }
    const done = doneBefore(task, tasks, given);
    if (done.has(task.name)) problems.push({ field: `${where}.after`, message: 'the task waits for itself' });
    for (const [index, action] of task.does.entries()) {
      const at = `${where}.does[${index}]`;
      if (action.mm !== null && !isMm(action.mm))
        problems.push({
          field: `${at}.mm`,
          message: `${action.mm} is not ${FIRST_MM} and no fork has it as its "as"`,
        });
      if (action.task !== null && !taskNames.includes(action.task))
        problems.push({
          field: `${at}.task`,
          message: `there is no task ${action.task}; there are ${taskNames.join(', ')}`,
        });
      if (action.of === null) continue;
      const source = given.get(action.of);
      if (source === undefined || ACTIONS.get(source.action.do)?.holds !== true)
        problems.push({ field: `${at}.of`, message: `no action that takes pages has the name ${action.of}` });
      else if (source.index >= (source.task === task.name ? index : (done.get(source.task) ?? 0)))
        problems.push({
          field: `${at}.of`,
          message: `${action.of} may not be there yet: put ${source.task} into "after" of ${task.name}, or the action behind it`,
        });
    }
  }
}

/**
 * How many actions of each task are over when `task` begins: of a task in `after` all, of the one that forks its mm those
 * up to the fork.
 */
function doneBefore(
  task: LitmusTask,
  tasks: readonly LitmusTask[],
  given: ReadonlyMap<string, { readonly task: string; readonly index: number }>,
): ReadonlyMap<string, number> {
  const done = new Map<string, number>();
  const add = (name: string, actions: number): void => {
    const known = done.get(name);
    if (known !== undefined && known >= actions) return;
    done.set(name, actions);
    if (known === undefined) visit(tasks.find(each => each.name === name));
  };
  const visit = (from: LitmusTask | undefined): void => {
    for (const name of from?.after ?? []) add(name, Number.POSITIVE_INFINITY);
    const fork = given.get(from?.mm ?? FIRST_MM);
    if (fork !== undefined) add(fork.task, fork.index + 1);
  };
  visit(task);
  return done;
}
