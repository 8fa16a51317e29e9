/**
 * `npm run conformance -- [--write] [--failures N] [FILE.jsonl.gz…]`: how far the simulator agrees with recordings of
 * real kernels. Without files: those in test/oracle. `--write` puts the table into docs/model-limits.md; N disagreements of each
 * group are shown (5), with both traces where the recording has one.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { type Comparison, compare, count, emptyTally, GROUP_NAMES, type Tally } from './compare.js';
import { readRecordings, recordingFiles } from './recordings.js';
import { sideBySide } from './sideBySide.js';

const TABLE_START = '<!-- conformance:start -->';
const TABLE_END = '<!-- conformance:end -->';

type Tallies = Map<string, Tally>;

/** Exit code: 0 all that is claimed agrees, 1 it does not, 2 wrong usage. */
export function main(argv: readonly string[]): number {
  let options: { values: { write?: boolean; failures?: string }; positionals: string[] };
  try {
    options = parseArgs({
      args: [...argv],
      options: { write: { type: 'boolean' }, failures: { type: 'string' } },
      allowPositionals: true,
    });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
  const shown = Number(options.values.failures ?? 5);
  const files = options.positionals.length > 0 ? options.positionals : recordingFiles('test/oracle');
  const results = files.flatMap(file => readRecordings(file)).map(compare);
  if (results.length === 0) {
    process.stderr.write('no recordings: give files, or run in a checkout with test/oracle\n');
    return 2;
  }
  const total = emptyTally();
  for (const result of results) count(total, result);
  const byKernel = tallyBy(results, ({ recording }) => `${releaseOf(recording.kernel)} ${recording.variant}`);
  const byFunction = tallyBy(results, ({ recording }) => recording.fn);
  const text = [
    table('kernel', byKernel, total),
    table('function', byFunction, total),
    reasons(results),
    failures(results, shown),
  ].join('\n');
  process.stdout.write(text);
  if (options.values.write === true)
    writeTable(`${table('kernel', byKernel, total)}\n${table('function', byFunction, total)}`);
  return total.agreed === total.modelled ? 0 : 1;
}

function releaseOf(kernel: string): string {
  return /^\d+\.\d+/.exec(kernel)?.[0] ?? kernel;
}

function tallyBy(results: readonly Comparison[], key: (result: Comparison) => string): Tallies {
  const tallies: Tallies = new Map();
  for (const result of results) {
    const name = key(result);
    const tally = tallies.get(name) ?? emptyTally();
    tallies.set(name, tally);
    count(tally, result);
  }
  return new Map([...tallies].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true })));
}

/** A Markdown table: recordings, how many are claimed, and of those how many agree, in all and by group. */
function table(heading: string, tallies: Tallies, total: Tally): string {
  const rows = [...tallies].map(([name, tally]) => row(name, tally));
  const head = `| ${heading} | recordings | modelled | agree | ${GROUP_NAMES.join(' | ')} |`;
  const rule = `|${' --- |'.repeat(4 + GROUP_NAMES.length)}`;
  return `${[head, rule, ...rows, row('all', total)].join('\n')}\n`;
}

function row(name: string, tally: Tally): string {
  const share = tally.all === 0 ? 0 : (100 * tally.modelled) / tally.all;
  const groups = GROUP_NAMES.map(group => percent(tally.groups[group], tally.modelled));
  const cells = [
    name,
    tally.all,
    `${tally.modelled} (${share.toFixed(0)} %)`,
    percent(tally.agreed, tally.modelled),
  ];
  return `| ${[...cells, ...groups].join(' | ')} |`;
}

function percent(part: number, whole: number): string {
  if (whole === 0) return '–';
  // Rounded down: 100 % means all of them.
  return `${Math.floor((1000 * part) / whole) / 10} %`;
}

function reasons(results: readonly Comparison[]): string {
  const counts = new Map<string, number>();
  for (const { reason } of results) if (reason !== null) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const lines = [...counts].sort(([, a], [, b]) => b - a).map(([reason, times]) => `${times}\t${reason}`);
  return `Not modelled:\n${lines.join('\n')}\n`;
}

function failures(results: readonly Comparison[], shown: number): string {
  const wrong = results.filter(({ disagreements }) => disagreements.length > 0);
  const lines = [`Disagreements: ${wrong.length}`];
  for (const { recording, disagreements, trace } of firstOfGroups(wrong, shown)) {
    const { kernel, variant, id, fn, flags, locked, mm, opts, vma, page_state: state, nr } = recording;
    const input = { flags, locked, mm, opts, state, nr, vma, pte_before: recording.pte_before };
    lines.push(`${kernel} ${variant} ${id} ${fn} ${JSON.stringify(input)}`);
    for (const { field, recorded, simulated } of disagreements) {
      lines.push(
        `  ${field}`,
        `    kernel    ${JSON.stringify(recorded)}`,
        `    simulator ${JSON.stringify(simulated)}`,
      );
    }
    lines.push(...sideBySide(recording.trace, trace));
  }
  return `${lines.join('\n')}\n`;
}

/** The first few of each group, in the order of the recordings. */
function firstOfGroups(wrong: readonly Comparison[], shown: number): Comparison[] {
  const first = GROUP_NAMES.flatMap(group =>
    wrong.filter(({ disagreements }) => disagreements.some(each => each.group === group)).slice(0, shown),
  );
  return wrong.filter(result => first.includes(result));
}

function writeTable(text: string): void {
  const file = join('docs', 'model-limits.md');
  const page = readFileSync(file, 'utf8');
  const start = page.indexOf(TABLE_START);
  const end = page.indexOf(TABLE_END);
  if (start < 0 || end < start) throw new Error(`${file} has no markers ${TABLE_START} and ${TABLE_END}`);
  writeFileSync(file, `${page.slice(0, start + TABLE_START.length)}\n\n${text}\n${page.slice(end)}`);
}
