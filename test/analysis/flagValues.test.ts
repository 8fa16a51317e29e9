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

  it('does not know a variable that a pointer leads to, or that has the name of another', () => {
    expect(possible('unsigned int g = 0, *p = &g; *p |= FOLL_WRITE; PIN(g, pages);')).toBeNull();
    expect(
      possible('unsigned int g = 0; struct ctx d = { .flags = &g }; run(&d); PIN(g, pages);'),
    ).toBeNull();
    expect(
      possible('unsigned int g = 0; { unsigned int g = FOLL_WRITE; use(g); } PIN(g, pages);'),
    ).toBeNull();
    // One after the other they are told apart, and a call writes then and there.
    expect(possible('{ unsigned int g = FOLL_WRITE; use(g); } unsigned int g = 0; PIN(g, pages);')).toEqual([
      '',
    ]);
    expect(possible('unsigned int g; init(&g); g = FOLL_WRITE; PIN(g, pages);')).toEqual(['WRITE']);
  });

  it('does not know what inline assembly writes', () => {
    expect(possible('unsigned int g = 0; asm("" : "+r" (g) : "r" (c)); PIN(g, pages);')).toBeNull();
    expect(possible('unsigned int g = 0; asm("" : "=m" (c) : "r" (g)); PIN(g, pages);')).toEqual(['']);
    expect(
      possible('unsigned int g = 0; asm_volatile_goto("" : [g] "=r" (flags) : : : out); out: PIN(g, pages);'),
    ).toEqual(['']);
  });

  it('knows the members of a structure that is initialised or cleared here', () => {
    const told = (declaration: string): unknown =>
      possible(`${declaration} if (write) d.flags |= FOLL_WRITE; PIN(d.flags, pages);`);
    expect(told('struct ctx d = { .n = 1, .flags = FOLL_FORCE };')).toEqual(['FORCE', 'WRITE|FORCE']);
    expect(told('struct ctx d = { .flags = flags };')).toEqual(['param:flags', 'WRITE|param:flags']);
    expect(told('struct ctx d = {};')).toEqual(['', 'WRITE']);
    expect(told('struct ctx d = { 0 };')).toEqual(['', 'WRITE']);
    expect(told('struct ctx d; memset(&d, 0, sizeof(d));')).toEqual(['', 'WRITE']);
    // Which member is the second is not known here, nor what else is set.
    expect(told('struct ctx d = { c, FOLL_FORCE };')).toEqual(['field:d.flags', 'WRITE|field:d.flags']);
    expect(told('struct ctx d; memset(&d, 0xff, sizeof(d));')).toEqual([
      'field:d.flags',
      'WRITE|field:d.flags',
    ]);
    expect(told('struct ctx d = {}; fill(&d);')).toEqual(['field:d.flags', 'WRITE|field:d.flags']);
  });

  it('follows functions of the same file that return flags', () => {
    const sets = (helpers: string, argument: string, before = ''): unknown =>
      siteOf(
        helpers + inFunction(`${before} pin_user_pages_fast(addr, 1, ${argument}, pages);`, PARAMETERS),
        'pin_user_pages_fast',
      ).flags?.possible;
    const choose = `static unsigned int choose(bool write, unsigned int more)
{
	unsigned int g = more;

	if (write)
		g |= FOLL_WRITE;
	return g;
}
`;
    expect(sets(choose, 'choose(write, 0)')).toEqual([[], ['FOLL_WRITE']]);
    expect(sets(choose, 'choose(write, FOLL_LONGTERM) | FOLL_FORCE')).toEqual([
      ['FOLL_FORCE', 'FOLL_LONGTERM'],
      ['FOLL_WRITE', 'FOLL_FORCE', 'FOLL_LONGTERM'],
    ]);
    expect(sets(choose, 'g', 'unsigned int h = FOLL_FORCE, g = choose(write, h);')).toEqual([
      ['FOLL_FORCE'],
      ['FOLL_WRITE', 'FOLL_FORCE'],
    ]);
    expect(sets(choose, 'choose(write, flags)')).toEqual([['param:flags'], ['FOLL_WRITE', 'param:flags']]);
    const outer = 'static int outer(bool w)\n{\n\treturn choose(w, 0) & ~FOLL_FORCE;\n}\n';
    expect(sets(outer + choose, 'outer(write)')).toEqual([[], ['FOLL_WRITE']]);
    const early = 'static int early(int a)\n{\n\tif (a)\n\t\treturn FOLL_WRITE;\n\treturn 0;\n}\n';
    expect(sets(early, 'early(1)')).toEqual([[], ['FOLL_WRITE']]);
    expect(sets('static int x(struct ctx *c)\n{\n\treturn c->flags;\n}\n', 'x(c)')).toBeNull();
    expect(sets('static int again(int a)\n{\n\treturn again(a) | FOLL_WRITE;\n}\n', 'again(1)')).toBeNull();
    expect(sets('static void none(void)\n{\n}\n', 'none()')).toBeNull();
  });

  it('follows functions of the same file that change flags through a pointer', () => {
    const sets = (helpers: string, body: string): unknown =>
      siteOf(helpers + inFunction(body, PARAMETERS), 'pin_user_pages_fast').flags?.possible;
    const add = 'static void add(unsigned int *p, bool write)\n{\n\tif (write)\n\t\t*p |= FOLL_WRITE;\n}\n';
    const body = 'unsigned int g = FOLL_LONGTERM; add(&g, write); pin_user_pages_fast(addr, 1, g, pages);';
    expect(sets(add, body)).toEqual([['FOLL_LONGTERM'], ['FOLL_WRITE', 'FOLL_LONGTERM']]);
    const set = 'static int set(unsigned int *p, unsigned int f)\n{\n\t*p = f;\n\treturn 0;\n}\n';
    const call =
      'unsigned int g = FOLL_LONGTERM; set(&g, FOLL_FORCE); pin_user_pages_fast(addr, 1, g, pages);';
    expect(sets(set, call)).toEqual([['FOLL_FORCE']]);
    const outer = 'static void outer(unsigned int *q)\n{\n\tset(q, FOLL_WRITE);\n\t*q |= FOLL_FORCE;\n}\n';
    expect(sets(set + outer, body.replace('add(&g, write)', 'outer(&g)'))).toEqual([
      ['FOLL_WRITE', 'FOLL_FORCE'],
    ]);
    // Kept for later, it may be changed by anybody.
    const keep = 'static void keep(struct ctx *c, unsigned int *p)\n{\n\tc->p = p;\n\tmore(c);\n}\n';
    expect(sets(keep, body.replace('add(&g, write)', 'keep(c, &g)'))).toBeNull();
    const lend = 'static void lend(unsigned int *p)\n{\n\tother(p);\n}\n';
    expect(sets(lend, body.replace('add(&g, write)', 'lend(&g)'))).toBeNull();
  });

  it('says where flags of a followed function come in: at its call', () => {
    const helper = 'static int wr(void)\n{\n\treturn FOLL_WRITE;\n}\n';
    const text = helper + inFunction('pin_user_pages_fast(addr, 1, wr() | FOLL_FORCE, pages);', PARAMETERS);
    const { flags } = siteOf(text, 'pin_user_pages_fast');
    const words = [...(flags?.origins ?? [])].map(([flag, spans]) => [
      flag,
      ...spans.map(span => text.slice(span.start, span.end)),
    ]);
    expect(words.sort()).toEqual([
      ['FOLL_FORCE', 'FOLL_FORCE'],
      ['FOLL_WRITE', 'wr'],
    ]);
  });

  it('looks up constant tables of the same file', () => {
    const call = inFunction('pin_user_pages_fast(addr, 1, table[write], pages);', PARAMETERS);
    const sets = (table: string): unknown =>
      siteOf(`${table}\n${call}`, 'pin_user_pages_fast').flags?.possible;
    expect(sets('static const unsigned int table[] = { FOLL_WRITE, FOLL_FORCE | FOLL_WRITE, };')).toEqual([
      ['FOLL_WRITE'],
      ['FOLL_WRITE', 'FOLL_FORCE'],
    ]);
    expect(
      sets('static const int table[2] = {\n\t[DMA_TO_DEVICE] = 0,\n\t[DMA_FROM_DEVICE] = FOLL_WRITE,\n};'),
    ).toEqual([[], ['FOLL_WRITE']]);
    expect(sets('static unsigned int table[] = { FOLL_WRITE };')).toBeNull();
    expect(sets('static const unsigned int table[] = { FOLL_WRITE, compute(1) };')).toBeNull();
  });

  it('looks up a member of a constant table of structures', () => {
    const call = inFunction('pin_user_pages_fast(addr, 1, modes[write].gup, pages);', PARAMETERS);
    const sets = (entries: string): unknown =>
      siteOf(`static const struct mode modes[] = {\n${entries}\n};\n${call}`, 'pin_user_pages_fast').flags
        ?.possible;
    expect(sets('\t{ .name = "r" },\n\t{ .name = "w", .gup = FOLL_WRITE /* dirties */ },')).toEqual([
      [],
      ['FOLL_WRITE'],
    ]);
    expect(sets('\t[2] = { .gup = FOLL_FORCE },')).toEqual([[], ['FOLL_FORCE']]);
    expect(sets('\t{ "w", FOLL_WRITE },')).toEqual([['field:modes[write].gup']]);
    expect(sets('\t{ .gup = compute() },')).toEqual([['field:modes[write].gup']]);
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
