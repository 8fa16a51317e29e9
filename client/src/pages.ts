/** Pages of the product as documents to read: what releases promise and names mean, of the server; rules, of the extension. */

import {
  commands,
  type Disposable,
  type ExtensionContext,
  type TextDocumentContentProvider,
  Uri,
  window,
  workspace,
} from 'vscode';
import { type BaseLanguageClient, State } from 'vscode-languageclient';
import { PAGE, type PageParams, type PageResult } from '../../server/protocol/index.js';

/** The scheme of the documents: their links are relative, so each leads to another of them. */
const SCHEME = 'gup-lens';

/** What the pages are made with. */
export interface PagesContext {
  readonly context: ExtensionContext;
  readonly client: BaseLanguageClient;
  readonly ensureStarted: (why: string) => Promise<void>;
}

/** Makes the pages known to VS Code. */
export function registerPages(pages: PagesContext): Disposable {
  const provider: TextDocumentContentProvider = {
    provideTextDocumentContent: async ({ path }) =>
      (await pageText(pages, path.slice(1))) ??
      `There is no page ${path.slice(1)} in this version of GUP Lens.\n`,
  };
  return workspace.registerTextDocumentContentProvider(SCHEME, provider);
}

/** Shows a page by its path beside the code. */
export async function openPageCommand(path: unknown): Promise<void> {
  // Any caller may give anything.
  const known = typeof path === 'string' && /^\w[\w./-]*\.md$/.test(path);
  const page = Uri.from({ scheme: SCHEME, path: `/${known ? path : 'releases/README.md'}` });
  try {
    await commands.executeCommand('markdown.showPreviewToSide', page);
  } catch {
    // Without the Markdown extension of VS Code the text will do.
    await window.showTextDocument(page, { preview: true });
  }
}

async function pageText(
  { context, client, ensureStarted }: PagesContext,
  path: string,
): Promise<string | null> {
  const rule = /^rules\/([A-Za-z][A-Za-z0-9-]*\.md)$/.exec(path)?.[1];
  if (rule !== undefined) {
    const file = Uri.joinPath(context.extensionUri, 'docs', 'rules', rule);
    const bytes = await workspace.fs.readFile(file).then(
      found => found,
      () => null,
    );
    return bytes === null ? null : new TextDecoder().decode(bytes);
  }
  await ensureStarted('a page of it is read');
  if (client.state !== State.Running) return null;
  const params: PageParams = { path };
  return client.sendRequest<PageResult>(PAGE, params);
}
