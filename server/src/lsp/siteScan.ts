/** The call sites, handlers and findings of a folder or a file, as they are found. */

import { CORE_HANDLERS, SITE_FUNCTIONS } from '../../../kernel/src/index.js';
import type { FileSites, NotAnalysed } from '../../protocol/index.js';
import {
  type Asked,
  answersAny,
  type HandlerOp,
  NO_KNOWLEDGE,
  namesStoredField,
  type TreeKnowledge,
  uniteAsked,
} from '../analysis/index.js';
import { type Analysis, AnalysisHost, type Change, type KernelChoice, type Logger } from '../ide/index.js';
import type { KernelCParser } from '../syntax/index.js';
import type { Context } from './openDocuments.js';
import type { Quiet } from './quiet.js';
import type { Found, Runtime } from './runtime.js';
import { rangeOf, toFinding, toSite, uriOf } from './toProto.js';

/** What is searched for before it is known which functions are handlers. */
const NEEDLES: readonly string[] = [
  ...SITE_FUNCTIONS.keys(),
  'vm_operations_struct',
  ...CORE_HANDLERS.keys(),
];

/**
 * The directories to search and the folder that files are named from, or the only file. `below`: all that is below the folder
 * is to be searched, the directories first, where a search of these does not.
 */
export type Where =
  | { readonly folder: string; readonly searched: readonly string[]; readonly below: boolean }
  | { readonly file: string };

/** What the scan needs. */
export interface SiteScanOptions {
  readonly at: Where;
  /** Whether rules are run as well. */
  readonly findings: boolean;
  /** The handlers that files below the folder, or of the tree around it, are known to install by now. */
  readonly handlers: () => ReadonlyMap<string, HandlerOp>;
  /** Settles when these are known of all files. Rejects if they cannot be. */
  readonly handlersComplete: () => Promise<void>;
  /** What other files of a tree tell of what was asked. */
  readonly learn: (asked: Asked, kernel: KernelChoice, root: string | null) => Promise<TreeKnowledge>;
  readonly contextOf: (uri: string) => Promise<Context>;
  readonly parser: KernelCParser;
  readonly runtime: Runtime;
  readonly quiet: Quiet;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** The unsaved text of a file that is open; null: read the disk. */
  readonly openText: (path: string) => string | null;
  /** Told now and then how far it is: files done, and all that are known of; null: that is not known. */
  readonly onProgress: (done: number, total: number | null) => void;
}

/** What is kept of a file that was analysed, in case that more becomes known. */
interface Done {
  readonly path: string;
  readonly asked: Asked;
  readonly context: Context;
}

/**
 * The files that hold something, each as soon as it is analysed; a file that comes again replaces what came before: what
 * other files install and define is known later. Of what was left out the reason is in `notAnalysed`. Between two files
 * the event loop has its turn. Rejects when aborted, and if the folder cannot be searched.
 */
export async function* scanSites(options: SiteScanOptions): AsyncGenerator<FileSites> {
  const { at, signal } = options;
  const scan = new SiteScan(options);
  if ('file' in at) {
    yield* scan.files([at.file], () => true);
  } else {
    const early = options.handlers();
    for await (const { directory, paths, notes } of candidates(at, options)) {
      for (const { path, reason } of notes) yield scan.leftOut(`${directory}/${path}`, reason);
      yield* scan.files(paths, holdsSomething);
    }
    await options.handlersComplete();
    const handlers = options.handlers();
    const names = [...handlers.keys()].filter(name => !CORE_HANDLERS.has(name));
    const isNew = names.some(name => handlers.get(name) !== early.get(name));
    scan.knows({ handlers });
    for (const directory of names.length === 0 ? [] : at.searched) {
      const { paths } = await options.runtime.findCandidates(directory, names, signal);
      yield* scan.files(
        paths.filter(path => isNew || !scan.has(path)),
        holdsSomething,
      );
    }
  }
  yield* scan.again();
}

/** Files that may hold something, in the parts in which they are found. */
async function* candidates(
  { folder, searched, below }: Extract<Where, { folder: string }>,
  { runtime, signal, onProgress }: SiteScanOptions,
): AsyncGenerator<Found & { readonly directory: string }> {
  if (below && runtime.searchBelow !== null) {
    const onRead = (files: number): void => onProgress(files, null);
    const parts = runtime.searchBelow({ root: folder, first: searched, needles: NEEDLES, signal, onRead });
    for await (const found of parts) yield { directory: folder, ...found };
    return;
  }
  for (const directory of searched) {
    yield { directory, ...(await runtime.findCandidates(directory, NEEDLES, signal)) };
  }
}

const holdsSomething = ({ sites, findings, notAnalysed }: FileSites): boolean =>
  sites.length + findings.length + notAnalysed.length > 0;

class SiteScan {
  readonly #options: SiteScanOptions;
  /** What is known of other files. */
  #known: Pick<Change, 'handlers' | 'tree'>;
  readonly #done = new Map<string, Done>();
  #total = 0;
  #count = 0;

  constructor(options: SiteScanOptions) {
    this.#options = options;
    this.#known = { handlers: options.handlers() };
  }

  has(path: string): boolean {
    return this.#done.has(path);
  }

  knows(change: Pick<Change, 'handlers' | 'tree'>): void {
    this.#known = { ...this.#known, ...change };
  }

  leftOut(path: string, reason: string, context: Context | null = null): FileSites {
    const notAnalysed: NotAnalysed[] = [{ range: null, function: null, reason }];
    return { ...this.#about(path, context), sites: [], findings: [], notAnalysed };
  }

  async *files(paths: readonly string[], isShown: (file: FileSites) => boolean): AsyncGenerator<FileSites> {
    const { at, signal, quiet, onProgress } = this.#options;
    this.#total += paths.length;
    for (const path of paths) {
      signal.throwIfAborted();
      const file = await this.#file(path);
      if (isShown(file)) yield file;
      this.#count++;
      // Of a search that finds them bit by bit, how many were read has been told.
      if (this.#count % 16 === 0 && !('below' in at && at.below)) onProgress(this.#count, this.#total);
      await quiet.wait();
    }
  }

  /** Those files again of which other files have something to tell. */
  async *again(): AsyncGenerator<FileSites> {
    for (const files of this.#byKernel()) {
      const [first] = files;
      if (first === undefined) continue;
      const { kernel, tree } = first.context;
      const asked = uniteAsked(files.map(file => file.asked));
      const known = await this.#options.learn(asked, kernel, tree?.root ?? null);
      this.#options.signal.throwIfAborted();
      this.knows({ tree: known });
      const concerned: string[] = [];
      for (const { path, asked: own } of files) {
        if (answersAny(known, own) || namesStoredField(known, path, (await this.#text(path)) ?? '')) {
          concerned.push(path);
        }
      }
      yield* this.files(concerned, () => true);
      this.knows({ tree: NO_KNOWLEDGE });
    }
  }

  /** Files of different trees, and those that are read for different releases, tell each other nothing. */
  #byKernel(): readonly (readonly Done[])[] {
    const groups = new Map<string, Done[]>();
    for (const file of this.#done.values()) {
      const key = `${file.context.kernel.text}\0${file.context.tree?.root ?? ''}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [file]);
      else group.push(file);
    }
    return [...groups.values()];
  }

  async #file(path: string): Promise<FileSites> {
    const { contextOf, findings, parser, log } = this.#options;
    const uri = uriOf(path);
    const context = await contextOf(uri);
    const text = await this.#text(path);
    if (text === null) return this.leftOut(path, 'cannot be read', context);
    const { kernel, settings } = context;
    try {
      // With a memory of its own, which goes with the file: that of the open documents stays theirs.
      const host = new AnalysisHost({ parser: parser.fork(), log });
      host.applyChange({ ...this.#known, files: [{ path, text, version: 1, kernel, settings }] });
      const analysis = host.snapshot();
      const contents = contentsOf(analysis, path, findings);
      this.#done.set(path, { path, asked: analysis.asked(path), context });
      return { ...this.#about(path, context), ...contents };
    } catch (error) {
      log.error(`${path}: the analysis failed: ${String(error)}`);
      return this.leftOut(path, 'the analysis failed; see the log', context);
    }
  }

  async #text(path: string): Promise<string | null> {
    const { openText, runtime } = this.#options;
    return openText(path) ?? (await runtime.readText(path));
  }

  #about(path: string, context: Context | null): Pick<FileSites, 'uri' | 'path' | 'release'> {
    const { at } = this.#options;
    const below = 'folder' in at && path.startsWith(`${at.folder}/`);
    return {
      uri: uriOf(path),
      path: below ? path.slice(at.folder.length + 1) : path.slice(path.lastIndexOf('/') + 1),
      release: context?.kernel.release ?? null,
    };
  }
}

/** What the analysis says of a file that it has, with the findings of the rules if they are wanted. */
export function contentsOf(
  analysis: Analysis,
  path: string,
  findings: boolean,
): Pick<FileSites, 'sites' | 'findings' | 'notAnalysed'> {
  const lines = analysis.lines(path);
  const { release } = analysis.kernel(path);
  const { sites, notAnalysed } = analysis.sites(path);
  const found = findings ? analysis.diagnostics(path) : [];
  return {
    sites: sites.map(site => toSite(site, release, lines)),
    findings: found.map(each => {
      return toFinding(each, analysis.enclosing(path, each.span.start).function, lines);
    }),
    notAnalysed: notAnalysed.map(({ function: name, span, reason }) => {
      return { range: rangeOf(span, lines), function: name, reason };
    }),
  };
}
