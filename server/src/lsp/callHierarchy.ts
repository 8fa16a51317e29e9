/** Who reaches a call of the family: from its function through its callers in the tree up to the entry points. */

import {
  type CallHierarchyIncomingCall,
  type CallHierarchyItem,
  type CallHierarchyOutgoingCall,
  type Connection,
  SymbolKind,
} from 'vscode-languageserver';
import { SITE_FUNCTIONS } from '../../../kernel/src/index.js';
import {
  analyseFile,
  type FileAnalysis,
  type LeftToCaller,
  NOTHING_LEFT,
  type TreeKnowledge,
} from '../analysis/index.js';
import { profileOf, type ReachStep, stepAtCalls, stepAtSite } from '../ide/index.js';
import type { Span } from '../syntax/ast.js';
import { callTokens, type FunctionItem, isStatic, type KernelCParser, type Use } from '../syntax/index.js';
import { type Looked, look, usesInTree } from './callersInTree.js';
import type { Dispatcher } from './dispatch.js';
import { isHeader } from './linkage.js';
import type { OpenDocuments, Prepared } from './openDocuments.js';
import type { Runtime } from './runtime.js';
import type { Engine } from './server.js';
import { rangeOf } from './toProto.js';
import { withSignal } from './withSignal.js';

/** What the requests are answered with. */
export interface CallHierarchyOptions {
  readonly connection: Connection;
  readonly dispatcher: Dispatcher;
  readonly documents: OpenDocuments;
  readonly runtime: Runtime;
  readonly engine: Promise<Engine>;
  /** What the files of the tree are known to tell each other when a question comes. */
  readonly knowledge: () => TreeKnowledge;
}

/** What an item carries for the next question; a client gives it back as it came. */
interface ItemData {
  /** Whose callers are asked for: a function, or a macro. null: an entry point, which nothing in the tree calls by name. */
  readonly callee: string | null;
  /** Only its own file can name it. */
  readonly isLocal: boolean;
  /** The item is a call itself, and this function holds it. */
  readonly isCall: boolean;
  /** What the function leaves to its callers of what the call at the root needs. */
  readonly left: LeftToCaller;
}

const ENTRY: ItemData = { callee: null, isLocal: true, isCall: false, left: NOTHING_LEFT };

/**
 * Installs the handlers of the call hierarchy. It begins at calls of the family alone; the hierarchies of other functions are
 * left to other servers. Callers are found in the text of the tree by name and linkage, in every branch of every `#if`; what they
 * do about the flags and the lock of the call is told where the analysis knows it.
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
    dispatcher.run('callHierarchy/incomingCalls', [] as CallHierarchyIncomingCall[], token, () =>
      withSignal(token, signal => callersOf(item, options, signal)),
    ),
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
  const data: ItemData = { callee: site.function, isLocal: true, isCall: true, left: NOTHING_LEFT };
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
  const { callee, isLocal, isCall, left } = dataOf(item);
  if (callee === null) return [];
  const parser = (await options.engine).parser.fork();
  if (isCall) {
    const own = await look(item.uri, options);
    const at = own?.lines.offsetAt(item.selectionRange.start) ?? 0;
    const around = own?.file.functions.find(({ body }) => body.start <= at && at < body.end);
    if (own === null || around === undefined) return [];
    const step = stepAtSite(await analysed(own, parser, options), at);
    return [{ from: functionItem(around, own, step, ''), fromRanges: [item.selectionRange] }];
  }
  const found: CallHierarchyIncomingCall[] = [];
  for (const { looked, uses, otherDefinitions } of await usesInTree(
    { name: callee, uri: item.uri, isLocal },
    options,
    signal,
  )) {
    signal.throwIfAborted();
    const doubt = otherDefinitions === 0 ? '' : `perhaps: ${otherDefinitions + 1} files define ${callee}`;
    const asksMore = (left.mm !== null || left.flags !== null) && uses.some(({ kind }) => kind === 'call');
    const analysis = asksMore ? await analysed(looked, parser, options) : null;
    found.push(...callsIn(looked, uses, analysis, left, doubt));
    await options.runtime.yield();
  }
  return found;
}

/** A file as it is analysed for its own release; nothing of it is kept. */
async function analysed(
  { uri, path, file }: Looked,
  parser: KernelCParser,
  { documents, knowledge }: CallHierarchyOptions,
): Promise<FileAnalysis> {
  const { kernel } = await documents.context(uri);
  return analyseFile(file, parser, profileOf(kernel), { handlers: new Map(), tree: knowledge(), path });
}

/** The uses of a function in one file, those of one caller together. */
function callsIn(
  looked: Looked,
  uses: readonly Use[],
  analysis: FileAnalysis | null,
  left: LeftToCaller,
  doubt: string,
): CallHierarchyIncomingCall[] {
  const byCaller = new Map<string, [Use, ...Use[]]>();
  for (const use of uses) {
    const key =
      use.kind === 'call'
        ? `${use.function.nameSpan.start}`
        : `${use.kind} ${use.kind === 'macro' ? use.macro : use.through}`;
    const known = byCaller.get(key);
    if (known === undefined) byCaller.set(key, [use]);
    else known.push(use);
  }
  return [...byCaller.values()].map(group => {
    const offsets = group.map(({ span }) => span.start);
    const step = analysis === null ? NOTHING_KNOWN : stepAtCalls(analysis, offsets, left);
    return {
      from: userItem(group[0], looked, step, doubt),
      fromRanges: group.map(({ span }) => rangeOf(span, looked.lines)),
    };
  });
}

const NOTHING_KNOWN: ReachStep = { text: '', left: NOTHING_LEFT };

function userItem(use: Use, looked: Looked, step: ReachStep, doubt: string): CallHierarchyItem {
  switch (use.kind) {
    case 'call':
      return functionItem(use.function, looked, step, doubt);
    case 'macro': {
      const data = { ...ENTRY, callee: use.macro, isLocal: !isHeader(looked.uri) };
      return item(use.macro, SymbolKind.Constant, use.nameSpan, use.nameSpan, ['macro', doubt], data, looked);
    }
    case 'pointer': {
      const where = use.function === null ? 'entry point' : `entry point, set in ${use.function.name}()`;
      return item(use.through, SymbolKind.Field, use.span, use.span, [where, doubt], ENTRY, looked);
    }
  }
}

function functionItem(
  fn: FunctionItem,
  looked: Looked,
  { text, left }: ReachStep,
  doubt: string,
): CallHierarchyItem {
  if (fn.macro !== null) {
    // What a macro such as SYSCALL_DEFINE3 defines is called by nobody under the name that is written.
    const what = fn.macro.includes('SYSCALL_DEFINE') ? 'system call' : 'entry point';
    const words = [`${what}, ${fn.macro}`, doubt, text];
    return item(fn.name, SymbolKind.Event, fn, fn.nameSpan, words, ENTRY, looked);
  }
  const isLocal = isStatic(looked.file, fn) && !isHeader(looked.uri);
  const data = { callee: fn.name, isLocal, isCall: false, left };
  return item(fn.name, SymbolKind.Function, fn, fn.nameSpan, [doubt, text], data, looked);
}

function item(
  name: string,
  kind: SymbolKind,
  { start, end }: Span,
  nameSpan: Span,
  what: readonly string[],
  data: ItemData,
  { uri, shownPath, lines }: Looked,
): CallHierarchyItem {
  const place = `${shownPath}:${lines.positionAt(nameSpan.start).line + 1}`;
  const detail = [...what, place].filter(text => text !== '').join(' · ');
  const range = rangeOf({ start, end }, lines);
  return { name, kind, detail, uri, range, selectionRange: rangeOf(nameSpan, lines), data };
}

async function familyCallsOf(
  caller: CallHierarchyItem,
  options: CallHierarchyOptions,
): Promise<CallHierarchyOutgoingCall[]> {
  if (dataOf(caller).isCall) return [];
  const looked = await look(caller.uri, options);
  if (looked === null) return [];
  const at = looked.lines.offsetAt(caller.selectionRange.start);
  const isOf = (index: number): boolean => looked.file.functions[index]?.nameSpan.start === at;
  const calls = callTokens(looked.file, new Set(SITE_FUNCTIONS.keys()));
  return calls
    .filter(call => isOf(call.function))
    .map(({ name, span }) => {
      const data = { ...ENTRY, callee: caller.name, isCall: true };
      const to = item(name, SymbolKind.Function, span, span, [`called in ${caller.name}()`], data, looked);
      return { to, fromRanges: [to.selectionRange] };
    });
}

/** What {@link ItemData} says; of an item that is not ours, nothing. */
function dataOf({ data }: CallHierarchyItem): ItemData {
  const given = data as Partial<Record<keyof ItemData, unknown>> | null | undefined;
  if (typeof given?.callee !== 'string') return ENTRY;
  const { callee } = given;
  return { callee, isLocal: given.isLocal === true, isCall: given.isCall === true, left: leftOf(given.left) };
}

/** What is not as we gave it is not known. */
function leftOf(given: unknown): LeftToCaller {
  const { mm, flags } = (given ?? {}) as {
    readonly [K in keyof LeftToCaller]?: Partial<LeftToCaller[K]> | null;
  };
  const { text, parameter: of } = mm ?? {};
  const { parameter, namespace } = flags ?? {};
  const isFlags = namespace === 'FOLL' || namespace === 'FAULT_FLAG';
  return {
    mm: typeof text === 'string' && typeof of === 'number' ? { text, parameter: of } : null,
    flags: isFlags && typeof parameter === 'number' ? { parameter, namespace } : null,
  };
}
