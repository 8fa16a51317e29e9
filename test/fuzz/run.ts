/**
 * `npm run test:fuzz -- [TREE…]`: damages the files of kernel trees, or those of this repository, 10,000 times. With
 * `--typing` it edits them instead, and compares each answer with that of an engine that reads the file first then.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { CORE_HANDLERS, SITE_FUNCTIONS } from '../../kernel/src/index.js';
import { createParser, type KernelCParser } from '../../server/src/syntax/index.js';
import { findCandidates, readTextFile } from '../../server/src/workspace/index.js';
import { fuzz, type Seedling } from './fuzz.js';
import { compareWithFresh } from './incremental.js';

const RUNS = 10_000;

/** Files larger than this are the exception, and would take most of the time. Characters. */
const LARGEST = 200_000;

/** One damaged file that takes longer than this has hung, as a person sees it. Milliseconds. */
const TOO_LONG = 10_000;

/** With `--typing`: files, and edits of each. */
const TYPING_RUNS = 200;
const EDITS = 15;

const USAGE = 'usage: npm run test:fuzz -- [--typing] [--runs N] [--seed N] [TREE…]\n';

/** The C files of this repository's tests and examples. */
export function ownFiles(): Seedling[] {
  return ['test', 'examples'].flatMap(folder =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.c'))
      .sort()
      .map(name => join(folder, name))
      .map(path => ({ path, text: readFileSync(path, 'utf8') })),
  );
}

async function filesOf(tree: string): Promise<Seedling[]> {
  const needles = [...SITE_FUNCTIONS.keys(), ...CORE_HANDLERS.keys(), 'vm_operations_struct'];
  const { files } = await findCandidates(tree, needles);
  return files.flatMap(path => {
    const file = readTextFile(join(tree, path));
    return 'text' in file && file.text.length < LARGEST ? [{ path, text: file.text }] : [];
  });
}

/**
 * @param argv trees, `--typing`, `--runs N`, `--seed N` (the seed of the first run; by default one that has not been used today)
 * @returns 0 if nothing went wrong, 1 if something did, 2 for bad usage
 */
export async function main(argv: readonly string[]): Promise<number> {
  const trees: string[] = [];
  let runs: number | null = null;
  let typing = false;
  let first = Date.now() % 1_000_000_000;
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] ?? '';
    if (argument === '--runs' || argument === '--seed') {
      const value = Number(argv[++i]);
      if (!Number.isInteger(value) || value < 0) {
        process.stderr.write(`fuzz: ${argument} needs a number\n${USAGE}`);
        return 2;
      }
      if (argument === '--runs') runs = value;
      else first = value;
    } else if (argument === '--typing') {
      typing = true;
    } else if (argument.startsWith('-')) {
      process.stderr.write(`fuzz: there is no option ${argument}\n${USAGE}`);
      return 2;
    } else trees.push(argument);
  }
  let files: Seedling[];
  try {
    files = trees.length === 0 ? ownFiles() : (await Promise.all(trees.map(filesOf))).flat();
  } catch (error) {
    process.stderr.write(`fuzz: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return 2;
  }
  if (files.length === 0) {
    process.stderr.write(`fuzz: no file with a call of the family in ${trees.join(', ')}\n`);
    return 2;
  }
  const from = trees.length === 0 ? 'this repository' : trees.map(tree => relative('', tree)).join(', ');
  return typing ? type(files, from, runs ?? TYPING_RUNS, first) : damage(files, from, runs ?? RUNS, first);
}

function newParser(): Promise<KernelCParser> {
  return createParser({
    core: readFileSync('node_modules/web-tree-sitter/web-tree-sitter.wasm'),
    grammar: readFileSync('node_modules/tree-sitter-c/tree-sitter-c.wasm'),
  });
}

/** Returns 0 if every answer was the same, else 1. */
async function type(files: readonly Seedling[], from: string, runs: number, seed: number): Promise<number> {
  process.stdout.write(`${EDITS} edits of each of ${runs} files of ${from}, seeds from ${seed}\n`);
  // A process can load the grammar some thousand times only: the trees are shared, what is concluded from them is not.
  const shared = await newParser();
  const { edits, findings, sites, differences } = await compareWithFresh({
    files,
    newParser,
    freshParser: () => Promise.resolve(anotherOf(shared)),
    runs,
    editsPerRun: EDITS,
    seed,
    releases: ['4.19', '5.15', '6.1', '6.12'],
    hovers: 3,
  });
  for (const { path, seed: own, how, question, answer, fresh } of differences) {
    process.stdout.write(`${path}, --typing --seed ${own} --runs 1 (${how.join(', ')}): ${question}\n`);
    process.stdout.write(`--- fresh\n${fresh}\n--- after the edits\n${answer}\n`);
  }
  process.stdout.write(
    `${edits} readings with ${findings} findings and ${sites} call sites compared; ${differences.length} differences\n`,
  );
  return differences.length > 0 ? 1 : 0;
}

/** Another object that parses with the same parser. */
function anotherOf(parser: KernelCParser): KernelCParser {
  return new Proxy(parser, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Returns 0 if nothing went wrong, else 1. */
async function damage(
  files: readonly Seedling[],
  from: string,
  runs: number,
  first: number,
): Promise<number> {
  process.stdout.write(`${runs} mutations of ${files.length} files of ${from}, seeds from ${first}\n`);
  const parser = await newParser();
  const { sites, notAnalysed, slowest, failures } = fuzz({
    files,
    parser,
    runs,
    seed: first,
    releases: ['4.19', '5.15', '6.1', '6.12'],
    now: () => performance.now(),
    onRun: done => {
      if (process.stderr.isTTY && done % 100 === 0) process.stderr.write(`\r${done} of ${runs}`);
    },
  });
  for (const { path, seed, how, reason } of failures) {
    process.stdout.write(`${path}, --seed ${seed} --runs 1 (${how}): ${reason}\n`);
  }
  process.stdout.write(
    `${sites} call sites seen, ${notAnalysed} functions named as not analysed; ` +
      `slowest ${Math.round(slowest.ms)} ms (${slowest.path}, --seed ${slowest.seed}); ${failures.length} failures\n`,
  );
  return failures.length > 0 || slowest.ms > TOO_LONG ? 1 : 0;
}
