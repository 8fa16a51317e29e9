/** Builds statements and declarations from the grammar's nodes. */

import type { Declaration, Declarator, Expression, Span, Statement } from './ast.js';
import { type BuildContext, fieldOf, namedChildren } from './buildContext.js';
import { buildExpression, caseRange } from './buildExpressions.js';
import type { RawNode } from './rawTree.js';

/** The statements inside a `{ … }`, `case` and labels as markers between them. */
export function buildBlock(context: BuildContext, node: RawNode): Statement[] {
  const out: Statement[] = [];
  for (const child of node.children) {
    if (child.named && !child.missing) append(context, child, out);
  }
  context.versions.onBlock(out);
  return out;
}

/** One statement. A label or a case with what follows it becomes a compound of both. */
function buildStatement(context: BuildContext, node: RawNode | null): Statement {
  if (node === null) return { kind: 'empty', start: 0, end: 0 };
  const out: Statement[] = [];
  append(context, node, out);
  const only = out[0];
  if (out.length === 1 && only !== undefined) return only;
  return { kind: 'compound', ...context.text.span(node), body: out };
}

function append(context: BuildContext, node: RawNode, out: Statement[]): void {
  const span = context.text.span(node);
  switch (node.type) {
    case 'comment':
      return;
    case 'compound_statement':
      out.push({ kind: 'compound', ...span, body: buildBlock(context, node) });
      return;
    case 'expression_statement':
      out.push(buildExpressionStatement(context, node));
      return;
    case 'declaration':
      out.push(buildDeclaration(context, node));
      return;
    case 'type_definition':
    case 'struct_specifier':
    case 'union_specifier':
    case 'enum_specifier':
      out.push({
        kind: 'declaration',
        ...span,
        type: context.text.words(node.start, node.end).replace(/\s*;$/, ''),
        isStatic: false,
        declarators: [],
      });
      return;
    case 'if_statement': {
      const clause = fieldOf(node, 'alternative');
      const otherwise = clause === null ? null : (namedChildren(clause)[0] ?? null);
      const test = condition(context, node);
      const then = buildStatement(context, fieldOf(node, 'consequence'));
      const rest = clause === null ? null : buildStatement(context, otherwise);
      context.versions.onBranches(test, then, rest);
      out.push({ kind: 'if', ...span, test, then, otherwise: rest });
      return;
    }
    case 'while_statement':
      out.push(buildWhile(context, node, span));
      return;
    case 'do_statement':
      out.push({
        kind: 'do-while',
        ...span,
        body: buildStatement(context, fieldOf(node, 'body')),
        test: condition(context, node),
      });
      return;
    case 'for_statement': {
      const init = fieldOf(node, 'initializer');
      const test = fieldOf(node, 'condition');
      const update = fieldOf(node, 'update');
      out.push({
        kind: 'for',
        ...span,
        init:
          init === null
            ? null
            : init.type === 'declaration'
              ? buildDeclaration(context, init)
              : buildExpression(context, init),
        test: test === null ? null : buildExpression(context, test),
        update: update === null ? null : buildExpression(context, update),
        body: buildStatement(context, fieldOf(node, 'body')),
      });
      return;
    }
    case 'switch_statement':
      out.push({
        kind: 'switch',
        ...span,
        subject: condition(context, node),
        body: buildStatement(context, fieldOf(node, 'body')),
      });
      return;
    case 'case_statement':
      buildCase(context, node, out);
      return;
    case 'labeled_statement': {
      const label = fieldOf(node, 'label');
      const colon = node.children.find(child => child.type === ':');
      const at = context.text.span({ start: node.start, end: colon?.end ?? node.end });
      out.push({ kind: 'label', ...at, name: label === null ? '' : context.text.seen(label) });
      for (const child of namedChildren(node)) if (child !== label) append(context, child, out);
      return;
    }
    case 'goto_statement': {
      const label = fieldOf(node, 'label');
      out.push({ kind: 'goto', ...span, target: label === null ? null : context.text.seen(label) });
      return;
    }
    case 'return_statement': {
      const value = namedChildren(node)[0];
      out.push({
        kind: 'return',
        ...span,
        value: value === undefined || value.missing ? null : buildExpression(context, value),
      });
      return;
    }
    case 'break_statement':
      out.push({ kind: 'break', ...span });
      return;
    case 'continue_statement':
      out.push({ kind: 'continue', ...span });
      return;
    case 'attributed_statement': {
      for (const child of namedChildren(node)) {
        if (!child.type.startsWith('attribute')) append(context, child, out);
      }
      return;
    }
    default:
      out.push(unknown(context, node));
  }
}

function condition(context: BuildContext, node: RawNode): Expression {
  const test = fieldOf(node, 'condition');
  if (test === null) {
    const span = context.text.span(node);
    context.errors.push(span);
    return { kind: 'unknown-expression', start: span.start, end: span.start, children: [] };
  }
  return buildExpression(context, test);
}

function buildExpressionStatement(context: BuildContext, node: RawNode): Statement {
  const span = context.text.span(node);
  let inner = namedChildren(node)[0];
  if (inner === undefined) return { kind: 'empty', ...span };
  if (inner.type === 'comma_expression' && context.text.mark(inner)?.kind === 'expression') {
    inner = fieldOf(inner, 'right') ?? inner;
  }
  const mark = inner.type === 'identifier' ? context.text.mark(inner) : undefined;
  if (mark?.kind === 'asm') return { kind: 'asm', ...span, targets: mark.targets, outputs: mark.outputs };
  if (mark?.kind === 'computed-goto') {
    return { kind: 'goto', ...span, target: null };
  }
  const expression = buildExpression(context, inner);
  return guardStatement(expression, span) ?? { kind: 'expression-statement', ...span, expression };
}

/** `guard(class)(args);` or `ACQUIRE(class, variable)(args);`; null for any other expression. */
function guardStatement(expression: Expression, span: Span): Statement | null {
  if (expression.kind !== 'call' || expression.callee.kind !== 'call') return null;
  const { args } = expression;
  const { callee, args: named } = expression.callee;
  const [lock, variable] = named;
  if (callee.kind !== 'identifier' || lock?.kind !== 'identifier') return null;
  const guard = { kind: 'guard', ...span, class: lock.name, args, body: null, otherwise: null } as const;
  if (callee.name === 'guard') return { ...guard, variable: null };
  if (callee.name !== 'ACQUIRE' || variable?.kind !== 'identifier') return null;
  return { ...guard, variable: variable.name };
}

function buildWhile(context: BuildContext, node: RawNode, span: Span): Statement {
  const mark = context.text.mark(node);
  const body = buildStatement(context, fieldOf(node, 'body'));
  const test = condition(context, node);
  if (mark?.kind !== 'macro-loop') return { kind: 'while', ...span, test, body };
  const args = test.kind === 'call' ? test.args : [test];
  const lock = args[0];
  if (lock?.kind === 'identifier' && mark.macro === 'scoped_guard') {
    const rest = args.slice(1);
    return { kind: 'guard', ...span, class: lock.name, args: rest, variable: null, body, otherwise: null };
  }
  if (lock?.kind === 'identifier' && mark.macro === 'scoped_cond_guard') {
    const [, failed, ...rest] = args;
    const otherwise = asStatement(failed);
    return { kind: 'guard', ...span, class: lock.name, args: rest, variable: null, body, otherwise };
  }
  return { kind: 'macro-loop', ...span, macro: mark.macro, args, body };
}

/** What a macro is given as a statement: `return -EINTR`, or a name that stands for one. */
function asStatement(argument: Expression | undefined): Statement | null {
  if (argument === undefined || argument.kind === 'type-query') return null;
  const { start, end } = argument;
  if (argument.kind === 'statement-expression') return argument.body;
  return { kind: 'expression-statement', start, end, expression: argument };
}

function buildCase(context: BuildContext, node: RawNode, out: Statement[]): void {
  const value = fieldOf(node, 'value');
  const colon = node.children.find(child => child.type === ':');
  const head = context.text.span({ start: node.start, end: colon?.end ?? node.end });
  const range = value === null ? null : caseRange(context, value);
  out.push({
    kind: 'case',
    ...head,
    value: range !== null ? range[0] : value === null ? null : buildExpression(context, value),
    to: range === null ? null : range[1],
  });
  for (const child of node.children) {
    if (child.named && child !== value) append(context, child, out);
  }
}

/** A declaration inside a function. */
function buildDeclaration(context: BuildContext, node: RawNode): Declaration {
  const declarators: Declarator[] = [];
  let firstDeclarator = -1;
  let typeEnd = node.start;
  let isStatic = false;
  for (const child of node.children) {
    if (child.type === 'comment') continue;
    if (child.missing) continue;
    if (child.field === 'declarator') {
      if (firstDeclarator < 0) firstDeclarator = child.start;
      const next = node.children.find(other => other.field === 'declarator' && other.start > child.start);
      declarators.push(buildDeclarator(context, child, next?.start ?? node.end));
    } else if (child.type !== 'ERROR' && firstDeclarator < 0 && child.named) {
      typeEnd = child.end;
      if (child.type === 'storage_class_specifier' && context.text.seen(child) === 'static') isStatic = true;
    }
  }
  return {
    kind: 'declaration',
    ...context.text.span(node),
    type: typeEnd > node.start ? context.text.words(node.start, typeEnd) : '',
    isStatic,
    declarators,
  };
}

function buildDeclarator(context: BuildContext, node: RawNode, end: number): Declarator {
  const value = node.type === 'init_declarator' ? fieldOf(node, 'value') : null;
  let pointers = 0;
  let array = false;
  let here: RawNode | null = node;
  let name = '';
  for (let depth = 0; here !== null && depth < 50; depth++) {
    if (here.type === 'pointer_declarator') pointers++;
    else if (here.type === 'array_declarator') array = true;
    else if (here.type === 'identifier' || here.type === 'type_identifier') {
      name = context.text.seen(here);
      break;
    } else if (here.type === 'ERROR') break;
    here =
      fieldOf(here, 'declarator') ??
      (here.type === 'parenthesized_declarator' ? (namedChildren(here)[0] ?? null) : null);
  }
  return {
    ...context.text.span(node),
    name,
    pointers,
    array,
    init: value === null ? null : buildExpression(context, value),
    // The attribute follows the name; without an initialiser it is behind the declarator.
    cleanup: context.text.cleanup(node.start, value === null ? end : value.start),
  };
}

const STATEMENT = /_statement$|^declaration$|^compound_statement$/;

function unknown(context: BuildContext, node: RawNode): Statement {
  const span = context.text.span(node);
  context.errors.push(span);
  const children: (Statement | Expression)[] = [];
  for (const child of namedChildren(node)) {
    if (STATEMENT.test(child.type)) children.push(buildStatement(context, child));
    else children.push(buildExpression(context, child));
  }
  return { kind: 'unknown-statement', ...span, children };
}
