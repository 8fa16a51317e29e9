/** The server as it runs in a browser: no disk, every file by a request to the client. */

import { describe, expect, it } from 'vitest';
import type { Hover } from 'vscode-languageserver/node';
import { SITES, type SitesParams, type SitesResult } from '../../server/protocol/index.js';
import type { Found } from '../../server/src/lsp/runtime.js';
import { BrowserFiles, TOP } from './browserFiles.js';
import { MODERN } from './client.js';
import { start } from './session.js';
import { sitesOf } from './sites.js';
import { PIN_PUT, REMOTE } from './snippets.js';

const MAKEFILE = 'VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 192\nEXTRAVERSION =\n';
const TREE = { Makefile: MAKEFILE, 'include/linux/mm.h': '/* a kernel tree has this */\n' };

/** A helper of {@link USER} in a file of its own. */
const PUT = `void ctx_put(struct page **pages, int n)
{
	int i;

	for (i = 0; i < n; i++)
		put_page(pages[i]);
}
/* for unpin_user_pages() */
`;
const USER = `int ctx_pin(unsigned long addr, struct page **pages)
{
	if (pin_user_pages_fast(addr, 4, FOLL_WRITE, pages) != 4)
		return -EFAULT;
	ctx_put(pages, 4);
	return 0;
}
`;

const AN_HOUR = 3_600_000;

describe('in a browser', () => {
  it('a file is read for the release of its tree, with the flags of its headers', async () => {
    const files = new BrowserFiles({
      ...TREE,
      'include/linux/mm_types.h': 'enum { FOLL_GET = 1 << 25 };\n',
      // Of the kernel's own: a header of that name without a release beside it.
      'tools/include/linux/mm.h': '',
    });
    const client = await start({ runtime: files.runtime() });
    const uri = files.uri('tools/demo.c');
    await client.open(uri, PIN_PUT.replace('FOLL_WRITE', 'FOLL_GET'));
    await client.until(() => client.kernels.length === 1);
    expect(client.kernels[0]).toMatchObject({ uri, release: '6.1', text: '6.1.192', source: 'makefile' });
    expect((await client.pull(uri)).map(({ code }) => code)).toContain('gup-pin-put-mismatch');
    const hover: Hover | null = await client.connection.sendRequest('textDocument/hover', {
      textDocument: { uri },
      position: { line: 7, character: 38 },
    });
    expect(JSON.stringify(hover?.contents)).toContain('0x2000000');
    expect(client.errors).toEqual([]);
  });

  it("follows the tree's Makefile, at the top of the storage too", async () => {
    const files = new BrowserFiles(TREE);
    const client = await start({ runtime: files.runtime() });
    await client.open(files.uri('demo.c'), REMOTE);
    await client.until(() => client.kernels.length === 1);
    files.files.set('Makefile', MAKEFILE.replace('= 1\n', '= 12\n'));
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: files.uri('Makefile'), type: 2 }],
    });
    await client.until(() => client.kernels.length === 2);
    expect(client.kernels[1]).toMatchObject({ release: '6.12', source: 'makefile' });
  });

  it('without a tree, or untitled, a file is read for the newest release', async () => {
    const files = new BrowserFiles({});
    const client = await start({ runtime: files.runtime() });
    for (const uri of [files.uri('demo.c'), 'untitled:Untitled-1']) {
      await client.open(uri, PIN_PUT);
      expect(await client.pull(uri)).toHaveLength(1);
    }
    expect(client.kernels.map(({ source }) => source)).toEqual(['default', 'default']);
    expect(client.errors).toEqual([]);
  });

  it('the nearest settings of the project are in force, patterns on the path in the tree too', async () => {
    const files = new BrowserFiles({
      ...TREE,
      '.gup-lens.json': '{ "diagnostics": { "rules": { "gup-pin-put-mismatch": "off" } } }\n',
      'drivers/.gup-lens.json': '{ "diagnostics": { "rules": { "gup-pin-put-mismatch": "info" } } }\n',
    });
    const client = await start({
      runtime: files.runtime(),
      initializationOptions: { gupLens: { kernel: { releases: { 'drivers/**': '5.10' } } } },
    });
    const [near, far] = [files.uri('drivers/demo.c'), files.uri('fs/demo.c')];
    await client.open(near, PIN_PUT);
    await client.open(far, PIN_PUT);
    expect((await client.pull(near)).map(({ severity }) => severity)).toEqual([3]);
    expect(await client.pull(far)).toEqual([]);
    expect(client.kernels.map(({ release }) => release)).toEqual(['5.10', '6.1']);
  });

  it('what the files beside an open one define is known, and of no others; that is said', async () => {
    const files = new BrowserFiles({
      ...TREE,
      'drivers/demo/put.c': PUT,
      'drivers/demo/user.c': USER,
      'drivers/demo/notes.txt': 'put_page',
      'drivers/other/put.c': PUT.replace('put_page', 'unpin_user_page'),
    });
    const client = await start({
      runtime: files.runtime(),
      capabilities: { ...MODERN, workspace: { diagnostics: { refreshSupport: true } } },
    });
    const uri = files.uri('drivers/demo/user.c');
    await client.open(uri, USER);
    const rules = async (): Promise<unknown[]> => (await client.pull(uri)).map(({ code }) => code);
    expect(await rules()).not.toContain('gup-pin-put-mismatch');
    await client.until(() => client.refreshed.length > 0);
    expect(await rules()).toContain('gup-pin-put-mismatch');
    const found = await sitesOf(client, { uri });
    expect(found.sites.map(site => site.uri)).toContain(uri);
    expect(found.notAnalysed).toMatchObject([
      { uri: `${TOP}/drivers/demo/..`, reason: expect.stringContaining('not the whole tree') },
    ]);
    expect(files.read.filter(path => path.includes('other') || path.endsWith('.txt'))).toEqual([]);
    files.files.set('drivers/demo/put.c', PUT.replace('put_page', 'unpin_user_page'));
    const before = client.refreshed.length;
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: files.uri('drivers/demo/put.c'), type: 2 }],
    });
    await client.until(() => client.refreshed.length > before);
    expect(await rules()).not.toContain('gup-pin-put-mismatch');
  });

  it('who asks for all call sites of a folder has the files below read, those beside open ones first', async () => {
    const files = new BrowserFiles({
      ...TREE,
      'drivers/demo/user.c': USER,
      'drivers/far/pin.c': PIN_PUT,
      'drivers/far/.git/old.c': PIN_PUT,
      'mm/gup.c': PIN_PUT,
      'tools/testing/pin.c': PIN_PUT,
    });
    const client = await start({ runtime: files.runtime() });
    const uri = files.uri('drivers/demo/user.c');
    await client.open(uri, USER);
    await client.pull(uri);
    files.read.length = 0;
    const params: SitesParams = { uri: TOP, scope: 'here', workDoneToken: 'work' };
    const { files: found, problem }: SitesResult = await client.connection.sendRequest(SITES, params);
    expect(problem).toBeNull();
    expect(found.filter(({ sites }) => sites.length > 0).map(({ path }) => path)).toEqual([
      'drivers/demo/user.c',
      'drivers/far/pin.c',
      'mm/gup.c',
    ]);
    expect(found.flatMap(({ notAnalysed }) => notAnalysed.map(({ reason }) => reason))).toEqual([
      'in a browser not searched, as no code of the kernel: tools',
    ]);
    const order = files.read.filter(path => path.endsWith('.c'));
    expect([...new Set(order)].filter(path => !path.includes('put.c'))).toEqual([
      'drivers/demo/user.c',
      'mm/gup.c',
      'drivers/far/pin.c',
    ]);
    const told = client.progress.filter(({ token }) => token === 'work').map(({ value }) => value);
    expect(told).toContainEqual({ kind: 'report', message: expect.stringMatching(/^\d+ files read$/) });
    expect(client.errors).toEqual([]);
  });

  it('such a search ends after so many files, and says which directories it did not read', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 40 }, (_, dir) =>
        Array.from({ length: 100 }, (__, i) => [`drivers/d${String(dir).padStart(2, '0')}/f${i}.c`, '/* */']),
      ).flat(),
    );
    const files = new BrowserFiles({ ...TREE, ...many, 'mm/gup.c': PIN_PUT });
    const search = files.runtime().searchBelow;
    if (search === null) throw new Error('a browser searches step by step');
    const stop = new AbortController();
    const counts: number[] = [];
    const options = { root: TOP, first: [], needles: ['FOLL_WRITE'], onRead: (n: number) => counts.push(n) };
    const parts: Found[] = [];
    for await (const part of search({ ...options, signal: stop.signal })) parts.push(part);
    expect(parts.flatMap(({ paths }) => paths)).toEqual([files.uri('mm/gup.c')]);
    expect(counts.at(-1)).toBe(3000);
    expect(parts.flatMap(({ notes }) => notes)).toEqual([
      { path: 'drivers/d29', reason: 'of its files 1 are not read' },
      {
        path: '.',
        reason:
          'in a browser the search ends after 3000 files: not read are drivers/d30, drivers/d31, drivers/d32, drivers/d33, drivers/d34, drivers/d35 and 5 more directories',
      },
    ]);
    const again = search({ ...options, signal: stop.signal })[Symbol.asyncIterator]();
    await again.next();
    stop.abort();
    await expect(again.next()).rejects.toThrow(/abort/i);
  });

  it('such a search ends where a storage gives no more files', async () => {
    const files = new BrowserFiles({ 'a/a.c': PIN_PUT, 'c/c.c': PIN_PUT });
    for (let i = 0; i < 8; i++) files.files.set(`b/${i}.c`, new Uint8Array(4 * 1024 * 1024 + 1));
    const search = files.runtime().searchBelow;
    if (search === null) throw new Error('a browser searches step by step');
    const { signal } = new AbortController();
    const parts: Found[] = [];
    const options = { root: TOP, first: [], needles: ['FOLL_WRITE'], signal, onRead: () => undefined };
    for await (const part of search(options)) parts.push(part);
    expect(parts.flatMap(({ paths }) => paths)).toEqual([files.uri('a/a.c')]);
    expect(parts.flatMap(({ notes }) => notes)).toEqual([
      {
        path: '.',
        reason:
          'in a browser none of the files of b could be read: too large; the search ends after 9 files: not read are c',
      },
    ]);
  });

  it('files that cannot be taken are named, the others are read', async () => {
    const files = new BrowserFiles({
      ...TREE,
      'mm/good.c': PIN_PUT,
      'mm/latin1.c': new Uint8Array([...new TextEncoder().encode(PIN_PUT), 0x2f, 0x2f, 0xe9, 0x0a]),
      'mm/binary.c': new Uint8Array([0, 1, 2]),
      'mm/huge.c': new Uint8Array(4 * 1024 * 1024 + 1).fill(0x20),
    });
    const { paths, notes } = await files
      .runtime()
      .findCandidates(`${TOP}/mm`, ['pin_user_pages_fast'], new AbortController().signal);
    expect(paths).toEqual([files.uri('mm/good.c'), files.uri('mm/latin1.c')]);
    expect(notes.slice(1)).toEqual([
      { path: 'binary.c', reason: 'a binary file' },
      { path: 'huge.c', reason: 'too large' },
    ]);
    expect(await files.runtime().readText(files.uri('mm/latin1.c'))).toContain('//\u00e9\n');
    expect(await files.runtime().readText(files.uri('mm/none.c'))).toBeNull();
  });

  it('of a crowded directory only so many files are read, which is said; a search can be called off', async () => {
    const many = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`mm/file${i}.h`, PIN_PUT]));
    const files = new BrowserFiles(many);
    const stop = new AbortController();
    const { paths, notes } = await files.runtime().findCandidates(`${TOP}/mm`, ['FOLL_WRITE'], stop.signal);
    expect(paths).toHaveLength(500);
    expect(notes.map(({ reason }) => reason).join('\n')).toMatch(/of its 600 files the first 500 are read/);
    stop.abort();
    const again = files.runtime().findCandidates(`${TOP}/mm`, ['FOLL_WRITE'], stop.signal);
    await expect(again).rejects.toThrow(/abort/i);
  });

  it('a part of the extension that is missing is told, with what to do', async () => {
    const files = new BrowserFiles({});
    const runtime = files.runtime(async () => {
      throw new Error('status 404');
    });
    await expect(runtime.litmusFiles()).rejects.toThrow(
      /litmus\.json cannot be read \(status 404\); install/,
    );
    const client = await start({ runtime });
    await client.until(() => client.messages.length > 0);
    expect(client.messages[0]?.message).toMatch(/the C parser is missing: .*install the extension again/);
    await client.open(files.uri('demo.c'), PIN_PUT);
    expect(await client.pull(files.uri('demo.c'))).toEqual([]);
  });

  it('time goes on, and what is to be done later is done unless it is called off', async () => {
    const runtime = new BrowserFiles({}).runtime();
    const cancel = runtime.later(AN_HOUR, () => {
      throw new Error('it was called off');
    });
    cancel();
    await new Promise<void>(resolve => runtime.later(0, resolve));
    await runtime.yield();
  });
});
