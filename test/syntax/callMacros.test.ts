/** Macros that stand for a call: which are followed, and what becomes of the call. */

import { describe, expect, it } from 'vitest';
import { callTokens, readSource, textOf, walkExpressions } from '../../server/src/syntax/index.js';
import { newParser } from '../analysis/snippet.js';

const parser = await newParser();
const NAMES = new Set(['get_user_pages_fast', 'put_page']);

/** The calls found in `f`, with the function they are of, what is written, and the arguments as written. */
function callsIn(defines: string, body: string): readonly string[] {
  const file = readSource(`${defines}\nint f(unsigned long a, struct page **p)\n{\n\t${body}\n}\n`);
  const [fn] = file.functions;
  if (fn === undefined) throw new Error('no function');
  const ast = parser.parseFunction(file, fn);
  return callTokens(file, NAMES).map(({ name, span }) => {
    const found: string[] = [];
    walkExpressions(ast, node => {
      if (node.kind !== 'call' || node.callee.start !== span.start) return;
      found.push(node.args.map(argument => `${argument.kind} ${textOf(file, argument)}`).join(', '));
    });
    return `${textOf(file, span)} = ${name}(${found.join(' / ')})`;
  });
}

describe('a macro that stands for a call', () => {
  it('gives it its arguments, each where it is written', () => {
    expect(
      callsIn('#define GUP(a, p) get_user_pages_fast(a, 1, FOLL_WRITE, p)', 'return GUP(a + 1, p);'),
    ).toEqual(['GUP = get_user_pages_fast(binary a + 1, number GUP, identifier GUP, identifier p)']);
    expect(
      callsIn('#define GUP(a, p, w) (get_user_pages_fast((a), 1, (w) & 1, &(p)[0]))', 'GUP(a, p, 3);'),
    ).toEqual(['GUP = get_user_pages_fast(identifier a, number GUP, binary 3, unary GUP)']);
  });

  it('may be another name only, or lead over another macro', () => {
    expect(callsIn('#define GUP get_user_pages_fast', 'GUP(a, 1, 0, p);')).toEqual([
      'GUP = get_user_pages_fast(identifier a, number 1, number 0, identifier p)',
    ]);
    const two =
      '#define ONE(a, p) MANY(a, 1, p)\n#define MANY(a, n, p) \\\n\tget_user_pages_fast(a, n, 0, p)';
    expect(callsIn(two, 'ONE(a, p);')).toEqual([
      'ONE = get_user_pages_fast(identifier a, number ONE, number ONE, identifier p)',
    ]);
  });

  it('may be written for another number of arguments than it is called with', () => {
    expect(callsIn('#define GUP(a, p) get_user_pages_fast(a, 1, 0, p)', 'GUP(a);')).toEqual([
      'GUP = get_user_pages_fast(unknown-expression GUP)',
    ]);
  });

  it('is not followed where it is not certain what it is', () => {
    const define = '#define GUP(a, p) get_user_pages_fast(a, 1, 0, p)';
    const body = 'GUP(a, p);';
    expect(callsIn(`${define}\n#undef GUP`, body)).toEqual([]);
    expect(callsIn(`${define}\n#define GUP(a, p) get_user_pages_fast(a, 2, 0, p)`, body)).toEqual([]);
    expect(callsIn(`#ifdef HAVE_IT\n${define}\n#else\n#define GUP(a, p) 0\n#endif`, body)).toEqual([]);
    expect(callsIn(`#if 0\n${define}\n#endif`, body)).toEqual([]);
    expect(callsIn('#define GUP(...) get_user_pages_fast(__VA_ARGS__)', body)).toEqual([]);
    expect(callsIn('#define GUP(a, p) other(a, p)', body)).toEqual([]);
    expect(callsIn('#define GUP(a, p) get_user_pages_fast(a, 1, 0, p) ?: more(p)', body)).toEqual([]);
  });

  it('may be nonsense', () => {
    expect(callsIn('#define A(x) B(x)\n#define B(x) A(x)', 'A(a);')).toEqual([]);
    expect(callsIn('#define A(x) put_page(x) + 1)', 'A(a);')).toEqual([]);
    for (const empty of ['#define A(x)', '#define A(x) ()', '#define A()']) {
      expect(callsIn(empty, 'A(a); put_page(a);')).toEqual(['put_page = put_page(identifier a)']);
    }
    expect(callsIn('#define A(x) put_page({ x + )', 'A(a);')).toEqual(['A = put_page(unknown-expression A)']);
    expect(callsIn('#define A(x) put_page(({ while (x', 'A(a);')).toEqual([]);
    expect(callsIn('#define put_page(x) put_page(x)', 'put_page(a);')).toEqual([
      'put_page = put_page(identifier a)',
    ]);
  });

  it('is read anew when its definition changes', () => {
    const body = 'GUP(a, p);';
    const [one] = callsIn('#define GUP(a, p) get_user_pages_fast(a, 1, 0, p)', body);
    const [two] = callsIn('#define GUP(a, p) get_user_pages_fast(a, 1, a, p)', body);
    expect(one).not.toBe(two);
  });
});
