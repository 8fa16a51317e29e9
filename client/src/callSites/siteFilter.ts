/** Which call sites are shown. */

import type { FileSites, Site, SiteFinding } from '../../../server/protocol/index.js';

/** Of each list any; an empty list leaves nothing out. */
export interface SiteFilter {
  readonly kinds: readonly Site['kind'][];
  /** Flags that a call may pass, or that its callee adds. */
  readonly flags: readonly string[];
}

/** All call sites. */
export const NO_FILTER: SiteFilter = { kinds: [], flags: [] };

/** Questions that are asked of a tree again and again, by name. */
export const AUDITS = {
  force: { name: 'FOLL_FORCE audit', filter: { kinds: ['gup'], flags: ['FOLL_FORCE'] } },
  longterm: { name: 'FOLL_LONGTERM audit', filter: { kinds: ['gup'], flags: ['FOLL_LONGTERM'] } },
} as const satisfies Record<string, { readonly name: string; readonly filter: SiteFilter }>;

/** The kinds, in words for a person. */
export const KINDS: Readonly<Record<Site['kind'], string>> = {
  gup: 'get and pin pages',
  unpin: 'give pages back',
  'fault-entry': 'enter the fault path',
  handler: 'fault handlers',
};

/** Whether a site is shown. */
export function passes(filter: SiteFilter, { kind, flags, implied }: Site): boolean {
  return (
    (filter.kinds.length === 0 || filter.kinds.includes(kind)) &&
    (filter.flags.length === 0 ||
      filter.flags.some(flag => flags?.may.includes(flag) === true || implied.includes(flag)))
  );
}

/** What a file has of what is shown: its sites, and the findings that speak of one of them. */
export function filtered(filter: SiteFilter, file: FileSites): FileSites {
  if (isEverything(filter)) return file;
  const sites = file.sites.filter(site => passes(filter, site));
  const findings = file.findings.filter(finding => sites.some(site => speaksOf(finding, site)));
  return { ...file, sites, findings };
}

/** Whether a finding is at the line of a site, or names it in its story. */
export function speaksOf({ range, related }: SiteFinding, site: Site): boolean {
  const { line } = site.range.start;
  return [range, ...related.map(place => place.range)].some(
    ({ start, end }) => start.line <= line && line <= end.line,
  );
}

/** Whether a filter leaves nothing out. */
export function isEverything({ kinds, flags }: SiteFilter): boolean {
  return kinds.length === 0 && flags.length === 0;
}

/** A filter in a few words; '' for the one that leaves nothing out. */
export function filterText(filter: SiteFilter): string {
  const audit = Object.values(AUDITS).find(each => sameFilter(each.filter, filter));
  if (audit !== undefined) return audit.name;
  return [...filter.kinds.map(kind => KINDS[kind]), ...filter.flags].join(', ');
}

function sameFilter(a: SiteFilter, b: SiteFilter): boolean {
  return String(a.kinds) === String(b.kinds) && String(a.flags) === String(b.flags);
}

/** Whether a value, such as one that an earlier window kept, is a filter. */
export function isSiteFilter(value: unknown): value is SiteFilter {
  if (typeof value !== 'object' || value === null) return false;
  const { kinds, flags } = value as Partial<Record<keyof SiteFilter, unknown>>;
  return (
    Array.isArray(kinds) &&
    kinds.every(kind => typeof kind === 'string' && kind in KINDS) &&
    Array.isArray(flags) &&
    flags.every(flag => typeof flag === 'string')
  );
}
