/** The engine of a scan, for the files of one thread: reads them, then analyses them with what others found. */

import { CORE_HANDLERS } from '../../../kernel/src/index.js';
import { type HandlerOp, installedHandlers } from '../analysis/index.js';
import type { Settings } from '../config/index.js';
import { AnalysisHost, type KernelChoice } from '../ide/index.js';
import { createParser, readSource } from '../syntax/index.js';
import { type ParserWasm, readTextFile } from '../workspace/index.js';
import { type FileReport, lintFinding, notAnalysedRow } from './report.js';
import { siteRow } from './siteRow.js';

/** A file to scan. */
export interface ScanFile {
  /** The name to report. */
  readonly file: string;
  readonly absolute: string;
  /** The path in its kernel tree, or as reported: the rules ask whether a file is of mm/. */
  readonly inTree: string;
  readonly kernel: KernelChoice;
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
      const read = readTextFile(scan.absolute);
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
    return held.map(({ scan, text, note }) => {
      const path = scan.inTree;
      this.#host.applyChange({ files: [{ path, text, version: 1, kernel: scan.kernel }] });
      const analysis = this.#host.snapshot();
      const lines = analysis.lines(path);
      const { sites, notAnalysed } = analysis.sites(path);
      const diagnostics = rules === null ? [] : analysis.diagnostics(path);
      const report: FileReport = {
        file: scan.file,
        kernel: scan.kernel,
        note,
        sites: sites.map(site => siteRow(scan.file, site, lines)),
        findings: diagnostics.map(diagnostic => lintFinding(scan.file, text, lines, diagnostic)),
        notAnalysed: notAnalysed.map(item => notAnalysedRow(scan.file, lines, item)),
      };
      // A scan asks once: what was analysed need not be kept.
      this.#host.applyChange({ files: [{ path, text: null, version: 2, kernel: scan.kernel }] });
      return report;
    });
  }

  /** What the engine complained of (a rule that failed) since the last call. */
  takeLog(): string[] {
    return this.#log.splice(0);
  }
}
