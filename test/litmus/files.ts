/** The litmus files of the repository, and programs made of texts. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { profileFor, type Release } from '../../kernel/src/index.js';
import { behaviourOf } from '../../simulator/src/behaviour.js';
import type { Searching } from '../../simulator/src/explore/depthFirst.js';
import type { Program, Run, Watch } from '../../simulator/src/explore/program.js';
import type { Litmus, LitmusFile } from '../../simulator/src/litmus/litmus.js';
import { litmusProgram } from '../../simulator/src/litmus/litmusProgram.js';
import { parseLitmus } from '../../simulator/src/litmus/parse.js';

const FOLDER = 'test/litmus';

/** Paths of all litmus files, relative to the repository. */
export const LITMUS_PATHS: readonly string[] = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('.litmus.json'))
  .map(path => join(FOLDER, path))
  .sort();

/** The file of a path. Throws what is wrong with it. */
export function litmusFile(path: string): LitmusFile {
  return parsed(JSON.parse(readFileSync(path, 'utf8')));
}

/** The file in a value. Throws what is wrong with it. */
export function parsed(value: unknown): LitmusFile {
  const result = parseLitmus(value);
  if ('file' in result) return result.file;
  throw new Error(result.problems.map(({ field, message }) => `${field}: ${message}`).join('\n'));
}

/** What a file needs beside its tasks and its question, on a page that was written to. */
export const PLAIN = {
  name: 'made',
  about: 'Made by a test.',
  memory: { vma: { kind: 'anon', prot: 'rw-' }, page_state: 'write_populated' },
  expect: [{ releases: '..', verdict: 'allowed' }],
};

/** The only variant of a test with these tasks; `fields` replace what is {@link PLAIN}. */
export function made(tasks: object, question: object, fields: object = {}): Litmus {
  const [litmus] = parsed({ ...PLAIN, tasks, question, ...fields }).variants;
  if (litmus === undefined) throw new Error('no variant');
  return litmus;
}

/** The program of a test for a release. */
export function programOf(litmus: Litmus, release: Release): Program {
  return litmusProgram(litmus, behaviourOf(profileFor(release)));
}

/** A run that no search watches. */
export const UNWATCHED: Watch = data => data;

/** A run whose next step is always that of the first task that may go on, in the order of the tasks. */
export function runInOrder(program: Program): Run {
  const run = program.begin(UNWATCHED);
  for (;;) {
    const task = program.tasks.findIndex((_, index) => run.status(index) === 'ready');
    if (task < 0) return run;
    run.step(task);
  }
}

/** What was observed in a run in order. */
export function observed(litmus: Litmus, release: Release): Record<string, unknown> {
  return JSON.parse(runInOrder(programOf(litmus, release)).outcome()) as Record<string, unknown>;
}

/** Runs a search to its end. Throws if it takes more than `states`: a test of the repository has to be decided. */
export function finish<T>(searching: Searching<T>, states = 300_000): T {
  for (let next = searching.next(); ; next = searching.next()) {
    if (next.done === true) return next.value;
    if (next.value.states > states) throw new Error(`more than ${states} states`);
  }
}
