/** Analyses C text given in a test. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { profileFor, type Release } from '../../kernel/src/index.js';
import {
  analyseFile,
  type CallSite,
  type Cfg,
  type FileAnalysis,
  type HandlerOp,
  type TreeKnowledge,
} from '../../server/src/analysis/index.js';
import {
  createParser,
  type KernelCParser,
  readSource,
  versionCodesOf,
} from '../../server/src/syntax/index.js';

const require = createRequire(import.meta.url);

/** A parser of its own, with an empty cache. */
export function newParser(): Promise<KernelCParser> {
  return createParser({
    core: readFileSync(require.resolve('web-tree-sitter/web-tree-sitter.wasm')),
    grammar: readFileSync(require.resolve('tree-sitter-c/tree-sitter-c.wasm')),
  });
}

const parser = await newParser();

export interface SnippetOptions {
  readonly release?: Release;
  readonly handlers?: ReadonlyMap<string, HandlerOp>;
  readonly parser?: KernelCParser;
  readonly tree?: TreeKnowledge;
}

/** Analyses a whole file. */
export function analyse(text: string, options: SnippetOptions = {}): FileAnalysis {
  const release = options.release ?? '6.12';
  const source = readSource(text, { version: versionCodesOf(release) });
  return analyseFile(source, options.parser ?? parser, profileFor(release), {
    handlers: options.handlers ?? new Map(),
    ...(options.tree === undefined ? {} : { tree: options.tree }),
  });
}

/** The sites of a file with this callee, in order. */
export function sitesOf(text: string, callee: string, options: SnippetOptions = {}): readonly CallSite[] {
  return analyse(text, options).sites.filter(site => site.callee === callee);
}

/** The only site of a file with this callee; fails if there is another number of them. */
export function siteOf(text: string, callee: string, options: SnippetOptions = {}): CallSite {
  const [site, ...more] = sitesOf(text, callee, options);
  if (site === undefined || more.length > 0) throw new Error(`want one call of ${callee}`);
  return site;
}

/** The body of a function whose only purpose is to be looked at. */
export function inFunction(body: string, parameters = 'int a, int b'): string {
  return `static int f(${parameters})\n{\n${body}\n}\n`;
}

/** The graph of the only function of a text. */
export function cfgOf(text: string): Cfg {
  const analysis = analyse(text).functionNamed('f');
  if (analysis === null) throw new Error('no function f');
  return analysis.cfg;
}

/** Every path of calls from the entry to the exit, each edge taken at most once a path: `a b`, `a c`. */
export function callPaths(cfg: Cfg): readonly string[] {
  const paths = new Set<string>();
  const walk = (block: number, names: readonly string[], taken: ReadonlySet<string>): void => {
    if (block === cfg.exit) {
      paths.add(names.join(' '));
      return;
    }
    const here = cfg.blocks[block];
    if (here === undefined) return;
    const all = [...names];
    for (const element of here.elements) {
      if (element.kind === 'call' && element.node.callee.kind === 'identifier')
        all.push(element.node.callee.name);
      else if (element.kind === 'guard-enter') all.push(`+${element.node.class}`);
      else if (element.kind === 'guard-exit') all.push(`-${element.node.class}`);
      else if (element.kind === 'cleanup') all.push(`~${element.node.cleanup}`);
    }
    here.out.forEach((edge, index) => {
      const key = `${block}.${index}`;
      if (!taken.has(key)) walk(edge.to, all, new Set([...taken, key]));
    });
  };
  walk(cfg.entry, [], new Set());
  return [...paths].sort();
}
