import { describe, expect, it } from 'vitest';
import { compareWithGold, type GoldRow, readGold, type SiteLike } from './gold.js';

const gold = readGold();

const asSites = (rows: readonly GoldRow[]): SiteLike[] =>
  rows.map(({ enclosing_function, ...row }) => ({ ...row, function: enclosing_function }));

describe('the list of the call sites of 6.1', () => {
  it('is whole', () => {
    const count = (wanted: (row: GoldRow) => boolean): number =>
      gold.filter(row => !row.extra && wanted(row)).length;
    expect(gold).toHaveLength(489);
    expect(count(row => row.kind !== 'handler')).toBe(292);
    expect(count(row => row.role === 'install')).toBe(162);
    expect(count(row => row.role === 'direct-call')).toBe(11);
  });
});

describe('compareWithGold', () => {
  const wanted = gold.filter(row => !row.extra);

  it('accepts exactly the list, in any order, with or without the extra rows', () => {
    expect(compareWithGold(gold, asSites(wanted).reverse())).toEqual([]);
    expect(compareWithGold(gold, asSites(gold))).toEqual([]);
  });

  it('names what is missing, what is too much, and what is said differently', () => {
    const sites = asSites(wanted);
    const [first, second] = sites;
    expect(compareWithGold(gold, sites.slice(1))).toEqual([expect.stringMatching(/^missing: arch\/alpha/)]);
    expect(compareWithGold(gold, [...sites, { ...first, line: 1 } as SiteLike])).toEqual([
      expect.stringMatching(/^extra: arch\/alpha\/mm\/fault\.c 1 /),
    ]);
    expect(compareWithGold(gold, [...sites, second as SiteLike])).toHaveLength(1);
    const renamed = sites.map(site => (site === first ? { ...site, function: 'other' } : site));
    expect(compareWithGold(gold, renamed)).toEqual([
      expect.stringMatching(/^function: .*: other instead of /),
    ]);
  });
});
