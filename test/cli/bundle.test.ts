/** The bundle as it is shipped: one file that is also its own worker threads, with those of the engine and the server beside it. */

import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gupLens, type Result, TREE } from './run.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** More files than are worth a thread. */
const FILES = 60;

let top: string;
let cli: string;
let tree: string;

beforeAll(async () => {
  top = mkdtempSync(join(tmpdir(), 'gup-lens-bundle-'));
  const dist = join(top, 'dist');
  cli = join(dist, 'cli.js');
  execFileSync(process.execPath, ['esbuild.mjs', `--outdir=${dist}`], { cwd: ROOT });
  tree = join(top, 'tree');
  mkdirSync(join(tree, 'include', 'linux'), { recursive: true });
  for (const file of ['Makefile', 'include/linux/mm.h']) copyFileSync(join(TREE, file), join(tree, file));
  for (let i = 0; i < FILES; i++) {
    const source = i % 2 === 0 ? 'drivers/demo/pin.c' : 'fs/wrapper.c';
    copyFileSync(join(TREE, source), join(tree, `file${i}.c`));
  }
  writeFileSync(join(tree, 'mmap.c'), readFileSync(join(TREE, 'drivers/demo/mmap.c')));
}, 60_000);

afterAll(() => rmSync(top, { recursive: true, force: true }));

function run(argv: readonly string[], options: { path?: string; stdin?: string } = {}): Promise<Result> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, PATH: options.path ?? process.env.PATH };
    const child = spawn(process.execPath, [cli, ...argv], { cwd: tree, env });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', chunk => {
      stdout += chunk;
    });
    child.stderr.on('data', chunk => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', code => resolve({ code: code ?? -1, stdout, stderr }));
    child.stdin.end(options.stdin ?? '');
  });
}

describe('the bundle', () => {
  it('says the same with threads as without, with ripgrep and without', async () => {
    const argv = ['sites', '--format', 'jsonl', '.'];
    const alone = await gupLens(argv, { cwd: tree });
    expect(alone.stdout.split('\n')).toHaveLength((FILES / 2) * 3 + FILES / 2 + 1 + 1);
    expect(await run(argv)).toEqual(alone);
    expect(await run(argv, { path: '' })).toEqual(alone);
  });

  it('lints in threads too', async () => {
    const argv = ['lint', '--format', 'json', '.'];
    const alone = await gupLens(argv, { cwd: tree });
    const { code, stdout } = await run(argv);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toHaveLength(FILES / 2);
    expect(stdout).toBe(alone.stdout);
    expect((await run([...argv, '--jobs', '1'])).stdout).toBe(stdout);
    expect((await run([...argv, '--jobs', '3'])).stdout).toBe(stdout);
  });

  it('reads standard input and sets the exit code', async () => {
    const { code, stdout } = await run(['simulate', '--jsonl'], { stdin: '{"id":1}\n' });
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ id: 1, modelled: false });
  });

  it('serves an editor over standard input and output', async () => {
    const child = spawn(process.execPath, [cli, 'serve', '--stdio'], { cwd: tree });
    const send = (body: object): void => {
      const text = JSON.stringify({ jsonrpc: '2.0', ...body });
      child.stdin.write(`Content-Length: ${text.length}\r\n\r\n${text}`);
    };
    const ended = new Promise(resolve => child.once('close', resolve));
    let stdout = '';
    const answered = (id: number): Promise<void> =>
      new Promise((resolve, reject) => {
        child.once('close', () => reject(new Error(`the server ended without an answer to ${id}`)));
        child.stdout.on('data', () => {
          if (stdout.includes(`"id":${id}`)) resolve();
        });
      });
    child.stdout.on('data', chunk => {
      stdout += chunk;
    });
    const initialized = answered(1);
    send({ id: 1, method: 'initialize', params: { processId: null, rootUri: null, capabilities: {} } });
    await initialized;
    expect(stdout).toContain('"hoverProvider":true');
    send({ method: 'initialized', params: {} });
    const shutDown = answered(2);
    send({ id: 2, method: 'shutdown' });
    await shutDown;
    send({ method: 'exit' });
    expect(await ended).toBe(0);
  });
});
