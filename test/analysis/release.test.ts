import { describe, expect, it } from 'vitest';
import { inFunction, siteOf } from './snippet.js';

const PARAMETERS = 'struct ctx *c, unsigned long addr, struct page **out, u64 *value, int n';
const PIN = 'pin_user_pages_fast';

/** The kind of release of the one pin_user_pages_fast() call in a body, with the place. */
function release(body: string, others = ''): string {
  const { kind, where } = siteOf(others + inFunction(body, PARAMETERS), PIN).release;
  return where === null ? kind : `${kind} ${where}`;
}

const ONE = `struct page *page; int ret = ${PIN}(addr, 1, 0, &page); if (ret < 1) return -EFAULT;`;
const ARRAY = `struct page **pages = kcalloc(n, 8, GFP_KERNEL); int i, ret = ${PIN}(addr, n, 0, pages); if (ret < 0) return ret;`;

describe('pages that a function releases itself', () => {
  it('are gone on every path, whatever was noted of them before', () => {
    expect(release(`${ONE} *value = page_to_phys(page); unpin_user_page(page); return 0;`)).toBe(
      'local unpin_user_page()',
    );
    expect(release(`${ONE} c->index = page_to_pfn(page); unpin_user_page(page); return 0;`)).toBe(
      'local unpin_user_page()',
    );
  });

  it('are not what was read from them', () => {
    const read = 'u8 *kaddr = kmap_local_page(page);';
    expect(release(`${ONE} ${read} *value = *(u64 *)(kaddr + 8); unpin_user_page(page); return 0;`)).toBe(
      'local unpin_user_page()',
    );
    expect(
      release(`${ONE} ${read} c->first = kaddr[0]; if (c->x) return 1; unpin_user_page(page); return 0;`),
    ).toBe('local unpin_user_page()');
    expect(release(`${ONE} ret = page_to_nid(page); if (n) unpin_user_page(page); return ret;`)).toBe(
      'local unpin_user_page()',
    );
  });

  it('are released one by one, though the loop might not be entered', () => {
    expect(
      release(`${ARRAY} c->pages = pages; for (i = 0; i < ret; i++) unpin_user_page(pages[i]); return 0;`),
    ).toBe('local unpin_user_page()');
    expect(
      release(
        `${ARRAY} c->pages = pages; for (i = 0; i < ret; i++) { if (pages[i]) unpin_user_page(pages[i]); } return 0;`,
      ),
    ).toBe('local unpin_user_page()');
    expect(
      release(
        `${ARRAY} c->pages = pages; while (n--) { for (i = 0; i < ret; i++) unpin_user_page(pages[i]); } return 0;`,
      ),
    ).toBe('local unpin_user_page()');
  });

  it('may be in the array of the caller for a while', () => {
    expect(
      release(
        `while (n--) { int ret = ${PIN}(addr, 1, 0, out); if (ret <= 0) break; unpin_user_pages(out, ret); } return 0;`,
      ),
    ).toBe('local unpin_user_pages()');
  });

  it('are not held where the call got none', () => {
    const keep = 'c->page = page; unpin_user_page(page); return 0;';
    expect(
      release(`struct page *page; c->page = NULL; if (${PIN}(addr, 1, 0, &page) <= 0) return 1; ${keep}`),
    ).toBe('local unpin_user_page()');
    expect(
      release(
        `struct page *page; long got = ${PIN}(addr, 1, 0, &page); c->page = page; if (got > 0) unpin_user_page(page); return 0;`,
      ),
    ).toBe('local unpin_user_page()');
    const text = inFunction(
      'struct page *page = get_user_page_vma_remote(mm, addr, 0, &vma); c->page = page; if (IS_ERR(page)) return 1; put_page(page); return 0;',
    );
    expect(siteOf(text, 'get_user_page_vma_remote').release).toMatchObject({
      kind: 'local',
      where: 'put_page()',
    });
  });
});

describe('pages that outlive the function', () => {
  it('are kept by a structure or a global, on the paths that succeed', () => {
    expect(
      release(
        `${ARRAY} if (ret != n) { unpin_user_pages(pages, ret); return 1; } c->pages = pages; return 0;`,
      ),
    ).toBe('stored c->pages');
    expect(release(`${ARRAY} all_pages = pages; return 0;`)).toBe('stored all_pages');
    expect(release(`${ARRAY} for (i = 0; i < n; i++) c->pfns[i] = page_to_pfn(pages[i]); return 0;`)).toBe(
      'stored c->pfns',
    );
  });

  it('are kept by the structure that was given the array before the call', () => {
    expect(
      release(
        `struct page **pages = (struct page **)(c->room + n); c->info->pages = pages; if (${PIN}(addr, n, 0, pages) != n) return 1; return 0;`,
      ),
    ).toMatch(/^stored c->(?:room|info->pages)$/);
    // NULL is not an array that two variables share.
    expect(
      release(
        `struct page **pages = NULL; struct x *other = NULL; c->other = NULL; ${PIN}(addr, n, 0, pages); unpin_user_pages(pages, n);`,
      ),
    ).toBe('local unpin_user_pages()');
  });

  it('are kept no longer once the structure lets go of them', () => {
    expect(
      release(`${ONE} c->page = page; if (n) { c->page = NULL; unpin_user_page(page); return 1; } return 0;`),
    ).toBe('stored c->page');
    expect(release(`${ONE} c->page = page; c->page = NULL; unpin_user_page(page); return 1;`)).toBe(
      'local unpin_user_page()',
    );
  });

  it('are returned, as themselves or as what stands for them', () => {
    expect(release(`${ONE} return page;`)).toBe('returned return');
    expect(release(`${ONE} return n ? page_address(page) + 8 : NULL;`)).toBe('returned return');
    expect(release(`${ONE} *value = page_to_pfn(page); return 0;`)).toBe('returned *value');
  });

  it('are in the array of the caller, though single ones are released', () => {
    expect(release(`int i, ret = ${PIN}(addr, n, 0, out); *value = page_to_pfn(out[0]); return ret;`)).toBe(
      'out-param out',
    );
    expect(
      release(
        `int i, ret = ${PIN}(addr, n, 0, out); for (i = 0; i < ret; i++) { if (!usable(out[i])) { unpin_user_page(out[i]); out[i] = NULL; } } return ret;`,
      ),
    ).toBe('out-param out');
  });

  it('stay with earlier passes of a loop when the last one fails', () => {
    expect(
      release(
        `int got = 0, ret; for (;;) { ret = ${PIN}(addr, n - got, 0, c->pages + got); if (ret <= 0) break; got += ret; } return got;`,
      ),
    ).toBe('stored c->pages');
  });

  it('are taken over by whoever drops the reference later', () => {
    expect(release(`${ONE} return memory_failure(page_to_pfn(page), MF_COUNT_INCREASED | n);`)).toBe(
      'consumed memory_failure()',
    );
    expect(release(`${ONE} return memory_failure(page_to_pfn(page), 0);`)).toBe('unknown');
  });

  it('are not known to be anywhere if they are only used', () => {
    expect(release(`${ONE} use(page); return 0;`)).toBe('unknown use()');
    expect(release('int i; pin_user_pages_fast(addr, 1, 0, choose(c)); return 0;')).toBe('unknown');
  });
});

describe('pages given to a helper of the same file', () => {
  it('are kept where the helper puts them', () => {
    const helpers = `static void set(struct pkt *pkt, int i, struct page *page)
{
	pkt->addr[i].page = page;
}
static int add(struct pkt *pkt, struct page *page, int put)
{
	if (bad(page)) {
		if (put)
			unpin_user_page(page);
		return -1;
	}
	set(pkt, pkt->n, page);
	return 0;
}
`;
    expect(
      release(
        `${ARRAY} for (i = 0; i < ret; i++) { if (add(c->pkt, pages[i], 1) < 0) goto out; } return 0; out: while (i < ret) unpin_user_page(pages[i++]); return 1;`,
        helpers,
      ),
    ).toBe('stored c->pkt->addr[i].page');
    // A structure of the function's own keeps nothing.
    expect(
      release(
        `struct pkt own; ${ONE} set(&own, 0, page); unpin_user_page(own.addr[i].page); return 0;`,
        helpers,
      ),
    ).toBe('local unpin_user_page()');
  });

  it('are released through the structure that has them', () => {
    const helper = 'static void drop(struct ctx *c)\n{\n\tunpin_user_pages(c->pages, c->n);\n}\n';
    expect(release(`int ret = ${PIN}(addr, n, 0, c->pages); use(c); drop(c); return ret;`, helper)).toBe(
      'local drop()',
    );
    expect(release(`int ret = ${PIN}(addr, n, 0, c->pages); if (ret < n) drop(c); return ret;`, helper)).toBe(
      'stored c->pages',
    );
  });

  it('are kept by what maps them by their address', () => {
    const helper = `static int map(struct dev *dev, u64 iova, u64 pa)
{
	return iommu_map(dev->domain, iova, pa, 4096, 3, GFP_KERNEL);
}
`;
    expect(
      release(
        `${ARRAY} ret = map(c->dev, addr, PFN_PHYS(page_to_pfn(pages[0]))); if (ret) unpin_user_pages(pages, n); return ret;`,
        helper,
      ),
    ).toBe('stored map()');
  });

  it('may be kept by a function of which nothing is known, where they are not released', () => {
    expect(
      release(`${ONE} ret = stage2_map(c, page_to_phys(page)); if (ret) unpin_user_page(page); return ret;`),
    ).toBe('unknown stage2_map()');
    expect(release(`${ONE} ret = send(c, page); unpin_user_page(page); return ret;`)).toBe(
      'local unpin_user_page()',
    );
    // Who only looks at them does not keep them: this is a leak, and not somebody else's page.
    expect(
      release(
        `${ONE} if (folio_maybe_dma_pinned(page_folio(page))) return 1; unpin_user_page(page); return 0;`,
      ),
    ).toBe('local unpin_user_page()');
    expect(
      release(
        `${ARRAY} ret = mtree_insert_range(&c->tree, addr, n, pages[0], 0); if (ret) unpin_user_pages(pages, n); kfree(pages); return ret;`,
      ),
    ).toBe('stored mtree_insert_range()');
  });

  it('go where no_free_ptr() and return_ptr() hand them', () => {
    const freed = `struct page **pages __free(kvfree) = kcalloc(n, 8, GFP_KERNEL); int ret = ${PIN}(addr, n, 0, pages); if (ret < 0) return NULL;`;
    expect(release(`${freed} c->pages = no_free_ptr(pages); return c;`)).toBe('stored c->pages');
    expect(release(`${freed} return_ptr(pages);`)).toBe('returned return');
    expect(release(`${freed} return no_free_ptr(pages);`)).toBe('returned return');
  });

  it('are not there where the page or the array is NULL', () => {
    const optional = `struct page *page = NULL; int ret = 0; if (addr) ret = ${PIN}(addr, 1, 0, &page); if (ret < 0) return ret; ret = use(c, page);`;
    expect(release(`${optional} if (page) unpin_user_page(page); return ret;`)).toBe(
      'local unpin_user_page()',
    );
    expect(release(`${optional} if (n) unpin_user_page(page); return ret;`)).toBe('unknown use()');
  });

  it('come back as what the helper returns', () => {
    const helper =
      'static void *address(struct page *page, int at)\n{\n\treturn page_address(page) + at;\n}\n';
    expect(release(`${ONE} c->start = address(page, 8); return 0;`, helper)).toBe('stored c->start');
  });

  it('are not followed through recursion or a name with two bodies', () => {
    const recursive = 'static void spin(struct page *page, int n)\n{\n\tif (n)\n\t\tspin(page, n - 1);\n}\n';
    expect(release(`${ONE} spin(page, 9); return 0;`, recursive)).toBe('unknown spin()');
    const two = `#ifdef A
static void drop(struct page *page) { unpin_user_page(page); }
#else
static void drop(struct page *page) { }
#endif
`;
    expect(release(`${ONE} drop(page); return 0;`, two)).not.toMatch(/^(?:stored|returned)/);
  });
});
