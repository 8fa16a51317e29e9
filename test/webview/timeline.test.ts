/** What the timeline says of a step. */

import { describe, expect, it } from 'vitest';
import { newFlags, stepFacts } from '../../client/webview/timeline.js';
import type { TraceStep } from '../../simulator/src/index.js';

const step = (index: number, more: Partial<TraceStep>): TraceStep => ({
  step: index,
  task: 0,
  routine: 'routine',
  text: 'does something',
  lock: 'read',
  ...more,
});

const steps: readonly TraceStep[] = [
  step(0, { gupFlags: ['FOLL_WRITE'] }),
  step(1, { gupFlags: ['FOLL_WRITE'], page: 0 }),
  step(2, { faultFlags: [] }),
  step(3, { faultFlags: ['TRIED'], lock: 'none', lockEvent: 'release_read', fault: ['RETRY'] }),
];

describe('a step of the timeline', () => {
  it('tells the lock, and the GUP flags as last stated', () => {
    expect(stepFacts(steps, 3)).toEqual([
      ['mmap_lock', 'not held (release read)'],
      ['GUP flags', 'FOLL_WRITE'],
      ['fault flags', 'TRIED'],
      ['fault returns', 'RETRY'],
    ]);
    expect(stepFacts(steps, 1)).toContainEqual(['page', '0 (the first is 0)']);
    expect(stepFacts(steps, 9)).toEqual([]);
    const paged = [
      step(0, { page: 0, pte: 'present' }),
      step(1, { page: 1, pte: 'none' }),
      step(2, { page: 0 }),
    ];
    expect(stepFacts(paged, 2)).toContainEqual(['page table entry', 'present']);
    const folio = { folio: 2, ref: 1026, map: 1, pin: 1, exclusive: true };
    expect(stepFacts([step(0, { page: 0, folio })], 0)).toContainEqual([
      'folio',
      '2 ref 1026 map 1 pin 1 exclusive',
    ]);
  });

  it('shows flags in its line only where they are new', () => {
    expect(steps.map((_, index) => newFlags(steps, index))).toEqual(['FOLL_WRITE', null, '0', 'TRIED']);
  });
});
