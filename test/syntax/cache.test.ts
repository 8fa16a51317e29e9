import { beforeAll, describe, expect, it } from 'vitest';
import { type KernelCParser, readSource, walk } from '../../server/src/syntax/index.js';
import { loadParser, outline } from './support.js';

let parser: KernelCParser;
beforeAll(async () => {
  parser = await loadParser();
});

const FUNCTION = 'int f(struct page *p)\n{\n\tint x = g(p, FOLL_WRITE);\n\n\treturn x;\n}\n';

describe('the cache', () => {
  it('gives the same tree for the same text at the same place', () => {
    const one = readSource(FUNCTION);
    const two = readSource(`${FUNCTION}int z;\n`);
    const [a, b] = [one.functions[0], two.functions[0]];
    expect(a && b && parser.parseFunction(one, a) === parser.parseFunction(two, b)).toBe(true);
  });

  it('moves the tree when the text before the function changes, and moves it back', () => {
    for (const before of ['/* more */\n\n', '', 'int q;\n']) {
      const text = before + FUNCTION;
      const file = readSource(text);
      const fn = file.functions[0];
      if (fn === undefined) throw new Error('no function');
      const ast = parser.parseFunction(file, fn);
      expect(text.slice(ast.start, ast.end)).toBe(FUNCTION.trimEnd());
      const names: string[] = [];
      walk(ast, node => {
        if (node.kind === 'identifier') names.push(`${node.name}=${text.slice(node.start, node.end)}`);
        return undefined;
      });
      expect(names).toEqual(['g=g', 'p=p', 'FOLL_WRITE=FOLL_WRITE', 'x=x']);
      expect(ast.parameters.map(one => text.slice(one.start, one.end))).toEqual(['struct page *p']);
    }
  });

  it('tells readings of the same text with different branches apart', () => {
    const file = readSource(
      'int f(void)\n{\n#ifdef CONFIG_A\n\ta();\n#else\n\tb();\n#endif\n\treturn c();\n}\n',
    );
    const read = file.functions.map(fn => parser.parseFunction(file, fn).body.body.map(outline));
    expect(read).toEqual([
      ['(call a)', '(return (call c))'],
      ['(call b)', '(return (call c))'],
    ]);
  });

  it('stays bounded: a function read long ago is read again', () => {
    const first = readSource(FUNCTION);
    const fn = first.functions[0];
    if (fn === undefined) throw new Error('no function');
    const before = parser.parseFunction(first, fn);
    // Some five million characters of functions, each different.
    const filler = 'x = y + z;\n'.repeat(10_000);
    for (let i = 0; i < 48; i++) {
      const other = readSource(`void f${i}(void)\n{\n#if 0\n${filler}#endif\n}\n`);
      const item = other.functions[0];
      if (item !== undefined) parser.parseFunction(other, item);
    }
    const again = parser.parseFunction(first, fn);
    expect(again).toEqual(before);
    expect(again).not.toBe(before);
  });
});
