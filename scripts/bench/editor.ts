/** What an editor waits for, with the real server over stdio. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LspClient } from './lspClient.js';
import { currentRss, median } from './processes.js';

/** Milliseconds, medians; MB for `rss`. */
export interface EditorTimes {
  readonly file: string;
  /** From starting the process to the answer of `initialize`. */
  readonly initialize: number;
  /** From didOpen in a server that just started to its diagnostics. */
  readonly openToDiagnostics: number;
  /** From didChange of one character to the diagnostics of that version, debounce included. */
  readonly editToDiagnostics: number;
  readonly hover: number;
  /** The slowest hover. */
  readonly hoverWorst: number;
  readonly inlayHints: number;
  readonly rss: number | null;
}

const STARTS = 3;
const EDITS = 11;
const HOVERS = 40;

/** A place to hover over; lines and columns count from 1. */
export interface HoverPlace {
  readonly line: number;
  readonly column: number;
}

/** Times one file of a tree. Rejects if the server fails. */
export async function timeEditor(
  server: string,
  tree: string,
  file: string,
  places: readonly HoverPlace[],
): Promise<EditorTimes> {
  const initialize: number[] = [];
  const open: number[] = [];
  const edit: number[] = [];
  const hover: number[] = [];
  const hints: number[] = [];
  const rss: number[] = [];
  const text = readFileSync(join(tree, file), 'utf8');
  const uri = pathToFileURL(join(tree, file)).href;
  for (let start = 0; start < STARTS; start++) {
    const client = new LspClient([process.execPath, server, '--stdio']);
    const published = (version: number): Promise<void> =>
      client.notification((method, params) => {
        const about = params as { uri?: unknown; version?: unknown } | null;
        if (method !== 'textDocument/publishDiagnostics' || about?.uri !== uri) return false;
        return about.version === undefined || about.version === version;
      });
    initialize.push(
      await timed(() =>
        client.request('initialize', {
          processId: process.pid,
          rootUri: pathToFileURL(tree).href,
          workspaceFolders: null,
          // No pull diagnostics, so that the server publishes them and its own debounce is in the figure.
          capabilities: { textDocument: { publishDiagnostics: { versionSupport: true } } },
        }),
      ),
    );
    client.notify('initialized', {});
    open.push(
      await timed(async () => {
        const done = published(1);
        client.notify('textDocument/didOpen', { textDocument: { uri, languageId: 'c', version: 1, text } });
        await done;
      }),
    );
    // The line of a comment at the end of the file keeps the text valid; the column grows with each edit.
    const lines = text.split('\n').length;
    for (let version = 2; version < 2 + EDITS; version++) {
      edit.push(
        await timed(async () => {
          const done = published(version);
          const at = { line: lines - 1, character: 0 };
          const change = { range: { start: at, end: at }, text: version === 2 ? '/**/' : ' ' };
          client.notify('textDocument/didChange', {
            textDocument: { uri, version },
            contentChanges: [change],
          });
          await done;
        }),
      );
    }
    for (let i = 0; i < HOVERS && places.length > 0; i++) {
      const place = places[i % places.length] as HoverPlace;
      const position = { line: place.line - 1, character: place.column };
      hover.push(
        await timed(() => client.request('textDocument/hover', { textDocument: { uri }, position })),
      );
    }
    const range = { start: { line: 0, character: 0 }, end: { line: lines, character: 0 } };
    hints.push(await timed(() => client.request('textDocument/inlayHint', { textDocument: { uri }, range })));
    const resident = currentRss(client.pid);
    if (resident !== null) rss.push(resident);
    await client.stop();
  }
  return {
    file,
    initialize: median(initialize),
    openToDiagnostics: median(open),
    editToDiagnostics: median(edit),
    hover: median(hover),
    hoverWorst: Math.max(...hover),
    inlayHints: median(hints),
    rss: rss.length === 0 ? null : median(rss),
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
