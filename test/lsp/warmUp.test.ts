import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { warmUp } from '../../server/src/lsp/warmUp.js';
import { RULES } from '../../server/src/rules/index.js';
import type { KernelCParser } from '../../server/src/syntax/index.js';
import { loadParser } from '../syntax/support.js';
import { start, URI } from './session.js';

describe('the runs of the engine while nobody waits', () => {
  let parser: KernelCParser;

  beforeAll(async () => {
    parser = await loadParser();
  });

  afterAll(() => parser.dispose());

  it('wait before each file until the client is quiet', async () => {
    let waits = 0;
    const quiet = {
      wait: async () => {
        waits++;
      },
    };
    const usual = async (): Promise<readonly string[]> => ['int f(void)\n{\n\treturn 0;\n}\n'];
    expect(await warmUp({ parser, quiet, usual, isOver: () => false })).toBe(true);
    const files = RULES.flatMap(({ examples }) => examples).length * 2 + 1;
    expect(waits % files).toBe(0);
    expect(waits).toBeGreaterThan(files);
  });

  it('do without the files of a tree that cannot be read', async () => {
    const usual = (): Promise<never> => Promise.reject(new Error('not readable'));
    expect(await warmUp({ parser, quiet: { wait: async () => undefined }, usual, isOver: () => false })).toBe(
      true,
    );
  });

  it('end with the server', async () => {
    let waits = 0;
    const quiet = {
      wait: async () => {
        waits++;
      },
    };
    expect(await warmUp({ parser, quiet, usual: async () => [], isOver: () => waits > 3 })).toBe(false);
    expect(waits).toBe(4);
  });

  it('keep nobody waiting who opens a file at once', async () => {
    const client = await start();
    await client.open(URI, 'int f(void)\n{\n\treturn 0;\n}\n');
    expect(await client.pull(URI)).toEqual([]);
    expect(client.logged.filter(({ message }) => message.startsWith('warmed up'))).toEqual([]);
  });
});
