/** Pages got as pins and given back as references, or the other way round. */

import { PAGE_RELEASES, type Profile, siteFunction } from '../../../../kernel/src/index.js';
import type {
  Acquisition,
  FieldHolding,
  FileAnalysis,
  FunctionPages,
  PageRelease,
} from '../../analysis/index.js';
import { filePagesOf, HELD } from '../../analysis/index.js';
import type { Span } from '../../syntax/ast.js';
import { releasedField } from '../releasedField.js';
import { defineRule, type Finding, type Fix } from '../rule.js';
import { gotElsewhere } from '../tracedReleases.js';
import { isNeverAsked, isUnknownTo } from './eitherWay.js';
import { freedAsAllocated } from './freedAsAllocated.js';
import { givenByAddress } from './givenByAddress.js';
import { mixedFills } from './mixedFill.js';
import { releasesByFrame } from './pageOrigins.js';

/** The release calls that can be replaced without touching their arguments. */
const COUNTERPART: ReadonlyMap<string, string> = new Map([
  ['put_page', 'unpin_user_page'],
  ['release_pages', 'unpin_user_pages'],
  ['unpin_user_page', 'put_page'],
]);

/** What is wrong about a release, and where the pages come from. */
interface Mismatch {
  readonly release: PageRelease;
  readonly from: readonly Acquisition[];
  /** The calls of other files that got them; what these left in a field is given back. */
  readonly elsewhere: FieldHolding['elsewhere'];
  readonly certain: boolean;
}

export const gupPinPutMismatch = defineRule({
  id: 'gup-pin-put-mismatch',
  severity: 'error',
  releases: [{ since: '5.6' }],
  summary: 'A pinned page is released with put_page(), or an unpinned one with unpin_user_page().',
  why:
    'A pin (of pin_user_pages*()) counts GUP_PIN_COUNTING_BIAS, or in the pin count of a large folio; a reference (of ' +
    'get_user_pages*()) counts one. put_page() on a pinned page drops one reference and leaves the pin: the page ' +
    'cannot be migrated any more, and fork() copies it early. unpin_user_page() on a page with a mere reference ' +
    'drops more than was got: the page is freed while somebody still uses it. __free_page() is for pages that were allocated: ' +
    'of a tail of a huge page it drops a count that is zero.',
  remedy:
    'Release what pin_user_pages*() got with unpin_user_page(), unpin_user_pages() or, where a device wrote to the ' +
    'pages, unpin_user_pages_dirty_lock(). Release what get_user_pages*() got with put_page() or folio_put().',
  unreported:
    'Pages that may come from elsewhere, or that were got in one of two ways by a condition that the release may ask for; a field that is released in both ways, or that a store fills of which nothing is known.',
  examples: [
    {
      bad: `static int ring(unsigned long uaddr, u32 value)
{
	struct page *page;

	if (pin_user_pages_fast(uaddr, 1, FOLL_WRITE, &page) != 1)
		return -EFAULT;
	write_value(page, value);
	put_page(page);
	return 0;
}
`,
      good: `static int ring(unsigned long uaddr, u32 value)
{
	struct page *page;

	if (pin_user_pages_fast(uaddr, 1, FOLL_WRITE, &page) != 1)
		return -EFAULT;
	write_value(page, value);
	unpin_user_page(page);
	return 0;
}
`,
    },
  ],
  related: ['Documentation/core-api/pin_user_pages.rst'],
  check({ file, profile }) {
    const pages = filePagesOf(file);
    const mismatches: Mismatch[] = [];
    for (const name of pages.suspects()) {
      const fn = pages.lifetime.of(name);
      if (fn !== null) mismatches.push(...mismatchesOf(fn, file));
    }
    const direct = new Set(
      mismatches
        .filter(found => found.release.through === null)
        .map(found => found.release.call.callee.start),
    );
    return [
      ...mismatches
        .filter(({ release: { through } }) => !direct.has(through?.span?.start ?? -1))
        .map(found => finding(found, file, profile)),
      ...ofFrames(file, profile).filter(({ span }) => !direct.has(span.start)),
      ...freedAsAllocated(file),
      ...[...mixedFills(file), ...givenByAddress(file)].filter(({ span }) => !direct.has(span.start)),
    ];
  },
});

/** Pages found again by the number of their frame, where all that the file gets is of the other kind. */
function ofFrames(file: FileAnalysis, profile: Profile): Finding[] {
  const got = file.sites.filter(
    site => site.kind === 'gup' && siteFunction(profile, site.callee)?.acquires !== 'none',
  );
  const kinds = new Set(got.map(site => siteFunction(profile, site.callee)?.acquires));
  const [kind] = kinds;
  const [first] = got;
  if (first === undefined || kinds.size !== 1 || (kind !== 'pin' && kind !== 'reference')) return [];
  const names = PAGE_RELEASES.filter(release => release.releases !== kind).map(release => release.name);
  return releasesByFrame(file, got, new Set(names)).map(({ call, callee }) => ({
    span: { start: call.callee.start, end: call.callee.end },
    message:
      kind === 'pin'
        ? `page found by its frame number is released with ${callee}(), and all that this file gets are pins: its pin is never dropped`
        : `page found by its frame number is released with ${callee}(): that drops a pin which nobody in this file takes`,
    related: [
      {
        span: first.span,
        message: `${kind === 'pin' ? 'pinned' : 'reference taken'} here by ${first.callee}()`,
      },
    ],
    confidence: 'medium' as const,
    fix: null,
    severity: 'warning' as const,
  }));
}

function wrongKind(release: PageRelease): 'pin' | 'reference' {
  return release.releases === 'pin' ? 'reference' : 'pin';
}

function mismatchesOf(fn: FunctionPages, file: FileAnalysis): Mismatch[] {
  const found: Mismatch[] = [];
  for (const release of fn.releases) {
    const wrong = wrongKind(release);
    const { mask, by } = release.holding;
    if (mask === (HELD.pin | HELD.reference) && release.through === null) {
      const from = fn.acquisitions.filter(got => by.has(got.id));
      if (!isNeverAsked(from, release, fn, file)) continue;
      found.push({ release, from: from.filter(got => got.kind === wrong), elsewhere: [], certain: false });
      continue;
    }
    if (mask & (HELD[release.releases] | HELD.other)) continue;
    if ((mask & HELD.entry) === 0) {
      if ((mask & HELD[wrong]) === 0) continue;
      const from = fn.acquisitions.filter(got => by.has(got.id));
      found.push({ release, from, elsewhere: [], certain: true });
      continue;
    }
    const filled = filledElsewhere(release, fn, file);
    if (filled !== null) {
      found.push({ release, from: filled.from, elsewhere: filled.elsewhere, certain: false });
    }
  }
  return found;
}

/**
 * For a release of what a field held on entry: how it is filled where all functions of the file and of its directory
 * that fill the field do it in the wrong way, and none otherwise; else null.
 */
function filledElsewhere(release: PageRelease, fn: FunctionPages, file: FileAnalysis): FieldHolding | null {
  const field = releasedField(release, fn.name, file);
  if (field === null || releasedBothWays(fn, field, file)) return null;
  const wrong = wrongKind(release);
  const census = filePagesOf(file).fieldHolding(fn.name, field);
  if (census === null) return null;
  const filled = census.mask & ~(HELD.entry | HELD.nothing);
  if (filled === HELD[wrong]) return census;
  if (filled !== (HELD.pin | HELD.reference) || census.elsewhere.length > 0) return null;
  if (!isUnknownTo(fn.name, census.from, release, file)) return null;
  return { ...census, from: census.from.filter(got => got.kind === wrong) };
}

/** Where one function gives a field back in both ways, a condition says how it was got. */
function releasedBothWays(fn: FunctionPages, field: string, file: FileAnalysis): boolean {
  const kinds = new Set(
    fn.releases.filter(other => releasedField(other, fn.name, file) === field).map(other => other.releases),
  );
  return kinds.size > 1;
}

function finding(
  { release, from, elsewhere, certain }: Mismatch,
  file: FileAnalysis,
  profile: Profile,
): Finding {
  const wrong = wrongKind(release);
  return {
    span: { start: release.call.callee.start, end: release.call.callee.end },
    message: messageOf(release, gotBy(from, elsewhere), wrong),
    related: relatedSpans(release, from, wrong, file),
    confidence: certain ? 'high' : 'medium',
    fix: certain ? fixOf(release, profile) : null,
    ...(certain ? {} : { severity: 'warning' as const }),
  };
}

/** The call that got the pages, in words; null: it is not named. */
function gotBy(from: readonly Acquisition[], elsewhere: Mismatch['elsewhere']): string | null {
  const [own] = from;
  const [other] = elsewhere;
  if (own !== undefined) return `${own.callee}()`;
  return other === undefined ? null : gotElsewhere(other);
}

function messageOf(release: PageRelease, acquirer: string | null, wrong: 'pin' | 'reference'): string {
  const many = release.place.steps.at(-1) === '*';
  const got = acquirer === null ? '' : ` ${wrong === 'pin' ? 'pinned' : 'got'} by ${acquirer}`;
  const released =
    release.through === null
      ? `released with ${release.callee}()`
      : `released by ${release.callee}(), which calls ${release.through.callee}()`;
  const consequence =
    wrong === 'reference'
      ? ': that drops a pin which nobody took'
      : many
        ? ', so their pins are never dropped'
        : ', so its pin is never dropped';
  return `${many ? 'pages' : 'page'}${got} ${many ? 'are' : 'is'} ${released}${consequence}`;
}

function relatedSpans(
  release: PageRelease,
  from: readonly Acquisition[],
  wrong: 'pin' | 'reference',
  file: FileAnalysis,
): Finding['related'] {
  const related: { readonly span: Span; readonly message: string }[] = from.map(got => ({
    span: got.span,
    message:
      (wrong === 'pin' ? `pinned here by ${got.callee}()` : `reference taken here by ${got.callee}()`) +
      flagsAt(got.span, file) +
      (got.through === null ? '' : `, called through ${got.through}()`),
  }));
  if (release.through !== null && release.through.span !== null) {
    related.push({ span: release.through.span, message: `${release.through.callee}() is called here` });
  }
  return related;
}

/** ` (FOLL_WRITE|FOLL_LONGTERM)` where the call always passes the same flags, else nothing. */
function flagsAt(callee: Span, file: FileAnalysis): string {
  const possible = file.sites.find(site => site.span.start === callee.start)?.flags?.possible ?? [];
  const [only] = possible;
  if (possible.length !== 1 || only === undefined || only.length === 0) return '';
  return only.some(flag => flag.includes(':')) ? '' : ` (${only.join('|')})`;
}

/** Only for a single page: in a loop the loop itself has to go, and a person should see to dirty pages. */
function fixOf(release: PageRelease, profile: Profile): Fix | null {
  const { callee, call, through, place } = release;
  if (through !== null) return null;
  if (place.steps.includes('*') && callee !== 'release_pages') return null;
  const replacement = COUNTERPART.get(callee);
  if (replacement === undefined) return null;
  if (replacement.startsWith('unpin') && profile.functions.get(replacement) === undefined) return null;
  return {
    title: `Replace ${callee}() with ${replacement}()`,
    edits: [{ span: { start: call.callee.start, end: call.callee.end }, newText: replacement }],
  };
}
