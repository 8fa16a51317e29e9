/** `gup-lens sites` as a table for a terminal, grouped by directory. */

import { posix } from 'node:path';
import { oldestFirst } from '../../../kernel/src/index.js';
import { flagsInShort, lockInShort, releaseInShort } from '../ide/index.js';
import type { Style } from './io.js';
import { releasesLabel } from './lintReport.js';
import type { SiteRow } from './siteRow.js';

/** What is said of a site beside its place: lines of words, to be wrapped. */
function details(row: SiteRow): string[][] {
  if (row.kind === 'handler') {
    return [[row.role === 'install' ? `handler of .${row.op}` : `handler of .${row.op}, called by name`]];
  }
  const lines: string[][] = [];
  const flags = flagsInShort(row);
  if (flags.length > 0) lines.push(flags);
  for (const clause of row.overrides ?? []) lines.push(['overrides:', ...clause.split(' ')]);
  const release = releaseInShort(row);
  if (release !== '') lines.push([`release: ${release}`]);
  return lines;
}

function wrap(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '') lines.push(line);
  return lines;
}

/**
 * The table, ending in a line end; '' for no rows. Rows keep their order; a heading comes before each directory.
 *
 * @param columns width to keep to, as far as names allow
 * @param asked the releases of `--kernel`, in order
 */
export function sitesTable(
  rows: readonly SiteRow[],
  columns: number,
  style: Style,
  asked: readonly string[] = [],
): string {
  const out: string[] = [];
  for (const [directory, group] of byDirectory(oneForEachLook(rows))) {
    if (out.length > 0) out.push('');
    out.push(style.bold(`${directory}/`));
    const places = group.map(row => `${posix.basename(row.file)}:${row.line}`);
    const locks = group.map(lockInShort);
    const placeWidth = Math.max(...places.map(text => text.length));
    const lockWidth = Math.max(...locks.map(text => text.length));
    const middle = Math.max(20, columns - placeWidth - lockWidth - 6);
    group.forEach((row, index) => {
      const place = (places[index] ?? '').padEnd(placeWidth);
      const lock = locks[index] ?? '';
      const call = row.callee.padEnd(lock === '' ? 0 : middle);
      out.push(`  ${place}  ${style.info(call)}${lock === '' ? '' : `  ${lock}`}`);
      const indent = ' '.repeat(placeWidth + 6);
      const width = Math.max(20, columns - indent.length);
      const label = releasesLabel(row, asked).trim();
      const where = [
        ...(label === '' ? [] : [label]),
        ...(row.function === null ? [] : [`in ${row.function}`]),
      ];
      for (const words of [where, ...details(row)]) {
        for (const line of wrap(words, width)) out.push(style.dim(indent + line));
      }
    });
  }
  return out.length === 0 ? '' : `${out.join('\n')}\n`;
}

/** Rows of several releases that would look the same here, though not in JSON, are one row for all of these. */
function oneForEachLook(rows: readonly SiteRow[]): readonly SiteRow[] {
  const looks = new Map<string, SiteRow>();
  if (rows.every(row => row.releases === undefined)) return rows;
  for (const row of rows) {
    const { file, line, column, callee } = row;
    const key = JSON.stringify([file, line, column, callee, row.function, lockInShort(row), details(row)]);
    const known = looks.get(key);
    const releases = oldestFirst([...(known?.releases ?? []), ...(row.releases ?? [])]);
    looks.set(key, known === undefined ? row : { ...known, releases });
  }
  return [...looks.values()];
}

function byDirectory(rows: readonly SiteRow[]): Map<string, SiteRow[]> {
  const groups = new Map<string, SiteRow[]>();
  for (const row of rows) {
    const directory = posix.dirname(row.file);
    const group = groups.get(directory);
    if (group === undefined) groups.set(directory, [row]);
    else group.push(row);
  }
  return groups;
}

/** `465 sites in 170 files: 126 gup, 103 unpin, 63 fault-entry, 173 handler`. A place counts once for all releases. */
export function sitesSummary(every: readonly SiteRow[]): string {
  const kinds = new Map<string, number>();
  const rows = [
    ...new Map(every.map(row => [`${row.file}:${row.line}:${row.column}:${row.kind}`, row])).values(),
  ];
  for (const row of rows) kinds.set(row.kind, (kinds.get(row.kind) ?? 0) + 1);
  const files = new Set(rows.map(row => row.file)).size;
  const parts = [...kinds].map(([kind, count]) => `${count} ${kind}`);
  return `${rows.length} ${rows.length === 1 ? 'site' : 'sites'} in ${files} ${files === 1 ? 'file' : 'files'}${
    parts.length > 0 ? `: ${parts.join(', ')}` : ''
  }`;
}
