import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  callTokens,
  fidelityLosses,
  type KernelCParser,
  LineIndex,
  readSource,
  walk,
} from '../../server/src/syntax/index.js';
import { loadParser } from './support.js';

let parser: KernelCParser;
beforeAll(async () => {
  parser = await loadParser();
});

/** Reads a text to the bottom and checks what must hold of any text. Returns errors and losses found. */
function readAll(text: string): { errors: number; losses: string[] } {
  const file = readSource(text);
  let errors = 0;
  const losses: string[] = [];
  for (const fn of file.functions) {
    expect(fn.start).toBeLessThanOrEqual(fn.body.start);
    expect(fn.body.end).toBeLessThanOrEqual(text.length);
    const ast = parser.parseFunction(file, fn);
    errors += ast.errors.length;
    walk(ast, node => {
      if (node.start > node.end || node.start < fn.start || node.end > fn.end) {
        throw new Error(
          `${node.kind} ${node.start}..${node.end} is outside ${fn.name} ${fn.start}..${fn.end}`,
        );
      }
      return undefined;
    });
    losses.push(...fidelityLosses(file, fn, ast).map(loss => loss.text));
  }
  for (const call of callTokens(file, new Set(['g', 'get_user_pages']))) {
    expect(['g', 'get_user_pages']).toContain(text.slice(call.span.start, call.span.end));
  }
  return { errors, losses };
}

const name = fc.constantFrom('a', 'vma', 'mm', 'FOLL_WRITE', 'u', 'state', '__x', 'pages');
const type = fc.constantFrom(
  'u32',
  'pte_t',
  'struct page',
  'unsigned long',
  'struct foo __user',
  'const char',
);

const { expression } = fc.letrec<{ expression: string }>(tie => ({
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(
      name,
      fc.constantFrom('0', '0x1fUL', "'c'", '"s"', 'sizeof(struct page)', '"a" PRIx64 "b"', '(typeof(a))b'),
    ),
    fc
      .tuple(
        tie('expression'),
        fc.constantFrom('+', '-', '&', '|', '<<', '==', '&&', '||', '*', '>'),
        tie('expression'),
      )
      .map(([l, op, r]) => `(${l} ${op} ${r})`),
    fc.tuple(fc.constantFrom('!', '~', '-', '*', '&'), name).map(([op, e]) => `(${op}${e})`),
    fc
      .tuple(name, fc.array(tie('expression'), { maxLength: 3 }))
      .map(([f, args]) => `${f}(${args.join(', ')})`),
    fc.tuple(name, name, fc.constantFrom('->', '.')).map(([l, r, op]) => `${l}${op}${r}`),
    fc.tuple(name, tie('expression')).map(([l, r]) => `${l}[${r}]`),
    fc.tuple(type, tie('expression')).map(([t, e]) => `(${t} *)${e}`),
    fc.tuple(type, name, name).map(([t, a, b]) => `container_of(${a}, ${t}, ${b})`),
    fc.tuple(type, tie('expression'), tie('expression')).map(([t, a, b]) => `max_t(${t}, ${a}, ${b})`),
    fc
      .tuple(tie('expression'), tie('expression'), tie('expression'))
      .map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a} ?: ${b})`),
    fc.tuple(name, tie('expression')).map(([a, b]) => `({ ${a} = ${b}; ${a}; })`),
    fc.tuple(name, name).map(([a, b]) => `CHECK(${a}, >=, ${b})`),
  ),
}));

const { statement } = fc.letrec<{ statement: string }>(tie => ({
  statement: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc
      .tuple(name, fc.constantFrom('=', '|=', '+=', '<<='), expression)
      .map(([l, op, r]) => `${l} ${op} ${r};`),
    fc.tuple(name, fc.array(expression, { maxLength: 3 })).map(([f, args]) => `${f}(${args.join(', ')});`),
    fc.tuple(expression).map(([e]) => `return ${e};`),
    fc.constantFrom(
      'goto out;',
      ';',
      'asm volatile("nop" : "=r" (a) : : "memory");',
      'fallthrough;',
      'BUILD_BUG_ON(1)',
    ),
    fc.tuple(type, name, expression).map(([t, n, e]) => `{ ${t} *${n} __maybe_unused = ${e}; }`),
    fc
      .tuple(expression, tie('statement'), tie('statement'))
      .map(([e, a, b]) => `if (${e}) { ${a}\n} else { ${b}\n}`),
    fc.tuple(expression, tie('statement')).map(([e, a]) => `while (${e}) { ${a}\n}`),
    fc.tuple(expression, tie('statement')).map(([e, a]) => `do { ${a}\n} while (${e});`),
    fc.tuple(name, expression, tie('statement')).map(([n, e, a]) => `for (${n} = 0; ${e}; ${n}++) { ${a}\n}`),
    fc.tuple(name, type, tie('statement')).map(([n, t, a]) => `for_each_thing(${n}, ${t}, x) { ${a}\n}`),
    fc.tuple(name, tie('statement')).map(([n, a]) => `list_for_each_entry(${n}, &head, list) { ${a}\n}`),
    fc.tuple(name, tie('statement')).map(([n, a]) => `scoped_guard(mutex, &${n}->lock) { ${a}\n}`),
    fc
      .tuple(name, expression, tie('statement'))
      .map(([n, e, a]) => `switch (${n}) { case 1 ... 4: ${n} = ${e}; break; default: { ${a}\n} }`),
    fc
      .tuple(tie('statement'), tie('statement'))
      .map(([a, b]) => `{\n#ifdef CONFIG_A\n${a}\n#else\n${b}\n#endif\n}`),
  ),
}));

const body = fc.array(statement, { minLength: 1, maxLength: 6 }).map(list => list.join('\n'));

describe('code in kernel style', () => {
  it('is read without an error and without a loss', () => {
    fc.assert(
      fc.property(body, text => {
        expect(readAll(`static int f(struct mm_struct *mm)\n{\n${text}\nout:\n\treturn 0;\n}\n`)).toEqual({
          errors: 0,
          losses: [],
        });
      }),
      { numRuns: 200 },
    );
  });
});

const SNIPPETS = [
  'static vm_fault_t x_fault(struct vm_fault *vmf)\n{\n\tif (a)\n\t\treturn VM_FAULT_SIGBUS;\n\tfor_each_x(p, struct foo, q) {\n\t\tg(p);\n\t}\n\treturn 0;\n}\n',
  '#ifdef CONFIG_A\nint f(void)\n{\n#if 0\n\tg(1);\n#endif\n\treturn get_user_pages(a, 1, FOLL_WRITE, &p);\n}\n#else\nint f(void) { return 0; }\n#endif\n',
  'SYSCALL_DEFINE1(x, int, a)\n{\n\tswitch (a) {\n\tcase 1 ... 2:\n\t\tasm("x" : : "r" (a));\n\t}\n\treturn "a" B "c";\n}\nconst struct vm_operations_struct ops = {\n\t.fault = x_fault,\n};\n',
];

const PIECES = [
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  ';',
  ',',
  '"',
  "'",
  '/*',
  '*/',
  '//',
  '\\\n',
  '\\',
  '\n#if X\n',
  '\n#else\n',
  '\n#endif\n',
  '\n#elif',
  '\0',
  '\u{feff}',
  '\r\n',
  '\n<<<<<<< HEAD\n',
  '\n=======\n',
  '\n>>>>>>> b\n',
  'case',
  '...',
  'sizeof(',
  '&&',
  'asm(',
  'struct {',
  '\ud800',
  'é',
  '$',
  '@',
  '`',
  'while',
  'else',
  '.',
  '->',
  '= {',
  '##',
  '0x',
  '1e+',
  'for_each_x(',
  'guard(',
  '__free(',
];

describe('any text', () => {
  it('never makes the front end throw: broken code', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SNIPPETS),
        fc.array(fc.tuple(fc.nat(), fc.constantFrom(...PIECES), fc.nat(12)), { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        (snippet, edits, crlf) => {
          let text = crlf ? snippet.replaceAll('\n', '\r\n') : snippet;
          for (const [at, piece, gone] of edits) {
            const i = at % (text.length + 1);
            text = text.slice(0, i) + piece + text.slice(i + gone);
          }
          readAll(text);
        },
      ),
      { numRuns: 800 },
    );
  });

  it('never makes the front end throw: cut off anywhere', () => {
    for (const snippet of SNIPPETS) {
      for (let i = 0; i <= snippet.length; i++) {
        readAll(snippet.slice(0, i));
        readAll(snippet.slice(i));
      }
    }
  });

  it('never makes the front end throw: anything at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), text => {
        readAll(`int f(void)\n{\n${text}\n}\n`);
        readAll(text);
      }),
      { numRuns: 300 },
    );
  });

  it('may be nested deeply', () => {
    const deep = (open: string, close: string, n: number): string => open.repeat(n) + close.repeat(n);
    for (const n of [100, 3000]) {
      readAll(`int f(void)\n{\n${deep('(', ')', n)};\n}\n`);
      readAll(`int f(void)\n{\n${deep('{', '}', n)}\n}\n`);
      readAll(`int f(void)\n{\n\tx = ${'-'.repeat(n)}1;\n}\n`);
      readAll(`int f(void)\n{\n\tx = ${'a + '.repeat(n)}1;\n}\n`);
      readAll(`${'#if A\n'.repeat(n)}int a;\n`);
    }
  });
});

describe('line ends', () => {
  it('of Windows change nothing but offsets', () => {
    for (const snippet of SNIPPETS) {
      const unix = readSource(snippet);
      const windows = readSource(snippet.replaceAll('\n', '\r\n'));
      expect(windows.functions.map(fn => [fn.name, ...fn.conditions])).toEqual(
        unix.functions.map(fn => [fn.name, ...fn.conditions]),
      );
      expect(readAll(windows.text)).toEqual(readAll(unix.text));
    }
  });

  it('are where the line index says', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', '\n', '\r\n', '\r', 'é')), parts => {
        const text = parts.join('');
        const lines = new LineIndex(text);
        expect(lines.count).toBe(text.split(/\r\n|\n|\r/).length);
        for (let at = 0; at <= text.length; at++) {
          const inside = text[at - 1] === '\r' && text[at] === '\n';
          if (!inside) expect(lines.offsetAt(lines.positionAt(at))).toBe(at);
        }
      }),
    );
  });
});
