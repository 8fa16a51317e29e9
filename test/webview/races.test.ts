/** What the races of the panel ask, keep and say. */

import { describe, expect, it } from 'vitest';
import { explore, type Told } from '../../client/webview/races/exploring.js';
import { beginsTurn, locksHeld } from '../../client/webview/races/lanes.js';
import {
  axesOf,
  exploreCommandLine,
  filesOf,
  firstQuestion,
  offeredSwitches,
  questionOf,
  questionOfRow,
  type RaceQuestion,
} from '../../client/webview/races/question.js';
import { nameOptions } from '../../client/webview/races/racesForm.js';
import { FIRST_RACES, racesStateOf } from '../../client/webview/races/racesState.js';
import {
  observedIn,
  statesText,
  tellingRun,
  verdictLines,
  verdictText,
} from '../../client/webview/races/verdicts.js';
import type { LitmusRow } from '../../simulator/src/index.js';
import { library, storedNamed } from './litmusTests.js';

async function told(
  question: RaceQuestion,
  schedule: string | null = null,
  following: 'exact' | 'nearest' = 'exact',
): Promise<Told[]> {
  const all: Told[] = [];
  const tests = filesOf(library, question).map(({ name }) => storedNamed(name));
  await explore(
    { tests, question, schedule, following },
    { cancelled: () => false, tell: each => all.push(each) },
  );
  return all;
}

async function rowsOf(question: RaceQuestion): Promise<readonly LitmusRow[]> {
  return (await told(question)).flatMap(each => (each.kind === 'row' ? [each.row] : []));
}

const WITHOUT_SEQ: RaceQuestion = {
  ...firstQuestion('gup-fast-fork'),
  release: '5.15',
  without: ['gupFastForkSeq'],
};

describe('an exploration', () => {
  it('finds what a guard is for, and replays the run that shows it', async () => {
    const [row] = await rowsOf(WITHOUT_SEQ);
    if (row === undefined) throw new Error('nothing was found');
    expect(verdictText(row)).toBe('allowed, as expected');
    expect(statesText(row)).toMatch(/^\d+ states, complete$/);
    const run = tellingRun(row);
    expect(observedIn(run ?? { observed: {}, stuck: [] })).toBe('child = 0; p = 1; r = "old"');
    const [replayed] = await told(questionOfRow(row), run?.schedule);
    if (replayed?.kind !== 'run') throw new Error('the run was not replayed');
    const { steps, schedule, question } = replayed.run;
    expect(question).toBe(true);
    // What followed behind the end of the schedule is added.
    expect(schedule.startsWith(run?.schedule ?? '-')).toBe(true);
    const turns = steps.filter((_, index) => beginsTurn(steps, index));
    expect(turns.map(({ task }) => task)).toEqual(['forker', 'pinner', 'forker', 'writer']);
    // The forker holds mmap_lock for writing while gup-fast works without it: the bars of their lanes say so.
    const held = locksHeld(steps, ['pinner', 'forker', 'writer']);
    const atPinner = steps.findIndex(({ task }) => task === 'pinner');
    expect(held[atPinner]).toEqual(['none', 'write', 'none']);
    expect(held.at(-1)).toEqual(['none', 'none', 'none']);
  });

  it('replays the same order on the release as it is', async () => {
    const [row] = await rowsOf(WITHOUT_SEQ);
    if (row === undefined) throw new Error('nothing was found');
    const asItIs = { ...questionOfRow(row), with: [], without: [] };
    const schedule = tellingRun(row)?.schedule ?? null;
    // There the pinner has to wait, as it does not take the page behind the forker's back.
    expect(await told(asItIs, schedule)).toMatchObject([{ kind: 'failed' }]);
    const [plain] = await told(asItIs, schedule, 'nearest');
    expect(plain).toMatchObject({ kind: 'run', run: { question: false } });
  });

  it('forbids it with the guard', async () => {
    const [row] = await rowsOf({ ...WITHOUT_SEQ, without: [] });
    expect(row && verdictText(row)).toBe('forbidden, as expected');
  });

  it('takes all of a discussion, and tells of each test before the end', async () => {
    const all = await told(firstQuestion('lock-dropped'));
    expect(all.flatMap(each => (each.kind === 'row' ? [each.row.name] : []))).toEqual([
      'gup-swap-unmap',
      'swap-fault-unmap',
      'uffd-signal',
    ]);
    expect(all[0]).toMatchObject({ kind: 'at', done: 0, cases: 3 });
    expect(all.at(-1)).toEqual({ kind: 'done', cancelled: false, cases: 3 });
  });

  it('stops when it is called off, and gives what it has', async () => {
    const all: Told[] = [];
    const question = firstQuestion('lock-dropped');
    const tests = filesOf(library, question).map(({ name }) => storedNamed(name));
    await explore(
      { tests, question, schedule: null },
      { cancelled: () => true, tell: each => all.push(each) },
    );
    expect(all.filter(({ kind }) => kind === 'row')).toHaveLength(1);
    expect(all.at(-1)).toEqual({ kind: 'done', cancelled: true, cases: 3 });
  });

  it('says what cannot be explored or replayed', async () => {
    const none = { ...firstQuestion('gup-fast-fork'), variant: { kind: 'none' } };
    expect(await told(none)).toEqual([
      { kind: 'failed', message: 'no variant of the tests has these choices; choose others' },
    ]);
    expect(await told(WITHOUT_SEQ, 'Z9')).toMatchObject([
      { kind: 'failed', message: expect.stringContaining('there is no task Z') },
    ]);
  });
});

describe('the form', () => {
  it('lists discussions first, then their tests, then the others, each once', () => {
    const options = nameOptions(library);
    expect(options[0]?.group).toBe('Whole discussions');
    expect(options.find(({ value }) => value === 'gup-fast-fork')?.group).toBe(
      'Litmus tests of unshare-gup-fast',
    );
    expect(options.at(-1)?.group).toBe('Other litmus tests');
    expect(new Set(options.map(({ value }) => value)).size).toBe(options.length);
  });

  it('offers the switches first that a test speaks of', () => {
    const files = filesOf(library, firstQuestion('gup-fast-fork'));
    const offered = offeredSwitches(files, 'without');
    expect(offered.spokenOf).toContain('gupFastForkSeq');
    expect(offered.others).not.toContain('gupFastForkSeq');
    expect(offered.others).toContain('userfaultRechecksEntry');
    expect(offeredSwitches(files, 'with').others).toContain('lockDroppedFlag');
  });

  it('knows the axes of the variants', () => {
    const files = filesOf(library, firstQuestion('pin-then-mprotect'));
    const [axis] = axesOf(files);
    expect(axis?.[1]).toHaveLength(3);
  });
});

describe('the command line', () => {
  it('asks what the form asks, and replays what is shown', () => {
    expect(exploreCommandLine({ ...WITHOUT_SEQ, with: ['lockDroppedFlag'], variant: { 'a.b': 'x y' } })).toBe(
      "gup-lens explore gup-fast-fork --kernel 5.15 --with lockDroppedFlag --without gupFastForkSeq --variant 'a.b=x y'",
    );
    expect(exploreCommandLine({ ...firstQuestion('uffd-signal'), release: null }, 'A3 B7')).toBe(
      "gup-lens explore uffd-signal --schedule 'A3 B7'",
    );
  });
});

describe('the verdicts', () => {
  it('are one line where neighbouring releases say the same', async () => {
    const rows = await rowsOf({ ...firstQuestion('get-remote-longterm'), release: null });
    const lines = verdictLines(rows);
    expect(lines.length).toBeLessThan(rows.length);
    expect(lines.map(({ releases }) => releases).join()).toMatch(/\d–\d/);
    expect(new Set(rows.map(verdictText)).size).toBeGreaterThan(1);
  });

  it('tell what was not expected, what does not apply, and what was not all tried', () => {
    const row: LitmusRow = {
      name: 'x',
      discussion: null,
      variant: {},
      release: '6.12',
      with: [],
      without: [],
      verdict: 'allowed',
      reason: null,
      expected: 'forbidden',
      asExpected: false,
      states: 1,
      runs: 1,
      complete: false,
      witness: null,
      counterexample: null,
    };
    expect(verdictText(row)).toBe('allowed, but forbidden was expected');
    expect(statesText(row)).toBe('1 state, not complete');
    const absent = { ...row, verdict: null, expected: null, asExpected: null };
    expect([verdictText(absent), statesText(absent)]).toEqual(['does not apply', '']);
  });
});

describe('what is kept', () => {
  it('comes back as it was', async () => {
    const rows = await rowsOf(WITHOUT_SEQ);
    const state = { question: WITHOUT_SEQ, rows, stopped: null, shown: 0, selectedStep: 3 };
    expect(racesStateOf(JSON.parse(JSON.stringify(state)))).toEqual(state);
  });

  it('is not trusted: another version may have kept it', () => {
    expect(racesStateOf(null)).toEqual(FIRST_RACES);
    expect(racesStateOf({ question: 1 })).toEqual(FIRST_RACES);
    const gone = { name: 'gup-fast-fork', release: '1.0', with: ['gone'], without: 7, variant: { a: 1 } };
    expect(questionOf(gone)).toEqual(firstQuestion('gup-fast-fork'));
    expect(racesStateOf({ question: gone, rows: [{ name: 'x' }], shown: 0, selectedStep: 'x' })).toEqual(
      FIRST_RACES,
    );
  });
});
