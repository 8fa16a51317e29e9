/** Page lifetime over a whole file: which functions matter, and what the fields of its structures hold. */

import { PAGE_RELEASES, SITE_FUNCTIONS, siteFunction } from '../../../kernel/src/index.js';
import { callTokens, type KernelCParser, type SourceFile } from '../syntax/index.js';
import type { FileAnalysis } from './analyseFile.js';
import { CallGraph } from './callGraph.js';
import { FunctionMemo, type Made, readingOf } from './functionMemo.js';
import { type FunctionPages, type PageFunction, PageLifetime } from './pageLifetime.js';
import type { Acquisition } from './pageTransfer.js';

/** How a field of the file's structures is filled, over all functions that name it. */
export interface FieldHolding {
  /** {@link HELD} bits. */
  readonly mask: number;
  readonly from: readonly Acquisition[];
}

const ACQUIRING: ReadonlySet<string> = new Set(
  [...SITE_FUNCTIONS].filter(([, kind]) => kind === 'gup').map(([name]) => name),
);
const GIVES_BACK: Readonly<Record<'pin' | 'reference', ReadonlySet<string>>> = {
  pin: new Set(PAGE_RELEASES.filter(release => release.releases === 'pin').map(release => release.name)),
  reference: new Set(
    PAGE_RELEASES.filter(release => release.releases === 'reference').map(release => release.name),
  ),
};

const known = new WeakMap<FileAnalysis, FilePages>();
const memos = new WeakMap<KernelCParser, FunctionMemo<FunctionPages | null>>();

/** The page lifetime of a file, made once for an analysis. Its answers are worked out when asked for. */
export function filePagesOf(file: FileAnalysis): FilePages {
  let pages = known.get(file);
  if (pages === undefined) {
    pages = new FilePages(file);
    known.set(file, pages);
  }
  return pages;
}

/** Looks at functions only when asked. Never throws on broken C. */
export class FilePages {
  readonly lifetime: PageLifetime;
  readonly #file: FileAnalysis;
  readonly #fields = new Map<string, FieldHolding | null>();

  constructor(file: FileAnalysis) {
    this.#file = file;
    this.lifetime = new PageLifetime({
      profile: file.profile,
      kindByFlags: start => kindByFlags(file, start),
      isRecursive: (caller, callee) => CallGraph.of(file.source).isRecursive(caller, callee),
      kept: (name, answer, make) => this.#kept(name, answer, make),
    });
  }

  /** A name with two definitions (in arms of an #if) is not known: which is called can't be told. */
  #kept(
    name: string,
    answer: (question: string, start: number) => string,
    make: (fn: PageFunction) => Made<FunctionPages | null>,
  ): FunctionPages | null {
    const file = this.#file;
    const [item, ...more] = file.source.functions.filter(fn => fn.name === name && fn.alternative === null);
    if (item === undefined || more.length > 0) return null;
    let memo = memos.get(file.parser);
    if (memo === undefined) {
      memo = new FunctionMemo();
      memos.set(file.parser, memo);
    }
    return memo.of(
      file.source,
      item,
      readingOf(file.source, file.profile),
      question => answer(question, item.start),
      () => {
        const fn = file.functionNamed(name);
        return fn === null
          ? { value: null, dependencies: new Map() }
          : make({ name, ast: fn.ast, cfg: fn.cfg });
      },
    );
  }

  /**
   * The functions that give pages back in a way in which some pages of this file were not got, themselves or by
   * a function of this file, in order of position. Others cannot hold a mismatch.
   */
  suspects(): readonly string[] {
    const { source } = this.#file;
    const got = this.#kindsGot();
    const names = new Set<string>();
    if (got.has('pin')) for (const name of functionsThatCall(source, GIVES_BACK.reference)) names.add(name);
    if (got.has('reference')) for (const name of functionsThatCall(source, GIVES_BACK.pin)) names.add(name);
    if (names.size === 0) return [];
    for (const name of functionsThatCall(source, names)) names.add(name);
    return source.functions
      .filter(item => item.alternative === null && names.has(item.name))
      .map(item => item.name);
  }

  #kindsGot(): ReadonlySet<'pin' | 'reference'> {
    const kinds = new Set<'pin' | 'reference'>();
    for (const { name } of callTokens(this.#file.source, ACQUIRING)) {
      const how = siteFunction(this.#file.profile, name)?.acquires;
      if (how === 'pin' || how === 'by-flags') kinds.add('pin');
      if (how === 'reference' || how === 'by-flags') kinds.add('reference');
    }
    return kinds;
  }

  /**
   * How a field is filled anywhere in the file.
   * @param field as {@link lastField} gives it
   * @returns null if a function that names the field could not be read: then nothing is known
   */
  fieldHolding(field: string): FieldHolding | null {
    const old = this.#fields.get(field);
    if (old !== undefined) return old;
    const holding = this.#census(field);
    this.#fields.set(field, holding);
    return holding;
  }

  #census(field: string): FieldHolding | null {
    const { source } = this.#file;
    const name = field.split(' ')[0]?.slice(1) ?? '';
    // The page of a scatterlist entry is a field whose name is not written.
    const mention = name === 'sg_page' ? /\bsg_/ : new RegExp(`(?:\\.|->)\\s*${name}\\b`);
    let mask = 0;
    const from: Acquisition[] = [];
    for (const item of source.functions) {
      if (!mention.test(source.text.slice(item.body.start, item.body.end))) continue;
      const pages = this.lifetime.of(item.name);
      if (pages === null) return null;
      const holding = pages.fields.get(field);
      if (holding === undefined) continue;
      mask |= holding.mask;
      for (const got of pages.acquisitions) {
        if (holding.by.has(got.id) && got.through === null) from.push(got);
      }
    }
    return { mask, from };
  }
}

/** FOLL_PIN and FOLL_GET say how a function of mm/gup.c acquires, once its wrapper has added its own. */
function kindByFlags(file: FileAnalysis, start: number): 'pin' | 'reference' | 'none' | null {
  const site = file.sites.find(candidate => candidate.span.start === start);
  if (site === undefined || site.effective.length === 0) return null;
  const kinds = new Set(
    site.effective.map(set => {
      if (set.some(flag => flag.includes(':'))) return null;
      if (set.includes('FOLL_PIN')) return 'pin';
      return set.includes('FOLL_GET') ? 'reference' : 'none';
    }),
  );
  const [only] = kinds;
  return kinds.size === 1 && only !== undefined ? only : null;
}

function functionsThatCall(source: SourceFile, names: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  for (const token of callTokens(source, names)) {
    const item = source.functions[token.function];
    if (item !== undefined) found.add(item.name);
  }
  return found;
}
