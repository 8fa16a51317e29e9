/** What a scan of a tree costs, beside ripgrep listing the same names in the same tree. */

import { SITE_FUNCTIONS } from '../../kernel/src/index.js';
import { findRipgrep } from '../../server/src/workspace/index.js';
import { type Cost, median, run } from './processes.js';

/** Milliseconds, medians of {@link RUNS} warm runs; MB for `rss`. */
export interface ScanTimes {
  readonly wall: number;
  readonly cpu: number | null;
  readonly rss: number | null;
  readonly sites: number;
  /** null: there is no ripgrep. */
  readonly ripgrep: { readonly wall: number; readonly cpu: number | null; readonly lines: number } | null;
  /** Output of the last run, one JSON object a line. */
  readonly jsonl: string;
}

const RUNS = 5;

/** Times a tree. Rejects if the command line fails. */
export async function timeScan(cli: string, tree: string): Promise<ScanTimes> {
  const scans: Cost[] = [];
  const lists: Cost[] = [];
  const rg = findRipgrep(process.env);
  const names = [...SITE_FUNCTIONS.keys()].flatMap(name => ['-e', name]);
  // Alternating, so that whatever else the machine does falls on both; the first of each warms the page cache.
  for (let i = 0; i <= RUNS; i++) {
    const scan = await run(process.execPath, [cli, 'sites', '--format', 'jsonl', '.'], tree);
    if (scan.status !== 0) throw new Error(`the scan of ${tree} failed with exit code ${scan.status}`);
    scans.push(scan);
    if (rg !== null) {
      const args = ['--no-config', '--no-ignore', '-F', ...names, '-g', '*.[chS]', './'];
      lists.push(await run(rg, ['-w', '-n', ...args], tree));
    }
  }
  scans.shift();
  lists.shift();
  const last = scans.at(-1)?.stdout ?? '';
  return {
    ...costs(scans),
    rss: medianOf(scans.map(scan => scan.rss)),
    sites: countLines(last),
    ripgrep: lists.length === 0 ? null : { ...costs(lists), lines: countLines(lists.at(-1)?.stdout ?? '') },
    jsonl: last,
  };
}

function costs(runs: readonly Cost[]): { wall: number; cpu: number | null } {
  return { wall: median(runs.map(({ wall }) => wall)), cpu: medianOf(runs.map(({ cpu }) => cpu)) };
}

function medianOf(values: readonly (number | null)[]): number | null {
  const known = values.filter(value => value !== null);
  return known.length === 0 ? null : median(known);
}

function countLines(text: string): number {
  return text === '' ? 0 : text.split('\n').length - 1;
}
