import { describe, expect, it } from 'vitest';
import { analyse, inFunction, type SnippetOptions, siteOf } from './snippet.js';

const PARAMETERS = 'bool write, unsigned int flags, struct ctx *c, struct page **pages, unsigned long addr';

/** The possible sets of the flags of the one pin_user_pages_fast() call in a body, as `A|B` strings. */
function possible(body: string, options: SnippetOptions = {}): readonly string[] | null {
  const text = inFunction(body.replace('PIN(', 'pin_user_pages_fast(addr, 1, '), PARAMETERS);
  const { flags } = siteOf(text, 'pin_user_pages_fast', options);
  return flags?.possible?.map(set => set.map(name => name.replace('FOLL_', '')).join('|')) ?? null;
}

describe('flag values', () => {
  it('reads constants, 0 and numbers of this release', () => {
    expect(possible('PIN(FOLL_WRITE | FOLL_LONGTERM, pages);')).toEqual(['WRITE|LONGTERM']);
    expect(possible('PIN(0, pages);')).toEqual(['']);
    expect(possible('PIN(1, pages);')).toEqual(['WRITE']);
    expect(possible('PIN(0x80000000, pages);')).toBeNull();
  });

  it('takes both arms of ?:, and products with a flag', () => {
    expect(possible('PIN(write ? FOLL_WRITE : 0, pages);')).toEqual(['', 'WRITE']);
    expect(possible('PIN(FOLL_WRITE * write, pages);')).toEqual(['', 'WRITE']);
    expect(possible('PIN(write == 1, pages);')).toEqual(['', 'WRITE']);
  });

  it('follows variables through assignments', () => {
    expect(possible('unsigned int g = FOLL_LONGTERM; if (write) g |= FOLL_WRITE; PIN(g, pages);')).toEqual([
      'LONGTERM',
      'WRITE|LONGTERM',
    ]);
    expect(possible('unsigned int g; g = FOLL_LONGTERM; g = FOLL_WRITE; PIN(g, pages);')).toEqual(['WRITE']);
    expect(possible('unsigned int g = FOLL_WRITE | FOLL_FORCE; g &= ~FOLL_FORCE; PIN(g, pages);')).toEqual([
      'WRITE',
    ]);
    expect(possible('unsigned int g = FOLL_WRITE | FOLL_FORCE; g &= FOLL_FORCE; PIN(g, pages);')).toEqual([
      'FORCE',
    ]);
    expect(possible('unsigned int g = FOLL_WRITE; g ^= FOLL_FORCE; PIN(g, pages);')).toBeNull();
  });

  it('does not mix what cannot meet', () => {
    expect(
      possible(
        'unsigned int g = FOLL_LONGTERM; switch (c->x) { case 1: g = FOLL_WRITE; break; case 2: return 1; } PIN(g, pages);',
      ),
    ).toEqual(['LONGTERM', 'WRITE']);
    expect(possible('unsigned int g = 0; while (c->x) g |= FOLL_WRITE; PIN(g, pages);')).toEqual([
      '',
      'WRITE',
    ]);
  });

  it('is refined by tests of a flag', () => {
    const body = (test: string): string =>
      `unsigned int g = write ? FOLL_WRITE : FOLL_LONGTERM; if (${test}) return 0; PIN(g, pages);`;
    expect(possible(body('g & FOLL_WRITE'))).toEqual(['LONGTERM']);
    expect(possible(body('!(g & FOLL_WRITE)'))).toEqual(['WRITE']);
    expect(possible(body('(g & FOLL_WRITE) == 0'))).toEqual(['WRITE']);
    expect(possible(body('(g & FOLL_WRITE) == FOLL_WRITE'))).toEqual(['LONGTERM']);
  });

  it('names what parameters and fields bring', () => {
    expect(possible('PIN(flags | FOLL_WRITE, pages);')).toEqual(['WRITE|param:flags']);
    expect(possible('PIN(c->gup_flags, pages);')).toEqual(['param:c->gup_flags']);
    expect(possible('PIN(c->gup_flags & ~FOLL_WRITE, pages);')).toEqual(['param:c->gup_flags']);
    expect(possible('struct ctx *d = find(); PIN(d->gup_flags, pages);')).toEqual(['field:d->gup_flags']);
    expect(possible('if (flags & FOLL_WRITE) flags |= FOLL_LONGTERM; PIN(flags, pages);')).toEqual([
      'param:flags',
      'LONGTERM|param:flags',
    ]);
    expect(possible('c->gup_flags = FOLL_WRITE; PIN(c->gup_flags, pages);')).toEqual(['WRITE']);
  });

  it('takes a field that the file assigns for its own, not for what the caller brings', () => {
    const body = inFunction('pin_user_pages_fast(addr, 1, c->gup_flags, pages);', PARAMETERS);
    const of = (others: string): unknown => siteOf(others + body, 'pin_user_pages_fast').flags?.possible;
    expect(of('static void other(struct ctx *d)\n{\n\td->gup_flags2 = 1;\n}\n')).toEqual([
      ['param:c->gup_flags'],
    ]);
    expect(of('static void init(struct ctx *d)\n{\n\td->gup_flags |= FOLL_WRITE;\n}\n')).toEqual([
      ['field:c->gup_flags'],
    ]);
    expect(of('static struct ctx x = { .gup_flags = FOLL_WRITE };\n')).toEqual([['field:c->gup_flags']]);
    expect(of('static void test(struct ctx *d)\n{\n\tif (d->gup_flags == 1)\n\t\treturn;\n}\n')).toEqual([
      ['param:c->gup_flags'],
    ]);
  });

  it('does not know what others may have changed', () => {
    expect(possible('unsigned int g = 0; change(&g); PIN(g, pages);')).toBeNull();
    expect(possible('PIN(some_global, pages);')).toBeNull();
    expect(possible('PIN(choose(write), pages);')).toBeNull();
    expect(possible('c->gup_flags = FOLL_WRITE; change(c); PIN(c->gup_flags, pages);')).toEqual([
      'field:c->gup_flags',
    ]);
  });

  it('knows what is_valid_gup_args() sets', () => {
    expect(
      possible('if (!is_valid_gup_args(pages, NULL, &flags, FOLL_TOUCH)) return 1; PIN(flags, pages);'),
    ).toEqual(['TOUCH|param:flags']);
  });

  it('resolves constants of the same file', () => {
    const call = inFunction('pin_user_pages_fast(addr, 1, MY_FLAGS, pages);', PARAMETERS);
    const sets = (prefix: string): unknown => siteOf(prefix + call, 'pin_user_pages_fast').flags?.possible;
    expect(sets('#define MY_FLAGS (FOLL_WRITE | \\\n\tFOLL_LONGTERM) /* both */\n')).toEqual([
      ['FOLL_WRITE', 'FOLL_LONGTERM'],
    ]);
    expect(sets('#define BASE FOLL_WRITE\n#define MY_FLAGS (BASE | FOLL_FORCE)\n')).toEqual([
      ['FOLL_WRITE', 'FOLL_FORCE'],
    ]);
    expect(sets('static const unsigned int MY_FLAGS = FOLL_WRITE;\n')).toEqual([['FOLL_WRITE']]);
    expect(sets('enum { OTHER, MY_FLAGS = FOLL_WRITE | FOLL_FORCE, };\n')).toEqual([
      ['FOLL_WRITE', 'FOLL_FORCE'],
    ]);
    expect(sets('#define MY_FLAGS compute()\n')).toBeNull();
    expect(sets('#define MY_FLAGS FOLL_WRITE\n#define MY_FLAGS FOLL_FORCE\n')).toBeNull();
  });

  it('expands FAULT_FLAG_DEFAULT, and knows that a retry had ALLOW_RETRY', () => {
    const text = inFunction(
      `unsigned int flags = FAULT_FLAG_DEFAULT;
	vm_fault_t fault;
retry:
	if (write)
		flags = FAULT_FLAG_WRITE;
	fault = handle_mm_fault(vma, addr, flags, NULL);
	if (fault & VM_FAULT_RETRY) {
		flags |= FAULT_FLAG_TRIED;
		goto retry;
	}`,
      'struct vm_area_struct *vma, unsigned long addr, bool write',
    );
    expect(siteOf(text, 'handle_mm_fault').flags?.possible).toEqual([
      ['FAULT_FLAG_WRITE'],
      ['FAULT_FLAG_ALLOW_RETRY', 'FAULT_FLAG_KILLABLE', 'FAULT_FLAG_INTERRUPTIBLE'],
      ['FAULT_FLAG_ALLOW_RETRY', 'FAULT_FLAG_KILLABLE', 'FAULT_FLAG_TRIED', 'FAULT_FLAG_INTERRUPTIBLE'],
    ]);
  });

  it('folds more than 64 sets into must and may', () => {
    const tests = ['FORCE', 'WRITE', 'NOWAIT', 'DUMP', 'HWPOISON', 'ANON', 'NOFAULT'];
    const body = `unsigned int g = FOLL_LONGTERM; ${tests
      .map((name, i) => `if (c->x${i}) g |= FOLL_${name};`)
      .join(' ')} pin_user_pages_fast(addr, 1, g, pages);`;
    const { flags } = siteOf(inFunction(body, PARAMETERS), 'pin_user_pages_fast');
    expect(flags).toMatchObject({ possible: null, must: ['FOLL_LONGTERM'], from: 'conditional' });
    expect(flags?.may).toHaveLength(8);
  });

  it('says where each flag comes from', () => {
    const text = inFunction(
      'unsigned int g = 0; if (write) g |= FOLL_WRITE; pin_user_pages_fast(addr, 1, g, pages);',
      PARAMETERS,
    );
    const origins = siteOf(text, 'pin_user_pages_fast').flags?.origins.get('FOLL_WRITE');
    expect(origins?.map(span => [span.start, text.slice(span.start, span.end)])).toEqual([
      [text.indexOf('FOLL_WRITE'), 'FOLL_WRITE'],
    ]);
  });

  it('says which kind of value it is', () => {
    const from = (argument: string): unknown =>
      siteOf(
        inFunction(`pin_user_pages_fast(addr, 1, ${argument}, pages);`, PARAMETERS),
        'pin_user_pages_fast',
      ).flags?.from;
    expect(from('FOLL_WRITE')).toBe('const');
    expect(from('write ? FOLL_WRITE : 0')).toBe('conditional');
    expect(from('flags')).toBe('param');
    expect(from('c->flags')).toBe('param');
    expect(from('find()->flags')).toBe('unknown');
    expect(from('table[1].flags')).toBe('field');
    expect(from('choose()')).toBe('unknown');
  });

  it('reads the write argument of old releases', () => {
    const text = inFunction('get_user_pages_fast(addr, 1, write, pages);', PARAMETERS);
    const { flags } = siteOf(text, 'get_user_pages_fast', { release: '4.19' });
    expect(flags === null ? null : flags.possible).toEqual([[], ['FOLL_WRITE']]);
    const one = inFunction('get_user_pages_fast(addr, 1, 1, pages);', PARAMETERS);
    expect(siteOf(one, 'get_user_pages_fast', { release: '4.19' }).flags?.possible).toEqual([['FOLL_WRITE']]);
  });

  it('keeps the argument as written, parentheses included', () => {
    const text = inFunction(
      'pin_user_pages_fast(addr, 1, (write ?\n\t\tFOLL_WRITE : 0), pages);',
      PARAMETERS,
    );
    expect(siteOf(text, 'pin_user_pages_fast').flags?.text).toBe('(write ? FOLL_WRITE : 0)');
  });

  it('says nothing where no path leads', () => {
    const analysis = analyse(inFunction('return 0; pin_user_pages_fast(addr, 1, 0, pages);', PARAMETERS));
    expect(analysis.sites[0]?.flags).toMatchObject({ possible: null, from: 'unknown' });
  });
});
