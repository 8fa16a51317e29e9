import { beforeAll, describe, expect, it } from 'vitest';
import type { KernelCParser } from '../../server/src/syntax/index.js';
import { loadParser, outlineBody, parseFirst } from './support.js';

let parser: KernelCParser;
beforeAll(async () => {
  parser = await loadParser();
});

/** What a statement in kernel style is read as. */
const CASES: Record<string, readonly (readonly [source: string, ...tree: string[]])[]> = {
  'plain C': [
    ['ret = a + b * c;', '(= ret (+ a (* b c)))'],
    ['x = a ? b : c ?: d;', '(= x (? a b (? c - d)))'],
    ['p->q.r[i++] |= ~FOO << 3;', '(|= p->q.r[(_++ i)] (<< (~ FOO) 3))'],
    ['f(g(a * b, c * sizeof(d)));', '(call f (call g (* a b) (* c T)))'],
    ['f(g(a * b, c));', '(call f (call g (* a b) c))'],
    ['f(a);', '(call f a)'],
    ['x = !(IS_A(d)) && s * 2 < n;', '(= x (&& (! (call IS_A d)) (< (* s 2) n)))'],
    ['x = (f(a)) - b;', '(= x (- (call f a) b))'],
    ['return -EINVAL;', '(return (- EINVAL))'],
    ['int a = 0x10, *b = &a, c[4];', '(decl "int" a=16 *b=(& a) c[])'],
    ['static struct foo x = { .a = 1, [2] = b };', '(decl static "static struct foo" x=(list .a:1 [2]:b))'],
    ['for (int i = 0; i < n; i++)\n\tg(i);', '(for (decl "int" i=0) (< i n) (_++ i) (call g i))'],
    ['do { f(); } while (x);', '(do {(call f)} x)'],
    ['if (a)\n\tb();\nelse if (c)\n\td();', '(if a (call b) (if c (call d)))'],
    ['goto out;\nout:\n\treturn 0;', '(goto out)', '(label out)', '(return 0)'],
    ['out:', '(label out)', 'empty'],
    ['x = 1ULL << 40, y = 0x7fffffffffffffffULL;', '(, (= x (<< 1 40)) (= y null))'],
    ['v = ({ int t = g(); t; });', '(= v (stmt {(decl "int" t=(call g)) t}))'],
  ],
  casts: [
    ['x = (u32)(y);', '(= x (cast "u32" y))'],
    ['x = (pte_t)*p;', '(= x (cast "pte_t" (* p)))'],
    ['x = (s64)-1;', '(= x (cast "s64" (- 1)))'],
    ['x = (struct foo __user *)arg;', '(= x (cast "struct foo __user *" arg))'],
    ['x = (__force u32)y;', '(= x (cast "u32" y))'],
    ['x = (typeof(*p) *)q;', '(= x (cast "typeof(*p) *" q))'],
    ['x = (flags) & MASK;', '(= x (& flags MASK))'],
    ['y = (struct foo){ .a = 1 };', '(= y (cast "struct foo" (list .a:1)))'],
  ],
  'macro loops': [
    ['for_each_vma(vmi, vma) {\n\tg(vma);\n}', '(loop for_each_vma vmi vma {(call g vma)})'],
    ['list_for_each_entry(p, &head, list)\n\tg(p);', '(loop list_for_each_entry p (& head) list (call g p))'],
    ['for_each_online_cpu(cpu)\n\tif (a)\n\t\tcontinue;', '(loop for_each_online_cpu cpu (if a continue))'],
    ['rbtree_postorder_thing(a, b, struct foo, n) { }', '(loop rbtree_postorder_thing a b T n {})'],
    ['do {\n\tg();\n} while_each_thread(p, t);', '(do {(call g)} (call while_each_thread p t))'],
    [
      'if (a)\n\tfor_each_x(x) {\n\t\tg();\n\t}\nelse\n\th();',
      '(if a (loop for_each_x x {(call g)}) (call h))',
    ],
  ],
  guards: [
    ['guard(mutex)(&m);', '(guard mutex (& m) -)'],
    ['ACQUIRE(mutex_intr, lock)(&m);', '(guard mutex_intr var:lock (& m) -)'],
    ['scoped_cond_guard(claim_try, fail, &m)\n\tg();', '(guard claim_try (& m) (call g) else fail)'],
    [
      'scoped_guard(rwsem_read, &mm->mmap_lock) {\n\tg();\n}',
      '(guard rwsem_read (& mm->mmap_lock) {(call g)})',
    ],
    ['scoped_guard(mutex, &m)\n\tg();', '(guard mutex (& m) (call g))'],
    [
      'scoped_cond_guard(mutex_intr, return -EINTR, &m) {\n}',
      '(guard mutex_intr (& m) {} else {(return (- EINTR))})',
    ],
    ['struct foo *p __free(kfree) = g();', '(decl "struct foo" *p=(call g))'],
  ],
  'types and other things as arguments': [
    ['p = container_of(q, struct foo, bar);', '(= p (call container_of q T bar))'],
    ['x = min_t(unsigned long, a, b);', '(= x (call min_t T a b))'],
    ['x = va_arg(ap, u8 *);', '(= x (call va_arg ap T))'],
    ['n = sizeof(struct foo) * 2;', '(= n (* T 2))'],
    ['n = sizeof(*p) / sizeof x;', '(= n (/ T T))'],
    ['n = offsetof(struct foo, a.b[3]);', '(= n T)'],
    ['CHECK(a, ==, b);', '(call CHECK a T b)'],
    ['FOO(a, , b);', '(call FOO a T b)'],
    ['D2(for_each_x(a) { g(a); })', '(call D2 (stmt {(loop for_each_x a {(call g a)})}))'],
    ['DEB(printk("x"); g(y));', '(call DEB (stmt {(call printk str) (call g y)}))'],
    ['wait_cmd(q, cond, return 1);', '(call wait_cmd q cond (stmt {(return 1)}))'],
    ['SET(x, .a = 1);', '(call SET x (list .a:1))'],
    ['SET(x, { 1, 2 });', '(call SET x (list _:1 _:2))'],
    ['F(3DNOW, 1);', '(call F null 1)'],
  ],
  'attributes and declarations': [
    ['int x __maybe_unused = g();', '(decl "int" x=(call g))'],
    ['u8 buf[16] __aligned(8);', '(decl "u8" buf[])'],
    ['u32 a, __user *b = c;', '(decl "u32" a *b=c)'],
    ['static DEFINE_MUTEX(lock);', '(call DEFINE_MUTEX lock)'],
    ['DECLARE_BITMAP(map, 64) = { 0 };', '(= (call DECLARE_BITMAP map 64) (list _:0))'],
    ['extern int g(struct page *p, int n);', '(decl "extern int" g)'],
    ['struct {\n\tint a;\n\tDECLARE_X(y);\n} v;', '(decl "struct { int a; DECLARE_X(y); }" v)'],
    ['typeof(x) y = z;', '(decl "typeof(x)" y=z)'],
    ['__label__ a, b;\ng();', 'empty', '(call g)'],
    [
      'static const void *t[4] __annotate_x = { [0 ... 3] = &&l };',
      '(decl static "static const void" *t[]=(list [0 ... 3]:(& l)))',
    ],
    ['u8 (*p)[4];', '(decl "u8" *p[])'],
    ['__u8 __user (*tags)[SIZE] = g();', '(decl "__u8" *tags[]=(call g))'],
    ['int (*fn)(struct foo *, int) = g;', '(decl "int" *fn=g)'],
  ],
  'strings, assembly, cases': [
    ['pr_info("a" PRIx64 "b" X, y);', '(call pr_info str y)'],
    ['printk(KERN_ERR pr_fmt("x"), y);', '(call printk str y)'],
    ['asm volatile("nop" : "=r" (x) : "m" (*p) : "memory");', 'asm'],
    ['register long r asm("r0") = 1;', '(decl "register long" r=1)'],
    ['switch (x) {\ncase 1 ... 3:\n\tbreak;\ndefault:\n}', '(switch x {(case 1..3) break (case -) empty})'],
    ["switch (x) {\ncase 'a':\ncase B: {\n\tg();\n}\n}", '(switch x {(case chr) (case B) {(call g)}})'],
    ['WARN_ON(x)\ng();', '(call WARN_ON x)', '(call g)'],
    ['CASES_xxx\nout:\n\tg();', 'CASES_xxx', '(label out)', '(call g)'],
    ['CRIT_FLAGS\ng();', 'CRIT_FLAGS', '(call g)'],
    ['goto *table[x];', '(goto *)'],
    [
      'struct ops t[] = { FIRST(1) SECOND\n\tTHIRD, &last };',
      '(decl "struct ops" t[]=(list _:(call FIRST 1) _:SECOND _:THIRD _:(& last)))',
    ],
    ['p = &&here;\nhere:\n\treturn 1;', '(= p (& here))', '(label here)', '(return 1)'],
  ],
};

for (const [group, cases] of Object.entries(CASES)) {
  describe(group, () => {
    for (const [source, ...tree] of cases) {
      it(source.replace(/\s+/g, ' '), () => {
        expect(outlineBody(parser, source)).toEqual(tree);
      });
    }
  });
}

describe('the header', () => {
  it('gives name, type, parameters of a plain definition', () => {
    const { ast } = parseFirst(
      parser,
      'static __always_inline struct page * __must_check\nfollow(struct vm_area_struct *vma, unsigned long addr,\n\t\tint (*fn)(int), char __user *buf, struct page *pages[])\n\t__releases(x)\n{\n}\n',
    );
    expect(ast).toMatchObject({ name: 'follow', returnType: 'struct page *', isStatic: true, errors: [] });
    expect(ast.parameters.map(one => [one.name, one.type, one.pointers])).toEqual([
      ['vma', 'struct vm_area_struct', 1],
      ['addr', 'unsigned long', 0],
      ['fn', 'int (*fn)(int)', 1],
      ['buf', 'char', 1],
      ['pages', 'struct page', 1],
    ]);
  });

  it('takes a word behind `unsigned` for the name, unless it is one of the type', () => {
    const header =
      'int f(unsigned flags, unsigned *set, unsigned long, unsigned, const foo_t, struct ctx *c)';
    const { ast } = parseFirst(parser, `${header}\n{\n}\n`);
    expect(ast.parameters.map(one => [one.name, one.type, one.pointers])).toEqual([
      ['flags', 'unsigned', 0],
      ['set', 'unsigned', 1],
      [null, 'unsigned long', 0],
      [null, 'unsigned', 0],
      [null, 'const foo_t', 0],
      ['c', 'struct ctx', 1],
    ]);
  });

  it('gives the parameters of a system call by their names', () => {
    const { ast, fn } = parseFirst(
      parser,
      'SYSCALL_DEFINE3(mbind, unsigned long, start, const void __user *, p, int, n)\n{\n\treturn g(p);\n}\n',
    );
    expect(fn).toMatchObject({ name: 'mbind', macro: 'SYSCALL_DEFINE3' });
    expect(ast.returnType).toBe('long');
    expect(ast.parameters.map(one => [one.name, one.type, one.pointers])).toEqual([
      ['start', 'unsigned long', 0],
      ['p', 'const void', 1],
      ['n', 'int', 0],
    ]);
  });

  it('has no parameters for (void) and none for ()', () => {
    expect(parseFirst(parser, 'int f(void) { }').ast.parameters).toEqual([]);
    expect(parseFirst(parser, 'int f() { }').ast.parameters).toEqual([]);
  });
});

describe('ranges', () => {
  it('are those of the original text, behind macros, comments and dropped branches', () => {
    const text =
      'int f(void)\n{\n\tint __maybe_unused /* c */ a;\n#if 0\n\tx(;\n#endif\n\tfor_each_x(p, struct foo, q)\n\t\tr = get_user_pages(s, 1, FOLL_WRITE /* w */, pages);\n}\n';
    const { ast, file } = parseFirst(parser, text);
    expect(ast.errors).toEqual([]);
    const loop = ast.body.body[1];
    if (loop?.kind !== 'macro-loop' || loop.body.kind !== 'expression-statement') throw new Error('no loop');
    const { expression } = loop.body;
    if (expression.kind !== 'assignment' || expression.right.kind !== 'call') throw new Error('no call');
    const at = (node: { start: number; end: number }): string => file.text.slice(node.start, node.end);
    expect(at(expression.right)).toBe('get_user_pages(s, 1, FOLL_WRITE /* w */, pages)');
    expect(expression.right.args.map(at)).toEqual(['s', '1', 'FOLL_WRITE', 'pages']);
    expect(at(loop)).toBe(
      'for_each_x(p, struct foo, q)\n\t\tr = get_user_pages(s, 1, FOLL_WRITE /* w */, pages);',
    );
    expect(loop.args.map(at)).toEqual(['p', 'struct foo', 'q']);
  });
});

describe('annotations', () => {
  it('keep what was taken out', () => {
    const { ast, file } = parseFirst(
      parser,
      'void f(void)\n{\n\tchar *p __free(kfree) = (void __user *)sizeof(int);\n}\n',
    );
    const kept = ast.annotations.map(one => [one.kind, file.text.slice(one.start, one.end)]);
    expect(kept).toEqual([
      ['cleanup', '__free(kfree)'],
      ['attribute', '__user'],
      ['type-query', 'sizeof(int)'],
    ]);
  });
});
