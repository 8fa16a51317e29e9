/** Runs rules over C text and compares what they report with the annotations in it. */

import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { profileFor, RELEASES, type Release, resolveRelease } from '../../kernel/src/index.js';
import {
  analyseFile,
  directoryOf,
  type FileAnalysis,
  gatherInRounds,
  knowledgeOf,
  NOTHING_ASKED,
  type TreeKnowledge,
} from '../../server/src/analysis/index.js';
import {
  appliesTo,
  type Finding,
  type Fix,
  RULES,
  type Rule,
  type RuleExample,
  runRules,
  type Severity,
} from '../../server/src/rules/index.js';
import {
  createParser,
  type KernelCParser,
  readSource,
  versionCodesOf,
  walk,
} from '../../server/src/syntax/index.js';

/** A finding as a person sees it: one-based line. */
export interface Reported {
  readonly rule: string;
  readonly severity: Severity;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly finding: Finding;
}

/** What an annotation asks for. `severity` and `text` null: any. */
export interface Expected {
  readonly rule: string;
  readonly line: number;
  readonly severity: Severity | null;
  readonly text: string | null;
}

let parser: Promise<KernelCParser> | null = null;

/** The one parser of a test run. */
export function sharedParser(): Promise<KernelCParser> {
  const require = createRequire(import.meta.url);
  parser ??= createParser({
    core: readFileSync(require.resolve('web-tree-sitter/web-tree-sitter.wasm')),
    grammar: readFileSync(require.resolve('tree-sitter-c/tree-sitter-c.wasm')),
  });
  return parser;
}

/** Analyses text as a file of its own. */
export async function analyse(
  text: string,
  release: Release,
  beside: string | null = null,
): Promise<FileAnalysis> {
  const source = readSource(text, { version: versionCodesOf(release) });
  const parser = await sharedParser();
  const handlers = new Map();
  if (beside === null) return analyseFile(source, parser, profileFor(release), { handlers });
  const path = 'drivers/fixture/fixture.c';
  const tree = await treeOf(
    new Map([
      [path, text],
      ['drivers/fixture/beside.c', beside],
    ]),
    release,
  );
  return analyseFile(source, parser, profileFor(release), { handlers, tree, path });
}

/** What files of one directory tell each other. */
async function treeOf(files: ReadonlyMap<string, string>, release: Release): Promise<TreeKnowledge> {
  const parser = await sharedParser();
  const asked = { ...NOTHING_ASKED, directories: new Set([...files.keys()].map(directoryOf)) };
  return gatherInRounds(asked, async (wanted, tree) =>
    [...files].map(([path, text]) => {
      const source = readSource(text, { version: versionCodesOf(release) });
      return knowledgeOf(source, path, parser, profileFor(release), wanted, tree);
    }),
  );
}

/** What {@link lint} may be told. */
export interface LintOptions {
  /** Default: all. */
  readonly rules?: readonly Rule[];
  /** The file's path, if the rules should know one. */
  readonly path?: string | undefined;
  /** The text of another file of its directory. */
  readonly beside?: string | null;
  /** What runs the rules; default: what does in the product. */
  readonly run?: typeof runRules;
}

/** Lints text. A rule that throws fails the test. */
export async function lint(text: string, release: Release, options: LintOptions = {}): Promise<Reported[]> {
  return reportsOf(await analyse(text, release, options.beside), options);
}

/** What the rules report of an analysed file. Throws where a rule does. */
export function reportsOf(file: FileAnalysis, options: LintOptions): Reported[] {
  const context = {
    file,
    profile: file.profile,
    ...(options.path === undefined ? {} : { path: options.path }),
  };
  const { run = runRules } = options;
  const findings = run(context, options.rules ?? RULES, (rule, error) => {
    throw new Error(`${rule.id} threw`, { cause: error });
  });
  const shown = findings.filter(({ suppression }) => suppression === null);
  return shown.map(finding => {
    const position = file.source.lines.positionAt(finding.span.start);
    return {
      rule: finding.rule.id,
      severity: finding.severity ?? finding.rule.severity,
      line: position.line + 1,
      column: position.character + 1,
      message: finding.message,
      finding,
    };
  });
}

/** The releases that a fixture's header comment names (`releases: 5.7 6.12`); by default 6.1 and 6.12. */
export function releasesOf(text: string): Release[] {
  const named = /^\/\*\s*releases:([^*]*)\*\//.exec(text)?.[1];
  if (named === undefined) return ['6.1', '6.12'];
  return named
    .trim()
    .split(/\s+/)
    .map(name => {
      const resolved = resolveRelease(name);
      if ('error' in resolved) throw new Error(resolved.error);
      return resolved.release;
    });
}

/**
 * The annotations of a fixture: `expect: rule` or `expect: rule: part of the message` in a comment on the line itself,
 * or, in the line under it, `// ^^^ error[rule]: part of the message`.
 */
export function annotationsOf(text: string): Expected[] {
  const expected: Expected[] = [];
  let code = 0;
  text.split('\n').forEach((content, index) => {
    const under = /^\/\/(\s*)\^+\s*(error|warning|info)\[([a-z-]+)\](?::\s*(.*))?$/.exec(content);
    if (under !== null) {
      const [, , severity, rule = '', part] = under;
      expected.push({
        rule,
        line: code,
        severity: severity as Severity,
        text: part ?? null,
      });
      return;
    }
    code = index + 1;
    for (const [, rule = '', part] of content.matchAll(/\/\* expect: ([a-z-]+)(?:: (.*?))? \*\//g)) {
      expected.push({ rule, line: code, severity: null, text: part ?? null });
    }
  });
  return expected;
}

/** The path that a fixture's header names (`path: mm/gup.c` in a comment of its first lines); undefined: none. */
export function pathOf(text: string): string | undefined {
  return /^(?:\/\*[^*]*\*\/\s*)*?\/\*\s*path:\s*(\S+)\s*\*\//.exec(text)?.[1];
}

/**
 * What differs between the annotations of a fixture and what is reported for it, in words; empty if they agree. Of the
 * fixture's own rule everything counts, `info` too. Of other rules, what is annotated must be there; beyond that they
 * must be silent at warning and above in a fixture that is right code (`silent`).
 */
export function differences(
  id: string,
  silent: boolean,
  expected: readonly Expected[],
  reported: readonly Reported[],
): string[] {
  const left = [...reported];
  const wrong: string[] = [];
  for (const want of expected) {
    const at = left.findIndex(
      found =>
        found.rule === want.rule &&
        found.line === want.line &&
        (want.severity === null || found.severity === want.severity) &&
        (want.text === null || found.message.includes(want.text)),
    );
    if (at < 0) wrong.push(`line ${want.line}: ${want.rule} is not reported`);
    else left.splice(at, 1);
  }
  for (const found of left) {
    if (found.rule !== id && (!silent || found.severity === 'info')) continue;
    wrong.push(`line ${found.line}: ${found.severity}[${found.rule}] is reported: ${found.message}`);
  }
  return wrong;
}

/** The text after a fix. */
export function applyFix(text: string, fix: Fix): string {
  return [...fix.edits]
    .sort((a, b) => b.span.start - a.span.start)
    .reduce((done, edit) => done.slice(0, edit.span.start) + edit.newText + done.slice(edit.span.end), text);
}

/**
 * The nodes of all functions that the edits of a fix neither hold nor touch, as `kind start-end`.
 * @param text the text before the fix, or after it
 * @param edits where the edits are in `text`, and by how much each moves what is behind it
 */
export async function nodesBeside(
  text: string,
  edits: readonly { readonly start: number; readonly end: number; readonly moves: number }[],
): Promise<string[]> {
  const source = readSource(text);
  const parser = await sharedParser();
  const nodes: string[] = [];
  for (const item of source.functions) {
    walk(parser.parseFunction(source, item).body, ({ kind, start, end }) => {
      if (edits.some(edit => start <= edit.end && edit.start <= end)) return undefined;
      const shift = edits.reduce((sum, edit) => (edit.end < start ? sum + edit.moves : sum), 0);
      nodes.push(`${kind} ${start + shift}-${end + shift}`);
      return undefined;
    });
  }
  return nodes.sort();
}

/** Where the edits of a fix are before it, with what they move, and where their texts are after it. */
export function editsOf(fix: Fix): {
  readonly before: { readonly start: number; readonly end: number; readonly moves: number }[];
  readonly after: { readonly start: number; readonly end: number; readonly moves: number }[];
} {
  let moved = 0;
  const before = [];
  const after = [];
  for (const { span, newText } of [...fix.edits].sort((a, b) => a.span.start - b.span.start)) {
    const start = span.start + moved;
    after.push({ start, end: start + newText.length, moves: 0 });
    const moves = newText.length - (span.end - span.start);
    before.push({ start: span.start, end: span.end, moves });
    moved += moves;
  }
  return { before, after };
}

/** A C file of a folder, and the text of the file that its header names as one of its directory (`beside: pin.c`), if any. */
export interface Fixture {
  readonly name: string;
  readonly text: string;
  readonly beside: string | null;
}

/** The C files of a folder. Those that others name lie in its folder `beside`. */
export function fixturesIn(folder: string): Fixture[] {
  return readdirSync(folder)
    .filter(name => name.endsWith('.c'))
    .sort()
    .map(name => {
      const text = readFileSync(join(folder, name), 'utf8');
      const other = /^\/\*\s*beside:\s*(\S+)/m.exec(text)?.[1];
      const beside = other === undefined ? null : readFileSync(join(folder, 'beside', other), 'utf8');
      return { name, text, beside };
    });
}

/** What an example of a rule is read for: the release it names, else those below that the rule is for. */
export function releasesOfExample(rule: Rule, example: RuleExample): readonly Release[] {
  if (example.release !== undefined) return [example.release];
  const usual = (['6.1', '6.12'] as const).filter(release => appliesTo(release, rule.releases));
  return usual.length > 0 ? usual : RELEASES.filter(release => appliesTo(release, rule.releases)).slice(-1);
}
