import { describe, expect, it } from 'vitest';
import { profileFor, RELEASES, SWITCHES } from '../../kernel/src/index.js';
import { releasePages } from '../../scripts/generate/releasePages.js';
import { releasePage, releasesIndex } from '../../server/src/ide/pages/releasePage.js';

const readers = new Map(SWITCHES.map(fact => [fact.name as string, fact.reads]));

describe('the pages of the releases', () => {
  const pages = releasePages(readers);

  it('are one for each release and an index that leads to all', () => {
    expect(pages.size).toBe(RELEASES.length + 1);
    for (const release of RELEASES) expect(releasesIndex()).toContain(`[${release}](${release}.md)`);
  });

  it.each(RELEASES)(
    'the page of %s has every flag with its value, every function, and every switch that is on',
    release => {
      const page = pages.get(`docs/releases/${release}.md`) ?? '';
      const { flags, functions, switches } = profileFor(release);
      const missing = [
        ...[...flags.values()].filter(
          flag => !page.includes(`| \`${flag.name}\` | 0x${flag.value.toString(16)} `),
        ),
        ...[...functions.values()].filter(
          fn => !page.includes(`### ${fn.name}\n\n\`\`\`c\n${fn.signature}\n`),
        ),
        ...SWITCHES.filter(fact => switches[fact.name] && !page.includes(`| \`${fact.name}\` | `)),
      ];
      expect(missing.map(one => one.name)).toEqual([]);
    },
  );

  it('tell what is inferred', () => {
    expect(releasePage('6.16', readers)).toContain('No tree of 6.16 was read');
    expect(releasePage('6.12', readers)).not.toContain('No tree of');
  });

  it('tell what changed, once for all functions of which it is so', () => {
    const page = releasePage('6.3', readers);
    expect(page).toContain('- `FOLL_PIN` is 0x80000; it was 0x40000');
    expect(page).toContain(
      '- Added flags of `get_user_pages_unlocked()`, `pin_user_pages_unlocked()`\n  - is: `FOLL_UNLOCKABLE`\n',
    );
    expect(page).toContain('- `unlockableFlag` on: ');
    expect(page).toContain('[← 6.2](6.2.md) · [All releases](README.md) · [6.4 →](6.4.md)');
    expect(releasePage('4.8', readers)).not.toContain('## Changes');
  });

  it('have tables in which every row has as many cells as its head', () => {
    for (const [path, page] of pages) {
      let cells = 0;
      for (const line of page.split('\n')) {
        const now = line.startsWith('|') ? line.replaceAll('\\|', '').split('|').length : 0;
        if (cells !== 0 && now !== 0)
          expect(`${path} ${line.slice(0, 40)} ${now}`).toBe(`${path} ${line.slice(0, 40)} ${cells}`);
        cells = now;
      }
    }
  });

  it('stay below three megabytes together', () => {
    expect([...pages.values()].reduce((sum, page) => sum + page.length, 0)).toBeLessThan(3_000_000);
  });
});
