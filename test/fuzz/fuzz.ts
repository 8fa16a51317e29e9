/** Runs the whole engine over damaged files: nothing may throw, and nothing may be left out without a word. */

import type { Release } from '../../kernel/src/index.js';
import type { CallSite } from '../../server/src/analysis/index.js';
import { AnalysisHost } from '../../server/src/ide/index.js';
import {
  constantDefinitions,
  type KernelCParser,
  mentionsOf,
  readSource,
  usesOf,
} from '../../server/src/syntax/index.js';
import { Chance, mutate } from './mutate.js';

/** A file to damage. */
export interface Seedling {
  readonly path: string;
  readonly text: string;
}

/** What went wrong with one damaged file; the seed makes it again. */
export interface Failure {
  readonly path: string;
  readonly seed: number;
  readonly how: string;
  readonly reason: string;
}

/** What a run found. */
export interface FuzzResult {
  readonly runs: number;
  readonly sites: number;
  readonly notAnalysed: number;
  /** The longest that one damaged file took, in milliseconds, by the clock that was given. */
  readonly slowest: { readonly ms: number; readonly path: string; readonly seed: number };
  readonly failures: readonly Failure[];
}

export interface FuzzOptions {
  readonly files: readonly Seedling[];
  readonly parser: KernelCParser;
  readonly runs: number;
  /** The first seed; run `n` has the seed `seed + n`. */
  readonly seed: number;
  readonly releases: readonly Release[];
  /** Milliseconds. */
  readonly now: () => number;
  readonly onRun?: (done: number) => void;
}

/** Functions that could not be followed because of a defect of ours say so in these words. */
const OUR_DEFECT = /^the analysis failed/;

/** Damages files one after the other and asks everything of each that an editor would ask. Does not throw. */
export function fuzz(options: FuzzOptions): FuzzResult {
  const { files, runs, now } = options;
  const failures: Failure[] = [];
  let sites = 0;
  let notAnalysed = 0;
  let slowest = { ms: 0, path: '', seed: 0 };
  for (let run = 0; run < runs; run++) {
    const seed = options.seed + run;
    const chance = new Chance(seed);
    const { path, text } = chance.of(files);
    const mutated = mutate(text, chance, chance.of(files).text);
    const fail = (reason: string): void => {
      failures.push({ path, seed, how: mutated.how, reason });
    };
    const started = now();
    try {
      const found = askAll(path, mutated.text, chance, options, fail);
      sites += found.sites;
      notAnalysed += found.notAnalysed;
    } catch (error) {
      fail(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    const ms = now() - started;
    if (ms > slowest.ms) slowest = { ms, path, seed };
    options.onRun?.(run + 1);
  }
  return { runs, sites, notAnalysed, slowest, failures };
}

function askAll(
  path: string,
  text: string,
  chance: Chance,
  { parser, releases }: FuzzOptions,
  fail: (reason: string) => void,
): { readonly sites: number; readonly notAnalysed: number } {
  const release = chance.of(releases);
  // What the engine complains of is a failure of the engine: it catches its own so as to go on.
  const log = { info: () => undefined, warn: fail, error: fail };
  const host = new AnalysisHost({ parser, log });
  host.applyChange({
    files: [{ path, text, version: 1, kernel: { release, text: release, source: 'setting', note: null } }],
  });
  const snapshot = host.snapshot();
  const { sites, notAnalysed } = snapshot.sites(path);
  for (const { span, callee, function: name } of sites) {
    const written = text.slice(span.start, span.end);
    // A macro of the file may stand for the call.
    const isMacro = /^\w+$/.test(written) && new RegExp(`#[ \\t]*define[ \\t]+${written}\\b`).test(text);
    if (written !== callee && !isMacro) fail(`${callee} in ${name} is not at ${span.start}`);
  }
  for (const { function: name, reason } of notAnalysed) {
    if (OUR_DEFECT.test(reason) && !/call stack/i.test(reason)) fail(`${name}: ${reason}`);
  }
  snapshot.diagnostics(path);
  snapshot.inlayHints(path, { start: 0, end: text.length });
  snapshot.codeLenses(path);
  for (const { span, kind } of snapshot.semanticMarks(path)) {
    const written = text.slice(span.start, span.end);
    if (!/^\w+$/.test(written)) fail(`a mark for ${kind} is on ${JSON.stringify(written)}`);
  }
  for (const { span, target } of snapshot.documentLinks(path)) {
    const written = text.slice(span.start, span.end);
    if (written !== (target.kind === 'rule' ? target.rule : target.path)) fail(`a link is on ${written}`);
  }
  navigate(text, sites, fail);
  for (const { span } of sites.slice(0, 3)) snapshot.hover(path, span.start);
  snapshot.hover(path, chance.below(text.length + 1));
  return { sites: sites.length, notAnalysed: notAnalysed.length };
}

/** What is asked of a file when somebody goes from a call to its flags, or to what reaches it. */
function navigate(text: string, sites: readonly CallSite[], fail: (reason: string) => void): void {
  const source = readSource(text);
  for (const { function: name, flags } of sites.slice(0, 3)) {
    const names = [name ?? '', ...(flags?.may ?? [])].filter(word => /^\w+$/.test(word));
    for (const word of names) {
      constantDefinitions(text, word);
      const places = [...mentionsOf(text, word), ...usesOf(source, word).map(({ span }) => span)];
      const wrong = places.find(({ start, end }) => text.slice(start, end) !== word);
      if (wrong !== undefined) fail(`${word} is not at ${wrong.start}`);
    }
  }
}
