import { describe, expect, it } from 'vitest';
import { parseScenario } from '../../simulator/src/index.js';

const SMALLEST = { kernel: '6.12', fn: 'get_user_pages', vma: { kind: 'anon', prot: 'rw-' } };

/** Fields of the problems of a value. */
function fieldsOf(value: unknown): string[] {
  const parsed = parseScenario(value);
  return 'problems' in parsed ? parsed.problems.map(({ field }) => field) : [];
}

describe('parseScenario', () => {
  it('fills in what is left out', () => {
    const parsed = parseScenario(SMALLEST);
    expect(parsed).toMatchObject({
      scenario: {
        variant: 'base',
        flags: [],
        locked: null,
        mm: 'current',
        opts: [],
        vma: { kind: 'anon', share: 'private', prot: 'rw-', len: 16384 },
        page_state: 'unpopulated',
        nr: 1,
        addr_offset: 0,
      },
    });
  });

  it('names the field that is wrong', () => {
    expect(fieldsOf(null)).toEqual(['']);
    expect(fieldsOf([])).toEqual(['']);
    expect(fieldsOf({ ...SMALLEST, kernel: undefined })).toEqual(['kernel']);
    expect(fieldsOf({ ...SMALLEST, kernel: 'nonsense' })).toEqual(['kernel']);
    expect(fieldsOf({ ...SMALLEST, fn: 1 })).toEqual(['fn']);
    expect(fieldsOf({ ...SMALLEST, flags: 'FOLL_WRITE' })).toEqual(['flags']);
    expect(fieldsOf({ ...SMALLEST, locked: 2 })).toEqual(['locked']);
    expect(fieldsOf({ ...SMALLEST, mm: 'other' })).toEqual(['mm']);
    expect(fieldsOf({ ...SMALLEST, nr: -1 })).toEqual(['nr']);
    expect(fieldsOf({ ...SMALLEST, vma: undefined })).toEqual(['vma']);
    expect(fieldsOf({ ...SMALLEST, vma: { prot: 'rw' } })).toEqual(['vma.prot']);
    expect(fieldsOf({ ...SMALLEST, vma: { vm_flags: 5 } })).toEqual(['vma.vm_flags']);
    expect(fieldsOf({ ...SMALLEST, pte_before: [{ lvl: 7, f: [] }] })).toEqual(['pte_before']);
  });

  it('tells several problems at once', () => {
    expect(fieldsOf({ ...SMALLEST, nr: 'two', locked: 'yes' }).sort()).toEqual(['locked', 'nr']);
  });
});
