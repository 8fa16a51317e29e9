/** Call sites in groups: by subsystem, callee, flag, or by what rules found. */

import type { FileSites, Site, SiteFinding } from '../../../server/protocol/index.js';
import { speaksOf } from './siteFilter.js';

/** What sites can be grouped by, with the words for it. */
export const GROUPINGS = {
  subsystem: 'by subsystem',
  callee: 'by callee',
  flag: 'by flag',
  finding: 'by finding',
} as const;

export type Grouping = keyof typeof GROUPINGS;

/** Whether a value, such as one that an earlier window kept, is a grouping. */
export function isGrouping(value: unknown): value is Grouping {
  return typeof value === 'string' && Object.hasOwn(GROUPINGS, value);
}

/** A call or handler, with what rules found there. */
export interface SiteRow {
  readonly type: 'site';
  readonly file: FileSites;
  readonly site: Site;
  readonly findings: readonly SiteFinding[];
}

export interface FindingRow {
  readonly type: 'finding';
  readonly file: FileSites;
  readonly finding: SiteFinding;
}

/** Something that was left out, and why. */
export interface LeftOutRow {
  readonly type: 'left-out';
  readonly file: FileSites;
  readonly at: FileSites['notAnalysed'][number];
}

export type Row = SiteRow | FindingRow | LeftOutRow;

export interface Group {
  readonly label: string;
  /** What stands below a file's path in this group: a subsystem is in all of its paths. */
  readonly below: string;
  /** In order of path and position. */
  readonly rows: readonly Row[];
}

/** The groups of files, in order; what was left out comes last. Every row is in some group, in several by flag. */
export function groupsOf(files: readonly FileSites[], grouping: Grouping): readonly Group[] {
  const groups = new Map<string, Row[]>();
  const add = (label: string, row: Row): void => {
    const rows = groups.get(label);
    if (rows === undefined) groups.set(label, [row]);
    else rows.push(row);
  };
  const inOrder = [...files].sort((a, b) => compare(a.path, b.path));
  for (const file of inOrder) {
    if (grouping === 'finding') {
      for (const finding of file.findings) add(finding.rule, { type: 'finding', file, finding });
      continue;
    }
    for (const site of file.sites) {
      const findings = file.findings.filter(finding => speaksOf(finding, site));
      for (const label of labelsOf(site, file.path, grouping)) {
        add(label, { type: 'site', file, site, findings });
      }
    }
  }
  const made = [...groups].map(([label, rows]): Group => {
    return { label, below: grouping === 'subsystem' ? label : '', rows };
  });
  made.sort((a, b) => rank(a, grouping) - rank(b, grouping) || compare(a.label, b.label));
  const leftOut = inOrder.flatMap(file =>
    file.notAnalysed.map((at): LeftOutRow => ({ type: 'left-out', file, at })),
  );
  return leftOut.length === 0 ? made : [...made, { label: LEFT_OUT, below: '', rows: leftOut }];
}

const LEFT_OUT = 'left out';
const BY_CALLER = 'what callers pass';
const UNKNOWN = 'not known';
const NONE = 'no flags';
const NO_ARGUMENT = 'takes no flags';
const LAST: readonly string[] = [BY_CALLER, UNKNOWN, NONE, NO_ARGUMENT];

const SEVERITIES: readonly string[] = ['error', 'warning', 'info'];

/** What comes first: by flag the flags, those of callers before those of faults, by finding the errors. */
function rank({ label, rows }: Group, grouping: Grouping): number {
  if (grouping === 'flag') {
    const last = LAST.indexOf(label);
    return last < 0 ? (label.startsWith('FOLL_') ? -2 : -1) : last;
  }
  const worst = rows.flatMap(row => (row.type === 'finding' ? SEVERITIES.indexOf(row.finding.severity) : []));
  return Math.min(...worst, SEVERITIES.length);
}

function labelsOf(site: Site, path: string, grouping: 'subsystem' | 'callee' | 'flag'): readonly string[] {
  switch (grouping) {
    case 'subsystem':
      return [subsystemOf(path)];
    case 'callee':
      // Each handler has a name of its own.
      return [site.handler === null ? site.callee : `.${site.handler.op} handlers`];
    case 'flag':
      return flagLabels(site);
  }
}

function flagLabels({ flags }: Site): readonly string[] {
  if (flags === null) return [NO_ARGUMENT];
  // `param:x` and `field:x->y` stand for what cannot be told by name.
  const labels = flags.may.map(name => (name.includes(':') ? BY_CALLER : name));
  if (labels.length > 0) return [...new Set(labels)];
  return [flags.from === 'unknown' ? UNKNOWN : NONE];
}

/** Directories that hold a subsystem in each directory. */
const COLLECTIONS = new Set(['arch', 'drivers', 'fs', 'net', 'sound', 'samples', 'tools']);

/** The part of a tree that a path belongs to: `mm`, `drivers/gpu`; `.` for a file at the top. */
export function subsystemOf(path: string): string {
  const directories = path.split('/').slice(0, -1);
  const [first = '.'] = directories;
  return COLLECTIONS.has(first) ? directories.slice(0, 2).join('/') : first;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
