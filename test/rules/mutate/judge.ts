/** Whether the fixtures and examples of a rule notice that its source was changed. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import * as kernel from '../../../kernel/src/index.js';
import * as analysis from '../../../server/src/analysis/index.js';
import { RULES, type Rule, type runRules, SUPPRESSION_RULE } from '../../../server/src/rules/index.js';
import * as syntax from '../../../server/src/syntax/index.js';
import {
  analyse,
  annotationsOf,
  differences,
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

/** Something that a rule is tried on, analysed once for all mutants. */
interface Trial {
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

/**
 * What a rule says on the trials, as one text to compare; null if it does not do what is wanted of it on each, or
 * throws.
 */
export function verdict({ rule, run }: Pick<Built, 'rule' | 'run'>, trials: readonly Trial[]): string | null {
  try {
    const said: string[] = [];
    // What comments silence, and for nothing, shows only beside all other rules.
    const rules = rule.id === SUPPRESSION_RULE ? RULES.map(one => (one.id === rule.id ? rule : one)) : [rule];
    for (const trial of trials) {
      const found = reportsOf(trial.file, { rules, path: trial.path, run }).filter(
        one => one.rule === rule.id,
      );
      if (!trial.passes(found)) return null;
      said.push(JSON.stringify(found));
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
