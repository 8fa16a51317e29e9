import { describe, expect, it } from 'vitest';
import type { Release } from '../../kernel/src/index.js';
import { FILE, open } from './host.js';

/** A call in the form of its release, and what the contract of that release is known by. */
const FORMS: readonly {
  readonly release: Release;
  readonly call: string;
  readonly shows: readonly string[];
  readonly hides?: readonly string[];
}[] = [
  {
    release: '4.9',
    call: 'get_user_¦pages_remote(tsk, mm, addr, 1, FOLL_WRITE, pages, NULL)',
    shows: [
      '`get_user_pages_remote(tsk, mm, start, nr_pages, gup_flags, pages, vmas)`',
      'Changed in **4.9**',
    ],
  },
  {
    release: '5.4',
    call: 'get_user_¦pages_remote(tsk, mm, addr, 1, FOLL_WRITE, pages, NULL, &locked)',
    shows: [
      '`get_user_pages_remote(tsk, mm, start, nr_pages, gup_flags, pages, vmas, locked)`',
      '`put_page`',
    ],
  },
  {
    release: '5.15',
    call: 'get_user_¦pages(addr, 1, FOLL_WRITE, pages, NULL)',
    shows: ['`get_user_pages(start, nr_pages, gup_flags, pages, vmas)`', '`put_page`'],
  },
  {
    release: '6.1',
    call: 'pin_user_¦pages_remote(mm, addr, 1, FOLL_WRITE | FOLL_LONGTERM, pages, NULL, NULL)',
    shows: [
      '`pin_user_pages_remote(mm, start, nr_pages, gup_flags, pages, vmas, locked)`',
      '`unpin_user_page`',
      '| it adds | `TOUCH REMOTE PIN` | 6.1 contract |',
    ],
    hides: ['UNLOCKABLE', 'is_valid_gup_args'],
  },
  {
    release: '6.12',
    call: 'pin_user_¦pages_remote(mm, addr, 1, FOLL_WRITE | FOLL_LONGTERM, pages, &locked)',
    shows: [
      '`pin_user_pages_remote(mm, start, nr_pages, gup_flags, pages, locked)`',
      '`unpin_user_page`',
      'Changed in **6.9**',
      '6.12 contract',
    ],
  },
  {
    release: '7.1',
    call: 'pin_user_¦pages(addr, 1, FOLL_WRITE, pages)',
    shows: [
      '`pin_user_pages(start, nr_pages, gup_flags, pages)`',
      '`unpin_user_page`',
      'Linux 7.1 (Makefile)',
    ],
  },
];

describe.each(FORMS)('hover on a call as written for $release', ({ release, call, shows, hides = [] }) => {
  const source = `static long demo(struct task_struct *tsk, struct mm_struct *mm, unsigned long addr, struct page **pages)
{
	int locked = 1;

	return ${call};
}
`;

  it('shows the contract of that release', () => {
    const { analysis, offset } = open(source, { release });
    const text = analysis.hover(FILE, offset)?.markdown ?? '';
    expect(text).toContain(`Linux ${release} (Makefile)`);
    for (const part of shows) expect(text).toContain(part);
    for (const part of hides) expect(text.split('\nChanged in')[0]).not.toContain(part);
  });

  it('reads its flags', () => {
    const { analysis, offset } = open(source, { release });
    const [site] = analysis.sites(FILE).sites;
    expect(site?.flags?.must).toContain('FOLL_WRITE');
    expect(analysis.hover(FILE, offset)?.markdown).toMatch(/\| you pass \| `WRITE(?: LONGTERM)?`/);
  });
});
