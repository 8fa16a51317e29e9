/** The requests about litmus tests. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CancellationTokenSource } from 'vscode-languageserver/node';
import type { ExploreResult, LitmusTestsResult } from '../../server/protocol/index.js';
import { PLAIN } from '../litmus/files.js';
import { start } from './session.js';

const FORK = 'unshare-gup-fast/gup-fast-fork.litmus.json';

const runtime = {
  litmusFiles: async () => [
    { path: FORK, litmus: JSON.parse(readFileSync(`test/litmus/${FORK}`, 'utf8')) as unknown },
  ],
};

/** Many tasks that fault the same pages in: more orders than anybody waits for. */
const ENDLESS = {
  ...PLAIN,
  memory: { vma: { kind: 'anon', prot: 'rw-' } },
  tasks: Object.fromEntries(
    ['a', 'b', 'c', 'd', 'e'].map(name => [
      name,
      {
        does: [
          { do: 'write', value: name },
          { do: 'read', as: `${name}1` },
        ],
      },
    ]),
  ),
  question: { value: 'a1', is: 'z' },
};

async function explore(params: object): Promise<ExploreResult> {
  const client = await start({ runtime });
  return client.connection.sendRequest('gupLens/explore', params);
}

describe('gupLens/litmusTests', () => {
  it('lists the tests with their tasks and question', async () => {
    const client = await start({ runtime });
    const { tests } = await client.connection.sendRequest<LitmusTestsResult>('gupLens/litmusTests');
    expect(tests).toHaveLength(1);
    expect(tests[0]).toMatchObject({ name: 'gup-fast-fork', discussion: 'unshare-gup-fast' });
    expect(tests[0]?.tasks[0]).toEqual({
      name: 'pinner',
      does: 'pin_user_pages_fast(page 0, FOLL_WRITE) as p',
    });
    expect(tests[0]?.question).not.toBe('');
    expect(tests[0]?.litmus).toEqual((await runtime.litmusFiles())[0]?.litmus);
  });
});

describe('gupLens/explore', () => {
  it('answers by name, with a schedule that it replays', async () => {
    const asked = { test: 'gup-fast-fork', kernel: '6.12', without: ['gupFastForkSeq'] };
    const result = await explore(asked);
    if (!('rows' in result)) throw new Error(JSON.stringify(result));
    const [row] = result.rows;
    expect(row).toMatchObject({ release: '6.12', verdict: 'allowed', complete: true });
    const replayed = await explore({ ...asked, schedule: row?.witness?.schedule });
    expect(replayed).toMatchObject({ run: { question: true, observed: row?.witness?.observed } });
  });

  it('answers a litmus file that it is given', async () => {
    const test = {
      ...PLAIN,
      tasks: { one: { does: [{ do: 'read', as: 'r' }] } },
      question: { value: 'r', is: 'old' },
    };
    expect(await explore({ test, kernel: '6.1' })).toMatchObject({ rows: [{ verdict: 'required' }] });
  });

  it.each([
    [{ test: 'no-such' }, 'test', 'no litmus test or discussion has the name "no-such"'],
    [{ test: { name: 'x' } }, 'tasks', 'an object of 1 to 26 tasks'],
    [{ test: 'gup-fast-fork', kernel: 'new' }, 'kernel', 'new'],
    [{ test: 'gup-fast-fork', with: ['x'] }, 'with', 'there is no switch "x"'],
    [{ test: 'gup-fast-fork', variant: { kind: 'thp' } }, 'variant', 'no variant'],
    [{ test: 'gup-fast-fork', schedule: 'A1' }, 'schedule', 'one test of one release can be replayed'],
    [{ test: 'gup-fast-fork', kernel: '6.12', schedule: 'Q1' }, 'schedule', 'there is no task Q'],
    [{ test: 'gup-fast-fork', kernel: '6.12', schedule: 'C1' }, 'schedule', 'C (writer) waits'],
  ])('says what is wrong with %j', async (params, field, message) => {
    const result = await explore(params);
    if (!('problems' in result)) throw new Error('no problems');
    expect(result.problems.find(problem => problem.field === field)?.message).toContain(message);
  });

  it('ends with its time, and says that it did not look at everything', async () => {
    const result = await explore({ test: ENDLESS, kernel: '6.12', seconds: 0 });
    expect(result).toMatchObject({ rows: [{ verdict: 'unknown', complete: false }] });
  });

  it('can be cancelled while it searches', async () => {
    const client = await start({ runtime });
    const stop = new CancellationTokenSource();
    const asked = { test: ENDLESS, kernel: '6.12', states: 1e9, seconds: 600, workDoneToken: 'search' };
    const answer = client.connection.sendRequest('gupLens/explore', asked, stop.token);
    const refused = expect(answer).rejects.toThrow('cancelled');
    await client.until(() => client.progress.some(({ value }) => value.kind === 'report'));
    stop.cancel();
    await refused;
    expect(client.progress[0]?.value).toMatchObject({ kind: 'begin', cancellable: true });
  });
});
