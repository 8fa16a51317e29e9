import { describe, expect, it } from 'vitest';
import {
  faultFlagsOf,
  flagsOfCall,
  hugetlbFaultFlagsOf,
  type PointerArgument,
  profileFor,
  type ResolvedFunction,
  refusalsOf,
  sortFlags,
} from '../../kernel/src/index.js';
import { readLines } from './read.js';

interface Recorded {
  readonly kernel: '6.1' | '6.12';
  readonly id: number;
  readonly fn: string;
  readonly flags: readonly string[];
  readonly locked: 0 | 1 | null;
  readonly pages: 'given' | 'null';
  readonly vma: 'hugetlb' | 'ordinary';
  readonly effective: readonly string[] | null;
  readonly fault: readonly string[] | null;
}

const ROWS = readLines<Recorded>('recorded-flags.jsonl');

function argumentsOf(
  fn: ResolvedFunction,
  row: Recorded,
): { locked: PointerArgument; pages: PointerArgument } {
  const tells = fn.argument('locked') >= 0 || fn.argument('unlocked') >= 0;
  return {
    locked: !tells ? 'none' : row.locked === null ? 'null' : 'given',
    pages: fn.argument('pages') < 0 ? 'none' : row.pages,
  };
}

describe.each(['6.1', '6.12'] as const)('what %s was seen to do', kernel => {
  const profile = profileFor(kernel);
  const rows = ROWS.filter(row => row.kernel === kernel);

  /** The call of a row as the tables see it. */
  function predict(row: Recorded): {
    readonly effective: readonly string[];
    readonly fault: readonly string[] | null;
    readonly fn: ResolvedFunction;
  } {
    const fn = profile.functions.get(row.fn);
    if (fn === undefined) throw new Error(`${row.fn} is not in the tables of ${kernel}`);
    const args = argumentsOf(fn, row);
    const { effective } = flagsOfCall(profile, fn, row.flags, args);
    const map = row.vma === 'hugetlb' ? hugetlbFaultFlagsOf : faultFlagsOf;
    return { effective, fault: map(profile, fn, effective, args), fn };
  }

  it('covers all wrappers', () => {
    expect(new Set(rows.map(row => row.fn))).toEqual(
      new Set([
        'fixup_user_fault',
        'get_dump_page',
        'get_user_pages',
        'get_user_pages_fast',
        'get_user_pages_remote',
        'get_user_pages_unlocked',
        'pin_user_pages',
        'pin_user_pages_fast',
        'pin_user_pages_remote',
        'pin_user_pages_unlocked',
      ]),
    );
  });

  it('the slow walk is entered with the effective flags', () => {
    const entered = rows.filter(row => row.effective !== null);
    expect(entered.length).toBeGreaterThan(80);
    for (const row of entered) {
      expect({ id: row.id, flags: predict(row).effective }).toEqual({
        id: row.id,
        flags: sortFlags(profile, row.effective ?? []),
      });
    }
  });

  it('the first fault has the flags of the mapping', () => {
    const faulted = rows.filter(row => row.fault !== null);
    expect(faulted.length).toBeGreaterThan(80);
    for (const row of faulted) {
      const seen = (row.fault ?? []).map(name => `FAULT_FLAG_${name}`);
      expect({ id: row.id, flags: predict(row).fault }).toEqual({
        id: row.id,
        flags: sortFlags(profile, seen),
      });
    }
  });

  it('a call that entered the walk had not been refused by its wrapper', () => {
    for (const row of rows.filter(candidate => candidate.effective !== null)) {
      const { fn } = predict(row);
      const refusals = refusalsOf(fn, row.flags, {
        ...argumentsOf(fn, row),
        ...(row.locked === null ? {} : { lockedValue: row.locked }),
      });
      // The page-table lookup refuses later, once the walk is under way.
      const early = refusals.filter(refusal => !refusal.how.includes('lookup'));
      expect({ id: row.id, early }).toEqual({ id: row.id, early: [] });
    }
  });
});
