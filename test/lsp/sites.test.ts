import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CancellationTokenSource } from 'vscode-languageserver/node';
import { URI as Uri } from 'vscode-uri';
import { SITES, SITES_TABLE, type SitesResult } from '../../server/protocol/index.js';
import { nodeRuntime } from '../../server/src/lsp/index.js';
import { gupLens } from '../cli/run.js';
import { MODERN } from './client.js';
import { start, tree, URI } from './session.js';
import { partsOf, sitesOf } from './sites.js';
import { PIN_PUT, REMOTE } from './snippets.js';

const INSTALLS = `#include <linux/mm.h>

vm_fault_t demo_fault(struct vm_fault *vmf);

static const struct vm_operations_struct demo_ops = {
	.fault = demo_fault,
};
`;

const CALLS = `#include <linux/mm.h>

vm_fault_t other_fault(struct vm_fault *vmf)
{
	return demo_fault(vmf);
}
`;

const TAKES = `int ctx_take(struct ctx *c)
{
	return mmap_read_lock_killable(c->mm);
}
/* for unpin_user_pages() */
`;

const USES = `long ctx_peek(struct ctx *c, unsigned long addr, struct page **pages)
{
	if (ctx_take(c))
		return -EINTR;
	return pin_user_pages_remote(c->mm, addr, 1, FOLL_LONGTERM, pages, NULL);
}
`;

const folderOf = (made: { readonly root: string }, path = ''): string =>
  Uri.file(join(made.root, path)).toString();

describe('the call sites of a folder', () => {
  it('are those below it, named from it, with what the tree around tells of them', async () => {
    const made = tree('6.12.3', {
      'drivers/a.c': REMOTE,
      'fs/b.c': PIN_PUT,
      'fs/c.c': CALLS,
      'mm/d.c': INSTALLS,
    });
    const client = await start();
    const { files, problem } = await client.connection.sendRequest<SitesResult>(SITES, {
      uri: folderOf(made, 'fs'),
      scope: 'here',
    });
    expect(problem).toBeNull();
    expect(files.map(({ path, uri, release }) => [path, uri, release])).toEqual([
      ['b.c', made.uri('fs/b.c'), '6.12'],
      ['c.c', made.uri('fs/c.c'), '6.12'],
    ]);
    expect(files[1]?.sites.map(({ callee, handler }) => [callee, handler?.role])).toEqual([
      ['demo_fault', 'direct-call'],
    ]);
  });

  it('are found outside a kernel tree too, for the newest release', async () => {
    const made = tree('6.1', { 'src/a.c': PIN_PUT });
    rmSync(join(made.root, 'include'), { recursive: true });
    const client = await start();
    const all = await sitesOf(client, { uri: folderOf(made), scope: 'here' });
    expect(all.sites.map(({ uri, callee }) => [uri, callee])).toEqual([
      [made.uri('src/a.c'), 'pin_user_pages_fast'],
    ]);
  });

  it('are said in a few words, with what FOLL_FORCE overrides', async () => {
    const made = tree('6.12.3', { 'drivers/a.c': REMOTE });
    const client = await start();
    const { sites } = await sitesOf(client, { uri: folderOf(made), scope: 'here' });
    expect(sites).toHaveLength(1);
    expect(sites[0]?.inShort).toEqual({
      flags: 'FORCE ±WRITE +TOUCH +REMOTE +UNLOCKABLE',
      lock: 'read → by *locked',
      release: 'put_page (local)',
    });
    expect(sites[0]?.overrides.join()).toContain('writes without VM_WRITE');
  });

  it('come with findings only if these are asked for', async () => {
    const made = tree('6.12.3', { 'drivers/a.c': PIN_PUT });
    const client = await start();
    const asked = { uri: folderOf(made), scope: 'here' } as const;
    expect((await sitesOf(client, asked)).findings).toEqual([]);
    const { findings } = await sitesOf(client, { ...asked, findings: true });
    expect(findings).toMatchObject([
      {
        uri: made.uri('drivers/a.c'),
        rule: 'gup-pin-put-mismatch',
        severity: 'error',
        function: 'demo_pin',
        range: { start: { line: 10, character: 1 } },
      },
    ]);
    expect(findings[0]?.related.length).toBeGreaterThan(0);
  });

  it('are those of the unsaved text where a file is open', async () => {
    const made = tree('6.12.3', { 'drivers/a.c': PIN_PUT });
    const client = await start();
    await client.open(made.uri('drivers/a.c'), REMOTE);
    const { sites } = await sitesOf(client, { uri: made.uri('drivers/a.c'), scope: 'here' });
    expect(sites.map(({ callee }) => callee)).toEqual(['get_user_pages_remote']);
  });

  it('of one file are that file, also where it holds none any more', async () => {
    const made = tree('6.12.3', { 'drivers/a.c': '/* nothing */\n', 'drivers/b.c': REMOTE });
    const client = await start();
    const { files } = await client.connection.sendRequest<SitesResult>(SITES, {
      uri: made.uri('drivers/a.c'),
      scope: 'here',
    });
    expect(files).toMatchObject([{ uri: made.uri('drivers/a.c'), path: 'a.c', sites: [] }]);
  });

  it('are those of each release where files are read for different ones', async () => {
    const made = tree('6.12.3', { 'drivers/old/a.c': REMOTE, 'drivers/b.c': REMOTE });
    const client = await start({
      initializationOptions: { kernel: { releases: { 'drivers/old/**': '5.10' } } },
    });
    const { files } = await client.connection.sendRequest<SitesResult>(SITES, {
      uri: folderOf(made),
      scope: 'here',
    });
    expect(files.map(({ path, release }) => [path, release])).toEqual([
      ['drivers/b.c', '6.12'],
      ['drivers/old/a.c', '5.10'],
    ]);
  });
});

describe('what is known only when all files were read', () => {
  it('comes as a file again, which replaces what came first', async () => {
    const made = tree('6.12.3', { 'drivers/takes.c': TAKES, 'drivers/uses.c': USES });
    const client = await start();
    const parts = await partsOf(client, { uri: folderOf(made), scope: 'here' });
    const locks = parts
      .filter(({ path }) => path === 'drivers/uses.c')
      .map(({ sites }) => sites.map(({ inShort }) => inShort.lock));
    expect(locks).toEqual([["caller's → held"], ['read → held']]);
  });

  it('is in the one answer too', async () => {
    const made = tree('6.12.3', { 'drivers/takes.c': TAKES, 'drivers/uses.c': USES });
    const client = await start();
    const { sites } = await sitesOf(client, { uri: folderOf(made), scope: 'here' });
    expect(sites.map(({ inShort }) => inShort.lock).filter(lock => lock !== '')).toEqual(['read → held']);
  });
});

describe('a long search', () => {
  const MANY = Object.fromEntries(
    Array.from({ length: 40 }, (_, at) => [`drivers/f${String(at).padStart(2, '0')}.c`, REMOTE]),
  );

  it('gives first files before the last are read, and says how far it is', async () => {
    const made = tree('6.12.3', MANY);
    const disk = nodeRuntime('nowhere', null);
    const last = join(made.root, 'drivers/f39.c');
    let seen = 0;
    let seenAtLast = -1;
    const client = await start({
      runtime: {
        readText: async path => {
          if (path === last && seenAtLast < 0) {
            await client.until(() => client.progress.some(({ value }) => 'files' in value));
            seenAtLast = seen;
          }
          return disk.readText(path);
        },
      },
    });
    const done = client.connection.sendRequest(SITES, {
      uri: folderOf(made),
      scope: 'here',
      partialResultToken: 'parts',
      workDoneToken: 'work',
    });
    await client.until(() => {
      seen = client.progress.filter(({ token }) => token === 'parts').length;
      return seenAtLast >= 0;
    });
    expect(seenAtLast).toBeGreaterThan(0);
    await done;
    const work = client.progress.filter(({ token }) => token === 'work').map(({ value }) => value);
    expect(work[0]).toMatchObject({ kind: 'begin', cancellable: true, percentage: 0 });
    expect(work[1]).toMatchObject({ kind: 'report', message: '16 of 40 files', percentage: 40 });
    expect(work.at(-1)).toMatchObject({ kind: 'end' });
  });

  it('is given up when it is cancelled, after what was found', async () => {
    const made = tree('6.12.3', MANY);
    const client = await start();
    const source = new CancellationTokenSource();
    const answer = client.connection
      .sendRequest(SITES, { uri: folderOf(made), scope: 'here', partialResultToken: 'parts' }, source.token)
      .then(
        () => 'answered',
        (error: { code: number }) => error.code,
      );
    await client.until(() => client.progress.some(({ token }) => token === 'parts'));
    source.cancel();
    expect(await answer).toBe(-32800);
    expect(client.progress.length).toBeLessThan(80);
    expect(client.errors).toEqual([]);
    // The next search is not hindered by it.
    const all = await sitesOf(client, { uri: folderOf(made), scope: 'here' });
    expect(all.sites).toHaveLength(40);
  });

  it('in the background shows progress, can be called off, and is made when somebody asks', async () => {
    const made = tree('6.12.3', { 'drivers/a.c': INSTALLS, 'drivers/b.c': CALLS });
    const disk = nodeRuntime('nowhere', null);
    let searches = 0;
    let letGo: () => void = () => undefined;
    const held = new Promise<void>(resolve => {
      letGo = resolve;
    });
    const client = await start({
      capabilities: { ...MODERN, window: { workDoneProgress: true } },
      runtime: {
        findCandidates: async (...search) => {
          searches++;
          if (searches === 1) await held;
          return disk.findCandidates(...search);
        },
      },
    });
    await client.open(made.uri('drivers/b.c'), CALLS);
    await client.pull(made.uri('drivers/b.c'));
    await client.until(() => client.progress.some(({ value }) => 'kind' in value && value.kind === 'begin'));
    const [begin] = client.progress;
    expect(begin?.value).toMatchObject({ cancellable: true, title: 'GUP Lens: fault handlers of the tree' });
    await client.connection.sendNotification('window/workDoneProgress/cancel', { token: begin?.token });
    letGo();
    await client.until(() => client.progress.some(({ value }) => 'kind' in value && value.kind === 'end'));
    expect(searches).toBe(1);
    const { sites } = await sitesOf(client, { uri: made.uri('drivers/b.c') });
    expect(sites.map(({ handler }) => handler?.role)).toEqual(['install', 'direct-call']);
  });
});

describe('a folder that is gone', () => {
  it('is said to be, and found again when it is back', async () => {
    const made = tree('6.12.3', { 'drivers/a.c': REMOTE });
    const client = await start();
    const asked = { uri: folderOf(made), scope: 'here' } as const;
    expect((await sitesOf(client, asked)).sites).toHaveLength(1);
    const away = `${made.root}-away`;
    renameSync(made.root, away);
    const gone = await sitesOf(client, asked);
    expect(gone.sites).toEqual([]);
    expect(gone.problem).toMatch(/^cannot be searched to the end: .*no such file or directory/);
    renameSync(away, made.root);
    const back = await sitesOf(client, asked);
    expect([back.problem, back.sites.length]).toEqual([null, 1]);
    expect(client.errors).toEqual([]);
  });

  it('before it was ever searched is searched once it is there', async () => {
    const made = tree('6.12.3');
    const client = await start();
    const asked = { uri: folderOf(made, 'module'), scope: 'here' } as const;
    expect((await sitesOf(client, asked)).problem).toContain('no such file or directory');
    mkdirSync(join(made.root, 'module'));
    made.write('module/a.c', REMOTE);
    const there = await sitesOf(client, asked);
    expect([there.problem, there.sites.length]).toEqual([null, 1]);
  });
});

describe('two roots with different releases', () => {
  it('have their own rows, handlers and releases', async () => {
    const old = tree('6.1.100', { 'drivers/a.c': INSTALLS, 'drivers/b.c': CALLS });
    const recent = tree('6.12.3', { 'drivers/b.c': CALLS, 'drivers/c.c': REMOTE });
    const client = await start();
    const of = async (made: typeof old): Promise<unknown[]> => {
      const { files } = await client.connection.sendRequest<SitesResult>(SITES, {
        uri: folderOf(made),
        scope: 'here',
      });
      return files.map(({ path, release, sites }) => [path, release, sites.map(({ callee }) => callee)]);
    };
    for (const _ of ['cold', 'warm']) {
      expect(await of(old)).toEqual([
        ['drivers/a.c', '6.1', ['demo_fault']],
        ['drivers/b.c', '6.1', ['demo_fault']],
      ]);
      // What the other root installs is no handler here.
      expect(await of(recent)).toEqual([['drivers/c.c', '6.12', ['get_user_pages_remote']]]);
    }
  });
});

describe('gupLens/sitesTable', () => {
  it('writes the table of the command line', async () => {
    const made = tree('6.12.3', { 'drivers/a.c': REMOTE, 'fs/b.c': PIN_PUT, 'mm/d.c': INSTALLS });
    const client = await start();
    const { files } = await client.connection.sendRequest<SitesResult>(SITES, {
      uri: folderOf(made),
      scope: 'here',
    });
    const table: string = await client.connection.sendRequest(SITES_TABLE, { files });
    const { stdout } = await gupLens(['sites', '--format', 'markdown', '--flag', 'FOLL_FORCE', made.root]);
    expect(stdout).toContain('| `drivers/a.c:13` | `demo_remote` | `get_user_pages_remote` |');
    expect(table).toContain(stdout.split('\n')[2]);
    expect(table).toContain('| `mm/d.c:6` |  | `demo_fault` as `.fault` |');
    expect(table.split('\n').filter(line => line.startsWith('| `'))).toHaveLength(3);
    expect(await client.connection.sendRequest(SITES_TABLE, { files: [] })).toBe('');
  });

  it('writes a table of findings', async () => {
    const made = tree('6.12.3', { 'fs/b.c': PIN_PUT });
    const client = await start();
    const { files } = await client.connection.sendRequest<SitesResult>(SITES, {
      uri: folderOf(made),
      scope: 'here',
      findings: true,
    });
    const table: string = await client.connection.sendRequest(SITES_TABLE, { files, of: 'findings' });
    expect(table.split('\n').slice(0, 2)).toEqual([
      '| Place | In | Severity | Rule | Finding |',
      '| --- | --- | --- | --- | --- |',
    ]);
    expect(table).toContain('| `fs/b.c:11` | `demo_pin` | error | `gup-pin-put-mismatch` | ');
  });

  it('survives what is no table', async () => {
    const client = await start();
    expect(await client.connection.sendRequest(SITES_TABLE, { files: 3 })).toBe('');
    await client.open(URI, PIN_PUT);
    expect(await client.pull(URI)).toHaveLength(1);
  });
});
