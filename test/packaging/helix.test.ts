/** The snippet for Helix in docs/editors.md: what it says is TOML that Helix takes, and a command line that the product takes. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { gupLens } from '../cli/run.js';

type Table = Record<string, unknown>;

/** Reads the part of TOML that the snippet is written in; throws for any other, so that nothing is passed over. */
function readToml(text: string): Table {
  const top: Table = {};
  let table = top;
  for (const line of text.split('\n')) {
    const bare = line.replace(/^\s*#.*$/, '').trim();
    if (bare === '') continue;
    const list = /^\[\[([\w.-]+)\]\]$/.exec(bare)?.[1];
    const header = /^\[([\w.-]+)\]$/.exec(bare)?.[1];
    if (list !== undefined) {
      table = {};
      top[list] = [...((top[list] as Table[] | undefined) ?? []), table];
    } else if (header !== undefined) {
      table = top;
      for (const key of header.split('.')) {
        const inner: Table = (table[key] as Table | undefined) ?? {};
        table[key] = inner;
        table = inner;
      }
    } else {
      const [, key = '', value = ''] =
        /^([\w-]+)\s*=\s*("[^"\\]*"|\[(?:"[^"\\]*"(?:,\s*)?)*\])$/.exec(bare) ?? [];
      if (key === '' || key in table) throw new Error(`not read: ${line}`);
      table[key] = JSON.parse(value) as unknown;
    }
  }
  return top;
}

const snippet = /^```toml\n(.*?)^```/ms.exec(readFileSync('docs/editors.md', 'utf8'))?.[1] ?? '';

describe('the snippet for Helix', () => {
  const config = readToml(snippet);
  const servers = config['language-server'] as Table;
  const languages = config.language as Table[];

  it('declares the server that it gives to C, beside clangd, which Helix knows', () => {
    expect(Object.keys(config)).toEqual(['language-server', 'language']);
    expect(languages).toEqual([{ name: 'c', 'language-servers': ['clangd', 'gup-lens'] }]);
    expect(Object.keys(servers)).toEqual(['gup-lens']);
  });

  it('names the command of the package, with arguments that it takes', async () => {
    const { command, args } = servers['gup-lens'] as { command: string; args: string[] };
    const { bin } = JSON.parse(readFileSync('package.json', 'utf8')) as { bin: Table };
    expect(Object.keys(bin)).toEqual([command]);
    const { code, stdout } = await gupLens([...args, '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/serve.*--stdio/s);
  });
});

describe('the reader of this test', () => {
  it('refuses what it does not know', () => {
    for (const text of ['a = 1', "a = 'b'", 'a = "b\\n"', 'a = "1"\na = "2"', '[a', 'a = ["b" "c"', 'a']) {
      expect(() => readToml(text), text).toThrow();
    }
  });
});
