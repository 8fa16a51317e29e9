import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HUGE_FILE, readTextFile, readWasm } from '../../server/src/workspace/index.js';

let top: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'gup-lens-decode-'));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

function file(content: string | Uint8Array): string {
  const path = join(top, 'file.c');
  writeFileSync(path, content);
  return path;
}

describe('readTextFile', () => {
  it('reads UTF-8, with its line ends and byte order mark as they are', () => {
    const text = '\ufeff/* Größe, 猫, 🐈 */\r\nint a;\n\rint b;';
    expect(readTextFile(file(text))).toEqual({ text, encoding: 'utf-8', note: null });
    expect(readTextFile(file(''))).toEqual({ text: '', encoding: 'utf-8', note: null });
  });

  it('reads a file that is not UTF-8 as Latin-1, a byte a character, and says so', () => {
    const text = '/* Jos\u00e9, \u0080\u009f */\nint a;\n';
    expect(readTextFile(file(Buffer.from(text, 'latin1')))).toEqual({
      text,
      encoding: 'latin1',
      note: 'not valid UTF-8; read as Latin-1',
    });
  });

  it('does not read what is no source, and says why', () => {
    expect(readTextFile(file('int a;\0\0'))).toEqual({ kind: 'binary', reason: 'a binary file' });
    expect(readTextFile(file(' '.repeat(HUGE_FILE + 1)))).toEqual({
      kind: 'huge',
      reason: 'larger than 4 MB (4.0 MB)',
    });
    expect(readTextFile(file(' '.repeat(HUGE_FILE)))).toMatchObject({ encoding: 'utf-8' });
    mkdirSync(join(top, 'dir.c'));
    expect(readTextFile(join(top, 'dir.c'))).toEqual({ kind: 'not-a-file', reason: 'not a regular file' });
  });

  it('returns what the disk says', () => {
    expect(readTextFile(join(top, 'none.c'))).toEqual({
      kind: 'missing',
      reason: 'no such file or directory',
    });
    expect(readTextFile(join(file(''), 'below.c'))).toMatchObject({ kind: 'missing' });
    symlinkSync('loop.c', join(top, 'loop.c'));
    expect(readTextFile(join(top, 'loop.c'))).toEqual({
      kind: 'missing',
      reason: 'a loop of symbolic links',
    });
  });
});

describe('readWasm', () => {
  it('reads both files', async () => {
    writeFileSync(join(top, 'web-tree-sitter.wasm'), 'a');
    writeFileSync(join(top, 'tree-sitter-c.wasm'), 'b');
    const { core, grammar } = await readWasm(top);
    expect([core[0], grammar[0]]).toEqual([97, 98]);
  });

  it('names a file that is missing, and the remedy', async () => {
    writeFileSync(join(top, 'web-tree-sitter.wasm'), 'a');
    await expect(readWasm(top)).rejects.toThrow(
      /tree-sitter-c\.wasm cannot be read .*; install or build again/,
    );
  });
});
