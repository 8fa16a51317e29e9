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

const PUT = `#include "ctx.h"
void ctx_put(struct page **pages, int n)
{
	int i;

	for (i = 0; i < n; i++)
		put_page(pages[i]);
}

void ctx_look(struct page **pages)
{
	set_page_dirty_lock(pages[0]);
}
/* for unpin_user_pages() */
`;
const PIN = `int ctx_pin(unsigned long addr, int n, struct page **pages)
{
	int got = pin_user_pages_fast(addr, n, FOLL_WRITE, pages);

	if (got < 0)
		return got;
	if (got < n) {
		unpin_user_pages(pages, got);
		return -EFAULT;
	}
	return 0;
}
`;
const PAGES_USER = `#include "ctx.h"
int ctx_wrong_way(unsigned long addr)
{
	struct page *pages[4];

	if (pin_user_pages_fast(addr, 4, FOLL_WRITE, pages) != 4)
		return -EFAULT;
	ctx_put(pages, 4);
	return 0;
}

int ctx_leak(struct ctx *c, unsigned long addr)
{
	struct page *pages[4];
	int ret;

	ret = ctx_pin(addr, 4, pages);
	if (ret)
		return ret;
	if (c->broken)
		return -EIO;
	unpin_user_pages(pages, 4);
	return 0;
}

int ctx_looked(struct ctx *c, unsigned long addr)
{
	struct page *pages[4];

	if (pin_user_pages_fast(addr, 4, FOLL_WRITE, pages) != 4)
		return -EFAULT;
	ctx_look(pages);
	if (c->broken)
		return -EIO;
	return ctx_keep(c, pages);
}
`;

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
    expect(await release({ 'drivers/ctx/user.c': user })).toBe('unknown ctx_put()');
    expect(await release({ 'drivers/ctx/user.c': user, 'drivers/ctx/put.c': put })).toBe('local ctx_put()');
    const differing = { 'drivers/ctx/user.c': user, 'arch/a/put.c': put, 'arch/b/put.c': keep };
    expect(await release({ ...differing, 'arch/b/put.c': `${keep}/* unpin_user_pages() */\n` })).toBe(
      'unknown ctx_put()',
    );
  });

  it('follows pages that functions of other files get, look at and release', async () => {
    const files = { 'drivers/ctx/put.c': PUT, 'drivers/ctx/pin.c': PIN, 'drivers/ctx/user.c': PAGES_USER };
    const mismatch = '8 gup-pin-put-mismatch';
    const leaks = ['21 gup-error-path-leak', '34 gup-error-path-leak'];
    const all = [mismatch, ...leaks];
    expect(await found(files)).toEqual(all);
    // Each is only known with the file that has the helper.
    const user = 'drivers/ctx/user.c';
    expect(await found(files, [user])).toEqual([]);
    expect(await found(files, [user, 'drivers/ctx/pin.c'])).toEqual([leaks[0]]);
    expect(await found(files, [user, 'drivers/ctx/put.c'])).toEqual([mismatch, leaks[1]]);
  });

  it('knows that a function of another file marks pages dirty', async () => {
    const user = `int ctx_write(unsigned long addr)
{
	struct page *page;

	if (get_user_pages_fast(addr, 1, FOLL_WRITE, &page) != 1)
		return -EFAULT;
	memset(page_address(page), 0, PAGE_SIZE);
	ctx_mark(page);
	put_page(page);
	return 0;
}
`;
    const mark =
      'void ctx_mark(struct page *page)\n{\n\tset_page_dirty_lock(page);\n}\n/* for pin_user_pages() */\n';
    const dirty = ['gup-missing-dirty'];
    expect(await found({ 'drivers/ctx/user.c': user }, ['.'], dirty)).toEqual(['9 gup-missing-dirty']);
    expect(await found({ 'drivers/ctx/user.c': user, 'drivers/ctx/mark.c': mark }, ['.'], dirty)).toEqual([]);
    // So does a function of the same file.
    const own = user + mark.replace('void', 'static void');
    expect(await found({ 'drivers/ctx/user.c': own }, ['.'], dirty)).toEqual([]);
  });

  it('says nothing where two files define a helper in different ways', async () => {
    const files = { 'drivers/ctx/put.c': PUT, 'drivers/ctx/pin.c': PIN, 'drivers/ctx/user.c': PAGES_USER };
    const other = PUT.replace('put_page(pages[i])', 'unpin_user_page(pages[i])').replace(
      'set_page_dirty_lock(pages[0])',
      'kept_page = pages[0]',
    );
    expect(await found({ ...files, 'drivers/ctx/other.c': other })).toEqual(['21 gup-error-path-leak']);
    const stub = 'int ctx_pin(unsigned long addr, int n, struct page **pages)\n{\n\treturn -EINVAL;\n}\n';
    const twice = { ...files, 'drivers/ctx/stub.c': `${stub}/* for pin_user_pages_fast() */\n` };
    expect(await found(twice)).toEqual(['8 gup-pin-put-mismatch', '34 gup-error-path-leak']);
  });
});

const RULES = ['gup-pin-put-mismatch', 'gup-error-path-leak', 'gup-double-release'];

/** The findings of some rules in drivers/ctx/user.c, as lines and rules. */
async function found(
  files: Readonly<Record<string, string>>,
  paths: readonly string[] = ['.'],
  only: readonly string[] = RULES,
): Promise<readonly string[]> {
  const { root } = madeTree(files);
  const rules = only.flatMap(rule => ['--rule', rule]);
  const { stdout } = await gupLens(['lint', '--format', 'json', ...rules, ...paths], { cwd: root });
  const findings = JSON.parse(stdout) as readonly { file: string; line: number; rule: string }[];
  return findings
    .filter(({ file }) => file === 'drivers/ctx/user.c')
    .map(({ line, rule }) => `${line} ${rule}`);
}
