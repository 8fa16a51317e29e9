/** The view "Call sites": every call, handler and finding of the workspace, in groups. */

import { type Memento, type TreeItem, type Uri, window, workspace } from 'vscode';
import type { FileSites } from '../../../server/protocol/index.js';
import { kernelText } from '../kernelText.js';
import { ServedView, type ViewServer } from '../servedView.js';
import { ChangedFiles } from './changedFiles.js';
import { FolderSites } from './folderSites.js';
import { GROUPINGS, type Grouping, groupsOf, isGrouping } from './groups.js';
import {
  filtered,
  filterText,
  isEverything,
  isSiteFilter,
  NO_FILTER,
  type SiteFilter,
} from './siteFilter.js';
import { type GroupNode, itemOf, type SiteNode, tooltipOf } from './siteItem.js';
import { countText } from './siteText.js';

/** The view's id; also in package.json. */
export const SITES_VIEW = 'gupLens.sites';

/** Keys of what is kept for the workspace. */
const GROUPING_KEY = 'gupLens.sites.grouping';
const FILTER_KEY = 'gupLens.sites.filter';

/** Rows come by the dozen: the view is drawn anew not more often than this. Milliseconds. */
const REDRAW = 250;

/** Owns the view. The server is started when the view is first seen, or a search is asked for. */
export class CallSitesView extends ServedView<SiteNode> {
  readonly #kept: Memento;
  #folders: readonly FolderSites[] = [];
  #grouping: Grouping;
  #filter: SiteFilter;
  /** Rules are run only for those who look at findings: they take as long as all the rest. */
  #findings = false;
  /** What is shown may be wrong: to be searched for again when somebody looks. */
  #isStale = false;
  /** Counts searches of all folders; a new one, and who stops it, ends the one before. */
  #round = 0;
  #redraw: ReturnType<typeof setTimeout> | null = null;

  constructor(server: ViewServer, kept: Memento) {
    super(SITES_VIEW, server);
    this.#kept = kept;
    const [grouping, filter] = [kept.get(GROUPING_KEY), kept.get(FILTER_KEY)] as readonly unknown[];
    this.#grouping = isGrouping(grouping) ? grouping : 'subsystem';
    this.#filter = isSiteFilter(filter) ? filter : NO_FILTER;
    this.#takeFolders();
    this.own(
      this.view.onDidChangeVisibility(({ visible }) => {
        if (visible) void this.#searchNew();
      }),
      workspace.onDidChangeWorkspaceFolders(() => {
        const wasAsked = this.#folders.some(({ state }) => state !== 'unasked');
        this.#takeFolders();
        if (wasAsked && this.view.visible) void this.#searchNew();
      }),
      new ChangedFiles({
        onSources: (uris, gone) => this.#update(uris, gone),
        onEverything: () => {
          this.#isStale = this.#folders.some(({ state }) => state !== 'unasked');
          if (this.view.visible) void this.#searchNew();
        },
      }),
      { dispose: () => this.#redraw !== null && clearTimeout(this.#redraw) },
    );
    this.#draw();
    if (this.view.visible) void this.#searchNew();
  }

  /** What is shown now, after the filter, of all folders: names begin with the folder's where there are several. */
  get shown(): readonly FileSites[] {
    return this.#folders.flatMap(folder => this.#filesOf(folder));
  }

  get filter(): SiteFilter {
    return this.#filter;
  }

  get grouping(): Grouping {
    return this.#grouping;
  }

  /** All that was found. */
  get all(): readonly FileSites[] {
    return this.#folders.flatMap(({ files }) => files);
  }

  /** Searches all folders anew. */
  async search(): Promise<void> {
    await this.#search(this.#folders);
  }

  /** Gives up the searches that are under way; what was found stays. */
  stop(): void {
    this.#round++;
    for (const folder of this.#folders) folder.stop();
  }

  /** Groups by something else. Findings are looked for the first time that they are asked for. */
  async groupBy(grouping: Grouping): Promise<void> {
    this.#grouping = grouping;
    void this.#kept.update(GROUPING_KEY, grouping);
    this.#draw();
    if (grouping !== 'finding' || this.#findings) return;
    this.#findings = true;
    await this.search();
  }

  /** Shows other sites. */
  filterBy(filter: SiteFilter): void {
    this.#filter = filter;
    void this.#kept.update(FILTER_KEY, filter);
    this.#draw();
  }

  getChildren(node?: SiteNode): SiteNode[] {
    if (node === undefined) {
      const [only, ...more] = this.#folders;
      if (only === undefined) return [];
      if (more.length === 0) return this.#childrenOf(only);
      if (this.#folders.every(({ state }) => state === 'unasked')) return [];
      return this.#folders.map(sites => ({ type: 'folder', sites }));
    }
    switch (node.type) {
      case 'folder':
        return this.#childrenOf(node.sites);
      case 'group':
        return node.group.rows.map(row => ({ type: 'row', group: node, row }));
      default:
        return [];
    }
  }

  getTreeItem(node: SiteNode): TreeItem {
    return itemOf(node);
  }

  resolveTreeItem(item: TreeItem, node: SiteNode): TreeItem {
    const tooltip = tooltipOf(node);
    if (tooltip !== null) item.tooltip = tooltip;
    return item;
  }

  #childrenOf(sites: FolderSites): SiteNode[] {
    const { folder, problem } = sites;
    const groups = groupsOf(this.#filesOf(sites, false), this.#grouping).map(
      (group): GroupNode => ({ type: 'group', folder, grouping: this.#grouping, group }),
    );
    return problem === null ? groups : [{ type: 'problem', folder, message: problem }, ...groups];
  }

  #filesOf({ folder, files }: FolderSites, withName = this.#folders.length > 1): readonly FileSites[] {
    return files.map(file => {
      const shown = filtered(this.#filter, file);
      return withName ? { ...shown, path: `${folder.name}/${file.path}` } : shown;
    });
  }

  #takeFolders(): void {
    const folders = workspace.workspaceFolders ?? [];
    const known = new Map(this.#folders.map(sites => [sites.folder.uri.toString(), sites]));
    this.#folders = folders.map(
      folder =>
        known.get(folder.uri.toString()) ?? new FolderSites(folder, this.client, () => this.#drawSoon()),
    );
    const left = new Set(folders.map(({ uri }) => uri.toString()));
    for (const [uri, sites] of known) if (!left.has(uri)) sites.stop();
    this.#drawSoon();
  }

  /** Searches what was not, or not since something changed that concerns everything. */
  async #searchNew(): Promise<void> {
    await this.#search(this.#folders.filter(({ state }) => this.#isStale || state === 'unasked'));
  }

  async #search(folders: readonly FolderSites[]): Promise<void> {
    if (folders.length === 0) return;
    const round = ++this.#round;
    this.#isStale = false;
    if (this.#grouping === 'finding') this.#findings = true;
    await this.ensureStarted('call sites are to be searched');
    await window.withProgress({ location: { viewId: SITES_VIEW } }, async () => {
      // One after the other: they share the server.
      for (const folder of folders) {
        if (this.#round === round && this.#folders.includes(folder)) await folder.search(this.#findings);
      }
    });
  }

  #update(uris: readonly Uri[], gone: readonly Uri[]): void {
    for (const folder of this.#folders) {
      if (folder.state === 'unasked') continue;
      const below = (uri: Uri): boolean => uri.toString().startsWith(`${folder.folder.uri.toString()}/`);
      for (const uri of gone.filter(below)) folder.remove(uri);
      const changed = uris.filter(below);
      if (changed.length > 0) void folder.update(changed, this.#findings);
    }
  }

  #drawSoon(): void {
    this.#redraw ??= setTimeout(() => this.#draw(), REDRAW);
  }

  #draw(): void {
    if (this.#redraw !== null) clearTimeout(this.#redraw);
    this.#redraw = null;
    const searching = this.#folders.filter(({ state }) => state === 'searching');
    void this.setContext('searching', searching.length > 0);
    void this.setContext('filtered', !isEverything(this.#filter));
    void this.setContext('grouping', this.#grouping);
    const state = this.#state();
    void this.setContext('state', state);
    this.view.description = state === 'unasked' ? '' : GROUPINGS[this.#grouping];
    // Where there is nothing to show, the welcome text says why: a message would take its place.
    this.view.message = state === 'some' || state === 'searching' ? this.#message(searching) : '';
    this.drawRows();
  }

  /** What the welcome text is chosen by where there is nothing to show. */
  #state(): 'unasked' | 'searching' | 'none' | 'hidden' | 'some' {
    const states = this.#folders.map(({ state }) => state);
    if (states.every(state => state === 'unasked')) return 'unasked';
    if (this.all.length > 0) return this.#isAnythingShown() ? 'some' : 'hidden';
    return states.includes('searching') ? 'searching' : 'none';
  }

  #isAnythingShown(): boolean {
    return this.shown.some(
      ({ sites, findings, notAnalysed }) =>
        notAnalysed.length > 0 || (this.#grouping === 'finding' ? findings : sites).length > 0,
    );
  }

  /** How many sites there are and what is left out, or how far the search is. */
  #message([first]: readonly FolderSites[]): string {
    if (first !== undefined) {
      return `Searching ${first.folder.name}${first.progress === '' ? '' : `: ${first.progress}`}…`;
    }
    const [only, ...more] = this.#folders;
    const { all, shown } = this;
    const parts = isEverything(this.#filter)
      ? [countText(all)]
      : [`${filterText(this.#filter)}: ${countText(shown)}, of ${countText(all)}`];
    const kernel = more.length === 0 ? (only?.kernel ?? null) : null;
    if (kernel !== null) parts.push(kernelText(kernel));
    const stopped = this.#folders.some(({ state }) => state === 'stopped');
    return stopped
      ? `The search was stopped: not all files were read. ${parts.join(' · ')}`
      : parts.join(' · ');
  }
}
