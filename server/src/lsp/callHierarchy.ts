/** Who reaches a call of the family: from its function through its callers in the tree up to the entry points. */

import {
  type CallHierarchyIncomingCall,
  type CallHierarchyItem,
  type CallHierarchyOutgoingCall,
  type Connection,
  SymbolKind,
} from 'vscode-languageserver';
import { SITE_FUNCTIONS } from '../../../kernel/src/index.js';
import { versionOf } from '../ide/index.js';
import type { Span } from '../syntax/ast.js';
import {
  callTokens,
  type FunctionItem,
  type LineIndex,
  readSource,
  type SourceFile,
  type Use,
  usesOf,
} from '../syntax/index.js';
import type { Dispatcher } from './dispatch.js';
import { pathOf } from './fromProto.js';
import type { OpenDocuments, Prepared } from './openDocuments.js';
import type { Runtime } from './runtime.js';
import { rangeOf, uriOf } from './toProto.js';

/** What the requests are answered with. */
export interface CallHierarchyOptions {
  readonly connection: Connection;
  readonly dispatcher: Dispatcher;
  readonly documents: OpenDocuments;
  readonly runtime: Runtime;
}

/** What an item carries for the next question; a client gives it back as it came. */
interface ItemData {
  /** Whose callers are asked for: a function, or a macro. null: an entry point, which nothing in the tree calls by name. */
  readonly callee: string | null;
  /** Only its own file can name it. */
  readonly isLocal: boolean;
  /** The item is a call itself, and this function holds it. */
  readonly isCall: boolean;
}

/** A file as it is looked through. */
interface Looked {
  readonly uri: string;
  /** From the top of the tree. */
  readonly shownPath: string;
  readonly file: SourceFile;
  readonly lines: LineIndex;
}

const ENTRY: ItemData = { callee: null, isLocal: true, isCall: false };

/**
 * Installs the handlers of the call hierarchy. It begins at calls of the family alone; the hierarchies of other functions are
 * left to other servers. Callers are found by name in the text of the tree, in every branch of every `#if`.
 */
export function registerCallHierarchy(options: CallHierarchyOptions): void {
  const { connection, dispatcher } = options;
  const { callHierarchy } = connection.languages;
  callHierarchy.onPrepare(
    dispatcher.about(
      'textDocument/prepareCallHierarchy',
      null as CallHierarchyItem[] | null,
      (document, { position }) => callAt(document, document.lines.offsetAt(position)),
    ),
  );
  callHierarchy.onIncomingCalls(({ item }, token) =>
    dispatcher.run('callHierarchy/incomingCalls', [] as CallHierarchyIncomingCall[], token, async () => {
      const stop = new AbortController();
      const listener = token.onCancellationRequested(() => stop.abort());
      try {
        return await callersOf(item, options, stop.signal);
      } finally {
        listener.dispose();
      }
    }),
  );
  callHierarchy.onOutgoingCalls(({ item }, token) =>
    dispatcher.run('callHierarchy/outgoingCalls', [] as CallHierarchyOutgoingCall[], token, () =>
      familyCallsOf(item, options),
    ),
  );
}

/** The call of the family whose name is at an offset, or else the first that begins on its line. */
function callAt(
  { analysis, path, uri, lines, context }: Prepared,
  offset: number,
): CallHierarchyItem[] | null {
  if (!context.settings.navigationEnable) return null;
  const sites = analysis
    .sites(path)
    .sites.filter(({ kind, function: name }) => kind !== 'handler' && name !== null);
  const { line } = lines.positionAt(offset);
  const site =
    sites.find(({ span }) => span.start <= offset && offset <= span.end) ??
    sites.find(({ span }) => lines.positionAt(span.start).line === line);
  if (site === undefined) return null;
  const data: ItemData = { callee: site.function, isLocal: true, isCall: true };
  return [
    {
      name: site.callee,
      kind: SymbolKind.Function,
      detail: `called in ${site.function}()`,
      uri,
      range: rangeOf(site.callSpan, lines),
      selectionRange: rangeOf(site.span, lines),
      data,
    },
  ];
}

async function callersOf(
  item: CallHierarchyItem,
  options: CallHierarchyOptions,
  signal: AbortSignal,
): Promise<CallHierarchyIncomingCall[]> {
  const data = dataOf(item);
  if (data.callee === null) return [];
  const own = await look(pathOf(item.uri), item.uri, options);
  if (data.isCall) {
    const at = own?.lines.offsetAt(item.selectionRange.start) ?? 0;
    const around = own?.file.functions.find(({ body }) => body.start <= at && at < body.end);
    if (own === null || around === undefined) return [];
    return [{ from: functionItem(around, own), fromRanges: [item.selectionRange] }];
  }
  const { tree } = await options.documents.context(item.uri);
  const everywhere = !data.isLocal && tree !== null && options.runtime.isOnDisk(item.uri);
  const { paths } = everywhere
    ? await options.runtime.findCandidates(tree.searched, [data.callee], signal)
    : { paths: [] };
  const found: CallHierarchyIncomingCall[] = [];
  for (const path of new Set([pathOf(item.uri), ...paths])) {
    signal.throwIfAborted();
    const isOwn = path === pathOf(item.uri);
    const looked = isOwn ? own : await look(path, uriOf(path), options);
    if (looked === null) continue;
    // Another function of that name.
    if (!isOwn && looked.file.functions.some(({ name }) => name === data.callee)) continue;
    found.push(...callsIn(looked, usesOf(looked.file, data.callee)));
    await options.runtime.yield();
  }
  return found;
}

/** The uses of a function in one file, those of one caller together. */
function callsIn(looked: Looked, uses: readonly Use[]): CallHierarchyIncomingCall[] {
  const byCaller = new Map<string, CallHierarchyIncomingCall>();
  for (const use of uses) {
    const key =
      use.kind === 'call'
        ? `${use.function.nameSpan.start}`
        : `${use.kind} ${use.kind === 'macro' ? use.macro : use.through}`;
    const fromRange = rangeOf(use.span, looked.lines);
    const before = byCaller.get(key);
    if (before !== undefined) before.fromRanges.push(fromRange);
    else byCaller.set(key, { from: userItem(use, looked), fromRanges: [fromRange] });
  }
  return [...byCaller.values()];
}

function userItem(use: Use, looked: Looked): CallHierarchyItem {
  switch (use.kind) {
    case 'call':
      return functionItem(use.function, looked);
    case 'macro': {
      const data = { callee: use.macro, isLocal: !isHeader(looked.uri), isCall: false };
      return item(use.macro, SymbolKind.Constant, use.nameSpan, use.nameSpan, 'macro', data, looked);
    }
    case 'pointer': {
      const where = use.function === null ? 'by pointer' : `by pointer, in ${use.function.name}()`;
      return item(use.through, SymbolKind.Field, use.span, use.span, where, ENTRY, looked);
    }
  }
}

function functionItem(fn: FunctionItem, looked: Looked): CallHierarchyItem {
  // What a macro such as SYSCALL_DEFINE3 defines is called by nobody under the name that is written.
  if (fn.macro !== null) return item(fn.name, SymbolKind.Event, fn, fn.nameSpan, fn.macro, ENTRY, looked);
  const head = looked.file.text.slice(fn.start, fn.nameSpan.start);
  const isLocal = /\bstatic\b/.test(head) && !isHeader(looked.uri);
  const data = { callee: fn.name, isLocal, isCall: false };
  return item(fn.name, SymbolKind.Function, fn, fn.nameSpan, '', data, looked);
}

function item(
  name: string,
  kind: SymbolKind,
  { start, end }: Span,
  nameSpan: Span,
  what: string,
  data: ItemData,
  { uri, shownPath, lines }: Looked,
): CallHierarchyItem {
  const place = `${shownPath}:${lines.positionAt(nameSpan.start).line + 1}`;
  const detail = what === '' ? place : `${what} · ${place}`;
  const range = rangeOf({ start, end }, lines);
  return { name, kind, detail, uri, range, selectionRange: rangeOf(nameSpan, lines), data };
}

async function familyCallsOf(
  caller: CallHierarchyItem,
  options: CallHierarchyOptions,
): Promise<CallHierarchyOutgoingCall[]> {
  if (dataOf(caller).isCall) return [];
  const looked = await look(pathOf(caller.uri), caller.uri, options);
  if (looked === null) return [];
  const at = looked.lines.offsetAt(caller.selectionRange.start);
  const isOf = (index: number): boolean => looked.file.functions[index]?.nameSpan.start === at;
  const calls = callTokens(looked.file, new Set(SITE_FUNCTIONS.keys()));
  return calls
    .filter(call => isOf(call.function))
    .map(({ name, span }) => {
      const data = { ...ENTRY, callee: caller.name, isCall: true };
      const to = item(name, SymbolKind.Function, span, span, `called in ${caller.name}()`, data, looked);
      return { to, fromRanges: [to.selectionRange] };
    });
}

/** A file with what is not saved, read for its release; null if it cannot be read. */
async function look(path: string, uri: string, options: CallHierarchyOptions): Promise<Looked | null> {
  const text = options.documents.openText(path) ?? (await options.runtime.readText(path));
  if (text === null) return null;
  const { tree, kernel } = await options.documents.context(uri);
  const file = readSource(text, { version: versionOf(kernel) });
  const root = tree === null ? '' : `${tree.root}/`;
  const shownPath = path.startsWith(root) ? path.slice(root.length) : path;
  return { uri, shownPath, file, lines: file.lines };
}

function isHeader(uri: string): boolean {
  return uri.endsWith('.h');
}

/** What {@link ItemData} says; of an item that is not ours, nothing. */
function dataOf({ data }: CallHierarchyItem): ItemData {
  const given = data as Partial<Record<keyof ItemData, unknown>> | null | undefined;
  if (typeof given?.callee !== 'string') return ENTRY;
  return { callee: given.callee, isLocal: given.isLocal === true, isCall: given.isCall === true };
}
