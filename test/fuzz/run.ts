/** `npm run test:fuzz -- [TREE…]`: damages the files of kernel trees, or those of this repository, 10,000 times. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { CORE_HANDLERS, SITE_FUNCTIONS } from '../../kernel/src/index.js';
import { createParser } from '../../server/src/syntax/index.js';
import { findCandidates, readTextFile } from '../../server/src/workspace/index.js';
import { fuzz, type Seedling } from './fuzz.js';

const RUNS = 10_000;

/** Files larger than this are the exception, and would take most of the time. Characters. */
const LARGEST = 200_000;

/** One damaged file that takes longer than this has hung, as a person sees it. Milliseconds. */
const TOO_LONG = 10_000;

const USAGE = 'usage: npm run test:fuzz -- [--runs N] [--seed N] [TREE…]\n';

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
 * @param argv trees, `--runs N`, `--seed N` (the seed of the first run; by default one that has not been used today)
 * @returns 0 if nothing went wrong, 1 if something did, 2 for bad usage
 */
export async function main(argv: readonly string[]): Promise<number> {
  const trees: string[] = [];
  let runs = RUNS;
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
  const parser = await createParser({
    core: readFileSync('node_modules/web-tree-sitter/web-tree-sitter.wasm'),
    grammar: readFileSync('node_modules/tree-sitter-c/tree-sitter-c.wasm'),
  });
  const from = trees.length === 0 ? 'this repository' : trees.map(tree => relative('', tree)).join(', ');
  process.stdout.write(`${runs} mutations of ${files.length} files of ${from}, seeds from ${first}\n`);
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
