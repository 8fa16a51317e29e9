/** What a search says of itself. */

import { describe, expect, it } from 'vitest';
import type { Mode, Progress } from '../../simulator/src/explore/exploration.js';
import { explore, search, within } from '../../simulator/src/explore/explore.js';
import { minimise } from '../../simulator/src/explore/minimise.js';
import type { Program } from '../../simulator/src/explore/program.js';
import { replay } from '../../simulator/src/explore/replay.js';
import { formatSchedule, parseSchedule } from '../../simulator/src/explore/schedule.js';
import { type Action, programOf } from './programs.js';

const ADD: Action = { do: 'add', folio: 0 };
const TELL: Action = { do: 'tell' };

/** Three tasks that get in each other's way all the time: more orders than anybody waits for. */
const GRABS: readonly Action[] = Array(8).fill({ do: 'grab', folio: 0 });
const MANY = programOf([GRABS, GRABS, GRABS]);

/** Each task loads a count and stores one more: an update may be lost. */
const LOST: readonly (readonly Action[])[] = [
  [TELL, { do: 'load', folio: 0 }, TELL, { do: 'store', folio: 0 }],
  [
    { do: 'load', folio: 0 },
    { do: 'store', folio: 0 },
  ],
];

/** A program of one task that never ends. */
function endless(): Program {
  const program = programOf([[ADD]]);
  return {
    ...program,
    begin: watch => ({
      ...program.begin(watch),
      status: () => 'ready' as const,
      step: () => ({ routine: 'spin', text: '' }),
    }),
  };
}

describe('a search', () => {
  it.each<Mode>([{ kind: 'exhaustive' }, { kind: 'reduced' }, { kind: 'bounded', preemptions: 9 }])(
    'with a budget of states stops, and does not claim to be complete: $kind',
    mode => {
      const { complete, stopped, states } = explore(MANY, mode, { states: 100 });
      expect({ complete, stopped, states }).toEqual({ complete: false, stopped: 'states', states: 100 });
    },
  );

  it('stops when its time is over, or somebody wants it to, and says how far it is', () => {
    let time = 0;
    const late = explore(MANY, { kind: 'reduced' }, { milliseconds: 3, now: () => time++ });
    expect([late.complete, late.stopped]).toEqual([false, 'time']);
    const told: Progress[] = [];
    const limits = {
      progress: (progress: Progress) => told.push(progress),
      cancelled: () => told.length === 2,
    };
    const cancelled = explore(MANY, { kind: 'exhaustive' }, limits);
    expect([cancelled.complete, cancelled.stopped]).toEqual([false, 'cancelled']);
    expect(told.map(({ states }) => states)).toEqual([expect.any(Number), cancelled.states]);
  });

  it('can be run bit by bit', () => {
    const running = search(programOf(LOST), { kind: 'reduced' });
    expect(running.next()).toMatchObject({ done: false, value: { states: 2, runs: 0 } });
    expect(running.next('cancelled')).toMatchObject({ done: true, value: { stopped: 'cancelled' } });
  });

  it('gives up a run that has no end', () => {
    const { complete, stopped } = explore(endless(), { kind: 'reduced' });
    expect({ complete, stopped }).toEqual({ complete: false, stopped: 'steps' });
    expect(replay(endless(), [])).toEqual({ error: expect.stringContaining('does not end') });
  });

  it('is bounded by preemptions: without one no update is lost', () => {
    const program = programOf(LOST);
    const none = explore(program, { kind: 'bounded', preemptions: 0 });
    expect(none.found.map(({ outcome }) => outcome)).toEqual(['0,1 2.0,0.0', '1,0 2.0,0.0']);
    expect(none.complete).toBe(false);
    const one = explore(program, { kind: 'bounded', preemptions: 1 });
    expect(one.found.map(({ outcome }) => outcome)).toContain('0,0 1.0,0.0');
  });

  it('does not multiply states by steps that only tell', () => {
    const silent = explore(programOf([[ADD], [ADD]]), { kind: 'reduced' });
    const loud = explore(programOf([Array(9).fill(TELL).concat(ADD), Array(9).fill(TELL).concat(ADD)]), {
      kind: 'reduced',
    });
    expect(loud.states).toBe(silent.states);
  });

  it('names the step at which a program fails', () => {
    const program = programOf([[ADD, { do: 'load', folio: 9 }], [ADD]]);
    expect(() => explore(program, { kind: 'reduced' })).toThrow("a step of task 'task 0' behind 'A1' failed");
  });

  it('notices a program that is not deterministic', () => {
    let begun = 0;
    const program: Program = {
      ...MANY,
      begin: watch => {
        begun += 1;
        return programOf([Array(begun).fill(ADD).concat({ do: 'set', folio: 1, to: begun }), [ADD]]).begin(
          watch,
        );
      },
    };
    expect(() => explore(program, { kind: 'exhaustive' })).toThrow('not deterministic');
  });
});

describe('a schedule', () => {
  const parsed = (text: string) => {
    const schedule = parseSchedule(text, 2);
    if ('error' in schedule) throw new Error(schedule.error);
    return schedule.turns;
  };

  it('that loses an update has three turns', () => {
    const program = programOf(LOST);
    const lost = (ending: { readonly outcome: string }) => ending.outcome === '0,0 1.0,0.0';
    const { schedule, minimal } = within(minimise(program, parsed('A1 B1 A2 B2 A2'), lost, 10_000), {});
    expect([formatSchedule(schedule), minimal]).toEqual(['A2 B3', true]);
    const stopped = within(minimise(program, parsed('A1 B1 A2 B2 A2'), lost, 1), {});
    expect(stopped.minimal).toBe(false);
    const run = replay(program, stopped.schedule);
    expect('error' in run || lost(run)).toBe(true);
  });

  it('goes on behind its end with the task that ran last, then with the first', () => {
    const run = replay(programOf(LOST), parsed('B1'));
    expect('error' in run ? run : formatSchedule(run.schedule)).toBe('B3 A5');
  });

  it.each([
    ['A6', 'step 6: A (task 0) has ended'],
    ['A1 B4', 'step 5: B (task 1) has ended'],
  ])('that asks too much, %s, is refused', (text, error) => {
    expect(replay(programOf(LOST), parsed(text))).toEqual({ error });
  });

  it('that lets one go on who waits is refused', () => {
    const program = programOf([[{ do: 'await', folio: 0, least: 1 }, ADD], [ADD]]);
    expect(replay(program, parsed('A2'))).toEqual({ error: 'step 2: A (task 0) waits' });
  });
});
