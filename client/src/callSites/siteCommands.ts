/** The commands of the view: filters, and the table that it can be copied as. */

import {
  commands,
  type Disposable,
  env,
  type QuickPickItem,
  QuickPickItemKind,
  Uri,
  window,
  workspace,
} from 'vscode';
import type { BaseLanguageClient } from 'vscode-languageclient';
import {
  type FileSites,
  type Place,
  SIMULATE_COMMAND,
  SITES_TABLE,
  type Site,
  type SitesTableParams,
  type SitesTableResult,
} from '../../../server/protocol/index.js';
import { type CallSitesView, SITES_VIEW } from './callSitesView.js';
import { AUDITS, KINDS, NO_FILTER, passes, type SiteFilter } from './siteFilter.js';
import { placeOf, type SiteNode } from './siteItem.js';

/** Registers the commands of the view; the result is to be disposed of with it. */
export function registerSiteCommands(client: BaseLanguageClient, view: CallSitesView): readonly Disposable[] {
  const nodeOf = (given: unknown): SiteNode | null => (isNode(given) ? given : null);
  return [
    commands.registerCommand('gupLens.sites.refresh', () => view.search()),
    commands.registerCommand('gupLens.sites.stop', () => view.stop()),
    commands.registerCommand('gupLens.sites.filter', () => chooseFilter(view)),
    commands.registerCommand('gupLens.sites.clearFilter', () => view.filterBy(NO_FILTER)),
    commands.registerCommand('gupLens.sites.auditForce', () => audit(view, AUDITS.force.filter)),
    commands.registerCommand('gupLens.sites.auditLongterm', () => audit(view, AUDITS.longterm.filter)),
    commands.registerCommand('gupLens.sites.groupBySubsystem', () => view.groupBy('subsystem')),
    commands.registerCommand('gupLens.sites.groupByCallee', () => view.groupBy('callee')),
    commands.registerCommand('gupLens.sites.groupByFlag', () => view.groupBy('flag')),
    commands.registerCommand('gupLens.sites.groupByFinding', () => view.groupBy('finding')),
    commands.registerCommand('gupLens.sites.copyTable', (node: unknown) =>
      copyTable(client, view, nodeOf(node)),
    ),
    commands.registerCommand('gupLens.sites.exportTable', () => exportTable(client, view)),
    commands.registerCommand('gupLens.sites.simulate', (node: unknown) => simulate(nodeOf(node))),
  ];
}

/** Whether what a command is given is a node of the view: anybody may call a command with anything. */
function isNode(value: unknown): value is SiteNode {
  return typeof value === 'object' && value !== null && 'type' in value;
}

/** Shows the sites of an audit, from the palette too: the view comes to the front, which searches if it has to. */
async function audit(view: CallSitesView, filter: SiteFilter): Promise<void> {
  view.filterBy(filter);
  await commands.executeCommand(`${SITES_VIEW}.focus`);
}

async function simulate(node: SiteNode | null): Promise<void> {
  if (node?.type !== 'row') return;
  const { uri, range } = placeOf(node.row);
  const place: Place = { uri: uri.toString(), line: range.start.line, character: range.start.character };
  await commands.executeCommand(SIMULATE_COMMAND, place);
}

type FilterItem = QuickPickItem & {
  readonly kindOfSite?: Site['kind'];
  readonly flag?: string;
};

/** Lets a person choose kinds and flags from those that were found. */
async function chooseFilter(view: CallSitesView): Promise<void> {
  const sites = view.all.flatMap(file => file.sites);
  const { filter } = view;
  const count = (kinds: readonly Site['kind'][], flags: readonly string[]): string =>
    String(sites.filter(site => passes({ kinds, flags }, site)).length);
  const kinds = (Object.keys(KINDS) as Site['kind'][]).map((kind): FilterItem => {
    const description = count([kind], []);
    return { label: KINDS[kind], description, kindOfSite: kind, picked: filter.kinds.includes(kind) };
  });
  const names = sites.flatMap(({ flags, implied }) => [...(flags?.may ?? []), ...implied]);
  const flags = [...new Set([...names.filter(name => !name.includes(':')), ...filter.flags])].sort();
  const items: readonly FilterItem[] = [
    { label: 'Calls that', kind: QuickPickItemKind.Separator },
    ...kinds,
    { label: 'Calls that may pass, or whose callee adds', kind: QuickPickItemKind.Separator },
    ...flags.map((flag): FilterItem => {
      return { label: flag, description: count([], [flag]), flag, picked: filter.flags.includes(flag) };
    }),
  ];
  const chosen = await window.showQuickPick(items, {
    title: 'GUP Lens: which call sites are shown',
    placeHolder: 'any of the kinds and any of the flags; nothing chosen shows all',
    canPickMany: true,
  });
  if (chosen === undefined) return;
  view.filterBy({
    kinds: chosen.flatMap(({ kindOfSite }) => kindOfSite ?? []),
    flags: chosen.flatMap(({ flag }) => flag ?? []),
  });
}

/** Copies what is shown, or a group of it, as a table in Markdown. */
async function copyTable(
  client: BaseLanguageClient,
  view: CallSitesView,
  node: SiteNode | null,
): Promise<void> {
  const table = await tableOf(client, view, node);
  if (table === '') return tellEmpty();
  await env.clipboard.writeText(table);
  window.setStatusBarMessage('GUP Lens: table copied', 3000);
}

/** Writes what is shown to a file that a person names, and opens it. */
async function exportTable(client: BaseLanguageClient, view: CallSitesView): Promise<void> {
  const table = await tableOf(client, view, null);
  if (table === '') return tellEmpty();
  const [folder] = workspace.workspaceFolders ?? [];
  const name = 'gup-call-sites.md';
  const file = await window.showSaveDialog({
    title: 'GUP Lens: export call sites',
    ...(folder !== undefined && { defaultUri: Uri.joinPath(folder.uri, name) }),
    filters: { Markdown: ['md'] },
  });
  if (file === undefined) return;
  try {
    await workspace.fs.writeFile(file, new TextEncoder().encode(table));
    await window.showTextDocument(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    void window.showErrorMessage(`GUP Lens: the table cannot be written: ${reason}. Choose another place.`);
  }
}

function tellEmpty(): void {
  void window.showInformationMessage(
    'GUP Lens: there is nothing to copy. Search the workspace, or clear the filter of the view.',
  );
}

async function tableOf(
  client: BaseLanguageClient,
  view: CallSitesView,
  node: SiteNode | null,
): Promise<SitesTableResult> {
  const files = node?.type === 'group' ? filesOf(node.group.rows) : view.shown;
  const inOrder = [...files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const params: SitesTableParams = { files: inOrder, of: view.grouping === 'finding' ? 'findings' : 'sites' };
  return client.sendRequest<SitesTableResult>(SITES_TABLE, params);
}

type Rows = Extract<SiteNode, { readonly type: 'group' }>['group']['rows'];

function filesOf(rows: Rows): readonly FileSites[] {
  const files = new Map<string, FileSites>();
  for (const row of rows) {
    const { file } = row;
    const known = files.get(file.uri) ?? { ...file, sites: [], findings: [] };
    files.set(file.uri, {
      ...known,
      sites: row.type === 'site' ? [...known.sites, row.site] : known.sites,
      findings: row.type === 'finding' ? [...known.findings, row.finding] : known.findings,
    });
  }
  return [...files.values()];
}
