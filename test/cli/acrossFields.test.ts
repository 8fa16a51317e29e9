/** What the files of a directory tell each other of the pages that they leave in structures. */

import { describe, expect, it } from 'vitest';
import { madeTree } from './madeTree.js';
import { gupLens } from './run.js';

const HEADER = `struct buf {
	struct page **pages;
	int nr;
};

struct ctx {
	struct buf buf;
	struct {
		struct page *head;
	} ring;
	struct page **pages;
	struct page *first;
	int nr;
};
`;
const PIN = `#include "ctx.h"

int ctx_pin(struct ctx *ctx, unsigned long addr, int n)
{
	int got = pin_user_pages_fast(addr, n, FOLL_WRITE | FOLL_LONGTERM, ctx->pages);

	if (got != n) {
		if (got > 0)
			unpin_user_pages(ctx->pages, got);
		return -EFAULT;
	}
	ctx->nr = n;
	return 0;
}

int ctx_pin_buf(struct ctx *ctx, unsigned long addr, int n)
{
	struct page **pages = kcalloc(n, sizeof(*pages), GFP_KERNEL);
	int got;

	if (!pages)
		return -ENOMEM;
	got = pin_user_pages_fast(addr, n, FOLL_WRITE | FOLL_LONGTERM, pages);
	if (got != n) {
		if (got > 0)
			unpin_user_pages(pages, got);
		kfree(pages);
		return -EFAULT;
	}
	ctx->buf.pages = pages;
	ctx->buf.nr = n;
	return 0;
}

int ctx_get_ring(struct ctx *ctx, unsigned long addr)
{
	if (get_user_pages_fast(addr, 1, FOLL_WRITE, &ctx->ring.head) != 1)
		return -EFAULT;
	return 0;
}
`;
/** Gives back what {@link PIN} pinned, as references; nothing in it is a name of the family. */
const FREE = `#include "ctx.h"

void ctx_free(struct ctx *ctx)
{
	int i;

	for (i = 0; i < ctx->nr; i++)
		put_page(ctx->pages[i]);
	kfree(ctx->pages);
}
`;

const MISMATCH = 'gup-pin-put-mismatch';

/** The findings in a file of `drivers/ctx`, as `line rule`. */
async function found(
  files: Readonly<Record<string, string>>,
  name = 'free.c',
  paths: readonly string[] = ['.'],
): Promise<string[]> {
  const { root } = madeTree(
    Object.fromEntries(Object.entries(files).map(([file, text]) => [`drivers/ctx/${file}`, text])),
  );
  const { stdout } = await gupLens(['lint', '--format', 'json', ...paths], { cwd: root });
  return (JSON.parse(stdout) as { file: string; line: number; rule: string }[])
    .filter(({ file }) => file === `drivers/ctx/${name}`)
    .map(({ line, rule }) => `${line} ${rule}`);
}

describe('pages that one file of a directory leaves in a structure', () => {
  const all = { 'ctx.h': HEADER, 'pin.c': PIN, 'free.c': FREE };

  it('are known where another one gives them back, though that names no function of the family', async () => {
    expect(await found(all)).toEqual([`8 ${MISMATCH}`]);
    expect(await found({ ...all, 'free.c': FREE.replace('put_page', 'unpin_user_page') })).toEqual([]);
  });

  it('are told with the call that got them', async () => {
    const { root } = madeTree({
      'drivers/ctx/ctx.h': HEADER,
      'drivers/ctx/pin.c': PIN,
      'drivers/ctx/free.c': FREE,
    });
    const { stdout } = await gupLens(['lint', '.'], { cwd: root });
    expect(stdout).toContain(
      'pages pinned by pin_user_pages_fast() in pin.c are released with put_page(), so their pins are never dropped',
    );
  });

  it('are known by the structure, through members that its header tells of', async () => {
    const free = `void buf_free(struct buf *buf)
{
	put_page(buf->pages[0]);
}

void ctx_free_ring(struct ctx *ctx)
{
	unpin_user_page(ctx->ring.head);
}
`;
    const both = [`3 ${MISMATCH}`, `8 ${MISMATCH}`];
    expect(await found({ ...all, 'free.c': free })).toEqual(both);
    // Without the header nobody knows what ctx->buf is, and so whose member.
    expect(await found({ 'pin.c': PIN, 'free.c': free })).toEqual([]);
  });

  it('are followed into a variable that takes them out of the structure', async () => {
    const free = `void ctx_free_ring(struct ctx *ctx)
{
	struct page *head = NULL;

	spin_lock(&ctx->lock);
	head = ctx->ring.head;
	ctx->ring.head = NULL;
	spin_unlock(&ctx->lock);
	if (head)
		unpin_user_page(head);
}
`;
    expect(await found({ ...all, 'free.c': free })).toEqual([`10 ${MISMATCH}`]);
    const other = free.replace('\tif (head)', '\tif (!head)\n\t\thead = ctx->spare;\n\tif (head)');
    expect(await found({ ...all, 'free.c': other })).toEqual([]);
  });

  it('are not those of another structure with such a member, nor of another directory', async () => {
    const other = FREE.replaceAll('struct ctx', 'struct sink');
    expect(await found({ ...all, 'free.c': other })).toEqual([]);
    const { root } = madeTree({
      'drivers/ctx/ctx.h': HEADER,
      'drivers/ctx/pin.c': PIN,
      'drivers/other/free.c': FREE,
    });
    expect((await gupLens(['lint', '--format', 'json', '.'], { cwd: root })).stdout.trim()).toBe('[]');
  });

  it('are not those of a structure that the other file defines for itself', async () => {
    const own = `struct ctx {\n\tstruct page **pages;\n\tint nr;\n};\n\n${FREE}`;
    expect(await found({ ...all, 'free.c': own })).toEqual([]);
    expect(await found({ ...all, 'pin.c': `struct ctx {\n\tstruct page **pages;\n};\n${PIN}` })).toEqual([]);
  });

  it('are not known where a third file fills the field otherwise, or in a way that cannot be told', async () => {
    const fill = (body: string, parameters = 'struct ctx *ctx'): Promise<string[]> => {
      const text = `#include "ctx.h"\n\nvoid ctx_fill(${parameters})\n{\n\t${body}\n}\n`;
      return found({ ...all, 'fill.c': text });
    };
    expect(await fill('ctx->pages[0] = alloc_page(GFP_KERNEL);')).toEqual([]);
    expect(await fill('ctx->pages = kernel_pages;')).toEqual([]);
    expect(await fill('fill_pages(ctx->pages);')).toEqual([]);
    expect(await fill('*ctx = (struct ctx){ .pages = kernel_pages };')).toEqual([]);
    expect(await fill('get_user_pages_fast(addr, 1, 0, ctx->pages);')).toEqual([]);
    expect(await fill('outer->inner->pages = kernel_pages;', 'struct outer *outer')).toEqual([]);
    expect(await fill('ctx->pages = kernel_pages; )', 'struct ctx *ctx')).toEqual([]);
    // What says nothing of the field changes nothing.
    expect(await fill('ctx->nr = 0;')).toEqual([`8 ${MISMATCH}`]);
    expect(await fill('ctx->pages = NULL;')).toEqual([`8 ${MISMATCH}`]);
    expect(await fill('sink->pages = kernel_pages;', 'struct sink *sink')).toEqual([`8 ${MISMATCH}`]);
    expect(await fill('*ctx = (struct ctx){ .pages = NULL };')).toEqual([`8 ${MISMATCH}`]);
  });

  it('are not known where one function gives them back in both ways: a condition says how they were got', async () => {
    const either = FREE.replace(
      '\t\tput_page(ctx->pages[i]);',
      '\t\tif (ctx->user)\n\t\t\tunpin_user_page(ctx->pages[i]);\n\t\telse\n\t\t\tput_page(ctx->pages[i]);',
    );
    expect(await found({ ...all, 'free.c': either })).toEqual([]);
  });

  it('are only looked for among the files of the scan', async () => {
    expect(await found(all, 'free.c', ['drivers/ctx/free.c'])).toEqual([]);
    const named = Object.keys(all).map(name => `drivers/ctx/${name}`);
    expect(await found(all, 'free.c', named)).toEqual([`8 ${MISMATCH}`]);
    // What ctx->buf is, only the header says: its pages may be those of the release.
    expect(await found(all, 'free.c', ['drivers/ctx/free.c', 'drivers/ctx/pin.c'])).toEqual([]);
  });

  it('count as dirty where they were got for writing and are written to before they are given back', async () => {
    const pin = `int ctx_pin_first(struct ctx *ctx, unsigned long addr)
{
	if (pin_user_pages_fast(addr, 1, FOLL_WRITE, &ctx->first) != 1)
		return -EFAULT;
	return 0;
}
`;
    const post = `void ctx_post(struct ctx *ctx, const void *data)
{
	memcpy_to_page(ctx->first, 0, data, 8);
	unpin_user_page(ctx->first);
}
`;
    const files = { 'pin.c': pin, 'free.c': post };
    expect(await found(files)).toEqual(['4 gup-missing-dirty']);
    expect(await found({ ...files, 'pin.c': pin.replace('FOLL_WRITE', '0') })).toEqual([]);
    const mark = post.replace(
      'unpin_user_page(ctx->first)',
      'unpin_user_pages_dirty_lock(&ctx->first, 1, true)',
    );
    expect(await found({ ...files, 'free.c': mark })).toEqual([]);
  });

  it('are counted by the member that has the number that was got, where fewer than asked for may be left', async () => {
    const pin = `int ctx_pin(struct ctx *ctx, unsigned long addr, int n)
{
	int got;

	ctx->wanted = n;
	got = pin_user_pages_fast(addr & PAGE_MASK, n, 0, ctx->pages);
	if (got < 0)
		return got;
	ctx->nr = got;
	return 0;
}
`;
    const free = 'void ctx_free(struct ctx *ctx)\n{\n\tunpin_user_pages(ctx->pages, ctx->wanted);\n}\n';
    expect(await found({ 'pin.c': pin, 'free.c': free })).toEqual(['3 gup-page-count']);
    expect(await found({ 'pin.c': pin, 'free.c': free.replace('wanted', 'nr') })).toEqual([]);
    const whole = pin.replace(
      'if (got < 0)\n\t\treturn got;',
      'if (got != n)\n\t\treturn give_up(ctx, got);',
    );
    expect(await found({ 'pin.c': whole, 'free.c': free })).toEqual([]);
    // Another one that tells less leaves it open.
    const other = pin.replace('ctx_pin', 'ctx_pin_more').replace('\tctx->wanted = n;\n', '');
    expect(await found({ 'pin.c': pin, 'more.c': other, 'free.c': free })).toEqual([]);
  });
});
