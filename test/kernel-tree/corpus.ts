/**
 * Reads a kernel tree with the front end: every file that holds a GUP or fault call or a `vm_operations_struct`
 * (with `--all`, every C file). A function that holds a call must parse without an error and lose no operand.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { SITE_FUNCTIONS } from '../../kernel/src/index.js';
import {
  type CallToken,
  callTokens,
  createParser,
  type FunctionItem,
  fidelityLosses,
  type KernelCParser,
  readSource,
  type SourceFile,
} from '../../server/src/syntax/index.js';

const NEEDLE = /vm_operations_struct|_user_page|_fault\b|handle_mm_fault/;
/** Functions whose share without an error may not fall below this. */
const CLEAN_SHARE = 0.998;

interface Totals {
  files: number;
  functions: number;
  alternatives: number;
  withErrors: number;
  withCall: number;
  withCallAndErrors: number;
  withCallAndLosses: number;
  withLosses: number;
  calls: number;
  missed: number;
  opsEntries: number;
  readMs: number;
  parseMs: number;
  readonly lossesBy: Map<string, number>;
  readonly serious: string[];
  readonly errors: string[];
}

function* sources(dir: string): Generator<string> {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (entry.isFile() && /\.[ch]$/.test(entry.name)) yield path;
  }
}

/**
 * @param argv kernel trees; `--all`: every C file; `--verbose`: list every function with an error
 * @returns 1 if a function with a call has an error or a loss, or too few functions are clean
 */
export async function main(argv: readonly string[]): Promise<number> {
  const trees = argv.filter(argument => !argument.startsWith('-'));
  const parser = await createParser({
    core: readFileSync('node_modules/web-tree-sitter/web-tree-sitter.wasm'),
    grammar: readFileSync('node_modules/tree-sitter-c/tree-sitter-c.wasm'),
  });
  let failed = false;
  for (const tree of trees) {
    const totals = readTree(tree, argv.includes('--all'), parser);
    report(tree, totals, argv.includes('--verbose'));
    const clean = 1 - totals.withErrors / Math.max(1, totals.functions);
    if (totals.withCallAndErrors + totals.withCallAndLosses + totals.missed > 0 || clean < CLEAN_SHARE)
      failed = true;
  }
  parser.dispose();
  return failed ? 1 : 0;
}

function readTree(tree: string, all: boolean, parser: KernelCParser): Totals {
  const totals: Totals = {
    files: 0,
    functions: 0,
    alternatives: 0,
    withErrors: 0,
    withCall: 0,
    withCallAndErrors: 0,
    withCallAndLosses: 0,
    withLosses: 0,
    calls: 0,
    missed: 0,
    opsEntries: 0,
    readMs: 0,
    parseMs: 0,
    lossesBy: new Map(),
    serious: [],
    errors: [],
  };
  const names = new Set(SITE_FUNCTIONS.keys());
  for (const path of sources(tree)) {
    const text = readFileSync(path, 'utf8');
    if (all ? !path.endsWith('.c') : !NEEDLE.test(text)) continue;
    const before = performance.now();
    const file = readSource(text);
    totals.readMs += performance.now() - before;
    const calls = callTokens(file, names);
    if (!all && calls.length === 0 && !text.includes('vm_operations_struct')) continue;
    totals.files++;
    totals.calls += calls.length;
    const found = new Set(calls.map(call => call.span.start));
    for (const at of indentedCalls(text, names)) {
      if (found.has(at)) continue;
      totals.missed++;
      totals.serious.push(
        `${relative(tree, path)}:${file.lines.positionAt(at).line + 1} missed: ${snippet(text, at)}`,
      );
    }
    totals.opsEntries += file.opsEntries.length;
    readFile(relative(tree, path), file, calls, parser, totals);
  }
  return totals;
}

/** A second opinion that shares no code with the front end: `name (` on an indented line outside comments and directives. */
function indentedCalls(text: string, names: ReadonlySet<string>): number[] {
  const blank = (part: string): string => part.replace(/[^\n]/g, ' ');
  const bare = text
    .replace(/"(?:\\.|[^"\\\n])*"|\/\*[\s\S]*?\*\/|\/\/.*/g, blank)
    .replace(/^[ \t]*#(?:.*\\\r?\n)*.*/gm, blank);
  const call = new RegExp(`\\b(?:${[...names].join('|')})\\s*\\(`, 'g');
  return [...bare.matchAll(call)]
    .map(match => match.index)
    .filter(at => /^[ \t]/.test(bare.slice(bare.lastIndexOf('\n', at - 1) + 1)));
}

function readFile(
  path: string,
  file: SourceFile,
  calls: readonly CallToken[],
  parser: KernelCParser,
  totals: Totals,
): void {
  const handlers = new Set(file.opsEntries.map(entry => entry.handler));
  const holders = new Set(calls.map(call => call.function));
  for (const call of callTokens(file, handlers)) holders.add(call.function);
  file.functions.forEach((fn, index) => {
    const before = performance.now();
    const ast = parser.parseFunction(file, fn);
    totals.parseMs += performance.now() - before;
    totals.functions++;
    if (fn.alternative !== null) totals.alternatives++;
    const serious = holders.has(index);
    if (serious) totals.withCall++;
    const at = (offset: number): string =>
      `${path}:${file.lines.positionAt(offset).line + 1} ${describe(fn)}`;
    const error = ast.errors[0];
    if (error !== undefined) {
      totals.withErrors++;
      totals.errors.push(`${at(error.start)}: ${snippet(file.text, error.start)}`);
      if (serious) {
        totals.withCallAndErrors++;
        totals.serious.push(`${at(error.start)}: error: ${snippet(file.text, error.start)}`);
      }
    }
    const losses = fidelityLosses(file, fn, ast);
    const loss = losses[0];
    if (loss === undefined) return;
    totals.withLosses++;
    for (const one of losses) totals.lossesBy.set(one.reason, (totals.lossesBy.get(one.reason) ?? 0) + 1);
    if (error === undefined)
      totals.errors.push(`${at(loss.span.start)}: loss of ${loss.text}: ${loss.reason}`);
    if (serious) {
      totals.withCallAndLosses++;
      totals.serious.push(`${at(loss.span.start)}: loss of ${loss.text}: ${loss.reason}`);
    }
  });
}

function describe(fn: FunctionItem): string {
  return fn.alternative === null ? fn.name : `${fn.name} (${fn.alternative.condition})`;
}

function snippet(text: string, at: number): string {
  return text.slice(at, at + 70).replace(/\s+/g, ' ');
}

function report(tree: string, totals: Totals, verbose: boolean): void {
  const percent = (100 * (1 - totals.withErrors / Math.max(1, totals.functions))).toFixed(3);
  const lines = [
    `${tree}: ${totals.files} files, ${totals.functions} functions (${totals.alternatives} read again for a dropped branch), ${percent} % clean`,
    `  ${totals.calls} calls, missed ${totals.missed}; functions with a call: ${totals.withCall}, of these with an error ${totals.withCallAndErrors}, with a loss ${totals.withCallAndLosses}`,
    `  functions with an error ${totals.withErrors}, with a loss ${totals.withLosses}; vm_operations_struct entries ${totals.opsEntries}`,
    `  read ${totals.readMs.toFixed(0)} ms, parse ${totals.parseMs.toFixed(0)} ms, RSS ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MB`,
    ...[...totals.lossesBy].map(([reason, count]) => `  losses: ${count} ${reason}`),
    ...totals.serious.map(line => `  ! ${line}`),
    ...(verbose ? totals.errors.map(line => `  - ${line}`) : []),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
