/** Lockless pins that fork() does not wait for, in the releases where that is so. */

import { siteFunction } from '../../../../kernel/src/index.js';
import { defineRule } from '../rule.js';

export const gupFastForkRace = defineRule({
  id: 'gup-fast-fork-race',
  severity: 'info',
  releases: [{ since: '5.6', until: '5.9' }],
  summary: 'A lockless pin can race with fork(): the pinned page may become the one that is copied away.',
  why:
    'In these releases fork() looks whether a page is pinned before it makes it copy-on-write, or (before v5.9) does not look at all. The ' +
    'lockless walk of pin_user_pages_fast() takes no mmap_lock, and can pin just behind that look. Then the task writes ' +
    'to a copy, while the device has the page of the child. Since v5.10 (5.10.7) the walk gives up where fork() is at work.',
  remedy:
    'In these releases keep the range away from children with madvise(MADV_DONTFORK), or pin with pin_user_pages() ' +
    'under mmap_lock; that helps against fork() at the same time, and before v5.9 not against a later one. From v5.10 on ' +
    'nothing is to do.',
  unreported: 'References, short pins, calls under mmap_lock, and flags of the caller.',
  examples: [
    {
      release: '5.9',
      bad: `static int map(unsigned long uaddr, int n, struct page **pages)
{
	return pin_user_pages_fast(uaddr, n, FOLL_WRITE | FOLL_LONGTERM, pages);
}
`,
      good: `static int map(unsigned long uaddr, int n, struct page **pages)
{
	int got;

	mmap_read_lock(current->mm);
	got = pin_user_pages(uaddr, n, FOLL_WRITE | FOLL_LONGTERM, pages, NULL);
	mmap_read_unlock(current->mm);
	return got;
}
`,
    },
  ],
  related: ['gup-cow-unshare'],
  check({ file, profile }) {
    if (profile.switches.gupFastForkSeq) return [];
    return (
      file.sites
        .filter(site => siteFunction(profile, site.callee)?.acquires === 'pin' && /_fast$/.test(site.callee))
        // A pin that ends with the call gives fork() hardly any time.
        .filter(site => site.flags?.must.includes('FOLL_LONGTERM') === true)
        .map(site => ({
          span: { start: site.span.start, end: site.span.end },
          message:
            `in Linux ${profile.release} fork() ${profile.switches.forkCopiesPinned ? 'can miss' : 'does not look for'} the pin of ` +
            `${site.callee}(): after it the device may write to a page that the task does not see`,
          related: [],
          confidence: 'medium' as const,
          fix: null,
        }))
    );
  },
});
