import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { beforeAll, expect, it } from 'vitest';
import { simulate } from '../../simulator/src/index.js';
import { scenario } from '../simulator/scenarios.js';

/** What the worker has of its surroundings: messages, and the language; neither node nor a document. */
let ask: (data: unknown) => unknown;

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: ['client/webview/panelWorker.ts'],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
  });
  const answers: unknown[] = [];
  const listeners: ((event: { data: unknown }) => void)[] = [];
  const context = createContext({
    addEventListener: (_: string, listener: (event: { data: unknown }) => void) => listeners.push(listener),
    postMessage: (answer: unknown) => answers.push(structuredClone(answer)),
  });
  runInContext(outputFiles[0]?.text ?? '', context);
  ask = data => {
    for (const listener of listeners) listener({ data });
    return answers.pop();
  };
});

it('runs the simulator as it is, with nothing of node or of a page', () => {
  const asked = scenario({ fn: 'pin_user_pages_fast', flags: ['FOLL_WRITE'], page_state: 'swapped_out' });
  const answer = ask({ id: 7, scenarios: [asked, { kernel: 'none' }] });
  expect(answer).toMatchObject({
    id: 7,
    runs: [{ kind: 'simulated', simulation: simulate(asked) }, { kind: 'refused' }],
  });
});

it('leaves alone what is no question', () => {
  expect(ask(null)).toBeUndefined();
  expect(ask({ id: 1 })).toBeUndefined();
});
