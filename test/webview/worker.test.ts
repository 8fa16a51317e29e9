import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { firstQuestion } from '../../client/webview/races/question.js';
import { NO_CHANGES, type SwitchChanges } from '../../kernel/src/index.js';
import { simulate } from '../../simulator/src/index.js';
import { scenario } from '../simulator/scenarios.js';
import { storedNamed } from './litmusTests.js';

/** What the worker has of its surroundings: messages, a timer, a clock and the language; neither node nor a document. */
let ask: (data: unknown) => unknown;
const answers: unknown[] = [];

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: ['client/webview/main.ts'],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
  });
  const listeners: ((event: { data: unknown }) => void)[] = [];
  const context = createContext({
    addEventListener: (_: string, listener: (event: { data: unknown }) => void) => listeners.push(listener),
    setTimeout,
    performance,
    postMessage: (answer: unknown) => answers.push(structuredClone(answer)),
  });
  runInContext(outputFiles[0]?.text ?? '', context);
  ask = data => {
    for (const listener of listeners) listener({ data });
    return answers.pop();
  };
});

/** Milliseconds that an exploration may take on a busy machine. */
const LONG = 30_000;

beforeEach(() => {
  answers.length = 0;
});

it('runs the simulator as it is, with nothing of node or of a page', () => {
  const asked = scenario({ fn: 'pin_user_pages_fast', flags: ['FOLL_WRITE'], page_state: 'swapped_out' });
  const without: SwitchChanges = { with: [], without: ['unshareBeforePin'] };
  const answer = ask({
    id: 7,
    asked: [
      { scenario: asked, changes: NO_CHANGES },
      { scenario: asked, changes: without },
      { scenario: { kernel: 'none' }, changes: NO_CHANGES },
    ],
  });
  expect(answer).toMatchObject({
    id: 7,
    runs: [
      { kind: 'simulated', simulation: simulate(asked) },
      { kind: 'simulated', simulation: simulate(asked, without) },
      { kind: 'refused' },
    ],
  });
});

it(
  'explores a litmus test until it is called off',
  async () => {
    const question = { ...firstQuestion('gup-fast-fork'), release: null };
    const races = { tests: [storedNamed('gup-fast-fork')], question, schedule: null };
    ask({ id: 8, races });
    const row = { id: 8, told: expect.objectContaining({ kind: 'row' }) };
    await vi.waitFor(() => expect(answers).toContainEqual(row), LONG);
    ask({ id: 8, cancel: true });
    const done = { id: 8, told: { kind: 'done', cancelled: true, cases: expect.any(Number) } };
    await vi.waitFor(() => expect(answers).toContainEqual(done), LONG);
  },
  LONG,
);

it('leaves alone what is no question', () => {
  expect(ask(null)).toBeUndefined();
  expect(ask({ id: 1 })).toBeUndefined();
  expect(
    ask({ id: 1, asked: [{ scenario: {}, changes: { with: ['no switch'], without: [] } }] }),
  ).toBeUndefined();
  expect(ask({ id: 1, races: { tests: [] } })).toBeUndefined();
});
