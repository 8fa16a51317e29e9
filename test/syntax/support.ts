/** A parser for the tests, and a short way to write down what a tree says. */

import { readFileSync } from 'node:fs';
import {
  createParser,
  type Expression,
  type FunctionAst,
  type FunctionItem,
  fidelityLosses,
  type KernelCParser,
  readSource,
  type SourceFile,
  type Statement,
} from '../../server/src/syntax/index.js';

/** One parser for a test file. */
export function loadParser(): Promise<KernelCParser> {
  return createParser({
    core: readFileSync('node_modules/web-tree-sitter/web-tree-sitter.wasm'),
    grammar: readFileSync('node_modules/tree-sitter-c/tree-sitter-c.wasm'),
  });
}

/** The first function of a text, parsed. */
export function parseFirst(
  parser: KernelCParser,
  text: string,
): { file: SourceFile; fn: FunctionItem; ast: FunctionAst } {
  const file = readSource(text);
  const fn = file.functions[0];
  if (fn === undefined) throw new Error(`no function in: ${text}`);
  return { file, fn, ast: parser.parseFunction(file, fn) };
}

/** The statements of a function body as s-expressions, one a statement; errors and losses come first if there are any. */
export function outlineBody(parser: KernelCParser, body: string): string[] {
  const { file, fn, ast } = parseFirst(parser, `int f(void)\n{\n${body}\n}\n`);
  const losses = fidelityLosses(file, fn, ast);
  const out = ast.body.body.map(outline);
  if (ast.errors.length > 0) out.unshift(`errors ${ast.errors.length}`);
  if (losses.length > 0) out.unshift(`lost ${losses.map(loss => loss.text).join(' ')}`);
  return out;
}

/** A node as an s-expression. */
export function outline(node: Expression | Statement | null): string {
  if (node === null) return '-';
  switch (node.kind) {
    case 'identifier':
      return node.name;
    case 'number':
      return String(node.value);
    case 'string':
      return 'str';
    case 'char':
      return 'chr';
    case 'type-query':
      return 'T';
    case 'call':
      return `(call ${[node.callee, ...node.args].map(outline).join(' ')})`;
    case 'member':
      return `${outline(node.object)}${node.arrow ? '->' : '.'}${node.name}`;
    case 'index':
      return `${outline(node.object)}[${outline(node.index)}]`;
    case 'unary':
      return `(${node.op} ${outline(node.operand)})`;
    case 'update':
      return node.prefix
        ? `(${node.op}_ ${outline(node.operand)})`
        : `(_${node.op} ${outline(node.operand)})`;
    case 'binary':
    case 'assignment':
      return `(${node.op} ${outline(node.left)} ${outline(node.right)})`;
    case 'conditional':
      return `(? ${outline(node.test)} ${outline(node.then)} ${outline(node.otherwise)})`;
    case 'cast':
      return `(cast "${node.type}" ${outline(node.operand)})`;
    case 'comma':
      return `(, ${outline(node.left)} ${outline(node.right)})`;
    case 'statement-expression':
      return `(stmt ${outline(node.body)})`;
    case 'initializer-list':
      return `(list${node.items.map(item => ` ${item.designator ?? '_'}:${outline(item.value)}`).join('')})`;
    case 'compound':
      return `{${node.body.map(outline).join(' ')}}`;
    case 'expression-statement':
      return outline(node.expression);
    case 'declaration':
      return `(decl${node.isStatic ? ' static' : ''} "${node.type}"${node.declarators
        .map(
          one =>
            ` ${'*'.repeat(one.pointers)}${one.name}${one.array ? '[]' : ''}${one.init === null ? '' : `=${outline(one.init)}`}`,
        )
        .join('')})`;
    case 'if':
      return `(if ${outline(node.test)} ${outline(node.then)}${node.otherwise === null ? '' : ` ${outline(node.otherwise)}`})`;
    case 'while':
      return `(while ${outline(node.test)} ${outline(node.body)})`;
    case 'do-while':
      return `(do ${outline(node.body)} ${outline(node.test)})`;
    case 'for':
      return `(for ${[node.init, node.test, node.update, node.body].map(outline).join(' ')})`;
    case 'macro-loop':
      return `(loop ${[node.macro, ...node.args.map(outline), outline(node.body)].join(' ')})`;
    case 'guard':
      return `(guard ${[
        node.class,
        ...(node.variable === null ? [] : [`var:${node.variable}`]),
        ...node.args.map(outline),
        outline(node.body),
        ...(node.otherwise === null ? [] : ['else', outline(node.otherwise)]),
      ].join(' ')})`;
    case 'switch':
      return `(switch ${outline(node.subject)} ${outline(node.body)})`;
    case 'case':
      return `(case ${outline(node.value)}${node.to === null ? '' : `..${outline(node.to)}`})`;
    case 'goto':
      return `(goto ${node.target ?? '*'})`;
    case 'label':
      return `(label ${node.name})`;
    case 'return':
      return `(return ${outline(node.value)})`;
    case 'unknown-expression':
    case 'unknown-statement':
      return `(unknown ${node.children.map(outline).join(' ')})`;
    default:
      return node.kind;
  }
}
