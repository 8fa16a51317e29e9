/** `npm run bench -- TREE…`: what the product costs on whole kernel trees. Prints figures, judges none. */

import { existsSync, readdirSync, statSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kernelOfTree, releaseOfTree } from '../../server/src/workspace/index.js';
import { type HoverTimes, memoryWithFiles, timeEditor } from './editor.js';
import { timeEngine } from './engine.js';
import { type Explored, timeExplorer } from './explorer.js';
import { timeLint } from './lint.js';
import { timeScan } from './scan.js';
import { heapPerRun, timeSimulator, timeTable } from './simulator.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DIST = join(ROOT, 'dist');
const FILES = ['mm/gup.c', 'mm/memory.c'];
/** Files that the server has open while its memory is looked at. */
const OPENED = 10;
const LINTED = 'drivers/vfio/vfio_iommu_type1.c';

/**
 * @param argv kernel trees
 * @returns 0; 2 for bad usage or a build that is missing
 */
export async function main(argv: readonly string[]): Promise<number> {
  const trees = argv.map(tree => resolve(tree));
  const missing = trees.filter(tree => !existsSync(join(tree, 'include/linux/mm.h')));
  if (trees.length === 0 || missing.length > 0) {
    for (const tree of missing) process.stderr.write(`bench: ${tree} is not a Linux source tree\n`);
    process.stderr.write('usage: npm run bench -- TREE…  (unpacked Linux source trees)\n');
    return 2;
  }
  for (const bundle of ['cli.js', 'server.js', 'engine.js']) {
    if (existsSync(join(DIST, bundle))) continue;
    process.stderr.write(`bench: dist/${bundle} is missing; run npm run build\n`);
    return 2;
  }
  const load = loadavg().map(value => value.toFixed(1));
  print(`${availableParallelism()} processors, load ${load.join(' ')}, node ${process.version}`);
  for (const tree of trees) await benchTree(tree);
  print('');
  print('simulator');
  // First, while nothing was simulated in this process.
  const table = await timeTable(DIST);
  row('table of a hover, 8 sets of flags', ms(table.median), `the first in a process ${ms(table.first)}`);
  const { callsPerSecond, modelled, all } = timeSimulator();
  row(
    'simulated calls a second',
    `${Math.round(callsPerSecond)}`,
    `${modelled} of ${all} scenarios modelled`,
  );
  const left = heapPerRun();
  row(
    'left on the heap by a run',
    left === null ? '–' : `${left.toFixed(1)} B`,
    left === null ? 'needs node --expose-gc' : '',
  );
  print('');
  print('explorer');
  benchExplorer();
  print('');
  print('sizes');
  for (const name of readdirSync(DIST).sort()) {
    if (/\.(js|css|wasm|vsix)$/.test(name)) row(name, kilobytes(statSync(join(DIST, name)).size));
  }
  if (!existsSync(join(DIST, 'gup-lens.vsix'))) row('gup-lens.vsix', '–', 'npm run package makes it');
  return 0;
}

function benchExplorer(): void {
  const times = timeExplorer(join(ROOT, 'test/litmus'));
  if (times === null) {
    row('states a second', '–', 'no litmus tests');
    return;
  }
  const { named, largest, statesPerSecond, tests } = times;
  row(`${named.name}, first in a process`, ms(named.took), statesText(named));
  row(`${largest.name}, the largest`, ms(largest.took), statesText(largest));
  row('states a second', `${Math.round(statesPerSecond)}`, `${tests} litmus tests, with reduction`);
}

function statesText({ reduced, exhaustive }: Explored): string {
  const factor = (exhaustive.states / reduced.states).toFixed(1);
  const without = `${exhaustive.states}${exhaustive.complete ? '' : ' and more'}`;
  const orders = exhaustive.orders === null ? '' : `; ${exhaustive.orders.toPrecision(2)} orders of steps`;
  return `${reduced.states} states, without reduction ${without}: factor ${factor}${orders}`;
}

async function benchTree(tree: string): Promise<void> {
  print('');
  print(`Linux ${releaseOfTree(tree).text}`);
  const scan = await timeScan(join(DIST, 'cli.js'), tree);
  row('sites, whole tree', ms(scan.wall), `CPU ${ms(scan.cpu)}, ${scan.sites} sites`);
  row('memory of the scan, peak', megabytes(scan.rss));
  if (scan.ripgrep === null) {
    row('rg, the same names', '–', 'no ripgrep on PATH');
  } else {
    const { wall, cpu, lines } = scan.ripgrep;
    row('rg, the same names', ms(wall), `CPU ${ms(cpu)}, ${lines} lines`);
    row('ratio', `${(scan.wall / wall).toFixed(2)}`);
  }
  const lint = await timeLint(join(DIST, 'cli.js'), tree, LINTED);
  row('lint, whole tree', ms(lint.tree.wall), `CPU ${ms(lint.tree.cpu)}, ${lint.findings} findings`);
  row('lint, one file with start', ms(lint.file.wall), `CPU ${ms(lint.file.cpu)}, ${LINTED}`);
  const sites = scan.jsonl
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as { file: string; line: number; column: number; kind: string });
  const kernel = kernelOfTree(tree);
  for (const file of FILES) {
    const places = sites.filter(site => site.file === file && site.kind !== 'handler');
    const engine = await timeEngine(
      DIST,
      tree,
      file,
      kernel,
      places.map(site => site.line),
    );
    row(`${file}: engine, first analysis`, ms(engine.open), 'in this process, not compiled yet');
    row(
      `${file}: engine, after an edit`,
      ms(engine.analysis),
      `rules ${ms(engine.rules)}, worst ${ms(engine.worst)}`,
    );
    const times = await timeEditor(join(DIST, 'server.js'), tree, file, places);
    row(`${file}: initialize`, ms(times.initialize));
    row(`${file}: start to diagnostics`, ms(times.startToDiagnostics), 'opened as soon as it can be');
    row(`${file}: open to diagnostics`, ms(times.openToDiagnostics), 'the first file of a server at rest');
    row(`${file}: edit to diagnostics`, ms(times.editToDiagnostics));
    hoverRow(`${file}: hover, no table`, times.hover);
    hoverRow(`${file}: hover with its table`, times.hoverWithTable);
    row(`${file}: inlay hints, whole file`, ms(times.inlayHints));
    row(`${file}: memory of the server`, megabytes(times.rss));
  }
  const opened = mostSites(sites, OPENED);
  const memory = await memoryWithFiles(join(DIST, 'server.js'), tree, opened);
  for (const [what, { rss, peak }] of [
    ['tree scanned', memory.scanned],
    ['call sites listed', memory.sites],
    ['findings listed', memory.findings],
  ] as const) {
    row(`memory of the server, ${opened.length} files, ${what}`, megabytes(rss), `peak ${megabytes(peak)}`);
  }
}

/** The files with the most call sites. */
function mostSites(sites: readonly { readonly file: string }[], count: number): readonly string[] {
  const sizes = new Map<string, number>();
  for (const { file } of sites) sizes.set(file, (sizes.get(file) ?? 0) + 1);
  return [...sizes]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([file]) => file);
}

function hoverRow(name: string, { median, p99, worst }: HoverTimes): void {
  row(name, ms(median), `p99 ${ms(p99)}, slowest ${ms(worst)}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function row(name: string, value: string, note = ''): void {
  print(`  ${name.padEnd(40)} ${value.padStart(10)}${note === '' ? '' : `  ${note}`}`);
}

function ms(value: number | null): string {
  if (value === null || Number.isNaN(value)) return '–';
  return value < 10 ? `${value.toFixed(2)} ms` : `${Math.round(value)} ms`;
}

function megabytes(value: number | null): string {
  return value === null ? '–' : `${Math.round(value)} MB`;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(0)} kB`;
}
