/** The parser of function bodies: tree-sitter-c behind the normaliser, with a cache by text. */

import { Language, Parser } from 'web-tree-sitter';
import type { Expression, FunctionAst, Span } from './ast.js';
import { bodyTokens } from './bodyTokens.js';
import type { BuildContext } from './buildContext.js';
import { buildBlock } from './buildStatements.js';
import { CallExpander } from './expandCall.js';
import { FileMacros } from './fileMacros.js';
import { normalise } from './normalise.js';
import { parametersOf, returnTypeOf } from './parameters.js';
import { copyTree, GrammarNames, type RawNode } from './rawTree.js';
import { contextKey, detailsOf, isKept } from './readSource.js';
import { rebase } from './rebase.js';
import { scan } from './scan.js';
import type { FunctionItem, SourceFile } from './sourceFile.js';
import { loadTreeFunctions, type TreeFunctions } from './treeFunctions.js';
import { TreeText } from './treeText.js';
import { VersionQuestions } from './versionQuestions.js';

/** Functions kept parsed. A kernel file of 7000 lines has some 300. */
const CACHE_SIZE = 4096;
/** Characters of source that the cache may stand for; the trees take some ten times that. */
const CACHE_CHARACTERS = 4 << 20;

interface CacheEntry {
  readonly ast: FunctionAst;
  readonly base: number;
}

/** Parses functions of files that `readSource` made. One thread, one parser. */
export class KernelCParser {
  readonly #parser: Parser;
  readonly #functions: TreeFunctions;
  readonly #names: GrammarNames;
  readonly #cache = new Map<string, CacheEntry>();
  #characters = 0;

  /** Use {@link createParser}. */
  constructor(parser: Parser, functions: TreeFunctions, names: GrammarNames) {
    this.#parser = parser;
    this.#functions = functions;
    this.#names = names;
  }

  /**
   * A parser that remembers nothing of what this one was given, and of which this one remembers nothing: for passing
   * through many files without pushing out what is kept of a few. It ends with this one.
   */
  fork(): KernelCParser {
    return new KernelCParser(this.#parser, this.#functions, this.#names);
  }

  /**
   * The tree of one function, offsets as in `file.text`. The same text read again, at any place of any file,
   * is not parsed again. Never throws: what cannot be read is in the tree as unknown nodes and in `errors`.
   */
  parseFunction(file: SourceFile, fn: FunctionItem): FunctionAst {
    const key = keyOf(file, fn);
    const cached = this.#cache.get(key);
    if (cached !== undefined) {
      const ast = rebase(cached.ast, fn.start - cached.base);
      this.#cache.delete(key);
      this.#cache.set(key, { ast, base: fn.start });
      return ast;
    }
    const ast = this.#parse(file, fn);
    this.#cache.set(key, { ast, base: fn.start });
    this.#characters += key.length;
    for (const oldest of this.#cache.keys()) {
      if (this.#cache.size <= CACHE_SIZE && this.#characters <= CACHE_CHARACTERS) break;
      this.#cache.delete(oldest);
      this.#characters -= oldest.length;
    }
    return ast;
  }

  /** Frees the parser; it must not be used afterwards. */
  dispose(): void {
    this.#cache.clear();
    this.#parser.delete();
  }

  #parse(file: SourceFile, fn: FunctionItem): FunctionAst {
    const { tokens, conditionals, callMacros, readingOf } = detailsOf(file);
    const reading = readingOf.get(fn);
    if (reading === undefined) throw new TypeError(`${fn.name} is not a function of this file`);
    const { header, bodyOpen, bodyClose } = reading.split;
    const keep = (token: number): boolean => isKept(conditionals, reading.selection, token);
    const rewritten = normalise(bodyTokens(tokens, bodyOpen, bodyClose, keep));
    const errors: Span[] = [];
    const text = new TreeText(file.text, rewritten);
    const versions = new VersionQuestions(file.versioned ? file.version : null, conditionals.macros);
    const macros = new CallExpander(callMacros, body => this.#expression(body));
    const context: BuildContext = {
      text,
      errors,
      block: node => buildBlock(context, node),
      versions,
      macros,
    };
    const shared = {
      start: fn.start,
      end: fn.end,
      name: fn.name,
      ...returnTypeOf(tokens, header),
      parameters: parametersOf(tokens, header, keep),
      annotations: rewritten.annotations,
    };
    try {
      const root = this.#tree(rewritten.text, node => errors.push(text.span(node)));
      const body = root === null ? null : bodyOf(root, errors, text);
      if (body !== null) {
        const statements = buildBlock(context, body);
        return {
          ...shared,
          body: { kind: 'compound', ...fn.body, body: statements },
          errors: distinct(errors),
          versionParts: versions.parts,
        };
      }
    } catch (error) {
      // Nothing the parser or the builder meets may cost more than this function: it is reported as unreadable.
      if (!(error instanceof Error)) throw error;
    }
    return {
      ...shared,
      body: { kind: 'compound', ...fn.body, body: [{ kind: 'unknown-statement', ...fn.body, children: [] }] },
      errors: [fn.body],
      versionParts: [],
    };
  }

  /** The expression that the body of a macro is, by itself; its places are those of that text. */
  #expression(body: string): Expression | null {
    const tokens = scan(`{ ${body} ; }`);
    const rewritten = normalise(bodyTokens(tokens, 0, tokens.count - 1, () => true));
    const errors: Span[] = [];
    const text = new TreeText(tokens.text, rewritten);
    const context: BuildContext = {
      text,
      errors,
      block: node => buildBlock(context, node),
      versions: new VersionQuestions(null, new FileMacros()),
      macros: new CallExpander(new Map(), () => null),
    };
    const root = this.#tree(rewritten.text, node => errors.push(text.span(node)));
    const block = root === null ? null : bodyOf(root, errors, text);
    const [statement] = block === null ? [] : buildBlock(context, block);
    return errors.length > 0 || statement?.kind !== 'expression-statement' ? null : statement.expression;
  }

  #tree(text: string, onError: (node: RawNode) => void): RawNode | null {
    const tree = this.#parser.parse(text);
    if (tree === null) {
      this.#parser.reset();
      return null;
    }
    try {
      return copyTree(tree, this.#functions, this.#names, onError);
    } finally {
      tree.delete();
    }
  }
}

/** In order of position, each place once. */
function distinct(spans: readonly Span[]): Span[] {
  const sorted = [...spans].sort((a, b) => a.start - b.start || b.end - a.end);
  return sorted.filter((span, i) => span.start !== sorted[i - 1]?.start || span.end !== sorted[i - 1]?.end);
}

/** The body of the one function in the tree; what lies beside it is an error. */
function bodyOf(root: RawNode, errors: Span[], text: TreeText): RawNode | null {
  let body: RawNode | null = null;
  for (const child of root.children) {
    if (child.type === 'function_definition' && body === null) {
      body = child.children.find(part => part.field === 'body') ?? null;
    } else errors.push(text.span(child));
  }
  return body;
}

/** Everything that the tree depends on: the text, the branches read, the file's macros and version, and where the body begins. */
function keyOf(file: SourceFile, fn: FunctionItem): string {
  const { readingOf, conditionals } = detailsOf(file);
  const selection = readingOf.get(fn)?.selection;
  let branches = '';
  if (selection !== undefined) {
    for (const branch of conditionals.branches) {
      if (branch.start >= fn.start && branch.end <= fn.end)
        branches += selection[branch.id] === 1 ? '1' : '0';
    }
  }
  return `${fn.name}\0${branches}\0${contextKey(file)}\0${fn.body.start - fn.start}\0${file.text.slice(fn.start, fn.end)}`;
}

/**
 * Loads the two WebAssembly files and makes a parser.
 * Rejects if one of them is not what it should be; the message names it.
 */
export async function createParser(wasm: {
  readonly core: Uint8Array;
  readonly grammar: Uint8Array;
}): Promise<KernelCParser> {
  const functions = await loadTreeFunctions(wasm.core);
  const language = await Language.load(wasm.grammar);
  const parser = new Parser();
  parser.setLanguage(language);
  return new KernelCParser(parser, functions, new GrammarNames(language));
}
