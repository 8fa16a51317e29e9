/** Pages that were written to, given back without being marked dirty. */

import type { FileAnalysis } from '../../analysis/index.js';
import { constantTruth, filePagesOf, speaksOfDirty } from '../../analysis/index.js';
import type { Call, Span } from '../../syntax/index.js';
import { pageRoot, pageWritesOf } from '../pageWrites.js';
import { defineRule, type Finding } from '../rule.js';
import { gotElsewhere, type TracedRelease, tracedReleases } from '../tracedReleases.js';

/** Directions in which a device writes to memory. */
const DEVICE_WRITES = /\b(?:DMA_FROM_DEVICE|DMA_BIDIRECTIONAL|PCI_DMA_FROMDEVICE|PCI_DMA_BIDIRECTIONAL)\b/;

export const gupMissingDirty = defineRule({
  id: 'gup-missing-dirty',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'Pages that the kernel or a device wrote to are given back without being marked dirty.',
  why:
    "A write through the kernel's mapping, or by a device, leaves no trace in the page tables of the task. Getting the " +
    'page for writing marked it dirty once, but writeback may have cleaned it since. Then nobody knows that it was ' +
    'written to, and what was written is lost when the page is reclaimed, or never reaches the file.',
  remedy:
    'Mark the pages dirty behind the write and before the release: set_page_dirty_lock() before put_page(), or ' +
    'unpin_user_pages_dirty_lock(pages, n, true) instead of unpin_user_pages().',
  examples: [
    {
      release: '6.12',
      bad: `static int post(unsigned long uaddr, const void *data, size_t len)
{
	struct page *page;

	if (pin_user_pages_fast(uaddr, 1, FOLL_WRITE, &page) != 1)
		return -EFAULT;
	memcpy_to_page(page, offset_in_page(uaddr), data, len);
	unpin_user_page(page);
	return 0;
}
`,
      good: `static int post(unsigned long uaddr, const void *data, size_t len)
{
	struct page *page;

	if (pin_user_pages_fast(uaddr, 1, FOLL_WRITE, &page) != 1)
		return -EFAULT;
	memcpy_to_page(page, offset_in_page(uaddr), data, len);
	unpin_user_pages_dirty_lock(&page, 1, true);
	return 0;
}
`,
    },
  ],
  related: ['gup-set-page-dirty-unlocked', 'gup-missing-write', 'Documentation/core-api/pin_user_pages.rst'],
  check({ file }) {
    const findings: Finding[] = [];
    const { text } = file.source;
    const deviceOnly = DEVICE_WRITES.test(text) && !speaksOfDirty(text);
    for (const traced of tracedReleases(file)) {
      if (marks(traced.release.call) || !gotForWriting(traced, deviceOnly)) continue;
      const written = writtenBefore(file, traced);
      if (written !== null) findings.push(findingOf(traced, written.message, written, 'warning'));
      else if (deviceOnly && traced.fromField) {
        findings.push(findingOf(traced, 'a device may write to them', null, 'info'));
      }
    }
    return findings;
  },
});

/** Whether a release marks the pages dirty, or may. */
function marks({ callee, args }: Call): boolean {
  if (callee.kind !== 'identifier' || !/dirty/.test(callee.name)) return false;
  const [, , dirty] = args;
  return dirty === undefined || constantTruth(dirty) !== false;
}

/** Whether all calls that may have got the pages did it for writing, or may have. */
function gotForWriting({ sites, elsewhere }: TracedRelease, perhaps: boolean): boolean {
  return (
    sites.every(({ flags }) => flags !== null && (perhaps ? flags.may : flags.must).includes('FOLL_WRITE')) &&
    elsewhere.every(({ writes }) => writes === 'always' || (perhaps && writes === 'perhaps'))
  );
}

/** The write to the page in the function that gives it back, where nothing there, or in what it calls, speaks of dirty pages. */
function writtenBefore(
  file: FileAnalysis,
  traced: TracedRelease,
): { readonly span: Span; readonly message: string } | null {
  const { release, fn } = traced;
  const holder = file.functionNamed(fn.name);
  const [released] = release.call.args;
  const root = released === undefined ? null : pageRoot(released);
  if (holder === null || root === null || !gotForWriting(traced, false)) return null;
  if (filePagesOf(file).marksDirty(fn.name)) return null;
  const write = pageWritesOf(holder).find(
    found => found.root === root && found.span.start < release.call.start,
  );
  return write === undefined ? null : { span: write.span, message: `${write.by} writes to the page` };
}

function findingOf(
  { release, sites, elsewhere }: TracedRelease,
  what: string,
  written: Finding['related'][number] | null,
  severity: 'warning' | 'info',
): Finding {
  const [site] = sites;
  const [other] = elsewhere;
  const got = site !== undefined || other === undefined ? '' : ` (got by ${gotElsewhere(other)})`;
  return {
    span: { start: release.call.callee.start, end: release.call.callee.end },
    message: `${release.callee}() gives pages back${got} that are not marked dirty, and ${what}`,
    related: [
      ...(site === undefined
        ? []
        : [{ span: site.span, message: `${site.callee}() got the pages for writing here` }]),
      ...(written === null ? [] : [written]),
    ],
    confidence: 'medium',
    fix: null,
    severity,
  };
}
