/** One line of `gup-lens sites --format jsonl`. The order of the keys is part of the format. */

import type { Release } from '../../../kernel/src/index.js';
import type { CallSite, FlagsAtSite } from '../analysis/index.js';
import type { LineIndex } from '../syntax/index.js';

/** A row as written; docs/sites.md says what each key means. Lines and columns count from 1, columns in UTF-16. */
export interface SiteRow {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly function: string | null;
  readonly callee: string;
  readonly kind: CallSite['kind'];
  readonly role?: 'install' | 'direct-call';
  readonly op?: string;
  readonly flags: FlagsRow | null;
  readonly implied: readonly string[];
  readonly effective: readonly (readonly string[])[];
  readonly fault: readonly (readonly string[])[];
  readonly locked: { readonly text: string } | null;
  readonly lock: { readonly before: string; readonly after: string; readonly evidence: string };
  readonly release: {
    readonly how: readonly string[];
    readonly kind: string;
    readonly where: string | null;
    readonly checksShort: string;
  };
  /**
   * The releases that the row is for. Only there if several were asked for, or if a condition on the version rules
   * the code out for the one that was: then the nearest that reads it.
   */
  readonly releases?: readonly Release[];
  /** What FOLL_FORCE has this call do that it may not do without; only there with `--flag FOLL_FORCE`. */
  readonly overrides?: readonly string[];
}

export interface FlagsRow {
  readonly text: string;
  readonly namespace: FlagsAtSite['namespace'];
  readonly possible: readonly (readonly string[])[] | null;
  readonly must: readonly string[];
  readonly may: readonly string[];
  readonly from: FlagsAtSite['from'];
}

/** The row of a site; `file` is the name to report. Holds only plain data, so that it can cross threads. */
export function siteRow(file: string, site: CallSite, lines: LineIndex): SiteRow {
  const { line, character } = lines.positionAt(site.span.start);
  const { flags, handler } = site;
  return {
    file,
    line: line + 1,
    column: character + 1,
    function: site.function,
    callee: site.callee,
    kind: site.kind,
    ...(handler === null ? {} : { role: handler.role, op: handler.op }),
    flags:
      flags === null
        ? null
        : {
            text: flags.text,
            namespace: flags.namespace,
            possible: flags.possible,
            must: flags.must,
            may: flags.may,
            from: flags.from,
          },
    implied: site.implied,
    effective: site.effective,
    fault: site.fault,
    locked: site.locked === null ? null : { text: site.locked.text },
    lock: { before: site.lock.before, after: site.lock.after, evidence: site.lock.evidence },
    release: {
      how: site.release.how,
      kind: site.release.kind,
      where: site.release.where,
      checksShort: site.release.checksShort,
    },
    ...(site.otherRelease === undefined ? {} : { releases: [site.otherRelease] }),
  };
}

/** A row as a line of JSON, with its line end. */
export function siteRowLine(row: SiteRow): string {
  return `${JSON.stringify(row)}\n`;
}
