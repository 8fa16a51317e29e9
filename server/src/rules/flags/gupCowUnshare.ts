/** Reads that may end up with another page than the task's, because nobody breaks COW first. */

import { type Profile, siteFunction } from '../../../../kernel/src/index.js';
import { type CallSite, calleeName, type FileAnalysis, valueExpression } from '../../analysis/index.js';
import { defineRule, type Finding } from '../rule.js';
import { choicesInto } from '../writeChoice.js';
import { functionOf } from './flagLeaves.js';

/** What a function is called that parts a shared page from the others. */
const PARTS = /(?:^|_)(?:unmerge\w*|unshare\w*|break_(?:cow|ksm|share\w*|merge\w*)|uncow)(?:_|$)/;
/** Tells whether KSM has merged a page with others. */
const IS_MERGED = /^(?:PageKsm|folio_test_ksm|\w*_?(?:is|has)_ksm\w*)$/;

export const gupCowUnshare = defineRule({
  id: 'gup-cow-unshare',
  severity: 'info',
  releases: [{ since: '5.6' }],
  summary:
    'A read-only pin, or a write fault made for its side effect, breaks copy-on-write too late or too much.',
  why:
    'A page of a private mapping may be shared: with a child after fork(), with the page cache, as the zero page, by ' +
    'KSM. The first write of the task replaces it by a copy. A device with a read-only pin keeps the old page and does ' +
    'not see what the task writes. Since v5.19 a read-only pin unshares anonymous pages first, since v6.2 a ' +
    'long-term one also the zero page and page cache. The other way round, code that wants a copy and makes a write fault for it marks the ' +
    'entry writable and dirty, and with userfaultfd write protection repeats for ever: FAULT_FLAG_UNSHARE copies only.',
  remedy:
    'For releases before v6.2, where a device keeps reading while the task writes, pin with FOLL_WRITE | FOLL_FORCE ' +
    '(the way of drivers/infiniband/core/umem.c then), or say that the buffer has to be written first. To part a shared ' +
    'page from the others fault with FAULT_FLAG_UNSHARE where the release has it.',
  unreported:
    'Pins for writing, short ones, flags that are not known, and releases that unshare the page by themselves.',
  examples: [
    {
      release: '6.1',
      bad: `static int map_readonly(unsigned long uaddr, int n, struct page **pages)
{
	return pin_user_pages_fast(uaddr, n, FOLL_LONGTERM, pages);
}
`,
      good: `static int map_writable(unsigned long uaddr, int n, struct page **pages)
{
	return pin_user_pages_fast(uaddr, n, FOLL_WRITE | FOLL_LONGTERM, pages);
}
`,
    },
  ],
  related: ['gup-force-misuse', 'gup-fast-fork-race', 'Documentation/core-api/pin_user_pages.rst'],
  check({ file, profile }) {
    return file.sites.flatMap(site => readOnlyPin(site, profile) ?? writeFault(file, site, profile) ?? []);
  },
});

/** A long-term pin for reading, where the release does not unshare every page of a private mapping. */
function readOnlyPin(site: CallSite, profile: Profile): Finding | null {
  if (profile.switches.unshareAnyPage || siteFunction(profile, site.callee)?.acquires !== 'pin') return null;
  const { flags } = site;
  if (flags === null || flags.possible === null || !flags.must.includes('FOLL_LONGTERM')) return null;
  if (flags.may.some(flag => flag === 'FOLL_WRITE' || flag.includes(':'))) return null;
  const shared = profile.switches.unshareBeforePin
    ? 'the zero page or a page of the page cache'
    : 'a shared page';
  return findingOf(
    site,
    `in Linux ${profile.release} ${site.callee}() may pin ${shared} for reading: after the task's first write the device still reads the old one`,
  );
}

/** A write fault in a function that only wants a page of its own. */
function writeFault(file: FileAnalysis, site: CallSite, profile: Profile): Finding | null {
  const { flags } = site;
  if (!profile.switches.unshareFault || site.callee !== 'handle_mm_fault') return null;
  if (flags?.must.includes('FAULT_FLAG_WRITE') !== true || flags.may.includes('FAULT_FLAG_UNSHARE'))
    return null;
  if (!PARTS.test(site.function ?? '') && !whereMerged(file, site)) return null;
  return findingOf(
    site,
    `${site.function}() makes a write fault to get a page of its own: FAULT_FLAG_UNSHARE does that without making the entry writable, and works under userfaultfd write protection`,
  );
}

/** Whether a call is made just because KSM has merged the page. */
function whereMerged(file: FileAnalysis, site: CallSite): boolean {
  const fn = functionOf(file, site);
  if (fn === null || !fn.complete) return false;
  for (const { element, at } of fn.cfg.elements()) {
    if (element.kind !== 'call' || element.node.callee.start !== site.span.start) continue;
    return choicesInto(fn, at.block).some(({ condition, truth }) => {
      const value = valueExpression(condition);
      return truth && value.kind === 'call' && IS_MERGED.test(calleeName(value) ?? '');
    });
  }
  return false;
}

function findingOf({ span }: CallSite, message: string): Finding {
  return {
    span: { start: span.start, end: span.end },
    message,
    related: [],
    confidence: 'medium',
    fix: null,
  };
}
