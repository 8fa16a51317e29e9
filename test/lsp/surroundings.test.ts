import { describe, expect, it } from 'vitest';
import type { Hover, InlayHint } from 'vscode-languageserver/node';
import { MODERN } from './client.js';
import { start, tree, URI, whole } from './session.js';
import { partsOf, sitesOf } from './sites.js';
import { PIN_PUT, REMOTE } from './snippets.js';

describe('settings', () => {
  it('of the resource decide; a wrong one is told once and the default is used', async () => {
    const client = await start({
      configuration: () => ({ kernel: { release: '2.6' }, inlayHints: { fault: false } }),
    });
    await client.open(URI, REMOTE);
    const hints: InlayHint[] = await client.connection.sendRequest('textDocument/inlayHint', {
      textDocument: { uri: URI },
      range: whole,
    });
    expect(hints.map(({ label }) => label)).toHaveLength(2);
    await client.open('file:///nowhere/other.c', REMOTE);
    await client.pull('file:///nowhere/other.c');
    expect(client.messages).toHaveLength(1);
    expect(client.messages[0]).toMatchObject({ type: 2 });
    expect(client.messages[0]?.message).toContain('gupLens.kernel.release');
  });

  it('may come with initialize, and change by notification', async () => {
    const client = await start({ initializationOptions: { gupLens: { kernel: { release: '5.10.3' } } } });
    await client.open(URI, REMOTE);
    await client.until(() => client.kernels.length === 1);
    expect(client.kernels[0]).toMatchObject({
      uri: URI,
      release: '5.10',
      text: '5.10.3',
      source: 'setting',
      headers: [],
    });
    await client.connection.sendNotification('workspace/didChangeConfiguration', {
      settings: { gupLens: { kernel: { release: '6.1' }, diagnostics: { enable: false } } },
    });
    await client.until(() => client.kernels.length === 2);
    expect(client.kernels[1]).toMatchObject({ release: '6.1' });
  });

  it('switch off what they name', async () => {
    const client = await start({
      initializationOptions: { 'gupLens.diagnostics.enable': false, 'gupLens.codeLens.enable': false },
    });
    await client.open(URI, PIN_PUT);
    expect(await client.pull(URI)).toEqual([]);
    const about = { textDocument: { uri: URI } };
    expect(await client.connection.sendRequest('textDocument/codeLens', about)).toEqual([]);
  });
});

describe('the release', () => {
  it('is that of the tree, and follows its Makefile', async () => {
    const made = tree('6.1.192');
    const client = await start({
      capabilities: {
        ...MODERN,
        workspace: { diagnostics: { refreshSupport: true }, codeLens: { refreshSupport: true } },
      },
    });
    const uri = made.uri('drivers/a.c');
    await client.open(uri, REMOTE);
    await client.until(() => client.kernels.length === 1);
    expect(client.kernels[0]).toMatchObject({
      release: '6.1',
      text: '6.1.192',
      source: 'makefile',
      note: null,
      headers: ['include/linux/mm.h'],
    });
    made.write('Makefile', 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n');
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: made.uri('Makefile'), type: 2 }],
    });
    await client.until(() => client.kernels.length === 2 && client.refreshed.length >= 2);
    expect(client.kernels[1]).toMatchObject({ release: '6.12' });
    expect(new Set(client.refreshed)).toEqual(new Set(['diagnostic', 'codeLens']));
    const kernel = await client.connection.sendRequest('gupLens/kernel', { uri });
    expect(kernel).toMatchObject({ release: '6.12', source: 'makefile' });
    expect((kernel as { releases: string[] }).releases[0]).toBe('4.8');
  });

  it("comes with the flags of the tree's own headers, and follows them; two trees keep their own", async () => {
    const old = tree('6.1.192');
    const vendor = tree('6.12.1', { 'include/linux/mm_types.h': 'enum { FOLL_GET = 1 << 25 };\n' });
    const client = await start();
    const text = 'static int flags = FOLL_GET;\n';
    const hover = async (uri: string): Promise<string> => {
      const answer: Hover | null = await client.connection.sendRequest('textDocument/hover', {
        textDocument: { uri },
        position: { line: 0, character: 22 },
      });
      return JSON.stringify(answer?.contents);
    };
    const [inOld, inVendor] = [old.uri('a.c'), vendor.uri('a.c')];
    await client.open(inOld, text);
    await client.open(inVendor, text);
    expect(await hover(inOld)).toMatch(/`0x4` in Linux 6\.1 /);
    expect(await hover(inOld)).not.toContain('in this tree');
    expect(await hover(inVendor)).toContain(
      '0x2000000 in this tree (include/linux/mm_types.h); 0x2 in Linux 6.12',
    );
    vendor.write('include/linux/mm_types.h', 'enum { FOLL_GET = 1 << 26 };\n');
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: vendor.uri('include/linux/mm_types.h'), type: 2 }],
    });
    expect(await hover(inVendor)).toContain('0x4000000 in this tree');
    expect(await hover(inOld)).toMatch(/`0x4` in Linux 6\.1 /);
  });

  it('is that of the first pattern in the settings that matches', async () => {
    const made = tree('6.12');
    const releases = { 'drivers/old/**': '5.10', '**/drivers/**': '5.15' };
    const client = await start({ initializationOptions: { kernel: { releases } } });
    const of = async (path: string): Promise<unknown> => {
      const info: { release: string } = await client.connection.sendRequest('gupLens/kernel', {
        uri: made.uri(path),
      });
      return info.release;
    };
    expect([await of('drivers/old/a.c'), await of('drivers/a.c'), await of('mm/a.c')]).toEqual([
      '5.10',
      '5.15',
      '6.12',
    ]);
  });

  it("and the rules are those of the project's file, over the client's settings", async () => {
    const made = tree('6.12', {
      '.gup-lens.json': '{"kernel": {"release": "5.10"}}',
      'drivers/a.c': PIN_PUT,
    });
    const client = await start({ initializationOptions: { kernel: { release: '6.1' } } });
    const uri = made.uri('drivers/a.c');
    await client.open(uri, PIN_PUT);
    expect(await client.pull(uri)).toHaveLength(1);
    const release = async (): Promise<string> => {
      const info: { release: string } = await client.connection.sendRequest('gupLens/kernel', { uri });
      return info.release;
    };
    expect(await release()).toBe('5.10');
    made.write(
      '.gup-lens.json',
      '{"diagnostics": {"rules": {"gup-pin-put-mismatch": "off", "gup-x": "off"}}}',
    );
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: made.uri('.gup-lens.json'), type: 2 }],
    });
    expect(await client.pull(uri)).toEqual([]);
    expect(await release()).toBe('6.1');
    await client.until(() => client.messages.length === 1);
    expect(client.messages[0]?.message).toMatch(
      /\.gup-lens\.json: diagnostics\.rules: there is no rule gup-x/,
    );
  });

  it('outside a tree is the newest known, and says so', async () => {
    const client = await start();
    const kernel = await client.connection.sendRequest('gupLens/kernel', { uri: URI });
    expect(kernel).toMatchObject({ source: 'default' });
    expect((kernel as { note: string }).note).toContain('no kernel tree');
  });
});

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

describe('a whole tree', () => {
  it('lists its sites, with handlers that other files install, also piece by piece', async () => {
    const made = tree('6.12.3', { 'drivers/a.c': REMOTE, 'drivers/b.c': INSTALLS, 'drivers/c.c': CALLS });
    const client = await start();
    const uri = made.uri('drivers/a.c');
    await client.open(uri, PIN_PUT);
    const all = await sitesOf(client, { uri });
    const rows = all.sites.map(site => [site.uri, site.callee, site.handler?.role ?? site.kind]);
    expect(rows).toEqual([
      [uri, 'pin_user_pages_fast', 'gup'],
      [made.uri('drivers/b.c'), 'demo_fault', 'install'],
      [made.uri('drivers/c.c'), 'demo_fault', 'direct-call'],
    ]);
    expect(all.notAnalysed).toEqual([]);
    const parts = await partsOf(client, { uri });
    const names = parts.flatMap(({ sites }) => sites.map(({ callee }) => callee));
    expect(new Set(names)).toEqual(new Set(all.sites.map(({ callee }) => callee)));
  });

  it("says of a row which release it is for if that is not the tree's", async () => {
    const text = `int get(unsigned long addr, struct page **pages)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 6, 0)
	return pin_user_pages_fast(addr, 1, 0, pages);
#else
	return get_user_pages_fast(addr, 1, 0, pages);
#endif
}
`;
    const made = tree('6.12', { 'drivers/a.c': text });
    const client = await start();
    const uri = made.uri('drivers/a.c');
    await client.open(uri, text);
    const { sites } = await sitesOf(client, { uri });
    expect(sites.map(({ callee, otherRelease }) => [callee, otherRelease])).toEqual([
      ['pin_user_pages_fast', null],
      ['get_user_pages_fast', '5.5'],
    ]);
  });

  it('follows files that change on the disk', async () => {
    const made = tree('6.12', { 'drivers/b.c': INSTALLS, 'drivers/c.c': CALLS });
    const client = await start();
    const uri = made.uri('drivers/c.c');
    await client.open(uri, CALLS);
    const roles = async (): Promise<(string | undefined)[]> => {
      const { sites } = await sitesOf(client, { uri });
      return sites.map(({ handler }) => handler?.role);
    };
    expect(await roles()).toEqual(['install', 'direct-call']);
    made.write('drivers/b.c', '/* nothing installed */\n');
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: made.uri('drivers/b.c'), type: 2 }],
    });
    expect(await roles()).toEqual([]);
  });

  it('is given up when the request is cancelled', async () => {
    const made = tree('6.12', { 'drivers/b.c': INSTALLS });
    const client = await start();
    const { CancellationTokenSource } = await import('vscode-languageserver/node');
    const source = new CancellationTokenSource();
    const answer = client.connection
      .sendRequest('gupLens/sites', { uri: made.uri('drivers/b.c') }, source.token)
      .then(
        () => 'answered',
        (error: { code: number }) => error.code,
      );
    source.cancel();
    expect(await answer).toBe(-32800);
  });

  it('tells a document what functions of other files do, and constants of headers, once it is known', async () => {
    const helper = `int ctx_take(struct ctx *c)
{
	return mmap_read_lock_killable(c->mm);
}

void ctx_drop(struct page **pages)
{
	unpin_user_page(pages[0]);
}
`;
    const user = `long ctx_peek(struct ctx *c, unsigned long addr, struct page **pages)
{
	if (ctx_take(c))
		return -EINTR;
	return pin_user_pages_remote(c->mm, addr, 1, CTX_FLAGS, pages, NULL);
}
`;
    const made = tree('6.12', {
      'drivers/helper.c': helper,
      'drivers/ctx.h': '/* for pin_user_pages_remote() */\n#define CTX_FLAGS FOLL_WRITE\n',
      'drivers/user.c': user,
    });
    const client = await start({
      capabilities: { ...MODERN, workspace: { diagnostics: { refreshSupport: true } } },
    });
    const uri = made.uri('drivers/user.c');
    await client.open(uri, user);
    const hover = async (): Promise<string> => {
      const at = { textDocument: { uri }, position: { line: 4, character: 10 } };
      const found: Hover | null = await client.connection.sendRequest('textDocument/hover', at);
      return JSON.stringify(found?.contents ?? '');
    };
    await client.pull(uri);
    const before = client.refreshed.length;
    await client.until(() => client.refreshed.length > before);
    expect(await hover()).toContain('held for reading here (line 3)');
    expect(await hover()).toContain('you pass | `WRITE`');
  });

  it('tells a document what functions of other files do with pages, and what follows for its own', async () => {
    const put = `void ctx_put(struct page **pages, int n)
{
	int i;

	for (i = 0; i < n; i++)
		put_page(pages[i]);
}
/* for unpin_user_pages() */
`;
    const user = `int ctx_pin(unsigned long addr, struct page **pages)
{
	if (pin_user_pages_fast(addr, 4, FOLL_WRITE, pages) != 4)
		return -EFAULT;
	ctx_put(pages, 4);
	return 0;
}
`;
    const made = tree('6.12', { 'drivers/put.c': put, 'drivers/user.c': user });
    const client = await start({
      capabilities: { ...MODERN, workspace: { diagnostics: { refreshSupport: true } } },
    });
    const uri = made.uri('drivers/user.c');
    await client.open(uri, user);
    const rules = async (): Promise<unknown[]> => (await client.pull(uri)).map(({ code }) => code);
    expect(await rules()).not.toContain('gup-pin-put-mismatch');
    const before = client.refreshed.length;
    await client.until(() => client.refreshed.length > before);
    expect(await rules()).toContain('gup-pin-put-mismatch');
  });

  it('tells a document what files beside it leave in the fields of structures, also when that changes', async () => {
    const pin = `int ctx_pin(struct ctx *ctx, unsigned long addr)
{
	if (pin_user_pages_fast(addr, 1, FOLL_WRITE, &ctx->page) != 1)
		return -EFAULT;
	return 0;
}
`;
    const free = 'void ctx_free(struct ctx *ctx)\n{\n\tput_page(ctx->page);\n}\n';
    const made = tree('6.12', { 'drivers/pin.c': pin, 'drivers/free.c': free });
    const client = await start({
      capabilities: { ...MODERN, workspace: { diagnostics: { refreshSupport: true } } },
    });
    const uri = made.uri('drivers/free.c');
    await client.open(uri, free);
    const rules = async (): Promise<unknown[]> => (await client.pull(uri)).map(({ code }) => code);
    const refreshed = async (act: () => Promise<unknown>): Promise<void> => {
      const before = client.refreshed.length;
      await act();
      await client.until(() => client.refreshed.length > before);
    };
    await refreshed(rules);
    expect(await rules()).toEqual(['gup-pin-put-mismatch']);
    made.write('drivers/pin.c', pin.replace('pin_user_pages_fast', 'get_user_pages_fast'));
    const changes = [{ uri: made.uri('drivers/pin.c'), type: 2 }];
    await refreshed(() => client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes }));
    expect(await rules()).toEqual([]);
  });

  it('outside a tree is the document', async () => {
    const client = await start();
    await client.open(URI, REMOTE);
    const all = await sitesOf(client, { uri: URI });
    expect(all.sites.map(({ callee }) => callee)).toEqual(['get_user_pages_remote']);
  });
});

describe('gupLens/compare', () => {
  const SOURCE = `static long demo(unsigned long addr, struct page **pages)
{
	return pin_user_pages_fast(addr, 1, FOLL_LONGTERM, pages);
}
`;

  it('names the calls of a document that another release affects, and why', async () => {
    const client = await start({ initializationOptions: { gupLens: { kernel: { release: '5.15' } } } });
    await client.open(URI, SOURCE);
    const about = { textDocument: { uri: URI } };
    const result: { affected: { callee: string; reasons: { name: string; effect: string }[] }[] } =
      await client.connection.sendRequest('gupLens/compare', { ...about, to: '6.1' });
    expect(result).toMatchObject({ from: '5.15', to: '6.1' });
    expect(result.affected).toHaveLength(1);
    expect(result.affected[0]).toMatchObject({
      callee: 'pin_user_pages_fast',
      function: 'demo',
      range: { start: { line: 2, character: 8 } },
    });
    expect(result.affected[0]?.reasons).toContainEqual(
      expect.objectContaining({ name: 'unshareBeforePin', effect: 'differs', applies: 'always' }),
    );
    const wrong = await client.connection.sendRequest('gupLens/compare', {
      ...about,
      from: '6.1',
      to: '4.25',
    });
    expect(wrong).toMatchObject({ problems: [{ field: 'to' }] });
  });
});
