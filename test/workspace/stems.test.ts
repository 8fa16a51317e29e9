import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CORE_HANDLERS, SITE_FUNCTIONS } from '../../kernel/src/index.js';
import { reduceNeedles, stemsOf } from '../../server/src/workspace/stems.js';

describe('reduceNeedles', () => {
  it('drops what contains another, what is double, and nothing', () => {
    expect(reduceNeedles(['put_page', 'unput_page', 'put_page', '', 'page_put'])).toEqual([
      'put_page',
      'page_put',
    ]);
    expect(reduceNeedles([])).toEqual([]);
  });
});

describe('stemsOf', () => {
  it('joins what shares the longest part first, and only as far as the budget asks', () => {
    const needles = ['xfs_filemap_fault', 'ext4_filemap_fault', 'shm_fault'];
    expect(stemsOf(needles, 100)).toEqual(needles);
    expect(stemsOf(needles, 30)).toEqual(['shm_fault', '_filemap_fault']);
    expect(stemsOf(needles, 10)).toEqual(['_fault']);
  });

  it('keeps apart what shares nothing, whatever the budget', () => {
    expect(stemsOf(['abcdef', 'ghijkl'], 1)).toEqual(['abcdef', 'ghijkl']);
  });

  it('brings the names of every release below the budget', () => {
    const names = [...SITE_FUNCTIONS.keys(), ...CORE_HANDLERS.keys(), 'vm_operations_struct'];
    const stems = stemsOf(names, 240);
    expect(stems.join('').length).toBeLessThanOrEqual(240);
    expect(names.filter(name => !stems.some(stem => name.includes(stem)))).toEqual([]);
  });

  it('has a part of every needle', () => {
    const name = fc.stringMatching(/^[a-c_]{1,12}$/);
    fc.assert(
      fc.property(fc.array(name, { maxLength: 12 }), fc.nat(60), (needles, budget) => {
        const stems = stemsOf(needles, budget);
        return needles.every(needle => stems.some(stem => needle.includes(stem))) && !stems.includes('');
      }),
    );
  });
});
