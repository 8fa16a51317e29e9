/** What linting costs, of a whole tree and of one file, from the start of the process to its end. */

import { type Cost, median, run } from './processes.js';

/** Medians of warm runs, milliseconds. */
export interface LintTimes {
  readonly tree: { readonly wall: number; readonly cpu: number | null };
  readonly findings: number;
  readonly file: { readonly wall: number; readonly cpu: number | null };
}

const TREE_RUNS = 3;
const FILE_RUNS = 7;

/** Times a tree and one file of it. Rejects if the command line fails. */
export async function timeLint(cli: string, tree: string, file: string): Promise<LintTimes> {
  const lint = async (path: string, runs: number): Promise<Cost[]> => {
    const costs: Cost[] = [];
    for (let i = 0; i <= runs; i++) {
      const cost = await run(process.execPath, [cli, 'lint', '--format', 'json', path], tree);
      if (cost.status !== 0 && cost.status !== 1) {
        throw new Error(`lint ${path} in ${tree} failed with exit code ${cost.status}`);
      }
      costs.push(cost);
    }
    // The first warms the page cache.
    return costs.slice(1);
  };
  const whole = await lint('.', TREE_RUNS);
  const findings = JSON.parse(whole.at(-1)?.stdout ?? '[]') as readonly unknown[];
  return { tree: medians(whole), findings: findings.length, file: medians(await lint(file, FILE_RUNS)) };
}

function medians(costs: readonly Cost[]): { readonly wall: number; readonly cpu: number | null } {
  const cpu = costs.map(cost => cost.cpu).filter(value => value !== null);
  return { wall: median(costs.map(cost => cost.wall)), cpu: cpu.length === 0 ? null : median(cpu) };
}
