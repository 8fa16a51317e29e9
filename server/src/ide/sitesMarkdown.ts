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

/**
 * The table, with its heading, ending in a line end; '' for no rows. A column in which no row has anything is left out.
 */
export function sitesMarkdown(sites: readonly MarkdownSite[]): string {
  if (sites.length === 0) return '';
  const columns = COLUMNS.filter(({ cell }) => sites.some(site => cell(site) !== ''));
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return [
    line(columns.map(({ heading }) => heading)),
    line(columns.map(() => '---')),
    ...sites.map(site => line(columns.map(({ cell }) => cell(site)))),
  ].join('');
}

interface Column {
  readonly heading: string;
  readonly cell: (site: MarkdownSite) => string;
}

const COLUMNS: readonly Column[] = [
  { heading: 'Site', cell: ({ file, line }) => code(`${file}:${line}`) },
  { heading: 'In', cell: ({ function: name }) => (name === null ? '' : code(name)) },
  { heading: 'Call', cell: ({ callee, op }) => code(callee) + (op === undefined ? '' : ` as \`.${op}\``) },
  { heading: 'Flags', cell: site => code(flagsInShort(site).join(' ')) },
  { heading: 'mmap_lock', cell: site => plain(lockInShort(site)) },
  { heading: 'Release', cell: site => releaseInShort(site).replace(/^[^ ]+/, code) },
  { heading: 'Notes', cell: ({ notes }) => plain(notes.join('; ')) },
];

/** As code: a backtick of the source would end it, a bar would end the cell. */
function code(text: string): string {
  return text === '' ? '' : `\`${text.replaceAll('`', "'").replaceAll('|', '\\|')}\``;
}

function plain(text: string): string {
  return text.replace(/[\\`*|<[]/g, '\\$&');
}
