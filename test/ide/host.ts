/** An engine for the tests of the façade: the real parser, texts from the test. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Release, resolveRelease } from '../../kernel/src/index.js';
import { parseSettings, type Settings } from '../../server/src/config/index.js';
import { type Analysis, AnalysisHost, type KernelChoice, type Logger } from '../../server/src/ide/index.js';
import { createParser } from '../../server/src/syntax/index.js';

const require = createRequire(import.meta.url);

/** The parser's WebAssembly, from the packages it comes in. */
export function wasm(): { core: Uint8Array; grammar: Uint8Array } {
  return {
    core: readFileSync(require.resolve('web-tree-sitter/web-tree-sitter.wasm')),
    grammar: readFileSync(require.resolve('tree-sitter-c/tree-sitter-c.wasm')),
  };
}

const parser = await createParser(wasm());

/** What the engine logged, for tests that expect it to be silent or not. */
export class TestLog implements Logger {
  readonly lines: string[] = [];
  info(message: string): void {
    this.lines.push(`info: ${message}`);
  }
  warn(message: string): void {
    this.lines.push(`warn: ${message}`);
  }
  error(message: string): void {
    this.lines.push(`error: ${message}`);
  }
}

export function kernel(release: Release): KernelChoice {
  const resolved = resolveRelease(release);
  if ('error' in resolved) throw new Error(resolved.error);
  return { release: resolved.release, text: `${release}.1`, source: 'makefile', note: null };
}

export function newHost(log: Logger = new TestLog()): AnalysisHost {
  return new AnalysisHost({ parser, log });
}

export function settings(given: unknown): Settings {
  const { settings: read, problems } = parseSettings(given);
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('; '));
  return read;
}

export const FILE = '/linux/drivers/test/file.c';

/** A snapshot of one file. `|` in the text marks the place asked about and is taken out. */
export function open(
  marked: string,
  options: { release?: Release; settings?: unknown; log?: Logger } = {},
): { analysis: Analysis; text: string; offset: number } {
  const offset = marked.indexOf('¦');
  const text = marked.replace('¦', '');
  const host = newHost(options.log);
  host.applyChange({
    settings: settings(options.settings ?? null),
    files: [{ path: FILE, text, version: 1, kernel: kernel(options.release ?? '6.12') }],
  });
  return { analysis: host.snapshot(), text, offset };
}
