/** What an edit costs the engine alone: no server, no debounce, no pipe. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AnalysisHost, type KernelChoice } from '../../server/src/ide/index.js';
import { createParser } from '../../server/src/syntax/index.js';
import { readWasm } from '../../server/src/workspace/index.js';
import { median } from './processes.js';

/** Milliseconds from the changed text to the answer; medians over {@link EDITS} edits. */
export interface EngineTimes {
  /** The first analysis and the first diagnostics of the file, in an engine that has read nothing yet. */
  readonly open: number;
  /** Reading the new text and analysing what it changed. */
  readonly analysis: number;
  /** The rules on top of it. */
  readonly rules: number;
  /** The slowest edit, both together. */
  readonly worst: number;
}

const EDITS = 40;

/** How long each piece of engine code runs before it is compiled: edits that are not counted. */
const WARM_UP = 15;

/**
 * Types a statement into functions all over a file, one edit after the other, so that most edits change one function and
 * move all that follow.
 *
 * @param dist the folder of the bundles, which holds the parser's WebAssembly
 * @param lines one-based lines of calls: edits go in front of these
 */
export async function timeEngine(
  dist: string,
  tree: string,
  file: string,
  kernel: KernelChoice,
  lines: readonly number[],
): Promise<EngineTimes> {
  const parser = await createParser(await readWasm(dist));
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const host = new AnalysisHost({ parser, log: silent });
  const original = readFileSync(join(tree, file), 'utf8').split('\n');
  const analysis: number[] = [];
  const rules: number[] = [];
  const show = (text: string, version: number): readonly [number, number] => {
    const started = performance.now();
    host.applyChange({ files: [{ path: file, text, version, kernel }] });
    const snapshot = host.snapshot();
    snapshot.sites(file);
    const analysed = performance.now();
    snapshot.diagnostics(file);
    return [analysed - started, performance.now() - analysed];
  };
  const open = show(original.join('\n'), 0);
  const edited = [...original];
  for (let edit = 0; edit < WARM_UP + EDITS; edit++) {
    const line = lines[(edit * 7) % lines.length] ?? 1;
    // A comment with a number changes the text of the function, and of the functions behind it only the place.
    edited[line - 2] = `${edited[line - 2] ?? ''} /* ${edit} */`;
    const [analysed, ruled] = show(edited.join('\n'), edit + 1);
    if (edit < WARM_UP) continue;
    analysis.push(analysed);
    rules.push(ruled);
  }
  parser.dispose();
  return {
    open: open[0] + open[1],
    analysis: median(analysis),
    rules: median(rules),
    worst: Math.max(...analysis.map((time, i) => time + (rules[i] ?? 0))),
  };
}
