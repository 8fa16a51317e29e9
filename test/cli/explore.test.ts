/** gup-lens explore: litmus tests from the command line. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { gupLens } from './run.js';

const folder = mkdtempSync(join(tmpdir(), 'gup-lens-explore-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const TEST = {
  name: 'two-writers',
  about: 'Two tasks write the same page.',
  memory: { vma: { kind: 'anon', prot: 'rw-' }, page_state: 'write_populated' },
  tasks: {
    one: { does: [{ do: 'write', value: 'a' }] },
    two: { does: [{ do: 'write', value: 'b' }] },
    late: { after: ['one', 'two'], does: [{ do: 'read', as: 'r' }] },
  },
  question: { value: 'r', is: 'a' },
  expect: [{ releases: '..', verdict: 'allowed' }],
};

/** Runs explore on a file with this test. */
function explore(test: object, ...args: string[]) {
  writeFileSync(join(folder, 'made.litmus.json'), JSON.stringify(test));
  return gupLens(['explore', join(folder, 'made.litmus.json'), ...args]);
}

describe('gup-lens explore', () => {
  it('lists the tests it brings along', async () => {
    const { code, stdout } = await gupLens(['explore']);
    expect(code).toBe(0);
    expect(stdout).toContain('unshare-gup-fast\n  gup-fast-fork\n');
    const json = await gupLens(['explore', '--format', 'json']);
    expect(JSON.parse(json.stdout)).toMatchObject([
      { name: 'gup-fast-fork', discussion: 'unshare-gup-fast' },
    ]);
  });

  it('tells the verdict, with a schedule that replays to what it says', async () => {
    const { code, stdout } = await explore(TEST, '--kernel', '6.12');
    expect(code).toBe(0);
    expect(stdout).toContain('Linux 6.12: allowed, as expected;');
    const [, schedule] = /--schedule '([^']+)'/.exec(stdout) ?? [];
    const replayed = await explore(TEST, '--kernel', '6.12', '--schedule', schedule ?? '');
    expect(replayed.stdout).toContain('The question is true of this run.');
    expect(replayed.stdout).toContain('r = "a"');
    expect(replayed.stdout.split('\n').filter(line => line.length > 80)).toEqual([]);
  });

  it('says the same as JSON', async () => {
    const { stdout } = await explore(TEST, '--kernel', '6.1,6.12', '--format', 'json');
    expect(JSON.parse(stdout)).toMatchObject([
      { name: 'two-writers', release: '6.1', verdict: 'allowed', expected: 'allowed', asExpected: true },
      {
        release: '6.12',
        complete: true,
        witness: { observed: { r: 'a' } },
        counterexample: { observed: { r: 'b' } },
      },
    ]);
    const replayed = await explore(TEST, '--kernel', '6.12', '--schedule', 'B1', '--format', 'json');
    const run = JSON.parse(replayed.stdout) as { steps: unknown[] };
    expect(run).toMatchObject({
      name: 'two-writers',
      release: '6.12',
      question: true,
      violations: [],
      stuck: [],
    });
    expect(run.steps[0]).toEqual({
      task: 'two',
      routine: 'cpu',
      text: 'the write succeeds',
      page: 0,
      lock: 'none',
      violations: [],
    });
  });

  it('runs a test on all that it expects something of', async () => {
    const { code, stdout } = await explore({ ...TEST, expect: [{ releases: '6.10..', verdict: 'allowed' }] });
    expect(code).toBe(0);
    expect(stdout).toContain('allowed, as expected');
    expect(stdout).not.toContain('6.9');
  });

  it('returns 1 if something is not as expected', async () => {
    const { code, stdout } = await explore({ ...TEST, expect: [{ releases: '6.12', verdict: 'forbidden' }] });
    expect(code).toBe(1);
    expect(stdout).toContain('allowed, but forbidden was expected');
  });

  it('does not take a search that ended early for an answer', async () => {
    const never = {
      ...TEST,
      question: { value: 'r', is: 'c' },
      expect: [{ releases: '..', verdict: 'forbidden' }],
    };
    const { code, stdout } = await explore(never, '--kernel', '6.12', '--states', '5');
    expect(code).toBe(1);
    expect(stdout).toContain('unknown, but forbidden was expected (not all orders were tried');
    expect((await explore(never, '--kernel', '6.12')).code).toBe(0);
  });

  it('finds with other modes what the reduced search finds', async () => {
    for (const mode of [
      ['exhaustive'],
      ['bounded', '--preemptions', '1'],
      ['random', '--seed', '7', '--runs', '200'],
    ]) {
      const { code, stdout } = await explore(TEST, '--kernel', '6.12', '--mode', ...mode);
      expect(code, mode.join(' ')).toBe(0);
      expect(stdout).toContain('allowed, as expected');
    }
  });

  it('runs only the variants that are asked for', async () => {
    const two = { ...TEST, variants: { 'memory.page_state': ['unpopulated', 'write_populated'] } };
    const asked = ['--kernel', '6.12', '--variant', 'memory.page_state=write_populated', '--format', 'json'];
    const { stdout } = await explore(two, ...asked);
    expect(JSON.parse(stdout)).toMatchObject([{ variant: { 'memory.page_state': 'write_populated' } }]);
  });

  it('keeps to 80 columns, however much there is to say of a kernel', async () => {
    const two = { ...TEST, variants: { 'memory.page_state': ['unpopulated', 'write_populated'] } };
    const { stdout } = await explore(two, '--kernel', '6.1,6.12', '--without', 'gupFastRechecksPte');
    expect(stdout).toContain('without gupFastRechecksPte, memory.page_state=write_populated');
    expect(stdout.split('\n').filter(line => line.length > 80)).toEqual([]);
  });

  it('says why a test does not apply', async () => {
    const { name } = TEST;
    const pin = {
      ...TEST,
      name,
      tasks: { one: { does: [{ do: 'pin_user_pages', as: 'p' }] } },
      question: { value: 'p', is: 1 },
    };
    const { code, stdout } = await explore(pin, '--kernel', '5.4');
    expect(code).toBe(0);
    expect(stdout).toContain('does not apply: v5.4: it has no pin_user_pages()');
  });

  it.each([
    [['nothing-such'], 'no litmus test or discussion of that name'],
    [['gup-fast-frok'], 'did you mean gup-fast-fork'],
    [['none.litmus.json'], 'none.litmus.json: '],
    [
      ['gup-fast-fork', '--kernel', '6.12', '--with', 'forkWriteProtectSeqq'],
      'did you mean forkWriteProtectSeq',
    ],
    [['gup-fast-fork', '--kernel', 'newest'], '--kernel newest: '],
    [['gup-fast-fork', '--kernel', '6.12', '--schedule', 'Z1'], "--schedule: 'Z1': there is no task Z"],
    [['gup-fast-fork', '--kernel', '6.12', '--schedule', 'C1'], '--schedule: step 1: C (writer) waits'],
    [['gup-fast-fork', '--schedule', 'A1'], '--schedule replays one test of one release'],
    [['gup-fast-fork', '--variant', 'kind=thp'], 'no variant has --variant kind=thp'],
    [['gup-fast-fork', '--states', 'many'], 'Give a whole number'],
  ])('%j: exit code 2, and says what is wrong', async (args, message) => {
    const { code, stdout, stderr } = await gupLens(['explore', ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it('says for which release a version is taken that is not in the tables', async () => {
    const { code, stdout, stderr } = await explore(TEST, '--kernel', '6.12.117');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Linux 6.12: allowed');
    expect((await explore(TEST, '--kernel', '99.1')).stderr).toContain('99.1');
  });

  it('names each field of a file that is wrong', async () => {
    const { code, stderr } = await explore({ ...TEST, question: { property: 'x' }, expect: [] });
    expect(code).toBe(2);
    expect(stderr).toContain('made.litmus.json: question: "x" is no property');
    expect(stderr).toContain('made.litmus.json: expect: a list is needed');
  });
});
