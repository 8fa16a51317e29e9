import { describe, expect, it } from 'vitest';
import { callTokens, readSource, type SourceFile } from '../../server/src/syntax/index.js';

const names = (file: SourceFile): string[] =>
  file.functions.map(fn => (fn.alternative === null ? fn.name : `${fn.name} | ${fn.alternative.condition}`));

const calls = (file: SourceFile, ...wanted: string[]): string[] =>
  callTokens(file, new Set(wanted)).map(call => {
    const fn = file.functions[call.function];
    return `${file.lines.positionAt(call.span.start).line + 1} ${fn?.name}${fn?.alternative == null ? '' : ' alternative'}`;
  });

describe('functions', () => {
  it('are found by their braces, whatever stands around them', () => {
    const file = readSource(`
EXPORT_SYMBOL(before)
static const struct foo table[] = {
	{ .a = f(1) }, FOO(2),
};
struct __packed bar { int (*fn)(int a); };
enum { A, B };
static int __init one(void) { return 0; }
struct page *two(struct foo *p,
		 int n)
	__acquires(p->lock) __must_hold(&x)
{
	if (n) { g(); }
}
module_init(one)
__printf(1, 2) void three(const char *f, ...) {}
DEFINE_MUTEX(m);
void (*four(int sig))(int) { return 0; }
int five(a, b)
	int a;
	char *b;
{
	return a;
}
define_machine(board) {
	.name = "x",
	.setup = setup,
};
extern "C" {
int six(void) { return 1; }
}
`);
    expect(names(file)).toEqual(['one', 'two', 'three', 'four', 'five', 'six']);
    expect(file.problems).toEqual([]);
  });

  it('made by a macro have the name that the macro gives', () => {
    const file = readSource(`
SYSCALL_DEFINE2(munlock, unsigned long, start, size_t, len) { return 0; }
COMPAT_SYSCALL_DEFINE1(x32, int, a) { return 0; }
static DEFINE_IDTENTRY(exc_page_fault) { }
BPF_CALL_2(bpf_x, int, a, int, b) { return 0; }
`);
    expect(file.functions.map(fn => [fn.name, fn.macro])).toEqual([
      ['munlock', 'SYSCALL_DEFINE2'],
      ['x32', 'COMPAT_SYSCALL_DEFINE1'],
      ['exc_page_fault', 'DEFINE_IDTENTRY'],
      ['bpf_x', 'BPF_CALL_2'],
    ]);
  });

  it('have spans that cover header and body', () => {
    const text = 'int a;\nstatic struct page *__must_check f(int n)\n{\n\treturn 0;\n}\nint b;\n';
    const fn = readSource(text).functions[0];
    expect(fn && text.slice(fn.start, fn.end)).toBe(
      'static struct page *__must_check f(int n)\n{\n\treturn 0;\n}',
    );
    expect(fn && text.slice(fn.nameSpan.start, fn.nameSpan.end)).toBe('f');
    expect(fn && text.slice(fn.body.start, fn.body.end)).toBe('{\n\treturn 0;\n}');
  });

  it('lie in every branch at file scope, with their conditions as written', () => {
    const file = readSource(`
#ifndef _X_H
#define _X_H
#ifdef CONFIG_MMU
int f(void) { return 1; }
# if defined(A) && \\
	!B
int g(void) { return 1; }
# endif
#else /* !CONFIG_MMU */
int f(void) { return 2; }
#endif
#if 0
int h(void) { return 3; }
#endif
#endif
`);
    expect(file.functions.map(fn => [fn.name, ...fn.conditions])).toEqual([
      ['f', '#ifdef CONFIG_MMU'],
      ['g', '#ifdef CONFIG_MMU', '#if defined(A) && !B'],
      ['f', '#else of #ifdef CONFIG_MMU'],
      ['h', '#if 0'],
    ]);
  });

  it('whose header is split by a condition are read once, and whole ones beside it are kept', () => {
    const file = readSource(`
#ifdef CONFIG_A
int first(void) { return 1; }
int f(int a)
#else
int other(void) { return 2; }
int f(void)
#endif
{
	return g(1);
}
int last(void) { return 0; }
`);
    expect(names(file)).toEqual(['first', 'other', 'f', 'last']);
    expect(file.problems).toEqual([]);
  });

  it('survive a body whose braces do not balance', () => {
    const file = readSource(`
int broken(int a)
{
	if (a) {
		g();
}

int next(int b)
{
	return h(b);
}
`);
    expect(names(file)).toEqual(['broken', 'next']);
    expect(file.problems.length).toBeGreaterThan(0);
    expect(file.problems[0]?.reason).toMatch(/balance/);
  });
});

describe('calls', () => {
  const text = `
#define gup(x) get_user_pages(x)
int get_user_pages(int a);
int f(void)
{
	/* get_user_pages(1) */
	char *s = "get_user_pages(2)";
	int (*p)(int) = get_user_pages;
	if (0)
		get_user_pages (3);
#ifdef CONFIG_A
	get_user_pages(4);
#else
	get_user_pages(5);
# if 0
	get_user_pages(6);
# else
	get_user_pages(7);
# endif
#endif
#if 0
	get_user_pages(8);
#endif
}
`;

  it('are found in bodies only, and in every branch', () => {
    expect(calls(readSource(text), 'get_user_pages')).toEqual([
      '10 f',
      '12 f',
      '14 f alternative',
      '16 f alternative',
      '18 f alternative',
      '22 f alternative',
    ]);
  });

  it('give alternatives only for the names asked for', () => {
    expect(names(readSource(text, { keep: new Set(['put_page']) }))).toEqual(['f']);
    expect(names(readSource(text, { keep: new Set(['get_user_pages']) }))).toEqual([
      'f',
      'f | #else of #ifdef CONFIG_A',
      'f | #if 0',
      'f | #if 0',
    ]);
  });

  it('take the branch that is usual', () => {
    const body = (condition: string): string[] =>
      calls(
        readSource(`int f(void)\n{\n#${condition}\n\ta();\n#else\n\tb();\n#endif\n}\n`, { keep: new Set() }),
        'a',
        'b',
      ).map(call => (call.startsWith('4') ? 'first' : 'else'));
    for (const usual of [
      'ifdef CONFIG_X',
      'if 1',
      'if IS_ENABLED(CONFIG_X)',
      'if BITS_PER_LONG == 64',
      'if A > 3',
      'if !0',
    ]) {
      expect([usual, ...body(usual)]).toEqual([usual, 'first']);
    }
    for (const unusual of [
      'if 0',
      'ifndef CONFIG_X',
      'ifdef CONFIG_X86_32',
      'if !defined(CONFIG_X)',
      'if defined(A) && 0',
      'ifdef DEBUG',
    ]) {
      expect([unusual, ...body(unusual)]).toEqual([unusual, 'else']);
    }
  });
});

describe('vm_operations_struct', () => {
  it('gives its entries at file scope, in a function, in a compound literal, in every branch', () => {
    const file = readSource(`
static const struct vm_operations_struct __maybe_unused ops = {
	.open	= x_open,
#ifdef CONFIG_A
	.fault	= a_fault,
#else
	.fault	= b_fault,
#endif
	.page_mkwrite = NULL,
};
static struct vm_special_mapping special = { .fault = not_this };
static const struct file_operations fops = { .mmap = nor_this };
const struct vm_operations_struct *get(struct vm_operations_struct *in)
{
	static const struct vm_operations_struct inner = { .map_pages = c_map };
	*in = (struct vm_operations_struct){ .fault = &d_fault };
	return &inner;
}
`);
    expect(file.opsEntries.map(one => [one.op, one.handler, one.variable, one.enclosingFunction])).toEqual([
      ['open', 'x_open', 'ops', null],
      ['fault', 'a_fault', 'ops', null],
      ['fault', 'b_fault', 'ops', null],
      ['map_pages', 'c_map', 'inner', 'get'],
      ['fault', 'd_fault', null, 'get'],
    ]);
    const fault = file.opsEntries[1];
    expect(fault && file.text.slice(fault.handlerSpan.start, fault.handlerSpan.end)).toBe('a_fault');
    expect(fault && file.text.slice(fault.opSpan.start, fault.opSpan.end)).toBe('fault');
  });
});

describe('problems', () => {
  it('name what has no partner or no end', () => {
    expect(readSource('int a;\n#endif\n').problems.map(one => one.reason)).toEqual([
      '#endif without its partner',
    ]);
    expect(readSource('#if A\nint a;\n').problems.map(one => one.reason)).toEqual([
      '#if without its partner',
    ]);
    expect(readSource('int a; /* b').problems.map(one => one.reason)).toEqual([
      'the comment that begins here does not end',
    ]);
  });
});
