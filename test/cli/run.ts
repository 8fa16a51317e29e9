/** Running the command line in this process, with streams that are strings. */

import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import type { Io } from '../../server/src/cli/io.js';
import { main } from '../../server/src/cli/program.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The small tree of the fixtures. */
export const TREE = join(ROOT, 'test', 'cli', 'fixtures', 'tree');

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly stdin?: string;
  readonly env?: Io['env'];
  /** Pretend that both streams are terminals. */
  readonly tty?: boolean;
}

/** Litmus tests that are there, below test/litmus. */
const LITMUS = ['unshare-gup-fast/gup-fast-fork.litmus.json'];

let made: string | null = null;

afterAll(() => {
  if (made !== null) rmSync(join(made, '..'), { recursive: true, force: true });
});

/** A directory laid out as an installed package: package.json, and dist/ with the parser and the litmus tests. */
function bundleDir(): string {
  if (made === null) {
    const top = mkdtempSync(join(tmpdir(), 'gup-lens-cli-'));
    made = join(top, 'dist');
    mkdirSync(made);
    copyFileSync(join(ROOT, 'package.json'), join(top, 'package.json'));
    for (const name of ['web-tree-sitter', 'tree-sitter-c']) {
      copyFileSync(join(ROOT, 'node_modules', name, `${name}.wasm`), join(made, `${name}.wasm`));
    }
    const folder = join(ROOT, 'test', 'litmus');
    const tests = LITMUS.map(path => ({
      path,
      litmus: JSON.parse(readFileSync(join(folder, path), 'utf8')) as unknown,
    }));
    writeFileSync(join(made, 'litmus.json'), JSON.stringify(tests));
  }
  return made;
}

/** Runs `gup-lens` with arguments; the working directory is the small tree unless told otherwise. */
export async function gupLens(argv: readonly string[], options: RunOptions = {}): Promise<Result> {
  let stdout = '';
  let stderr = '';
  const isTTY = options.tty ?? false;
  const io: Io = {
    stdout: {
      isTTY,
      columns: 80,
      write: text => {
        stdout += text;
      },
    },
    stderr: {
      isTTY,
      columns: 80,
      write: text => {
        stderr += text;
      },
    },
    async *stdin() {
      // In pieces that respect nothing, as a pipe gives them.
      const text = options.stdin ?? '';
      for (let at = 0; at < text.length; at += 7) yield text.slice(at, at + 7);
    },
    cwd: options.cwd ?? TREE,
    env: options.env ?? { PATH: process.env.PATH },
    bundleDir: bundleDir(),
    bundle: null,
  };
  const code = await main(argv, io);
  return { code, stdout, stderr };
}
