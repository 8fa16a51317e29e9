/** Branches that the release of a file rules out: answered for the nearest release that reads them. */

import { describe, expect, it } from 'vitest';
import { kernel, newHost, open, TestLog } from './host.js';

const TEXT = `long grab(unsigned long uaddr, int count, struct page **pages)
{
	long got;

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 8, 0)
	mmap_read_lock(current->mm);
#else
	down_read(&current->mm->mmap_sem);
#endif
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
	got = get_user_pages(uaddr, 1, FOLL_WRITE, pages);
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(4, 9, 0)
	got = get_user_pages(uaddr, 1, FOLL_WRITE | FOLL_PIN, pages, NULL);
#else
	got = get_user_pages(uaddr, 1, 1, 0, pages, NULL);
#endif
	return got;
}
`;

const marked = (before: string): string => TEXT.replace(before, `¦${before}`);

describe('a branch that is ruled out', () => {
  it('has its rows, for the nearest release that reads it', () => {
    const log = new TestLog();
    const { analysis } = open(TEXT, { release: '6.12', log });
    const { sites, notAnalysed } = analysis.sites('/linux/drivers/test/file.c');
    expect(sites.map(site => [site.flags?.text, site.lock.before, site.otherRelease])).toEqual([
      ['FOLL_WRITE', 'held-read', undefined],
      ['FOLL_WRITE | FOLL_PIN', 'held-read', '6.4'],
      ['1, 0', 'held-read', '4.8'],
    ]);
    expect(notAnalysed).toEqual([]);
    expect(log.lines).toEqual([]);
  });

  it('has the hover of that release', () => {
    const FILE = '/linux/drivers/test/file.c';
    const old = open(marked('get_user_pages(uaddr, 1, 1, 0'), { release: '6.12' });
    const hover = old.analysis.hover(FILE, old.offset)?.markdown ?? '';
    expect(hover).toContain('int write, int force');
    expect(hover).toContain('4.8');
    const own = open(marked('get_user_pages(uaddr, 1, FOLL_WRITE, '), { release: '6.12' });
    expect(own.analysis.hover(FILE, own.offset)?.markdown).not.toContain('int write');
  });

  it('has the findings, hints and lenses of that release, in order', () => {
    const FILE = '/linux/drivers/test/file.c';
    const { analysis, text } = open(TEXT, { release: '6.12' });
    const found = analysis.diagnostics(FILE).map(({ rule, release }) => `${rule} ${release}`);
    expect(found).toEqual(['gup-internal-flag 6.4']);
    const hints = analysis.inlayHints(FILE, { start: 0, end: text.length }).map(hint => hint.offset);
    expect(hints.length).toBeGreaterThan(2);
    expect(hints).toEqual([...hints].sort((a, b) => a - b));
    const lenses = analysis.codeLenses(FILE).map(lens => lens.site);
    expect(lenses).toEqual([...lenses].sort((a, b) => a - b));
  });

  it('is the main one once the release is another', () => {
    const path = 'a.c';
    const host = newHost();
    const flags = (release: '4.8' | '6.1' | '6.12'): (string | undefined)[] => {
      host.applyChange({ files: [{ path, text: TEXT, version: 1, kernel: kernel(release) }] });
      const { sites } = host.snapshot().sites(path);
      return sites.filter(site => site.otherRelease === undefined).map(site => site.flags?.text);
    };
    expect(flags('6.12')).toEqual(['FOLL_WRITE']);
    expect(flags('4.8')).toEqual(['1, 0']);
    expect(flags('6.1')).toEqual(['FOLL_WRITE | FOLL_PIN']);
    expect(flags('6.12')).toEqual(['FOLL_WRITE']);
  });
});
