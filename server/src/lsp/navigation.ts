/** Where a flag is defined, what names it or a function of the family, and the links of comments. */

import type { CancellationToken, Connection, DocumentLink, Location } from 'vscode-languageserver';
import { TREE_HEADERS } from '../../../kernel/src/index.js';
import { EXPLAIN_COMMAND } from '../../protocol/index.js';
import { constantDefinitions, LineIndex, mentionsOf } from '../syntax/index.js';
import type { Dispatcher } from './dispatch.js';
import type { OpenDocuments, Prepared } from './openDocuments.js';
import type { Runtime } from './runtime.js';
import { rangeOf, uriOf } from './toProto.js';
import { withSignal } from './withSignal.js';

/** What the requests are answered with. */
export interface NavigationOptions {
  readonly connection: Connection;
  readonly dispatcher: Dispatcher;
  readonly documents: OpenDocuments;
  readonly runtime: Runtime;
  /** Whether the client has the commands of server/protocol; asked when a question comes. */
  readonly hasCommands: () => boolean;
}

/**
 * Installs the handlers of `definition`, `references` and `documentLink`. They answer for names of ours alone, with the
 * places of the tokens themselves: where another server answers too, its answer is the same.
 */
export function registerNavigation(options: NavigationOptions): void {
  const { connection, dispatcher } = options;
  connection.onDefinition(
    dispatcher.about('textDocument/definition', [] as Location[], (document, { position }) => {
      const known = document.analysis.nameAt(document.path, document.lines.offsetAt(position));
      // Where a function is defined, other servers know from their index, and a declaration would be one answer too many.
      return known?.kind === 'flag' ? definitions(known.name, document, options) : [];
    }),
  );
  connection.onReferences((params, token, progress) => {
    const find = dispatcher.about(
      'textDocument/references',
      [] as Location[],
      async (document: Prepared, { position, context }: typeof params, cancel: CancellationToken) => {
        const known = document.analysis.nameAt(document.path, document.lines.offsetAt(position));
        if (known === null) return [];
        progress.begin(`GUP Lens: what names ${known.name}`);
        try {
          return await withSignal(cancel, signal =>
            references(known.name, context.includeDeclaration, document, options, signal),
          );
        } finally {
          progress.done();
        }
      },
    );
    return find(params, token);
  });
  connection.onDocumentLinks(
    dispatcher.about('textDocument/documentLink', [] as DocumentLink[], document => links(document, options)),
  );
}

/** The text of a file as the editor has it, else as it is on the disk; null if it cannot be read. */
async function textOf(
  path: string,
  { documents, runtime }: Pick<NavigationOptions, 'documents' | 'runtime'>,
): Promise<string | null> {
  return documents.openText(path) ?? (await runtime.readText(path));
}

async function definitions(
  name: string,
  { context, uri, path, analysis }: Prepared,
  options: NavigationOptions,
): Promise<Location[]> {
  const root = context.tree?.root ?? null;
  const files = root === null ? [path] : [path, ...TREE_HEADERS.map(header => `${root}/${header}`)];
  const found: Location[] = [];
  for (const file of new Set(files)) {
    const text = file === path ? analysis.text(path) : await textOf(file, options);
    if (text === null) continue;
    found.push(...locations(constantDefinitions(text, name), file === path ? uri : uriOf(file), text));
  }
  return found;
}

async function references(
  name: string,
  declared: boolean,
  { context, uri, path, analysis }: Prepared,
  options: NavigationOptions,
  signal: AbortSignal,
): Promise<Location[]> {
  const { runtime } = options;
  const searched = context.tree?.searched ?? null;
  const paths = searched === null ? [] : (await runtime.findCandidates(searched, [name], signal)).paths;
  const found: Location[] = [];
  for (const file of new Set([path, ...paths])) {
    signal.throwIfAborted();
    const text = file === path ? analysis.text(path) : await textOf(file, options);
    if (text === null) continue;
    const defined = declared ? [] : constantDefinitions(text, name).map(({ start }) => start);
    const mentions = mentionsOf(text, name).filter(({ start }) => !defined.includes(start));
    found.push(...locations(mentions, file === path ? uri : uriOf(file), text));
    await runtime.yield();
  }
  return found;
}

function locations(spans: ReturnType<typeof mentionsOf>, uri: string, text: string): Location[] {
  if (spans.length === 0) return [];
  const lines = new LineIndex(text);
  return spans.map(span => ({ uri, range: rangeOf(span, lines) }));
}

/** Only links that lead somewhere. */
async function links(
  { analysis, path, lines, context }: Prepared,
  { runtime, hasCommands }: NavigationOptions,
): Promise<DocumentLink[]> {
  const found: DocumentLink[] = [];
  for (const { span, target } of analysis.documentLinks(path)) {
    const range = rangeOf(span, lines);
    if (target.kind === 'rule') {
      const page = hasCommands()
        ? `command:${EXPLAIN_COMMAND}?${encodeURIComponent(JSON.stringify([target.rule]))}`
        : runtime.rulePage(target.rule);
      if (page !== null) found.push({ range, target: page, tooltip: `What ${target.rule} is about` });
    } else if (context.tree !== null) {
      const file = `${context.tree.root}/${target.path}`;
      if ((await runtime.readText(file)) !== null) found.push({ range, target: uriOf(file) });
    }
  }
  return found;
}
