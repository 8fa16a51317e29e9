import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Expression,
  type FunctionAst,
  fidelityLosses,
  type KernelCParser,
  type Statement,
} from '../../server/src/syntax/index.js';
import { loadParser, parseFirst } from './support.js';

let parser: KernelCParser;
beforeAll(async () => {
  parser = await loadParser();
});

const TEXT = 'int f(void)\n{\n\tint __maybe_unused a = b + g(c, ~FOLL_WRITE);\n\n\treturn p->q;\n}\n';

/** The tree with every node for which `change` gives another one exchanged. */
function changed(
  ast: FunctionAst,
  change: (node: Expression | Statement) => Expression | Statement | null,
): FunctionAst {
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value !== 'object' || value === null) return value;
    if ('kind' in value) {
      const other = change(value as Expression | Statement);
      if (other !== null) return other;
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, visit(inner)]));
  };
  return visit(ast) as FunctionAst;
}

function lost(change: (node: Expression | Statement) => Expression | Statement | null): string[] {
  const { file, fn, ast } = parseFirst(parser, TEXT);
  return fidelityLosses(file, fn, changed(ast, change)).map(loss => loss.text);
}

describe('the check for losses', () => {
  it('finds none in a faithful tree', () => {
    expect(lost(() => null)).toEqual([]);
  });

  it('finds a statement that is missing', () => {
    expect(
      lost(node => (node.kind === 'return' ? { kind: 'empty', start: node.start, end: node.start } : null)),
    ).toEqual(['return', 'p', '->', 'q']);
  });

  it('finds an operand that is missing', () => {
    expect(lost(node => (node.kind === 'call' ? { ...node, args: node.args.slice(1) } : null))).toEqual([
      'c',
    ]);
    expect(lost(node => (node.kind === 'binary' ? node.right : null))).toEqual(['b', '+']);
  });

  it('finds an operator that is missing or another one', () => {
    expect(lost(node => (node.kind === 'unary' ? node.operand : null))).toEqual(['~']);
    expect(lost(node => (node.kind === 'member' ? { ...node, name: 'x' } : null))).toEqual(['q']);
  });

  it('finds an attribute that was taken out without a note', () => {
    const { file, fn, ast } = parseFirst(parser, 'int f(void)\n{\n\treturn (struct x __user *)a;\n}\n');
    expect(fidelityLosses(file, fn, { ...ast, annotations: [] })).toEqual([]);
    const plain = parseFirst(parser, 'int f(void)\n{\n\tg(sizeof(a), struct b);\n}\n');
    expect(fidelityLosses(plain.file, plain.fn, { ...plain.ast, annotations: [] })).toEqual([]);
    const asm = parseFirst(parser, 'int f(void)\n{\n\t__attribute__((unused)) g();\n}\n');
    expect(fidelityLosses(asm.file, asm.fn, { ...asm.ast, annotations: [] }).map(loss => loss.text)).toEqual([
      '__attribute__',
      'unused',
    ]);
  });

  it('says where a loss is and what should have held it', () => {
    const { file, fn, ast } = parseFirst(parser, TEXT);
    const [loss] = fidelityLosses(
      file,
      fn,
      changed(ast, node => (node.kind === 'call' ? { ...node, args: node.args.slice(1) } : null)),
    );
    expect(loss).toMatchObject({ text: 'c', reason: 'not accounted for by the call around it' });
    expect(loss && file.text.slice(loss.span.start, loss.span.end)).toBe('c');
  });
});

describe('code that is wrong', () => {
  it('gives errors, unknown nodes, and what could be read around them', () => {
    const { ast } = parseFirst(parser, 'int f(void)\n{\n\tg(1);\n\tx = = 2;\n\treturn h(3);\n}\n');
    expect(ast.errors.length).toBeGreaterThan(0);
    expect(ast.body.body[0]).toMatchObject({ kind: 'expression-statement', expression: { kind: 'call' } });
    expect(ast.body.body.at(-1)).toMatchObject({ kind: 'return', value: { kind: 'call' } });
  });

  it('gives an error for a bracket that is missing', () => {
    expect(parseFirst(parser, 'int f(void)\n{\n\tg(1;\n}\n').ast.errors.length).toBeGreaterThan(0);
    expect(parseFirst(parser, 'int f(void)\n{\n\treturn 1\n}\n').ast.errors.length).toBeGreaterThan(0);
  });
});
