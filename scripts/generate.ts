/**
 * `npm run gen`: writes what is derived from the rules, the tables of kernel/ and the settings. `--check`
 * writes nothing, says what is stale and exits 1.
 */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { outputs, stale } from './generate/outputs.js';

/**
 * @param argv `--check` or nothing
 * @returns the exit code: 0 up to date or written, 1 stale, 2 bad usage or no place to write to
 */
export async function main(argv: readonly string[]): Promise<number> {
  const unknown = argv.find(argument => argument !== '--check');
  if (unknown !== undefined) {
    process.stderr.write(`${unknown} is not known\nusage: generate [--check]\n`);
    return 2;
  }
  const root = process.cwd();
  try {
    const changed = stale(outputs(root));
    if (argv.includes('--check')) {
      for (const { path } of changed) process.stdout.write(`${path} is stale: run npm run gen\n`);
      return changed.length === 0 ? 0 : 1;
    }
    for (const { path, text } of changed) {
      const file = join(root, path);
      if (text === null) rmSync(file);
      else {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
      }
      process.stdout.write(`${path} ${text === null ? 'removed' : 'written'}\n`);
    }
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}
