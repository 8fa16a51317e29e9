/** One version of one file, read for one release: every answer derived from it is computed once, when asked for. */

import type { Profile } from '../../../kernel/src/index.js';
import {
  type Asked,
  analyseFile,
  type CallSite,
  type FileAnalysis,
  filePagesOf,
  type HandlerOp,
  type NotAnalysed,
  type TreeKnowledge,
} from '../analysis/index.js';
import type { Settings } from '../config/index.js';
import { RULES, type RuleContext, type RuleFinding, runRules } from '../rules/index.js';
import { type KernelCParser, readSource, type SourceFile } from '../syntax/index.js';
import { profileOf, versionOf } from './kernelProfile.js';
import type { KernelChoice, Logger } from './types.js';

/** What a file is made of; see {@link AnalysedFile}. */
export interface FileInput {
  readonly path: string;
  readonly text: string;
  readonly version: number;
  readonly kernel: KernelChoice;
  readonly settings: Settings;
}

/** What all files share. */
export interface Shared {
  readonly parser: KernelCParser;
  readonly log: Logger;
  readonly handlers: ReadonlyMap<string, HandlerOp>;
  readonly tree: TreeKnowledge;
}

/**
 * Immutable to its users; results are kept. A failure of the engine is logged and costs the answers of this
 * version of this file, nothing else: no member throws.
 */
export class AnalysedFile {
  readonly input: FileInput;
  readonly profile: Profile;
  readonly #shared: Shared;
  #source: SourceFile | null = null;
  #analysis: FileAnalysis | null | undefined;
  #findings: readonly RuleFinding[] | null = null;
  #others: readonly AnalysedFile[] | null = null;

  constructor(input: FileInput, shared: Shared) {
    this.input = input;
    this.profile = profileOf(input.kernel);
    this.#shared = shared;
  }

  /**
   * The same file with other circumstances. What was read of the text is kept, and what was concluded from it
   * where neither the kernel nor what is known of other files differs.
   */
  with(input: Pick<FileInput, 'kernel' | 'settings'>, shared: Shared): AnalysedFile {
    const next = new AnalysedFile({ ...this.input, ...input }, shared);
    // A file with conditions on the version reads differently for another one.
    if (this.#source?.versioned === true && input.kernel.text !== this.input.kernel.text) return next;
    next.#source = this.#source;
    const sameTree = shared.handlers === this.#shared.handlers && shared.tree === this.#shared.tree;
    if (sameTree && next.profile === this.profile) {
      next.#analysis = this.#analysis;
      next.#findings = this.#findings;
    }
    return next;
  }

  get source(): SourceFile {
    this.#source ??= readSource(this.input.text, { version: versionOf(this.input.kernel) });
    return this.#source;
  }

  /** null if the engine failed on this file; that is logged. */
  get analysis(): FileAnalysis | null {
    if (this.#analysis === undefined) {
      try {
        const { parser, handlers, tree } = this.#shared;
        const { path } = this.input;
        this.#analysis = analyseFile(this.source, parser, this.profile, { handlers, tree, path });
      } catch (error) {
        this.log.error(`${this.input.path}: the analysis failed: ${describeError(error)}`);
        this.#analysis = null;
      }
    }
    return this.#analysis;
  }

  /**
   * The branches that conditions on the version rule out for the release of this file: each as a file of the nearest
   * release that reads it, of which nothing but those branches is answered.
   */
  get others(): readonly AnalysedFile[] {
    this.#others ??= (this.analysis?.others ?? []).map(analysis => {
      const { release } = analysis.profile;
      const note = `this branch is not read in Linux ${this.profile.release}`;
      const kernel: KernelChoice = { release, text: release, source: this.input.kernel.source, note };
      const other = new AnalysedFile({ ...this.input, kernel }, this.#shared);
      other.#source = analysis.source;
      other.#analysis = analysis;
      return other;
    });
    return this.#others;
  }

  /** The file as it is to be asked about an offset: of another release in a branch that is ruled out in this one. */
  at(offset: number): AnalysedFile {
    return this.others.find(other => other.analysis?.covers(offset)) ?? this;
  }

  /** What it asked of other files; null if the engine failed. */
  get asked(): Asked | null {
    const { analysis } = this;
    try {
      if (analysis !== null) filePagesOf(analysis).tellStoredFields();
    } catch (error) {
      this.log.error(`${this.input.path}: the fields were not looked at: ${describeError(error)}`);
    }
    return analysis?.asked ?? null;
  }

  get sites(): readonly CallSite[] {
    return this.analysis?.sites ?? [];
  }

  get notAnalysed(): readonly NotAnalysed[] {
    return this.analysis?.notAnalysed ?? [];
  }

  /** What the rules report, before settings, with what comments silence; in order of position. */
  get findings(): readonly RuleFinding[] {
    if (this.#findings === null) {
      const file = this.analysis;
      const { path } = this.input;
      this.#findings =
        file === null
          ? []
          : runRules(this.#ruleContext(file), RULES, (rule, error) =>
              this.log.error(`${path}: the rule ${rule.id} failed: ${describeError(error)}`),
            ).filter(finding => file.covers(finding.span.start));
    }
    return this.#findings;
  }

  #ruleContext(file: FileAnalysis): RuleContext {
    const { path, kernel } = this.input;
    const declared = kernel.tree?.functions;
    return {
      file,
      profile: this.profile,
      path,
      assumed: kernel.source === 'default',
      ...(declared === undefined ? {} : { declared }),
    };
  }

  get log(): Logger {
    return this.#shared.log;
  }

  get settings(): Settings {
    return this.input.settings;
  }

  /** The text of a range, as its author wrote it. */
  textOf(span: { readonly start: number; readonly end: number }): string {
    return this.input.text.slice(span.start, span.end);
  }

  /** One-based line of an offset, as people count. */
  lineOf(offset: number): number {
    return this.source.lines.positionAt(offset).line + 1;
  }
}

function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
