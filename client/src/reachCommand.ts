/**
 * `gupLens.showReach`: what reaches the call at the cursor, as a tree in a list that grows while it is looked for. (Of call
 * hierarchies VS Code takes that of one extension alone, and clangd's is to stay.)
 */

import {
  type CancellationToken,
  CancellationTokenSource,
  type LogOutputChannel,
  type QuickPick,
  type QuickPickItem,
  Range,
  Selection,
  TextEditorRevealType,
  Uri,
  window,
  workspace,
} from 'vscode';
import {
  type BaseLanguageClient,
  type CallHierarchyIncomingCall,
  type CallHierarchyItem,
  State,
} from 'vscode-languageclient';
import { isCallLocation } from '../webview/messages.js';

/** A call of a core function is reached from everywhere: nobody reads more. Rows. */
const MOST_ROWS = 120;

/** What VS Code shows of a message that comes by itself is a line. */
const NO_CALL = 'GUP Lens: put the cursor on a GUP or page-fault call first.';

/** One caller; a choice of it leads to the place where it calls. */
interface Row extends QuickPickItem {
  readonly item: CallHierarchyItem;
  readonly place: { readonly uri: string; readonly range: CallHierarchyItem['range'] };
  readonly depth: number;
}

export interface ReachContext {
  readonly client: BaseLanguageClient;
  readonly log: LogOutputChannel;
  readonly ensureStarted: (why: string) => Promise<void>;
}

/** Shows the list, for the place that a hover gives or else for the cursor; says so where there is no call. */
export async function reachCommand(
  { client, log, ensureStarted }: ReachContext,
  place: unknown,
): Promise<void> {
  const editor = window.activeTextEditor;
  if (editor === undefined) {
    void window.showInformationMessage(NO_CALL);
    return;
  }
  await ensureStarted('what reaches a call is asked for');
  const isHere = isCallLocation(place) && place.uri === editor.document.uri.toString();
  const { line, character } = isHere ? place : editor.selection.active;
  const params = { textDocument: { uri: editor.document.uri.toString() }, position: { line, character } };
  const [root] =
    client.state === State.Running
      ? ((await client.sendRequest<CallHierarchyItem[] | null>(
          'textDocument/prepareCallHierarchy',
          params,
        )) ?? [])
      : [];
  if (root === undefined) {
    void window.showInformationMessage(NO_CALL);
    return;
  }
  const stop = new CancellationTokenSource();
  const { document, selection } = editor;
  let isAccepted = false;
  const list = window.createQuickPick<Row>();
  list.title = `GUP Lens: what reaches ${root.name}, ${root.detail ?? ''}`;
  list.placeholder = 'callers below what they call';
  list.matchOnDescription = true;
  list.busy = true;
  const look = (row: Row, isPreview: boolean): void => {
    show(row, isPreview).catch((error: unknown) =>
      log.warn(`${row.place.uri} is not shown: ${String(error)}`),
    );
  };
  list.onDidChangeActive(([row]) => {
    if (row !== undefined) look(row, true);
  });
  list.onDidAccept(() => {
    const [row] = list.selectedItems;
    if (row === undefined) return;
    isAccepted = true;
    look(row, false);
    list.hide();
  });
  list.onDidHide(() => {
    stop.cancel();
    list.dispose();
    // The rows were looked at in this editor.
    if (!isAccepted) void window.showTextDocument(document, { selection });
  });
  list.show();
  try {
    await fill(list, root, client, stop.token);
  } catch (error) {
    if (stop.token.isCancellationRequested) return;
    const reason = error instanceof Error ? error.message : String(error);
    log.error(`what reaches ${root.name} was not found out: ${reason}`);
    list.placeholder = `not all callers were found: ${reason}`;
  }
  list.busy = false;
}

/** Level by level, so that what is near comes first; each row is put below what it calls. */
async function fill(
  list: QuickPick<Row>,
  root: CallHierarchyItem,
  client: BaseLanguageClient,
  token: CancellationToken,
): Promise<void> {
  let rows: readonly Row[] = [rowOf(root, { uri: root.uri, range: root.selectionRange }, 0)];
  list.items = rows;
  const asked = new Set<string>();
  const waiting = [...rows];
  for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
    const key = keyOf(row.item);
    if (asked.has(key)) continue;
    asked.add(key);
    const { item, depth } = row;
    const calls = await client.sendRequest<CallHierarchyIncomingCall[] | null>(
      'callHierarchy/incomingCalls',
      { item },
      token,
    );
    if (token.isCancellationRequested) return;
    const below = (calls ?? []).map(({ from, fromRanges }) =>
      rowOf(from, { uri: from.uri, range: fromRanges[0] ?? from.selectionRange }, depth + 1),
    );
    if (below.length === 0) continue;
    if (rows.length + below.length > MOST_ROWS) {
      list.placeholder = `callers below what they call; there are more than the ${rows.length} shown`;
      return;
    }
    const at = rows.indexOf(row) + 1;
    rows = [...rows.slice(0, at), ...below, ...rows.slice(at)];
    const active = list.activeItems;
    list.keepScrollPosition = true;
    list.items = rows;
    list.activeItems = active;
    waiting.push(...below);
  }
}

function rowOf(item: CallHierarchyItem, place: Row['place'], depth: number): Row {
  // White space at the beginning of a label is cut off.
  const indent = '\u00a0'.repeat(4 * depth);
  return { label: `${indent}${item.name}`, description: item.detail ?? '', item, place, depth };
}

function keyOf({ uri, name, selectionRange: { start } }: CallHierarchyItem): string {
  return `${uri} ${name} ${start.line}`;
}

async function show({ place }: Row, isPreview: boolean): Promise<void> {
  const { start, end } = place.range;
  const document = await workspace.openTextDocument(Uri.parse(place.uri));
  const editor = await window.showTextDocument(document, { preview: isPreview, preserveFocus: isPreview });
  const range = new Range(start.line, start.character, end.line, end.character);
  editor.selection = new Selection(range.start, range.end);
  editor.revealRange(range, TextEditorRevealType.InCenterIfOutsideViewport);
}
