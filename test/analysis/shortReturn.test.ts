/** Whether a function notices that a call got fewer pages than it asked for. */

import { describe, expect, it } from 'vitest';
import { inFunction, siteOf } from './snippet.js';

const PARAMETERS = 'struct ctx *c, unsigned long addr, int n, struct page **pages';
const PIN = 'pin_user_pages_fast(addr, n, 0, pages)';
const ONE = 'pin_user_pages_fast(addr, 1, 0, pages)';

function checks(body: string, callee = 'pin_user_pages_fast'): string {
  return siteOf(inFunction(body, PARAMETERS), callee).release.checksShort;
}

describe('a short count', () => {
  it('is noticed where the result is compared with what was asked for', () => {
    expect(checks(`int got = ${PIN}; if (got != n) return -EFAULT; return 0;`)).toBe('yes');
    expect(checks(`int got = ${PIN}; if (got < 0) return got; if (n > got) return -EFAULT; return 0;`)).toBe(
      'yes',
    );
    expect(checks(`return ${PIN} == n;`)).toBe('yes');
    expect(checks(`int got = ${PIN}, ok = got == n; return ok;`)).toBe('yes');
    expect(checks(`switch (${PIN}) { case 2: return 0; } return -EFAULT;`)).toBe('yes');
  });

  it('is noticed where the function goes on with the count', () => {
    expect(checks(`while (n) { int got = ${PIN}; if (got < 0) return got; n -= got; } return 0;`)).toBe(
      'yes',
    );
    expect(checks(`int got = ${PIN}; if (got > 0) c->count = got; return 0;`)).toBe('yes');
    expect(checks(`int got = ${PIN}; return min(c->len, got * 4096);`)).toBe('yes');
  });

  it('is not noticed where the sign is looked at, or nothing', () => {
    expect(checks(`int got = ${PIN}; if (got <= 0) return -EFAULT; return 0;`)).toBe('no');
    expect(checks(`int got = ${PIN}; if (got == -EAGAIN) return 1; return got;`)).toBe('no');
    expect(checks(`return ${PIN};`)).toBe('no');
    expect(checks(`int i, got = ${PIN}; for (i = 0; i < got; i++) look(pages[i]); return 0;`)).toBe('no');
  });

  it('is about the result, and not about what its variable holds before or later', () => {
    expect(checks(`int r = probe(n); if (r != n) return r; r = ${PIN}; return r;`)).toBe('no');
    expect(checks(`int r = ${PIN}; if (r < 0) return r; r = probe(n); return r != n;`)).toBe('no');
    expect(checks(`int r = ${PIN}; refill(c, &r); return r != n;`)).toBe('no');
  });

  it('of a single page is one that was not got', () => {
    expect(checks(`if (${ONE} != 1) return -EFAULT; return 0;`)).toBe('yes');
    expect(checks(`int r = ${ONE}; if (r <= 0) return -EFAULT; return 0;`)).toBe('yes');
    expect(checks(`int r = ${ONE}; if (r < 0) return r; return 0;`)).toBe('n.a.');
    expect(checks(`return ${ONE};`)).toBe('n.a.');
  });

  it('cannot be told where somebody else is given the count, or where the function was not read', () => {
    expect(checks(`return settle(c, ${PIN});`)).toBe('unknown');
    expect(checks(`int r = ${PIN}; if (r != n) return 1; )( ; return 0;`)).toBe('unknown');
  });

  it('is not a thing of functions without a count', () => {
    expect(checks('return get_dump_page(addr, NULL) != NULL;', 'get_dump_page')).toBe('n.a.');
    expect(checks('return handle_mm_fault(c->vma, addr, 0, NULL);', 'handle_mm_fault')).toBe('n.a.');
  });
});
