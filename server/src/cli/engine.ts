/** The engine of a scan, for the files of one thread: reads them, then analyses them with what others found. */

import { CORE_HANDLERS } from '../../../kernel/src/index.js';
import { type HandlerOp, installedHandlers } from '../analysis/index.js';
import type { RuleLevel, Settings } from '../config/index.js';
import { AnalysisHost, type KernelChoice } from '../ide/index.js';
import { createParser, readSource, releasesAt, type SourceFile } from '../syntax/index.js';
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

interface Held {
  readonly scan: ScanFile;
  readonly text: string;
  readonly note: string | null;
}

/** Reads and analyses files in one thread. */
export class ScanEngine {
  readonly #request: ScanRequest;
  readonly #host: AnalysisHost;
  #held: Held[] = [];
  readonly #log: string[] = [];

  private constructor(request: ScanRequest, host: (log: (message: string) => void) => AnalysisHost) {
    this.#request = request;
    this.#host = host(message => this.#log.push(message));
  }

  /** Rejects if the parser cannot be started. */
  static async create(request: ScanRequest, wasm: ParserWasm): Promise<ScanEngine> {
    const parser = await createParser(wasm);
    return new ScanEngine(request, log => {
      return new AnalysisHost({ parser, log: { info: () => {}, warn: log, error: log } });
    });
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
      this.#held.push({ scan, text: read.text, note: read.note });
      if (!read.text.includes('vm_operations_struct')) continue;
      for (const { name, op, isStatic } of installedHandlers(readSource(read.text))) {
        if (!isStatic && !CORE_HANDLERS.has(name)) handlers.set(name, op);
      }
    }
    return { handlers: [...handlers], problems };
  }

  /** Analyses what was read since the last call, knowing the handlers that other files install. */
  analyse(handlers: ReadonlyMap<string, HandlerOp>): FileReport[] {
    const held = this.#held;
    this.#held = [];
    const { rules } = this.#request;
    this.#host.applyChange({ handlers, ...(rules === null ? {} : { settings: rules }) });
    return held.map(one => {
      const report = mergeReports(one.scan.kernels.map(kernel => this.#analyseFor(one, kernel)));
      const [kernel] = one.scan.kernels;
      // A scan asks once: what was analysed need not be kept.
      if (kernel !== undefined) {
        this.#host.applyChange({ files: [{ path: one.scan.inTree, text: null, version: 2, kernel }] });
      }
      return report;
    });
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
