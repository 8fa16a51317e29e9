/** What a scan learns of one file from another. */

import { describe, expect, it } from 'vitest';
import type { SiteRow } from '../../server/src/cli/siteRow.js';
import { madeTree } from './madeTree.js';
import { gupLens } from './run.js';

const HELPER = `#include "ctx.h"

int ctx_take(struct ctx *c)
{
	return mmap_read_lock_killable(c->mm);
}

long ctx_pin(unsigned long addr, struct page **pages)
{
	return pin_user_pages_fast(addr, 1, CTX_FLAGS, pages);
}
`;
const USER = `#include "ctx.h"

long ctx_peek(struct ctx *c, unsigned long addr, struct page **pages)
{
	long ret;

	if (ctx_take(c))
		return -EINTR;
	ret = pin_user_pages_remote(c->mm, addr, 1, CTX_FLAGS, pages, NULL);
	mmap_read_unlock(c->mm);
	return ret;
}
`;
const HEADER = '/* for pin_user_pages_fast() */\n#define CTX_FLAGS (FOLL_WRITE | FOLL_LONGTERM)\n';

async function peek(
  files: Readonly<Record<string, string>>,
  paths: readonly string[] = ['.'],
): Promise<string[]> {
  const { root } = madeTree(files);
  const { code, stdout } = await gupLens(['sites', '--format', 'jsonl', ...paths], { cwd: root });
  expect(code).toBe(0);
  return stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as SiteRow)
    .filter(row => row.function === 'ctx_peek')
    .map(row => `${row.lock.before} ${row.flags?.possible?.join(' ') ?? 'unknown'}`);
}

describe('a scan of several files', () => {
  const all = { 'drivers/ctx/helper.c': HELPER, 'drivers/ctx/user.c': USER, 'drivers/ctx/ctx.h': HEADER };

  it('knows what a function of another file does to the lock, and the constants of a header', async () => {
    expect(await peek(all)).toEqual(['held-read FOLL_WRITE,FOLL_LONGTERM']);
  });

  it('says what can be said where the other file is not looked at', async () => {
    expect(await peek(all, ['drivers/ctx/user.c'])).toEqual(['caller-dependent unknown']);
    expect(await peek(all, ['drivers/ctx/user.c', 'drivers/ctx/helper.c'])).toEqual(['held-read unknown']);
  });

  it('finds the same whatever the files are called', async () => {
    const renamed = { 'drivers/ctx/z.c': HELPER, 'drivers/ctx/a.c': USER, 'include/ctx.h': HEADER };
    expect(await peek(renamed)).toEqual(['held-read FOLL_WRITE,FOLL_LONGTERM']);
  });

  it('knows what a function of another file does with the pages that it is given', async () => {
    const put = 'void ctx_put(struct ctx *c, struct page **pages)\n{\n\tunpin_user_pages(pages, c->n);\n}\n';
    const keep = 'void ctx_put(struct ctx *c, struct page **pages)\n{\n\tc->pages = pages;\n}\n';
    const user = `long ctx_peek(struct ctx *c, unsigned long addr)
{
	struct page *pages[4];

	if (pin_user_pages_fast(addr, 4, 0, pages) != 4)
		return -EFAULT;
	ctx_put(c, pages);
	return 0;
}
`;
    const release = async (files: Readonly<Record<string, string>>): Promise<string> => {
      const { root } = madeTree(files);
      const { stdout } = await gupLens(['sites', '--format', 'jsonl', '.'], { cwd: root });
      const rows = stdout.split('\n').flatMap(line => (line === '' ? [] : [JSON.parse(line) as SiteRow]));
      const row = rows.find(({ callee }) => callee === 'pin_user_pages_fast');
      return `${row?.release.kind} ${row?.release.where}`;
    };
    expect(await release({ 'drivers/ctx/user.c': user })).toBe('unknown null');
    expect(await release({ 'drivers/ctx/user.c': user, 'drivers/ctx/put.c': put })).toBe('local ctx_put()');
    const differing = { 'drivers/ctx/user.c': user, 'arch/a/put.c': put, 'arch/b/put.c': keep };
    expect(await release({ ...differing, 'arch/b/put.c': `${keep}/* unpin_user_pages() */\n` })).toBe(
      'unknown null',
    );
  });
});
