import { describe, expect, it } from 'vitest';
import { installedHandlers } from '../../server/src/analysis/index.js';
import { readSource } from '../../server/src/syntax/index.js';
import { analyse, inFunction, siteOf } from './snippet.js';

const HANDLERS = `
static vm_fault_t my_fault(struct vm_fault *vmf)
{
	return filemap_fault(vmf);
}

static vm_fault_t my_huge_fault(struct vm_fault *vmf, unsigned int order)
{
	return my_fault(vmf);
}

static const struct vm_operations_struct my_ops = {
	.open = my_open,
	.fault = my_fault,
	.huge_fault = my_huge_fault,
	.map_pages = filemap_map_pages,
	.page_mkwrite = NULL,
};
`;

/** What a row says of who and where. */
function rows(text: string, options = {}): readonly string[] {
  const { sites, source } = analyse(text, options);
  return sites.map(site => {
    const { line, character } = source.lines.positionAt(site.span.start);
    const role = site.handler === null ? '' : ` ${site.handler.role} ${site.handler.op}`;
    return `${line + 1}:${character + 1} ${site.function ?? '-'} ${site.callee} ${site.kind}${role}`;
  });
}

describe('rows', () => {
  it('are the calls of the family, with the function that holds them', () => {
    expect(
      rows(`/* get_user_pages(1) */
#define PIN(x) pin_user_pages_fast(x)
static int get_user_pages_fast(unsigned long start, int nr);
SYSCALL_DEFINE2(probe, unsigned long, addr, struct page **, pages)
{
	pr_info("pin_user_pages(");
	unpin_user_page(pages[0]); fixup_user_fault(mm, addr, 0, NULL);
	return pin_user_pages_fast(addr, 1, 0, pages);
}
`),
    ).toEqual([
      '7:2 probe unpin_user_page unpin',
      '7:29 probe fixup_user_fault fault-entry',
      '8:9 probe pin_user_pages_fast gup',
    ]);
  });

  it('are the handlers installed, and those called by name', () => {
    expect(rows(HANDLERS)).toEqual([
      '4:9 my_fault filemap_fault handler direct-call fault',
      '9:9 my_huge_fault my_fault handler direct-call fault',
      '14:11 - my_fault handler install fault',
      '15:16 - my_huge_fault handler install huge_fault',
      '16:15 - filemap_map_pages handler install map_pages',
    ]);
  });

  it('are calls of handlers that other files install, if one is told of them', () => {
    const text = inFunction('return their_fault(vmf);');
    expect(rows(text)).toEqual([]);
    expect(rows(text, { handlers: new Map([['their_fault', 'fault']]) })).toEqual([
      '3:8 f their_fault handler direct-call fault',
    ]);
  });

  it('are those of every branch of the preprocessor', () => {
    expect(
      rows(`static int f(unsigned long addr, struct page **pages)
{
#ifdef CONFIG_X
	return pin_user_pages_fast(addr, 1, FOLL_WRITE, pages);
#else
	return get_user_pages_fast(addr, 1, 0, pages);
#endif
}
`),
    ).toEqual(['4:9 f pin_user_pages_fast gup', '6:9 f get_user_pages_fast gup']);
  });

  it('have positions of the original text, also with CRLF', () => {
    const text = inFunction('if (a)\n\tunpin_user_page(page);').replaceAll('\n', '\r\n');
    expect(rows(text)).toEqual(['4:2 f unpin_user_page unpin']);
  });

  it('say what the callee adds and what a fault gets', () => {
    const site = siteOf(
      inFunction('pin_user_pages_remote(mm, addr, 1, FOLL_WRITE, pages, NULL);'),
      'pin_user_pages_remote',
    );
    expect(site.implied).toEqual(['FOLL_TOUCH', 'FOLL_REMOTE', 'FOLL_PIN']);
    expect(site.effective).toEqual([['FOLL_WRITE', 'FOLL_TOUCH', 'FOLL_REMOTE', 'FOLL_PIN']]);
    expect(site.fault).toEqual([['FAULT_FLAG_WRITE', 'FAULT_FLAG_REMOTE']]);
    expect(site.locked).toEqual({ text: 'NULL' });
    expect(site.args).toHaveLength(6);
  });

  it('are made for functions that another release has', () => {
    expect(rows(inFunction('get_user_pages_locked(addr, 1, 0, pages, &locked);'))).toEqual([
      '3:1 f get_user_pages_locked gup',
    ]);
  });
});

describe('who releases', () => {
  const kind = (body: string, parameters = 'struct ctx *c, unsigned long addr, struct page **out'): string =>
    siteOf(inFunction(body, parameters), 'pin_user_pages_fast').release.kind;
  const pin = (pages: string): string => `pin_user_pages_fast(addr, 1, 0, ${pages});`;

  it('is the function itself, the caller, or nobody', () => {
    expect(kind(`struct page *page; ${pin('&page')} unpin_user_page(page);`)).toBe('local');
    expect(kind(`${pin('out')}`)).toBe('out-param');
    expect(kind(`struct page *page; ${pin('&page')} return page_address(page);`)).toBe('returned');
    expect(kind(`${pin('NULL')}`)).toBe('none');
    expect(kind(`struct page *page; ${pin('&page')}`)).toBe('unknown');
  });

  it('is whoever frees the structure that keeps the pages', () => {
    expect(kind(pin('c->pages'))).toBe('stored');
    expect(kind(pin('&c->pages[2]'))).toBe('stored');
    expect(kind(`struct page *page; ${pin('&page')} c->page = page; if (c->x) unpin_user_page(page);`)).toBe(
      'stored',
    );
    expect(kind(`struct page **p = c->pages + 1; ${pin('p')}`)).toBe('stored');
    expect(kind(`struct page **v = alloc(), **p = v + 1; ${pin('p')} c->pages = v;`)).toBe('stored');
    expect(kind(`struct page *page; ${pin('&page')} sg_set_page(c->sg, page, 1, 0);`)).toBe('stored');
  });

  it('is a helper of the same file that releases what it is given', () => {
    const helper = 'static void put_all(struct page **pages, int n)\n{\n\tunpin_user_pages(pages, n);\n}\n';
    const text =
      helper + inFunction(`struct page **p = alloc(); ${pin('p')} put_all(p, 1);`, 'unsigned long addr');
    expect(siteOf(text, 'pin_user_pages_fast').release.kind).toBe('local');
  });

  it('names the functions to release with', () => {
    const pinned = siteOf(inFunction(pin('c->pages')), 'pin_user_pages_fast').release.how;
    expect(pinned).toContain('unpin_user_pages');
    expect(pinned).not.toContain('put_page');
    const got = siteOf(inFunction('get_user_pages_fast(addr, 1, 0, c->pages);'), 'get_user_pages_fast')
      .release.how;
    expect(got).toContain('put_page');
    expect(got).not.toContain('unpin_user_page');
  });
});

describe('installedHandlers', () => {
  it('names each handler once with its operation, static or not', () => {
    expect(installedHandlers(readSource(HANDLERS))).toEqual([
      { name: 'my_fault', op: 'fault', isStatic: true },
      { name: 'my_huge_fault', op: 'huge_fault', isStatic: true },
      { name: 'filemap_map_pages', op: 'map_pages', isStatic: false },
    ]);
  });
});
