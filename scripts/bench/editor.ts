/** What an editor waits for, with the real server over stdio. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LspClient } from './lspClient.js';
import { currentRss, median, peakRss, quantile } from './processes.js';

/** Milliseconds, medians; MB for `rss`. */
export interface EditorTimes {
  readonly file: string;
  /** From starting the process to the answer of `initialize`. */
  readonly initialize: number;
  /** From starting the process to the diagnostics of a file that is opened at once, as when an editor starts. */
  readonly startToDiagnostics: number;
  /** From didOpen to the diagnostics of the first file of a server that has come to rest. */
  readonly openToDiagnostics: number;
  /** From didChange of one character to the diagnostics of that version, debounce included. */
  readonly editToDiagnostics: number;
  readonly hover: HoverTimes;
  /** With the table of simulated situations. */
  readonly hoverWithTable: HoverTimes;
  readonly inlayHints: number;
  readonly rss: number | null;
}

/** Milliseconds over all hovers of all starts, those that are the first at their place included. */
export interface HoverTimes {
  readonly median: number;
  readonly p99: number;
  readonly worst: number;
}

const STARTS = 3;
const EDITS = 11;
/** Hovers of each kind at each start. */
const HOVERS = 100;

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
  const first: number[] = [];
  const open: number[] = [];
  const edit: number[] = [];
  const hovers = { bare: [] as number[], full: [] as number[] };
  const hints: number[] = [];
  const rss: number[] = [];
  const text = readFileSync(join(tree, file), 'utf8');
  const uri = pathToFileURL(join(tree, file)).href;
  for (let run = 0; run < STARTS; run++) {
    const opened = async (client: LspClient): Promise<void> => {
      const done = diagnosticsOf(client, uri, 1);
      client.notify('textDocument/didOpen', { textDocument: { uri, languageId: 'c', version: 1, text } });
      await done;
    };
    first.push(
      await timed(
        async () => {
          const early = new LspClient([process.execPath, server, '--stdio']);
          await start(early, tree);
          await opened(early);
          return early;
        },
        early => early.stop(),
      ),
    );
    const client = new LspClient([process.execPath, server, '--stdio']);
    const published = (version: number): Promise<void> => diagnosticsOf(client, uri, version);
    const rest = said(client, /^warmed up in /);
    initialize.push(await timed(() => start(client, tree)));
    await rest;
    open.push(await timed(() => opened(client)));
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
    for (const kind of ['bare', 'full'] as const) {
      const settings = { hover: { simulate: kind === 'full' } };
      client.notify('workspace/didChangeConfiguration', { settings });
      for (let i = 0; i < HOVERS && places.length > 0; i++) {
        const place = places[i % places.length] as HoverPlace;
        const position = { line: place.line - 1, character: place.column };
        const hover = (): Promise<unknown> =>
          client.request('textDocument/hover', { textDocument: { uri }, position });
        // Before the first, the file is read with the new settings.
        if (i === 0) await hover();
        hovers[kind].push(await timed(hover));
      }
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
    startToDiagnostics: median(first),
    openToDiagnostics: median(open),
    editToDiagnostics: median(edit),
    hover: hoverTimes(hovers.bare),
    hoverWithTable: hoverTimes(hovers.full),
    inlayHints: median(hints),
    rss: rss.length === 0 ? null : median(rss),
  };
}

/** Sends `initialize` as an editor does; settled when the server may be asked. */
async function start(client: LspClient, tree: string): Promise<void> {
  await client.request('initialize', {
    processId: process.pid,
    rootUri: pathToFileURL(tree).href,
    workspaceFolders: null,
    // No pull diagnostics, so that the server publishes them and its own debounce is in the figure.
    capabilities: { textDocument: { publishDiagnostics: { versionSupport: true } } },
  });
  client.notify('initialized', {});
}

function diagnosticsOf(client: LspClient, uri: string, version: number): Promise<void> {
  return client.notification((method, params) => {
    const about = params as { uri?: unknown; version?: unknown } | null;
    if (method !== 'textDocument/publishDiagnostics' || about?.uri !== uri) return false;
    return about.version === undefined || about.version === version;
  });
}

/** How long work in the background may take before the measurement is given up. Milliseconds. */
const BACKGROUND_TIMEOUT = 300_000;

/** Settled when the server has said something in its log. */
function said(client: LspClient, what: RegExp): Promise<void> {
  return client.notification((method, params) => {
    const { message } = params as { message?: unknown };
    return method === 'window/logMessage' && what.test(String(message));
  }, BACKGROUND_TIMEOUT);
}

function hoverTimes(times: readonly number[]): HoverTimes {
  return { median: median(times), p99: quantile(times, 0.99), worst: Math.max(...times) };
}

/** Memory of a server, MB; null where it cannot be read. */
export interface ServerMemory {
  readonly rss: number | null;
  readonly peak: number | null;
}

/** Memory of one server, with files open, as more is asked of it. */
export interface ServerMemories {
  /** The tree around the files is scanned, by itself. */
  readonly scanned: ServerMemory;
  /** All call sites of the tree were listed, as for the view. */
  readonly sites: ServerMemory;
  /** And all findings. */
  readonly findings: ServerMemory;
}

/** What a server takes that has some files open and has searched the tree around them. Rejects if it fails. */
export async function memoryWithFiles(
  server: string,
  tree: string,
  files: readonly string[],
): Promise<ServerMemories> {
  const client = new LspClient([process.execPath, server, '--stdio']);
  await start(client, tree);
  // The server says so in its log when the scan is over.
  const scanned = said(client, / files read in /);
  for (const file of files) {
    const uri = pathToFileURL(join(tree, file)).href;
    const done = diagnosticsOf(client, uri, 1);
    const text = readFileSync(join(tree, file), 'utf8');
    client.notify('textDocument/didOpen', { textDocument: { uri, languageId: 'c', version: 1, text } });
    await done;
  }
  await scanned;
  const now = (): ServerMemory => ({ rss: currentRss(client.pid), peak: peakRss(client.pid) });
  const listed = async (findings: boolean): Promise<ServerMemory> => {
    // The files come one by one, as a view takes them: an answer with all of them would be kept until it is sent.
    const params = { uri: pathToFileURL(tree).href, scope: 'here', findings, partialResultToken: 'bench' };
    await client.request('gupLens/sites', params);
    return now();
  };
  const memories = { scanned: now(), sites: await listed(false), findings: await listed(true) };
  await client.stop();
  return memories;
}

async function timed<T>(work: () => Promise<T>, end?: (made: T) => Promise<void>): Promise<number> {
  const started = performance.now();
  const made = await work();
  const took = performance.now() - started;
  await end?.(made);
  return took;
}
