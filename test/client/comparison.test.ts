import { describe, expect, it } from 'vitest';
import {
  type Comparison,
  callText,
  effectsOf,
  reasonText,
  wholeReason,
} from '../../client/src/compare/comparison.js';
import type { AffectedReason } from '../../server/protocol/index.js';
import { rangeAt } from './sites.js';

const reason = (given: Partial<AffectedReason>): AffectedReason => ({
  kind: 'behaviour',
  name: 'unshareBeforePin',
  text: 'read-only pins break sharing first',
  at: '5.19',
  effect: 'differs',
  applies: 'always',
  ...given,
});

const call = (line: number, ...reasons: AffectedReason[]): Comparison['affected'][number] => ({
  range: rangeAt(line),
  function: 'demo',
  callee: 'pin_user_pages_fast',
  reasons,
});

const ADDED = reason({ kind: 'function', name: 'x', text: 'x() came', effect: 'breaks', at: null });

const COMPARISON: Comparison = {
  from: '5.15',
  to: '6.1',
  affected: [
    call(1, reason({}), reason({ name: 'other', text: 'other' })),
    call(2, reason({ applies: 'some' })),
    call(3, ADDED, reason({ effect: 'fits', text: 'fits' })),
  ],
};

describe('what changes between two releases', () => {
  it('is in groups: what breaks, then what differs, then what fits already', () => {
    const groups = effectsOf(COMPARISON).map(({ label, count, reasons }) => [
      label,
      count,
      reasons.map(each => [each.reason.name, each.calls.map(({ range }) => range.start.line)]),
    ]);
    expect(groups).toEqual([
      ['Breaks', 1, [['x', [3]]]],
      [
        'Behaves differently',
        2,
        [
          ['other', [1]],
          ['unshareBeforePin', [1, 2]],
        ],
      ],
      ['Fits 6.1 already', 1, [['unshareBeforePin', [3]]]],
    ]);
  });

  it('is nothing where no call is affected', () => {
    expect(effectsOf({ ...COMPARISON, affected: [] })).toEqual([]);
  });

  it('is said with its release, and with a doubt for each call that it may not concern', () => {
    expect(reasonText(reason({}))).toBe('5.19: read-only pins break sharing first');
    expect(wholeReason(reason({}))).toBe('5.19: read-only pins break sharing first (unshareBeforePin)');
    expect(reasonText(ADDED)).toBe('x() came');
    expect(wholeReason(ADDED)).toBe('x() came');
    const calls = effectsOf(COMPARISON).flatMap(({ reasons }) => reasons.flatMap(each => each.calls));
    expect(calls.map(callText)).toContain('pin_user_pages_fast in demo · some flag sets');
    expect(calls.map(callText)).toContain('pin_user_pages_fast in demo');
  });
});
