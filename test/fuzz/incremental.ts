/** Types in files, and compares what the engine says after each edit with what one says that reads the file first then. */

import type { Release } from '../../kernel/src/index.js';
import { type Analysis, AnalysisHost } from '../../server/src/ide/index.js';
import type { KernelCParser } from '../../server/src/syntax/index.js';
import { edited } from './edits.js';
import type { Seedling } from './fuzz.js';
import { Chance } from './mutate.js';

/** An answer that an engine gave otherwise than a fresh one. */
export interface Difference {
  readonly path: string;
  readonly seed: number;
  /** The edits up to here, by name. */
  readonly how: readonly string[];
  /** The question. */
  readonly question: string;
  readonly answer: string;
  readonly fresh: string;
}

/** What {@link compareWithFresh} found. */
export interface Comparison {
  readonly edits: number;
  /** Findings and call sites that were compared. */
  readonly findings: number;
  readonly sites: number;
  readonly differences: readonly Difference[];
}

/** What to type, and how often. */
export interface IncrementalOptions {
  readonly files: readonly Seedling[];
  /** A parser of its own for each run: what the engine keeps, it keeps for a parser. */
  readonly newParser: () => Promise<KernelCParser>;
  /** One for which nothing is kept, for each reading that is compared with. */
  readonly freshParser: () => Promise<KernelCParser>;
  readonly runs: number;
  readonly editsPerRun: number;
  /** The first seed; run `n` has the seed `seed + n`. */
  readonly seed: number;
  readonly releases: readonly Release[];
  /** Calls to hover over after each edit. */
  readonly hovers: number;
}

const LOG = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** In one edit of this many, an earlier text comes back, as with undo. */
const UNDO = 6;

/** Each run is an engine of its own that is given a file, then one edit of it after the other. Rejects for no text. */
export async function compareWithFresh(options: IncrementalOptions): Promise<Comparison> {
  const { files, runs, editsPerRun, releases, hovers } = options;
  const differences: Difference[] = [];
  let edits = 0;
  let findings = 0;
  let sites = 0;
  for (let run = 0; run < runs; run++) {
    const seed = options.seed + run;
    const chance = new Chance(seed);
    const { path, text: original } = chance.of(files);
    const release = chance.of(releases);
    const parser = await options.newParser();
    const host = new AnalysisHost({ parser, log: LOG });
    const texts = [original];
    const how: string[] = [];
    for (let edit = 0; edit <= editsPerRun; edit++) {
      const last = texts.at(-1) ?? '';
      if (edit > 0 && chance.below(UNDO) === 0) {
        texts.push(chance.of(texts));
        how.push('undo');
      } else if (edit > 0 && last !== '') {
        const next = edited(last, chance, chance.of(files).text);
        texts.push(next.text);
        how.push(next.how);
      }
      const text = texts.at(-1) ?? '';
      const given = answers(host, path, text, edit, release, hovers);
      const other = new AnalysisHost({ parser: await options.freshParser(), log: LOG });
      const fresh = answers(other, path, text, edit, release, hovers);
      edits++;
      findings += fresh.findings;
      sites += fresh.sites;
      for (const [question, answer] of fresh.answers) {
        const got = given.answers.get(question) ?? '';
        if (got === answer) continue;
        differences.push({ path, seed, how: [...how], question, answer: got, fresh: answer });
      }
      // What follows from a wrong answer is no other defect.
      if (differences.some(one => one.seed === seed)) break;
    }
    parser.dispose();
  }
  return { edits, findings, sites, differences };
}

interface Answers {
  readonly answers: ReadonlyMap<string, string>;
  readonly findings: number;
  readonly sites: number;
}

/** Everything that an editor asks of a file, in words. */
function answers(
  host: AnalysisHost,
  path: string,
  text: string,
  version: number,
  release: Release,
  hovers: number,
): Answers {
  host.applyChange({
    files: [{ path, text, version, kernel: { release, text: release, source: 'setting', note: null } }],
  });
  const analysis: Analysis = host.snapshot();
  const diagnostics = analysis.diagnostics(path);
  const { sites, notAnalysed } = analysis.sites(path);
  const found = new Map<string, unknown>([
    ['sites', sites],
    ['functions that were not analysed', notAnalysed],
    ['diagnostics', diagnostics],
    ['suppressed', analysis.suppressed(path)],
    ['hints', analysis.inlayHints(path, { start: 0, end: text.length })],
    ['lenses', analysis.codeLenses(path)],
    ['marks', analysis.semanticMarks(path)],
    ['links', analysis.documentLinks(path)],
  ]);
  const step = Math.max(1, Math.ceil(sites.length / hovers));
  for (let i = version % step; i < sites.length; i += step) {
    const { start } = sites[i]?.span ?? { start: 0 };
    found.set(`hover at ${start}`, analysis.hover(path, start));
  }
  return {
    answers: new Map([...found].map(([question, answer]) => [question, inWords(answer)])),
    findings: diagnostics.length,
    sites: sites.length,
  };
}

function inWords(value: unknown): string {
  return JSON.stringify(
    value,
    (_, part: unknown) => (part instanceof Map || part instanceof Set ? [...part] : part),
    1,
  );
}
