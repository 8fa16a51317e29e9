/** The engine of a scan, for the files of one thread: reads them, then analyses them with what others found. */

import { CORE_HANDLERS } from '../../../kernel/src/index.js';
import {
  type Asked,
  answersAny,
  type FileKnowledge,
  type HandlerOp,
  installedHandlers,
  KnowledgeMemo,
  knowledgeOf,
  mayOffer,
  mayTellOfFields,
  NO_KNOWLEDGE,
  namesStoredField,
  type RoughOffers,
  roughOffers,
  type TreeKnowledge,
  uniteAsked,
} from '../analysis/index.js';
import type { RuleLevel, Settings } from '../config/index.js';
import { AnalysisHost, type KernelChoice, profileOf, versionOf } from '../ide/index.js';
import {
  createParser,
  type KernelCParser,
  readSource,
  releasesAt,
  type SourceFile,
} from '../syntax/index.js';
import { type ParserWasm, readTextFile } from '../workspace/index.js';
import { mergeReports } from './mergeReports.js';
import { type FileReport, lintFinding, notAnalysedRow } from './report.js';
import { siteRow } from './siteRow.js';

/** A file to scan. */
export interface ScanFile {
  /** The name to report. */
  readonly file: string;
  readonly absolute: string;
  /** The path in its kernel tree, or as reported: the rules ask whether a file is of mm/. */
  readonly inTree: string;
  /** What to read it for, oldest first; never empty. */
  readonly kernels: readonly KernelChoice[];
  /** What rules report as, by id, where the configuration of its project says so. */
  readonly levels: ReadonlyMap<string, RuleLevel>;
  /** The text to read in place of the file's. */
  readonly text?: string;
}

/** What a run wants to know; plain data. */
export interface ScanRequest {
  /** The settings to run the rules with; null: rules are not run. */
  readonly rules: Settings | null;
}

/** What reading files gave. */
export interface ReadResult {
  /** Handlers installed here that other files can call by name. */
  readonly handlers: readonly (readonly [name: string, op: HandlerOp])[];
  readonly problems: readonly { readonly path: string; readonly reason: string }[];
}

/** What analysing files gave. */
export interface AnalyseResult {
  readonly reports: readonly FileReport[];
  /** What the analyses asked that other files might answer. */
  readonly asked: Asked;
}

interface Held {
  readonly scan: ScanFile;
  readonly text: string;
  readonly note: string | null;
}

/** A file that was analysed, for when more is known of the others. */
interface Done extends Held {
  readonly asked: Asked;
  /** Read off the text when it is first asked for. */
  offers: RoughOffers | null;
  /** Made when it first has something to tell. */
  told: KnowledgeMemo | null;
}

/** Reads and analyses files in one thread. */
export class ScanEngine {
  readonly #request: ScanRequest;
  readonly #host: AnalysisHost;
  readonly #parser: KernelCParser;
  /** By path: what was read and not analysed yet. */
  readonly #held = new Map<string, Held>();
  readonly #done: Done[] = [];
  readonly #log: string[] = [];

  private constructor(request: ScanRequest, parser: KernelCParser) {
    this.#request = request;
    this.#parser = parser;
    const complain = (message: string): void => {
      this.#log.push(message);
    };
    this.#host = new AnalysisHost({ parser, log: { info: () => {}, warn: complain, error: complain } });
  }

  /** Rejects if the parser cannot be started. */
  static async create(request: ScanRequest, wasm: ParserWasm): Promise<ScanEngine> {
    return new ScanEngine(request, await createParser(wasm));
  }

  /** Reads files and keeps them for {@link analyse}. A file that cannot be read is a problem of the result. */
  read(files: readonly ScanFile[]): ReadResult {
    const handlers = new Map<string, HandlerOp>();
    const problems: { path: string; reason: string }[] = [];
    for (const scan of files) {
      const read = scan.text === undefined ? readTextFile(scan.absolute) : { text: scan.text, note: null };
      if ('reason' in read) {
        problems.push({ path: scan.file, reason: read.reason });
        continue;
      }
      this.#held.set(scan.absolute, { scan, text: read.text, note: read.note });
      if (!read.text.includes('vm_operations_struct')) continue;
      for (const { name, op, isStatic } of installedHandlers(readSource(read.text))) {
        if (!isStatic && !CORE_HANDLERS.has(name)) handlers.set(name, op);
      }
    }
    return { handlers: [...handlers], problems };
  }

  /**
   * Analyses files that were read, knowing the handlers that other files install.
   * @param files absolute paths; those that could not be read are left out
   */
  analyse(files: readonly string[], handlers: ReadonlyMap<string, HandlerOp>): AnalyseResult {
    const held = files.flatMap(file => this.#held.get(file) ?? []);
    for (const file of files) this.#held.delete(file);
    const { rules } = this.#request;
    this.#host.applyChange({ handlers, tree: NO_KNOWLEDGE, ...(rules === null ? {} : { settings: rules }) });
    const done = held.map(one => this.#analyse(one));
    for (const { file } of done) this.#done.push(file);
    return {
      reports: done.map(({ report }) => report),
      asked: uniteAsked(done.map(({ file }) => file.asked)),
    };
  }

  /** What the files that were analysed offer of what is wanted, knowing what others told so far. */
  learn(wanted: Asked, tree: TreeKnowledge): FileKnowledge[] {
    return this.#done.flatMap(file => {
      const { scan, text } = file;
      const [kernel, ...more] = scan.kernels;
      // What is read for several releases may be another thing for each.
      if (kernel === undefined || more.length > 0) return [];
      file.offers ??= roughOffers(text, scan.inTree);
      if (!mayOffer(file.offers, wanted) && !mayTellOfFields(scan.inTree, text, wanted)) return [];
      file.told ??= new KnowledgeMemo(scan.inTree, text);
      return [
        file.told.of(
          wanted,
          tree,
          () => readSource(text, { version: versionOf(kernel) }),
          source => knowledgeOf(source, scan.inTree, this.#parser, profileOf(kernel), wanted, tree),
        ),
      ];
    });
  }

  /** Analyses those files again that would have asked for something that is now known, and forgets all: the next are of another scan. */
  again(tree: TreeKnowledge): FileReport[] {
    this.#host.applyChange({ tree });
    const files = this.#done
      .splice(0)
      .filter(
        ({ scan, text, asked }) =>
          scan.kernels.length === 1 && (answersAny(tree, asked) || namesStoredField(tree, scan.inTree, text)),
      );
    return files.map(file => this.#analyse(file).report);
  }

  #analyse(held: Held): { readonly report: FileReport; readonly file: Done } {
    const { scan, text, note } = held;
    const report = mergeReports(scan.kernels.map(kernel => this.#analyseFor(held, kernel)));
    const asked = this.#host.snapshot().asked(scan.inTree);
    const [kernel] = scan.kernels;
    // What was analysed need not be kept: few files are looked at again.
    if (kernel !== undefined) {
      this.#host.applyChange({ files: [{ path: scan.inTree, text: null, version: 2, kernel }] });
    }
    return { report, file: { scan, text, note, asked, offers: null, told: null } };
  }

  #analyseFor({ scan, text, note }: Held, kernel: KernelChoice): FileReport {
    const path = scan.inTree;
    // The same text at the same version: what was read of it for another release is used again.
    const settings = this.#request.rules === null ? null : withLevels(this.#request.rules, scan.levels);
    const change = { path, text, version: 1, kernel, ...(settings === null ? {} : { settings }) };
    this.#host.applyChange({ files: [change] });
    const analysis = this.#host.snapshot();
    const lines = analysis.lines(path);
    const { sites, notAnalysed } = analysis.sites(path);
    const diagnostics =
      this.#request.rules === null ? [] : [...analysis.diagnostics(path), ...analysis.suppressed(path)];
    const wanted = standIns(text, scan.kernels);
    return {
      file: scan.file,
      kernels: [kernel],
      note,
      sites: sites
        .filter(site => site.otherRelease === undefined || wanted(site.span.start))
        .map(site => siteRow(scan.file, site, lines)),
      findings: diagnostics
        .filter(({ release, span }) => release === kernel.release || wanted(span.start))
        .map(diagnostic => {
          const enclosing = analysis.enclosing(path, diagnostic.span.start);
          const finding = lintFinding(scan.file, text, lines, diagnostic, enclosing);
          return finding.release === kernel.release ? finding : { ...finding, releases: [finding.release] };
        }),
      notAnalysed: notAnalysed.map(item => notAnalysedRow(scan.file, lines, item)),
    };
  }

  /** What the engine complained of (a rule that failed) since the last call. */
  takeLog(): string[] {
    return this.#log.splice(0);
  }
}

/** The settings of a run with the levels of a project under them: a rule that the run names is not off. */
function withLevels(settings: Settings, levels: ScanFile['levels']): Settings {
  if (levels.size === 0) return settings;
  const names = settings.diagnosticsRules.size > 0;
  const kept = [...levels].filter(([, level]) => !names || level !== 'off');
  return { ...settings, diagnosticsRules: new Map([...kept, ...settings.diagnosticsRules]) };
}

/**
 * Whether the code at an offset is to be answered for a release that was not asked for: only where no release that
 * was asked for reads it.
 */
function standIns(text: string, kernels: readonly KernelChoice[]): (offset: number) => boolean {
  if (kernels.length < 2) return () => true;
  let source: SourceFile | null = null;
  return offset => {
    source ??= readSource(text);
    const releases = releasesAt(source, offset) ?? [];
    return !kernels.some(({ release }) => releases.includes(release));
  };
}
