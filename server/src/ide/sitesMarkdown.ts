/** Call sites as a table in Markdown: for a mail, an issue, a page of documentation. */

import { flagsInShort, lockInShort, releaseInShort, type SpokenSite } from './siteWords.js';

/** A row of the table. The line counts from 1. */
export interface MarkdownSite extends SpokenSite {
  readonly file: string;
  readonly line: number;
  /** null at file scope. */
  readonly function: string | null;
  readonly callee: string;
  /** Handlers only: the operation that they are installed as. */
  readonly op?: string | undefined;
  /** What the row is to say besides: the releases it is for, what a flag overrides. */
  readonly notes: readonly string[];
}

/** A finding for a table. The line counts from 1. */
export interface MarkdownFinding {
  readonly file: string;
  readonly line: number;
  /** null at file scope. */
  readonly function: string | null;
  readonly rule: string;
  readonly severity: string;
  readonly message: string;
}

/**
 * The table, with its heading, ending in a line end; '' for no rows. A column in which no row has anything is left out.
 */
export function sitesMarkdown(sites: readonly MarkdownSite[]): string {
  return table(sites, SITE_COLUMNS);
}

/** As {@link sitesMarkdown}, of what rules found. */
export function findingsMarkdown(findings: readonly MarkdownFinding[]): string {
  return table(findings, FINDING_COLUMNS);
}

interface Column<T> {
  readonly heading: string;
  readonly cell: (row: T) => string;
}

function table<T>(rows: readonly T[], all: readonly Column<T>[]): string {
  if (rows.length === 0) return '';
  const columns = all.filter(({ cell }) => rows.some(row => cell(row) !== ''));
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return [
    line(columns.map(({ heading }) => heading)),
    line(columns.map(() => '---')),
    ...rows.map(row => line(columns.map(({ cell }) => cell(row)))),
  ].join('');
}

const SITE_COLUMNS: readonly Column<MarkdownSite>[] = [
  { heading: 'Site', cell: ({ file, line }) => code(`${file}:${line}`) },
  { heading: 'In', cell: ({ function: name }) => (name === null ? '' : code(name)) },
  { heading: 'Call', cell: ({ callee, op }) => code(callee) + (op === undefined ? '' : ` as \`.${op}\``) },
  { heading: 'Flags', cell: site => code(flagsInShort(site).join(' ')) },
  { heading: 'mmap_lock', cell: site => plain(lockInShort(site)) },
  { heading: 'Release', cell: site => releaseInShort(site).replace(/^[^ ]+/, code) },
  { heading: 'Notes', cell: ({ notes }) => plain(notes.join('; ')) },
];

const FINDING_COLUMNS: readonly Column<MarkdownFinding>[] = [
  { heading: 'Place', cell: ({ file, line }) => code(`${file}:${line}`) },
  { heading: 'In', cell: ({ function: name }) => (name === null ? '' : code(name)) },
  { heading: 'Severity', cell: ({ severity }) => severity },
  { heading: 'Rule', cell: ({ rule }) => code(rule) },
  { heading: 'Finding', cell: ({ message }) => plain(message) },
];

/** As code: a backtick of the source would end it, a bar would end the cell. */
function code(text: string): string {
  return text === '' ? '' : `\`${text.replaceAll('`', "'").replaceAll('|', '\\|')}\``;
}

function plain(text: string): string {
  return text.replace(/[\\`*|<[]/g, '\\$&');
}
