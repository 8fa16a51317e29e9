/** `lint --baseline FILE`: findings that are known and not reported again. */

import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { reasonOf } from '../workspace/index.js';
import { contextKey } from './findingKey.js';
import { UsageError } from './io.js';
import type { LintFinding } from './report.js';

/** One line of a baseline. */
interface BaselineEntry {
  /** Relative to the directory of the baseline, with `/`. */
  readonly file: string;
  readonly rule: string;
  /** For people: the key has it too. */
  readonly function: string | null;
  readonly key: string;
  readonly count: number;
}

const FORM = 1;

/** A baseline file. */
export class Baseline {
  readonly #path: string;
  readonly #given: string;
  readonly #cwd: string;

  /** @param given the file as the user named it, from `cwd` */
  constructor(given: string, cwd: string) {
    this.#given = given;
    this.#cwd = cwd;
    this.#path = resolve(cwd, given);
  }

  /**
   * Which findings the file has: as often as it has them, in order.
   *
   * @param files the names of all files looked at: of other files nothing is said in `gone`
   * @throws UsageError if it cannot be read or is no baseline
   */
  known(
    findings: readonly LintFinding[],
    files: readonly string[],
  ): { readonly known: ReadonlySet<LintFinding>; readonly gone: number } {
    const left = new Map<string, number>();
    for (const { file, key, count } of this.#read()) left.set(`${file}\0${key}`, count);
    const known = new Set<LintFinding>();
    for (const finding of findings) {
      const id = `${this.#nameOf(finding.file)}\0${contextKey(finding)}`;
      const count = left.get(id) ?? 0;
      if (count === 0) continue;
      known.add(finding);
      left.set(id, count - 1);
    }
    const looked = new Set(files.map(file => this.#nameOf(file)));
    let gone = 0;
    for (const [id, count] of left) if (looked.has(id.slice(0, id.indexOf('\0')))) gone += count;
    return { known, gone };
  }

  /**
   * Writes the file anew: these findings, and what it had of files that were not looked at.
   *
   * @param files the names of all files looked at
   * @returns the number of findings it has now
   * @throws UsageError if it cannot be written, or what is there is no baseline
   */
  write(findings: readonly LintFinding[], files: readonly string[]): number {
    const looked = new Set(files.map(file => this.#nameOf(file)));
    const entries = new Map<string, BaselineEntry>();
    for (const entry of this.#read(true)) {
      if (!looked.has(entry.file)) entries.set(`${entry.file}\0${entry.key}`, entry);
    }
    for (const finding of findings) {
      const { rule, function: name } = finding;
      const file = this.#nameOf(finding.file);
      const key = contextKey(finding);
      const count = (entries.get(`${file}\0${key}`)?.count ?? 0) + 1;
      entries.set(`${file}\0${key}`, { file, rule, function: name, key, count });
    }
    // One a line, in an order of its own: a difference of two baselines is readable.
    const lines = [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => JSON.stringify(entry));
    const text = `{"gupLensBaseline": ${FORM}, "findings": [${lines.map(line => `\n  ${line}`).join(',')}\n]}\n`;
    try {
      writeFileSync(this.#path, text);
    } catch (error) {
      throw new UsageError(`--baseline ${this.#given}: it cannot be written: ${reasonOf(error).reason}`);
    }
    return [...entries.values()].reduce((sum, { count }) => sum + count, 0);
  }

  #nameOf(file: string): string {
    return relative(dirname(this.#path), resolve(this.#cwd, file)).split(sep).join('/');
  }

  #read(mayBeMissing = false): readonly BaselineEntry[] {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (mayBeMissing && (error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      const { reason } = reasonOf(error);
      throw new UsageError(
        `--baseline ${this.#given}: ${reason}; --write-baseline with it writes one of the findings there are now`,
      );
    }
    const entries = entriesOf(text);
    if (entries === null) {
      throw new UsageError(
        `--baseline ${this.#given}: this is no baseline of this version; write it anew with --write-baseline after removing it`,
      );
    }
    return entries;
  }
}

/** The entries of a baseline; null if the text is none. */
function entriesOf(text: string): readonly BaselineEntry[] | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  const { gupLensBaseline, findings } = (parsed ?? {}) as { gupLensBaseline?: unknown; findings?: unknown };
  if (gupLensBaseline !== FORM || !Array.isArray(findings)) return null;
  const isEntry = (value: unknown): value is BaselineEntry => {
    const { file, key, count } = (value ?? {}) as Partial<Record<keyof BaselineEntry, unknown>>;
    return typeof file === 'string' && typeof key === 'string' && Number.isInteger(count);
  };
  return findings.every(isEntry) ? findings : null;
}
