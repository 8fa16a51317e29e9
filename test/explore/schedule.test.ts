/** Schedules as texts. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  choicesOf,
  formatSchedule,
  MAX_TASKS,
  parseSchedule,
  taskLetter,
  turnsOf,
} from '../../simulator/src/explore/schedule.js';

describe('a schedule', () => {
  it('is written as letters and numbers', () => {
    expect(formatSchedule(turnsOf([0, 0, 1, 0, 0, 0]))).toBe('A2 B1 A3');
    expect(formatSchedule([])).toBe('');
    expect(taskLetter(25)).toBe('Z');
  });

  it('read from its text is the same', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: MAX_TASKS - 1 })), choices => {
        const parsed = parseSchedule(formatSchedule(turnsOf(choices)), MAX_TASKS);
        expect('turns' in parsed && choicesOf(parsed.turns)).toEqual(choices);
      }),
    );
  });

  it('joins neighbouring turns of a task, and any white space divides them', () => {
    expect(parseSchedule(' A2\tA3\n B1 ', 2)).toEqual({
      turns: [
        { task: 0, steps: 5 },
        { task: 1, steps: 1 },
      ],
    });
  });

  it.each([
    ['A', "'A' is no turn"],
    ['A0', "'A0' is no turn"],
    ['a3', "'a3' is no turn"],
    ['A3,B2', "'A3,B2' is no turn"],
    ['A1234567', "'A1234567' is no turn"],
    ['A1 C2', "'C2': there is no task C, the last is B"],
  ])('%s: %s', (text, error) => {
    const parsed = parseSchedule(text, 2);
    expect('error' in parsed && parsed.error).toContain(error);
  });
});
