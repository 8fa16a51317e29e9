import { beforeEach, describe, expect, it } from 'vitest';
import type { KernelCParser } from '../../server/src/syntax/index.js';
import { analyse, newParser } from './snippet.js';

const FIRST = `static int first(unsigned long addr, struct page **pages)
{
	return pin_user_pages_fast(addr, 1, FOLL_WRITE, pages);
}
`;
const SECOND = `static int second(struct mm_struct *mm, struct page **pages)
{
	int locked = take(mm);

	if (locked)
		return get_user_pages_remote(mm, 0, 1, MY_FLAGS, pages, NULL);
	return 0;
}
`;
const HELPER = 'static int take(struct mm_struct *mm)\n{\n\treturn mmap_read_trylock(mm);\n}\n';

let parser: KernelCParser;
beforeEach(async () => {
  parser = await newParser();
});

describe('a second analysis', () => {
  const now = (text: string, release: '6.1' | '6.12' = '6.12'): number =>
    analyse(text, { parser, release }).analysedNow;

  it('takes functions whose text is the same from the first', () => {
    expect(now(FIRST + SECOND)).toBe(2);
    expect(now(FIRST + SECOND)).toBe(0);
    expect(now(FIRST.replace('FOLL_WRITE', '0') + SECOND)).toBe(1);
    expect(now(FIRST + SECOND, '6.1')).toBe(2);
  });

  it('moves them where they have moved', () => {
    const before = analyse(FIRST + SECOND, { parser });
    const prefix = '/* a comment */\n';
    const after = analyse(prefix + FIRST + SECOND, { parser });
    expect(after.analysedNow).toBe(0);
    const moved = before.sites.map(site => site.span.start + prefix.length);
    expect(after.sites.map(site => site.span.start)).toEqual(moved);
    for (const site of after.sites) {
      const { text } = after.source;
      expect(text.slice(site.span.start, site.span.end)).toBe(site.callee);
      expect(text.slice(site.callSpan.start, site.callSpan.end)).toMatch(/^\w+\(.*\)$/s);
      for (const [flag, origins] of site.flags?.origins ?? []) {
        expect(origins.map(span => text.slice(span.start, span.end))).toEqual([flag]);
      }
    }
    const fresh = analyse(prefix + FIRST + SECOND);
    expect(after.sites).toEqual(fresh.sites);
    expect(after.functions.map(fn => fn.cfg.blocks.length)).toEqual(
      fresh.functions.map(fn => fn.cfg.blocks.length),
    );
  });

  it('looks again where a helper or a constant has changed', () => {
    const state = (text: string): string | undefined => {
      const site = analyse(text, { parser }).sites.find(row => row.callee === 'get_user_pages_remote');
      return `${site?.lock.before} ${site?.flags?.possible?.join() ?? 'unknown'}`;
    };
    expect(state(FIRST + SECOND)).toBe('caller-dependent unknown');
    expect(state(HELPER + FIRST + SECOND)).toBe('held-read unknown');
    expect(state(`#define MY_FLAGS FOLL_FORCE\n${HELPER}${SECOND}`)).toBe('held-read FOLL_FORCE');
    expect(state(`#define MY_FLAGS FOLL_WRITE\n${HELPER}${SECOND}`)).toBe('held-read FOLL_WRITE');
    expect(state(`#define MY_FLAGS FOLL_WRITE\n${HELPER.replace('read', 'write')}${SECOND}`)).toBe(
      'held-write FOLL_WRITE',
    );
    expect(now(`#define MY_FLAGS FOLL_WRITE\n${HELPER.replace('read', 'write')}${SECOND}`)).toBe(0);
  });

  it('takes callers of a helper from the first while the helper does the same with their pages', () => {
    const put = 'static void put_all(struct page **p, int n)\n{\n\tunpin_user_pages(p, n);\n}\n';
    const outer = 'static void put_one(struct page **p)\n{\n\tput_all(p, 1);\n}\n';
    const user =
      'int f(unsigned long addr)\n{\n\tstruct page *page;\n\n\tpin_user_pages_fast(addr, 1, 0, &page);\n\tput_one(&page);\n\treturn 0;\n}\n';
    const analysis = (helper: string): readonly [string | undefined, number] => {
      const { sites, analysedNow } = analyse(helper + outer + user, { parser });
      return [sites.find(site => site.callee === 'pin_user_pages_fast')?.release.kind, analysedNow];
    };
    expect(analysis(put)[0]).toBe('local');
    // Nothing but put_all(), which holds a call of the family itself, is looked at again.
    expect(analysis(put.replace('\tunpin', '\tcond_resched();\n\tunpin'))).toEqual(['local', 1]);
    expect(analysis(put.replace('unpin_user_pages', 'look_at'))).toEqual(['unknown', 1]);
    expect(analysis(put)).toEqual(['local', 1]);
  });
});
