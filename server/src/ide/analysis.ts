/** An immutable snapshot of the inputs, and every question that may be asked of it. */

import { NEWEST_RELEASE, type Release } from '../../../kernel/src/index.js';
import { type Asked, type CallSite, type NotAnalysed, uniteAsked } from '../analysis/index.js';
import type { Settings } from '../config/index.js';
import type { Span } from '../syntax/ast.js';
import { type LineIndex, statementText } from '../syntax/index.js';
import { AnalysedFile, type Shared } from './analysedFile.js';
import { codeActionsOf } from './codeActions.js';
import { codeLensesOf } from './codeLens.js';
import { diagnosticsOf } from './diagnostics.js';
import { documentLinksOf } from './documentLinks.js';
import { type AffectedSite, affectedSites } from './explain/affectedSites.js';
import { hoverAt } from './hover.js';
import { inlayHintsOf } from './inlayHints.js';
import { type KnownName, nameAt } from './nameAt.js';
import { type ScenarioAt, scenarioAt } from './scenarioAt.js';
import { semanticMarksOf } from './semanticMarks.js';
import type {
  CodeAction,
  CodeLens,
  Diagnostic,
  DocumentLink,
  Hover,
  InlayHint,
  KernelChoice,
  SemanticMark,
} from './types.js';

/**
 * Answers for the files it was made of; a file it does not have is answered as an empty one. Offsets are UTF-16
 * code units of the file's text. No member throws on any text.
 */
export class Analysis {
  readonly #files: ReadonlyMap<string, AnalysedFile>;
  readonly #shared: Shared;
  readonly #settings: Settings;

  /** Made by `AnalysisHost.snapshot()`. */
  constructor(files: ReadonlyMap<string, AnalysedFile>, shared: Shared, settings: Settings) {
    this.#files = files;
    this.#shared = shared;
    this.#settings = settings;
  }

  /** Whether the snapshot has a file. */
  has(path: string): boolean {
    return this.#files.has(path);
  }

  /** The version of a file, as given with its text; null if the snapshot does not have it. */
  version(path: string): number | null {
    return this.#files.get(path)?.input.version ?? null;
  }

  /** What the rules report, in order of position, with the severities of the settings. */
  diagnostics(path: string): Diagnostic[] {
    return this.#findings(path).filter(({ suppression }) => suppression === null);
  }

  /** What the rules found and a comment silences, in order of position. */
  suppressed(path: string): Diagnostic[] {
    return this.#findings(path).filter(({ suppression }) => suppression !== null);
  }

  /** What can be done about the findings that a range touches, by finding in order of position. */
  codeActions(path: string, range: Span): CodeAction[] {
    return this.diagnostics(path)
      .filter(({ span }) => span.start <= range.end && range.start <= span.end)
      .flatMap(diagnostic => codeActionsOf(this.#file(path).at(diagnostic.span.start), diagnostic));
  }

  #findings(path: string): Diagnostic[] {
    const file = this.#file(path);
    return inOrder(
      [file, ...file.others].flatMap(one => diagnosticsOf(one)),
      diagnostic => diagnostic.span.start,
    );
  }

  /** What to show where the mouse rests; null: nothing. */
  hover(path: string, offset: number): Hover | null {
    return hoverAt(this.#file(path).at(offset), offset);
  }

  /** The flag or the function of the family at an offset; null: nothing that is looked for, or it is not wanted. */
  nameAt(path: string, offset: number): KnownName | null {
    const file = this.#file(path);
    return file.settings.navigationEnable ? nameAt(file, offset) : null;
  }

  /** The links in the comments of a file, in order of position. */
  documentLinks(path: string): DocumentLink[] {
    const file = this.#file(path);
    return file.settings.navigationEnable ? documentLinksOf(file) : [];
  }

  /** Internal flags and calls that may drop the lock, in order of position. */
  semanticMarks(path: string): SemanticMark[] {
    const file = this.#file(path);
    const others = file.others.flatMap(one =>
      semanticMarksOf(one).filter(({ span }) => one.analysis?.covers(span.start) === true),
    );
    const marks = new Map([...semanticMarksOf(file), ...others].map(mark => [mark.span.start, mark]));
    return inOrder([...marks.values()], mark => mark.span.start);
  }

  /** The hints of the calls that begin in a range. */
  inlayHints(path: string, span: Span): InlayHint[] {
    const file = this.#file(path);
    return inOrder(
      [file, ...file.others].flatMap(one => inlayHintsOf(one, span)),
      hint => hint.offset,
    );
  }

  codeLenses(path: string): CodeLens[] {
    const file = this.#file(path);
    return inOrder(
      [file, ...file.others].flatMap(one => codeLensesOf(one)),
      lens => lens.span.start,
    );
  }

  /** Every call site and handler, and the functions of which nothing can be said. */
  sites(path: string): { sites: readonly CallSite[]; notAnalysed: readonly NotAnalysed[] } {
    const file = this.#file(path);
    const all = [file, ...file.others];
    return {
      sites: inOrder(
        all.flatMap(one => one.sites),
        site => site.span.start,
      ),
      notAnalysed: all.flatMap(one => one.notAnalysed),
    };
  }

  /** What would be asked of other files of the tree, as far as this file was looked at. */
  asked(path: string): Asked {
    const file = this.#file(path);
    return uniteAsked([file, ...file.others].flatMap(one => one.asked ?? []));
  }

  /**
   * The call at an offset, else the first on its line, as a scenario; null if there is none to simulate.
   * @param situation the memory, as a lens names it; null: never touched
   */
  scenarioAt(path: string, offset: number, situation: string | null = null): ScenarioAt | null {
    return scenarioAt(this.#file(path).at(offset), offset, situation);
  }

  /** The calls of a file that going from one release to another affects, and why. */
  affected(path: string, from: Release, to: Release): AffectedSite[] {
    const file = this.#file(path);
    const { kernel, settings } = file.input;
    const readFor = (release: Release): AnalysedFile =>
      file.with(
        { kernel: { release, text: release, source: 'setting', note: null }, settings },
        this.#shared,
      );
    const written = kernel.source === 'default' ? null : kernel.release;
    return affectedSites(readFor(from), readFor(to), written);
  }

  /** The release a file is read for; of a file that is not here, the newest known. */
  kernel(path: string): KernelChoice {
    return this.#file(path).input.kernel;
  }

  /**
   * What an offset is in: the function's name (null outside functions) and the statement's text, which comments, white
   * space and line breaks do not change.
   */
  enclosing(path: string, offset: number): { readonly function: string | null; readonly statement: string } {
    const { source } = this.#file(path);
    const item = source.functions.find(fn => fn.start <= offset && offset < fn.end);
    return { function: item?.name ?? null, statement: statementText(source, offset) };
  }

  /** The text of a file, as it was given. */
  text(path: string): string {
    return this.#file(path).input.text;
  }

  lines(path: string): LineIndex {
    return this.#file(path).source.lines;
  }

  #file(path: string): AnalysedFile {
    const file = this.#files.get(path);
    if (file !== undefined) return file;
    const input = { path, text: '', version: 0, kernel: newestKernel(), settings: this.#settings };
    return new AnalysedFile(input, this.#shared);
  }
}

/** Sorted by offset; what is at the same place stays as it was. */
function inOrder<T>(items: readonly T[], offset: (item: T) => number): T[] {
  return [...items].sort((a, b) => offset(a) - offset(b));
}

function newestKernel(): KernelChoice {
  return { release: NEWEST_RELEASE, text: NEWEST_RELEASE, source: 'default', note: null };
}
