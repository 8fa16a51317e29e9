/** Surroundings that go away or contradict, and settings of the wrong type: each document keeps its answers. */

import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Hover } from 'vscode-languageserver/node';
import { nodeRuntime } from '../../server/src/lsp/index.js';
import { EditedDocument } from './editedDocument.js';
import { start, tree, URI } from './session.js';
import { sitesOf } from './sites.js';
import { PIN_PUT, positionOf, REMOTE } from './snippets.js';

const RULE = 'gup-pin-put-mismatch';

describe('a workspace folder that is deleted', () => {
  it('leaves what is open its answers, for the newest release and with a note', async () => {
    const made = tree('6.1.100', { 'drivers/a.c': PIN_PUT, 'drivers/b.c': REMOTE });
    const client = await start();
    const uri = made.uri('drivers/a.c');
    await client.open(uri, PIN_PUT);
    await client.until(() => client.kernels.length === 1);
    expect(client.kernels[0]).toMatchObject({ release: '6.1', source: 'makefile' });
    rmSync(made.root, { recursive: true });
    expect((await client.pull(uri)).map(({ code }) => code)).toEqual([RULE]);
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: ['Makefile', 'include/linux/mm.h', 'drivers/a.c', 'drivers/b.c'].map(path => {
        return { uri: made.uri(path), type: 3 };
      }),
    });
    await client.until(() => client.kernels.length === 2);
    expect(client.kernels[1]).toMatchObject({ source: 'default' });
    expect(client.kernels[1]?.note).toContain('no kernel tree');
    expect((await client.pull(uri)).map(({ code }) => code)).toEqual([RULE]);
    const all = await sitesOf(client, { uri });
    expect(all.sites.map(site => site.uri)).toEqual([uri]);
    expect(client.errors).toEqual([]);
  });

  it('while it is searched gives what was read, and names each file that was not', async () => {
    const files = Object.fromEntries(Array.from({ length: 16 }, (_, at) => [`drivers/f${at}.c`, REMOTE]));
    const made = tree('6.12', files);
    const disk = nodeRuntime('nowhere', null);
    const first = made.uri('drivers/f0.c');
    // Each file is looked at for its sites: after the first it goes.
    const readText = async (path: string): Promise<string | null> => {
      const text = await disk.readText(path);
      rmSync(made.root, { recursive: true, force: true });
      return text;
    };
    const client = await start({ runtime: { readText } });
    const all = await sitesOf(client, { uri: first });
    expect(all.problem).toMatch(/^cannot be searched to the end: .*no such file or directory/);
    expect(all.sites.map(({ uri }) => uri)).toEqual([first]);
    expect(new Set(all.notAnalysed.map(({ uri }) => uri)).size).toBe(15);
    expect(new Set(all.notAnalysed.map(({ reason }) => reason))).toEqual(new Set(['cannot be read']));
    expect(client.errors).toEqual([]);
  });
});

describe('two roots with different releases', () => {
  it('each have their own findings, hovers and sites, also after an edit', async () => {
    // get_user_pages() lost `vmas` in 6.5.
    const text = `static long demo(unsigned long addr, struct page **pages)
{
	return get_user_pages(addr, 1, FOLL_WRITE, pages, NULL);
}
`;
    const [old, recent] = [tree('6.1.100', { 'a.c': text }), tree('6.12.3', { 'a.c': text })];
    const client = await start();
    const answers = async (uri: string): Promise<unknown[]> => {
      const hover: Hover | null = await client.connection.sendRequest('textDocument/hover', {
        textDocument: { uri },
        position: positionOf(text, 'get_user_pages', 2),
      });
      const { sites } = await sitesOf(client, { uri });
      return [
        /Linux (\d+\.\d+)/.exec(JSON.stringify(hover))?.[1],
        (await client.pull(uri)).some(({ code }) => code === 'gup-signature-mismatch'),
        sites.map(site => site.uri),
      ];
    };
    const [inOld, inRecent] = [old.uri('a.c'), recent.uri('a.c')];
    const first = await EditedDocument.open(client, inOld, text);
    await client.open(inRecent, text);
    const expected = [
      ['6.1', false, [inOld]],
      ['6.12', true, [inRecent]],
    ];
    expect([await answers(inOld), await answers(inRecent)]).toEqual(expected);
    await first.replace(first.text.length, first.text.length, '\n');
    expect([await answers(inOld), await answers(inRecent)]).toEqual(expected);
  });
});

describe('settings of the wrong type', () => {
  const cases: readonly (readonly [unknown, RegExp])[] = [
    ['fast', /gupLens must be an object, not "fast"; the defaults are used/],
    [[1], /gupLens must be an object, not \[1\]; the defaults are used/],
    [{ kernel: 6.1 }, /gupLens\.kernel must be an object, not 6\.1; it is ignored/],
    [
      { kernel: { release: 6.1 } },
      /gupLens\.kernel\.release must be a text such as "auto" or "6\.1", not 6\.1/,
    ],
    [{ kernel: { releases: [] } }, /gupLens\.kernel\.releases must be an object of patterns and releases/],
    [
      { diagnostics: { enable: 0 } },
      /gupLens\.diagnostics\.enable must be true or false, not 0; true is used/,
    ],
    [{ diagnostics: { rules: [RULE] } }, /gupLens\.diagnostics\.rules must be an object of rule ids/],
  ];

  for (const [given, expected] of cases) {
    it(`(${JSON.stringify(given)}) are told once, and all goes on with the defaults`, async () => {
      const client = await start({ configuration: () => given });
      await client.open(URI, PIN_PUT);
      expect((await client.pull(URI)).map(({ code }) => code)).toEqual([RULE]);
      expect(client.messages.map(({ message }) => message)).toEqual([expect.stringMatching(expected)]);
      await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: given });
      expect((await client.pull(URI)).map(({ code }) => code)).toEqual([RULE]);
      expect(client.messages).toHaveLength(1);
      expect(client.errors).toEqual([]);
    });
  }

  it('leave those beside them in force', async () => {
    const configuration = (): unknown => ({ hover: 3, diagnostics: { enable: false, rules: 'none' } });
    const client = await start({ configuration });
    await client.open(URI, PIN_PUT);
    expect(await client.pull(URI)).toEqual([]);
    expect(client.messages).toHaveLength(1);
  });
});
