import { describe, expect, it } from 'vitest';
import { RELEASES, type Release } from '../../kernel/src/index.js';
import { SITUATIONS } from '../../server/src/ide/situations.js';
import { FILE, open } from './host.js';

/** The rows of the simulated table at the marked call, cell by cell. */
function rowsOf(body: string, release: Release): string[][] {
  const { analysis, offset } = open(`long demo(unsigned long a, struct page **p)\n{\n\t${body}\n}\n`, {
    release,
  });
  const lines = (analysis.hover(FILE, offset)?.markdown ?? '').split('\n');
  const head = lines.indexOf('| memory | result | mmap_lock | fault |');
  if (head < 0) return [];
  const end = lines.findIndex((line, index) => index > head && !line.startsWith('|'));
  return lines.slice(head + 2, end).map(line =>
    line
      .slice(2, -2)
      .split(' | ')
      .map(cell => cell.trim()),
  );
}

/** The row whose situations begin with one. */
function rowOf(rows: string[][], label: string): string[] | undefined {
  return rows.find(([memory]) => memory?.split(/; |, `/).includes(label))?.slice(1);
}

describe('the simulated table', () => {
  it.each(RELEASES)('has four to six rows that differ, in Linux %s', release => {
    for (const flags of ['FOLL_WRITE', '0']) {
      const rows = rowsOf(`return get_user_¦pages_fast(a, 1, ${flags}, p);`, release);
      expect(rows.length).toBeGreaterThanOrEqual(4);
      expect(rows.length).toBeLessThanOrEqual(6);
      const cells = rows.map(row => row.slice(1).join('|'));
      expect(new Set(cells).size).toBe(cells.length);
    }
  });

  it('begins with memory that is there and names what comes to the same', () => {
    const [first] = rowsOf('return get_user_¦pages_fast(a, 1, 0, p);', '6.12');
    expect(first?.[0]).toMatch(/^mapped, writable; shared with a forked child; [^;]+; \d+ more$/);
    expect(first?.slice(1)).toEqual(['1 page', 'kept', '–']);
  });

  it('shows what is particular to the call', () => {
    const longterm = rowsOf('return pin_user_¦pages_fast(a, 1, FOLL_WRITE | FOLL_LONGTERM, p);', '6.12');
    const plain = rowsOf('return pin_user_¦pages_fast(a, 1, FOLL_WRITE, p);', '6.12');
    expect(rowOf(longterm, 'shared file on a disk')?.[0]).toBe('**-EFAULT**');
    expect(rowOf(plain, 'shared file on a disk')?.[0] ?? '1 page').toBe('1 page');
  });

  it('follows the release', () => {
    const lock = (release: Release): string | undefined =>
      rowOf(
        rowsOf('return get_user_¦pages_fast(a, 1, FOLL_WRITE, p);', release),
        'hole of a shared file',
      )?.[2];
    expect(lock('6.12')).toBe('LOCKED COMPLETED');
    expect(lock('5.15')).toMatch(/^LOCKED RETRY/);
    expect(lock('5.4')).toBe('LOCKED');
  });
});

describe('its situations', () => {
  it('have names of their own', () => {
    expect(new Set(SITUATIONS.map(({ label }) => label)).size).toBe(SITUATIONS.length);
  });
});
