/** The items of the view, as VS Code draws them. */

import {
  MarkdownString,
  Range,
  ThemeColor,
  ThemeIcon,
  TreeItem,
  TreeItemCollapsibleState,
  Uri,
  type WorkspaceFolder,
} from 'vscode';
import type { SiteFinding, Range as WireRange } from '../../../server/protocol/index.js';
import { kernelText } from '../kernelText.js';
import type { FolderSites } from './folderSites.js';
import type { Group, Grouping, Row } from './groups.js';
import { countText, rowText, rowTooltip } from './siteText.js';

/** A workspace folder; shown only where there are several. */
export interface FolderNode {
  readonly type: 'folder';
  readonly sites: FolderSites;
}

/** What went wrong with a folder. */
export interface ProblemNode {
  readonly type: 'problem';
  readonly folder: WorkspaceFolder;
  readonly message: string;
}

export interface GroupNode {
  readonly type: 'group';
  readonly folder: WorkspaceFolder;
  readonly grouping: Grouping;
  readonly group: Group;
}

export interface RowNode {
  readonly type: 'row';
  readonly group: GroupNode;
  readonly row: Row;
}

export type SiteNode = FolderNode | ProblemNode | GroupNode | RowNode;

/** The place of a row; of one that is all of a file, its beginning. */
export function placeOf({ file, ...row }: Row): { readonly uri: Uri; readonly range: Range } {
  const range =
    row.type === 'site' ? row.site.range : row.type === 'finding' ? row.finding.range : row.at.range;
  return { uri: Uri.parse(file.uri, true), range: toRange(range) };
}

function toRange(range: WireRange | null): Range {
  if (range === null) return new Range(0, 0, 0, 0);
  const { start, end } = range;
  return new Range(start.line, start.character, end.line, end.character);
}

/** Draws a node; its tooltip comes later, see {@link tooltipOf}. */
export function itemOf(node: SiteNode): TreeItem {
  switch (node.type) {
    case 'folder': {
      const { folder, files, kernel } = node.sites;
      const item = new TreeItem(folder.name, TreeItemCollapsibleState.Expanded);
      item.id = folder.uri.toString();
      item.iconPath = ThemeIcon.Folder;
      item.description = [...(kernel === null ? [] : [kernelText(kernel)]), countText(files)].join(' · ');
      return item;
    }
    case 'problem': {
      const item = new TreeItem(node.message, TreeItemCollapsibleState.None);
      item.iconPath = new ThemeIcon('warning', new ThemeColor('list.warningForeground'));
      return item;
    }
    case 'group': {
      const { label, rows } = node.group;
      const item = new TreeItem(label, TreeItemCollapsibleState.Collapsed);
      item.id = idOf(node);
      item.description = String(rows.length);
      item.contextValue = rows.some(row => row.type === 'left-out') ? 'left-out' : 'group';
      item.accessibilityInformation = { label: `${label}, ${rows.length}` };
      return item;
    }
    case 'row':
      return rowItem(node);
  }
}

function rowItem({ group, row }: RowNode): TreeItem {
  const { label, description } = rowText(row, group.group);
  const item = new TreeItem(label, TreeItemCollapsibleState.None);
  const { uri, range } = placeOf(row);
  item.description = description;
  item.iconPath = iconOf(row);
  item.contextValue = row.type === 'site' ? row.site.kind : row.type;
  item.command = {
    command: 'vscode.open',
    title: 'Open',
    arguments: [uri, { selection: range, preserveFocus: false }],
  };
  item.accessibilityInformation = { label: `${label}, ${description}` };
  return item;
}

/** What VS Code shows when the mouse rests on a row; null for other nodes. */
export function tooltipOf(node: SiteNode): MarkdownString | null {
  return node.type === 'row' ? new MarkdownString(rowTooltip(node.row)) : null;
}

function idOf({ folder, grouping, group }: GroupNode): string {
  return `${folder.uri.toString()} ${grouping} ${group.label}`;
}

const KIND_ICONS = {
  gup: 'symbol-method',
  unpin: 'debug-step-out',
  'fault-entry': 'debug-step-into',
  handler: 'symbol-interface',
} as const;

const SEVERITY_ICONS: Readonly<Record<SiteFinding['severity'], ThemeIcon>> = {
  error: new ThemeIcon('error', new ThemeColor('list.errorForeground')),
  warning: new ThemeIcon('warning', new ThemeColor('list.warningForeground')),
  info: new ThemeIcon('info'),
};

/** That of the worst finding where there is one: it is what a person looks for. */
function iconOf(row: Row): ThemeIcon {
  if (row.type === 'left-out') return new ThemeIcon('question');
  const findings = row.type === 'finding' ? [row.finding] : row.findings;
  const worst = (['error', 'warning', 'info'] as const).find(severity =>
    findings.some(finding => finding.severity === severity),
  );
  if (worst !== undefined) return SEVERITY_ICONS[worst];
  return new ThemeIcon(row.type === 'site' ? KIND_ICONS[row.site.kind] : 'info');
}
