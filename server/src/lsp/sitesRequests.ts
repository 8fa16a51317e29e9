/** `gupLens/sites` and `gupLens/sitesTable`. */

import type { CancellationToken } from 'vscode-languageserver';
import {
  type FileSites,
  SITES,
  SITES_TABLE,
  type SitesParams,
  type SitesResult,
  type SitesTableParams,
  type SitesTableResult,
} from '../../protocol/index.js';
import { findingsMarkdown, type MarkdownSite, sitesMarkdown } from '../ide/index.js';
import { isSourceName } from '../workspace/content/index.js';
import type { CustomRequestsOptions } from './customRequests.js';
import type { Answer } from './dispatch.js';
import { pathOf } from './fromProto.js';
import type { Context, OpenDocuments } from './openDocuments.js';
import { contentsOf, type SiteScanOptions, scanSites, type Where } from './siteScan.js';

/** Installs the handlers of the requests on the connection. */
export function registerSitesRequests(options: CustomRequestsOptions): void {
  const { connection, dispatcher } = options;
  connection.onRequest<SitesResult, never>(SITES, (params: SitesParams, token: CancellationToken) => {
    const failed: SitesResult = { files: [], problem: 'the search failed; see the log' };
    return dispatcher.run<SitesResult>(SITES, failed, token, () => answerSites(params, token, options));
  });
  connection.onRequest<SitesTableResult, never>(
    SITES_TABLE,
    (params: SitesTableParams, token: CancellationToken) =>
      dispatcher.run<SitesTableResult>(SITES_TABLE, '', token, async () => tableOf(params)),
  );
}

async function answerSites(
  params: SitesParams,
  token: CancellationToken,
  options: CustomRequestsOptions,
): Promise<Answer<SitesResult>> {
  const { connection, documents, log } = options;
  const { findings = false } = params;
  const uri = params.uri.replace(/\/$/, '');
  // Of a folder, what is around its files.
  const context = await documents.context(isSourceName(uri) ? uri : `${uri}/Makefile`);
  const at = whereToLook({ ...params, uri }, context, options);
  if (at === null) return { files: await documentSites(uri, findings, documents), problem: null };
  const progress = connection.window.attachWorkDoneProgress(params.workDoneToken);
  progress.begin('GUP Lens: call sites', 0, undefined, true);
  const stop = new AbortController();
  const listener = token.onCancellationRequested(() => stop.abort());
  const files = new Map<string, FileSites>();
  try {
    const found = scanSites({
      ...(await scanOptions(at, context, options)),
      findings,
      signal: stop.signal,
      onProgress: (done, total) => {
        if (total === null) progress.report(`${done} files read`);
        else progress.report((100 * done) / total, `${done} of ${total} files`);
      },
    });
    for await (const file of found) {
      if (params.partialResultToken === undefined) files.set(file.path, file);
      else reportPartly(options, params.partialResultToken, file);
    }
    return { files: inOrder(files), problem: null };
  } catch (error) {
    // The dispatcher tells whoever called it off.
    if (stop.signal.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    log.warn(`${uri} cannot be searched: ${reason}`);
    return { files: inOrder(files), problem: `cannot be searched to the end: ${reason}` };
  } finally {
    listener.dispose();
    progress.done();
  }
}

function inOrder(files: ReadonlyMap<string, FileSites>): readonly FileSites[] {
  return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** null: what is asked about is no place that can be searched, or lies in no tree. */
function whereToLook(
  { uri, scope = 'tree' }: SitesParams,
  { tree }: Context,
  { documents, runtime }: CustomRequestsOptions,
): Where | null {
  if (!runtime.isOnDisk(uri)) return null;
  const path = pathOf(uri);
  if (scope === 'here' && isSourceName(path)) return { file: path };
  const folder = scope === 'here' ? path : tree?.root;
  if (folder === undefined) return null;
  if (runtime.searchBelow === null) return { folder, searched: [folder], below: false };
  const open = documents.documents
    .all()
    .map(document => directoryOf(pathOf(document.uri)))
    .filter(directory => directory.startsWith(`${folder}/`));
  return {
    folder,
    searched: [...new Set(scope === 'here' ? open : [directoryOf(path), ...open])],
    below: scope === 'here',
  };
}

async function scanOptions(
  at: Where,
  { tree }: Context,
  { documents, index, knowledge, engine, runtime, quiet, log }: CustomRequestsOptions,
): Promise<Omit<SiteScanOptions, 'findings' | 'signal' | 'onProgress'>> {
  const searched = 'folder' in at ? at.searched : [directoryOf(at.file)];
  const indexed = tree !== null && runtime.searchBelow === null ? [tree.searched] : searched;
  const root = tree?.root ?? ('folder' in at ? at.folder : directoryOf(at.file));
  return {
    at,
    handlers: () => index.handlersBelow(root),
    handlersComplete: async () => {
      for (const directory of indexed) await index.scanned(directory);
    },
    learn: (asked, kernel, below) => knowledge.learn(asked, kernel, below ?? root),
    contextOf: uri => documents.context(uri),
    parser: (await engine).parser,
    runtime,
    quiet,
    log,
    openText: path => documents.openText(path),
  };
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function reportPartly({ connection }: CustomRequestsOptions, token: string | number, file: FileSites): void {
  const value: SitesResult = { files: [file], problem: null };
  void connection.sendNotification('$/progress', { token, value });
}

/** Outside a tree there is only the document itself. */
async function documentSites(
  uri: string,
  findings: boolean,
  documents: OpenDocuments,
): Promise<readonly FileSites[]> {
  const document = await documents.prepare(uri);
  if (document === null) return [];
  const { analysis, path, context } = document;
  const { release } = context.kernel;
  const name = path.slice(path.lastIndexOf('/') + 1);
  return [{ uri, path: name, release, ...contentsOf(analysis, path, findings) }];
}

function tableOf({ files, of = 'sites' }: SitesTableParams): string {
  if (of === 'findings') {
    return findingsMarkdown(
      files.flatMap(({ path, findings }) =>
        findings.map(finding => ({ ...finding, file: path, line: finding.range.start.line + 1 })),
      ),
    );
  }
  return sitesMarkdown(
    files.flatMap(({ path, sites }) =>
      sites.map((site): MarkdownSite => {
        const { range, handler, otherRelease, overrides } = site;
        return {
          ...site,
          file: path,
          line: range.start.line + 1,
          op: handler?.op,
          notes: [
            ...(otherRelease === null ? [] : [`Linux ${otherRelease}`]),
            ...overrides.map(clause => `overrides: ${clause}`),
          ],
        };
      }),
    ),
  );
}
