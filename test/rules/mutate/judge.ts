/** Whether the tests of the rules notice that the source of one was changed. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Release } from '../../../kernel/src/index.js';
import * as kernel from '../../../kernel/src/index.js';
import * as analysis from '../../../server/src/analysis/index.js';
import {
  appliesTo,
  RULES,
  type Rule,
  type runRules,
  SUPPRESSION_RULE,
} from '../../../server/src/rules/index.js';
import * as syntax from '../../../server/src/syntax/index.js';
import { missedOf, pairsIn } from '../../bugs/corpus.js';
import {
  analyse,
  annotationsOf,
  differences,
  type Expected,
  fixturesIn,
  pathOf,
  type Reported,
  releasesOf,
  releasesOfExample,
  reportsOf,
} from '../harness.js';
import type { Mutant } from './mutants.js';

/** All that a rule may import beside its own layer (test/tidy holds it): shared, so that only rules are built anew. */
const LAYERS: ReadonlyMap<string, object> = new Map<string, object>([
  ['kernel/src/index.js', kernel],
  ['server/src/analysis/index.js', analysis],
  ['server/src/syntax/index.js', syntax],
]);

/** A rule as its sources are after a mutation. */
export interface Built {
  readonly rule: Rule;
  /** What runs it, which the mutation may be in. */
  readonly run: typeof runRules;
  /** The sources of the layer that it is made of, from the repository's top. */
  readonly sources: readonly string[];
}

/**
 * Builds one rule.
 * @param source the file that defines it, from the repository's top
 * @param change a file of the layer and the text to read in its place; null: none
 */
export async function buildRule(
  source: string,
  change: { readonly file: string; readonly text: string } | null,
): Promise<Built> {
  const root = process.cwd();
  const built = await build({
    absWorkingDir: root,
    stdin: {
      contents: `export * from './${source}';\nexport { runRules } from './server/src/rules/runRules.js';`,
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    write: false,
    metafile: true,
    format: 'cjs',
    platform: 'node',
    logLevel: 'silent',
    plugins: [
      {
        name: 'layers',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /\/(kernel\/src|analysis|syntax)\/index\.js$/ }, ({ path }) => {
            const layer = [...LAYERS.keys()].find(name => path.endsWith(name.replace(/^server\/src/, '')));
            return layer === undefined ? undefined : { path: layer, external: true };
          });
          if (change === null) return;
          const changed = join(root, change.file);
          onLoad({ filter: /\.ts$/ }, ({ path }) =>
            path === changed ? { contents: change.text, loader: 'ts' } : undefined,
          );
        },
      },
    ],
  });
  const [output] = built.outputFiles;
  const module: { exports: Record<string, unknown> } = { exports: {} };
  const require = (name: string): object => {
    const layer = LAYERS.get(name);
    if (layer === undefined) throw new Error(`${source} imports ${name}, which is not a layer below`);
    return layer;
  };
  new Function('require', 'module', 'exports', output?.text ?? '')(require, module, module.exports);
  const rule = Object.values(module.exports).find(
    value => typeof value === 'object' && value !== null && 'check' in value,
  );
  if (rule === undefined) throw new Error(`${source} exports no rule`);
  const run = module.exports.runRules as typeof runRules;
  return { rule: rule as Rule, run, sources: Object.keys(built.metafile.inputs) };
}

/** What a rule says of a file. Throws where it does. */
function saidBy(
  { rule, run }: Pick<Built, 'rule' | 'run'>,
  file: analysis.FileAnalysis,
  path: string | undefined,
): readonly Reported[] {
  // What comments silence, and for nothing, shows only beside all other rules.
  const rules = rule.id === SUPPRESSION_RULE ? RULES.map(one => (one.id === rule.id ? rule : one)) : [rule];
  return reportsOf(file, { rules, path, run }).filter(one => one.rule === rule.id);
}

/** Something that a rule is tried on, analysed once for all mutants. */
export interface Trial {
  readonly file: analysis.FileAnalysis;
  readonly path: string | undefined;
  /** Whether the findings are those that are wanted. */
  readonly passes: (found: readonly Reported[]) => boolean;
}

/** The fixtures and the examples of a rule, each for each of its releases. */
export async function trialsOf(rule: Rule): Promise<readonly Trial[]> {
  const trials: Trial[] = [];
  for (const { name, text, beside } of fixturesIn(join('test/rules/fixtures', rule.id))) {
    const expected = annotationsOf(text).filter(want => want.rule === rule.id);
    const silent = name.startsWith('silent-');
    for (const release of releasesOf(text)) {
      const passes: Trial['passes'] = found => differences(rule.id, silent, expected, found).length === 0;
      trials.push({ file: await analyse(text, release, beside), path: pathOf(text), passes });
    }
  }
  for (const example of rule.examples) {
    for (const release of releasesOfExample(rule, example)) {
      const path = undefined;
      trials.push({ file: await analyse(example.bad, release), path, passes: found => found.length > 0 });
      trials.push({ file: await analyse(example.good, release), path, passes: found => found.length === 0 });
    }
  }
  return trials;
}

/** What other tests try every rule on, for one release: the fixtures and examples of other rules, and test/bugs. */
interface CommonTrial {
  readonly release: Release;
  readonly path: string | undefined;
  /** Analysed where it is first asked for. */
  readonly file: () => Promise<analysis.FileAnalysis>;
  /** Whether a rule has to say something of it, or must not say anything. */
  readonly concerns: (rule: Rule) => boolean;
  readonly passes: (rule: Rule, found: readonly Reported[]) => boolean;
}

/** What all rules are tried on, whichever changed. */
export function commonTrials(): readonly CommonTrial[] {
  const trials: CommonTrial[] = [];
  const add = (
    text: string,
    release: Release,
    { concerns, passes }: Pick<CommonTrial, 'concerns' | 'passes'>,
    beside: string | null = null,
  ): void => {
    let analysed: Promise<analysis.FileAnalysis> | null = null;
    const file = (): Promise<analysis.FileAnalysis> => {
      analysed ??= analyse(text, release, beside);
      return analysed;
    };
    trials.push({ release, path: pathOf(text), file, concerns, passes });
  };
  const quiet: CommonTrial['passes'] = (_, found) => found.every(({ severity }) => severity === 'info');
  for (const owner of RULES) {
    const { id, examples } = owner;
    const others: CommonTrial['concerns'] = rule => rule.id !== id;
    for (const { name, text, beside } of fixturesIn(join('test/rules/fixtures', id))) {
      const silent = name.startsWith('silent-');
      const expected = annotationsOf(text);
      const of = (rule: Rule): Expected[] => expected.filter(want => want.rule === rule.id);
      const concerns: CommonTrial['concerns'] = rule => others(rule) && (silent || of(rule).length > 0);
      const passes: CommonTrial['passes'] = (rule, found) =>
        differences(id, silent, of(rule), found).length === 0;
      for (const release of releasesOf(text)) add(text, release, { concerns, passes }, beside);
    }
    for (const example of examples) {
      for (const release of releasesOfExample(owner, example)) {
        add(example.good, release, { concerns: others, passes: quiet });
      }
    }
  }
  for (const { meta, before, after, release } of pairsIn('test/bugs/reduced')) {
    const isWanted = (rule: Rule): boolean => meta.expected.some(want => want.rule === rule.id);
    add(before, release, {
      concerns: rule => isWanted(rule) || !meta.extra_allowed_rules.includes(rule.id),
      passes: (rule, found) =>
        isWanted(rule) ? missedOf(meta, id => id === rule.id, found).length === 0 : quiet(rule, found),
    });
    add(after, release, { concerns: () => true, passes: quiet });
  }
  for (const { text } of fixturesIn('test/bugs/clean'))
    add(text, '6.12', { concerns: () => true, passes: quiet });
  return trials;
}

/** Whether a rule does, on what all rules are tried on, what is wanted of it. */
export async function passesCommon(
  { rule, run }: Pick<Built, 'rule' | 'run'>,
  trials: readonly CommonTrial[],
): Promise<boolean> {
  for (const { release, path, file, concerns, passes } of trials) {
    if (!appliesTo(release, rule.releases) || !concerns(rule)) continue;
    const analysed = await file();
    try {
      if (!passes(rule, saidBy({ rule, run }, analysed, path))) return false;
    } catch {
      return false;
    }
  }
  return true;
}

/**
 * What a rule says on the trials, as one text to compare; null if it does not do what is wanted of it on each, or
 * throws.
 */
export function verdict({ rule, run }: Pick<Built, 'rule' | 'run'>, trials: readonly Trial[]): string | null {
  try {
    const said: string[] = [];
    for (const trial of trials) {
      const found = saidBy({ rule, run }, trial.file, trial.path);
      if (!trial.passes(found)) return null;
      // Without the rule itself: the releases in it may be what was changed.
      said.push(
        JSON.stringify(
          found.map(({ line, column, severity, message, finding: { span, related, confidence, fix } }) => {
            return { line, column, severity, message, span, related, confidence, fix };
          }),
        ),
      );
    }
    return said.join('\n');
  } catch {
    return null;
  }
}

/** The text of a source after a mutation. */
export function mutated(file: string, { start, end, newText }: Mutant): string {
  const text = readFileSync(file, 'utf8');
  return text.slice(0, start) + newText + text.slice(end);
}
