/** Which calls got the pages that a release gives back. */

import { PAGE_RELEASE_NAMES } from '../../../kernel/src/index.js';
import type { CallSite, FieldHolding, FileAnalysis, FunctionPages, PageRelease } from '../analysis/index.js';
import { filePagesOf, HELD } from '../analysis/index.js';
import { callTokens } from '../syntax/index.js';
import { releasedField } from './releasedField.js';

/** A release, the function that makes it, and the calls of the file that may have got the pages. */
export interface TracedRelease {
  readonly release: PageRelease;
  readonly fn: FunctionPages;
  readonly sites: readonly CallSite[];
  /** The calls of other files that may have got them; they were left in a field. */
  readonly elsewhere: FieldHolding['elsewhere'];
  /** The pages were in a field when the function started. */
  readonly fromField: boolean;
}

const known = new WeakMap<FileAnalysis, readonly TracedRelease[]>();

/**
 * The releases of a file, written out in their function, whose pages are known to be got by calls of this file or, in a
 * field, of others of its directory. Made once for an analysis.
 */
export function tracedReleases(file: FileAnalysis): readonly TracedRelease[] {
  let traced = known.get(file);
  if (traced === undefined) {
    traced = trace(file);
    known.set(file, traced);
  }
  return traced;
}

function trace(file: FileAnalysis): readonly TracedRelease[] {
  const byOthers = file.scope.questions.storedByOthers();
  if (byOthers.length === 0 && !file.sites.some(site => site.kind === 'gup')) return [];
  const pages = filePagesOf(file);
  const byStart = new Map(file.sites.map(site => [site.span.start, site]));
  const releasing = new Set(
    callTokens(file.source, PAGE_RELEASE_NAMES).map(token => file.source.functions[token.function]),
  );
  return [...releasing].flatMap(item => {
    const fn =
      item?.alternative === null && pages.mayGiveBackGot(item.name) ? pages.lifetime.of(item.name) : null;
    if (fn === null) return [];
    return fn.releases.flatMap(release => {
      if (release.through !== null || release.holding.mask & HELD.other) return [];
      const fromField = (release.holding.mask & HELD.entry) !== 0;
      const held = fromField ? inField(release, fn, file) : null;
      const from = held?.from ?? acquisitionsOf(release, fn);
      const elsewhere = held?.elsewhere ?? [];
      const sites = from.flatMap(got => byStart.get(got.span.start) ?? []);
      if (sites.length + elsewhere.length === 0 || sites.length < from.length) return [];
      return [{ release, fn, sites, elsewhere, fromField }];
    });
  });
}

/** A call of a function that gives back the pages it is given, and the calls of the file that got them. */
export interface ReleaseInHelper {
  /** The function that gives back. */
  readonly helper: string;
  /** The function that calls it. */
  readonly caller: string;
  readonly sites: readonly CallSite[];
}

/**
 * The calls of a file that hand pages to one of some functions of the file, which releases them; every pair of functions
 * once.
 */
export function releasesInHelpers(
  file: FileAnalysis,
  helpers: ReadonlySet<string>,
): readonly ReleaseInHelper[] {
  if (helpers.size === 0 || !file.sites.some(site => site.kind === 'gup')) return [];
  const pages = filePagesOf(file);
  const byStart = new Map(file.sites.map(site => [site.span.start, site]));
  const found = new Map<string, ReleaseInHelper>();
  const callers = new Set(
    callTokens(file.source, helpers).map(token => file.source.functions[token.function]),
  );
  for (const { name: caller } of file.source.functions.filter(item => callers.has(item))) {
    const fn = pages.leadsToGot(caller) ? pages.lifetime.of(caller) : null;
    for (const release of fn?.releases ?? []) {
      if (fn === null || release.through === null || release.holding.mask & (HELD.other | HELD.entry))
        continue;
      const from = acquisitionsOf(release, fn);
      const sites = from.flatMap(got => byStart.get(got.span.start) ?? []);
      if (sites.length === 0 || sites.length < from.length) continue;
      const helper = release.callee;
      if (!helpers.has(helper)) continue;
      found.set(`${caller} ${helper}`, { helper, caller, sites });
    }
  }
  return [...found.values()];
}

function acquisitionsOf(release: PageRelease, fn: FunctionPages): FunctionPages['acquisitions'] {
  return fn.acquisitions.filter(got => release.holding.by.has(got.id));
}

function inField(release: PageRelease, fn: FunctionPages, file: FileAnalysis): Omit<FieldHolding, 'mask'> {
  const field = releasedField(release, fn.name, file);
  const census = field === null ? null : filePagesOf(file).fieldHolding(fn.name, field);
  return census === null || census.mask & HELD.other ? { from: [], elsewhere: [] } : census;
}

/** A call of another file that left pages in a field, in words. */
export function gotElsewhere({ callee, path }: TracedRelease['elsewhere'][number]): string {
  return `${callee}() in ${path.split('/').at(-1) ?? path}`;
}
