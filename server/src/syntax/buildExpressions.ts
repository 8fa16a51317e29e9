/** Builds expressions from the grammar's nodes. */

import type { Binary, Call, Compound, Expression, InitializerList, Unary } from './ast.js';
import { type BuildContext, fieldOf, namedChildren } from './buildContext.js';
import type { RawNode } from './rawTree.js';

/** An integer literal's value; null for a float or one that a double cannot hold. */
export function integerValue(text: string): number | null {
  const digits = /^(0[xX][0-9a-fA-F]+|0[bB][01]+|\d+)[uUlL]*$/.exec(text)?.[1];
  if (digits === undefined) return null;
  const octal = /^0[0-7]+$/.test(digits);
  const value = octal ? Number.parseInt(digits, 8) : Number(digits);
  return Number.isSafeInteger(value) ? value : null;
}

/** The expression of a node; what cannot be read is an `unknown-expression` and listed in `context.errors`. */
export function buildExpression(context: BuildContext, node: RawNode): Expression {
  return context.versions.answer(buildAsWritten(context, node));
}

function buildAsWritten(context: BuildContext, node: RawNode): Expression {
  const span = context.text.span(node);
  if (node.missing) {
    return { kind: 'unknown-expression', ...span, children: [] };
  }
  switch (node.type) {
    case 'identifier':
    case 'type_identifier':
    case 'field_identifier':
    case 'true':
    case 'false':
    case 'null': {
      const mark = context.text.mark(node);
      if (mark?.kind === 'type-query') return { kind: 'type-query', ...span };
      if (mark?.kind === 'asm') return { kind: 'unknown-expression', ...span, children: [] };
      return { kind: 'identifier', ...span, name: context.text.seen(node) };
    }
    case 'number_literal':
      return { kind: 'number', ...span, value: integerValue(context.text.words(node.start, node.end)) };
    case 'string_literal':
    case 'concatenated_string':
      return { kind: 'string', ...span };
    case 'char_literal':
      return { kind: 'char', ...span };
    case 'parenthesized_expression':
      return buildParenthesized(context, node);
    case 'call_expression':
      return buildCall(context, node);
    case 'field_expression': {
      const object = fieldOf(node, 'argument');
      const name = fieldOf(node, 'field');
      if (object === null || name === null) break;
      return {
        kind: 'member',
        ...span,
        object: buildExpression(context, object),
        name: context.text.seen(name),
        arrow: node.children.some(child => child.type === '->'),
      };
    }
    case 'subscript_expression': {
      const object = fieldOf(node, 'argument');
      const index = fieldOf(node, 'index');
      if (object === null || index === null) break;
      return {
        kind: 'index',
        ...span,
        object: buildExpression(context, object),
        index: buildExpression(context, index),
      };
    }
    case 'unary_expression':
    case 'pointer_expression': {
      const operand = fieldOf(node, 'argument');
      const op = fieldOf(node, 'operator');
      if (operand === null || op === null) break;
      return {
        kind: 'unary',
        ...span,
        op: op.type as Unary['op'],
        operand: buildExpression(context, operand),
      };
    }
    case 'update_expression': {
      const operand = fieldOf(node, 'argument');
      const op = fieldOf(node, 'operator');
      if (operand === null || op === null) break;
      return {
        kind: 'update',
        ...span,
        op: op.type as '++' | '--',
        prefix: op.start < operand.start,
        operand: buildExpression(context, operand),
      };
    }
    case 'binary_expression':
    case 'assignment_expression': {
      const left = fieldOf(node, 'left');
      const right = fieldOf(node, 'right');
      const op = fieldOf(node, 'operator');
      if (left === null || right === null || op === null) break;
      return {
        kind: node.type === 'binary_expression' ? 'binary' : 'assignment',
        ...span,
        op: op.type,
        left: buildExpression(context, left),
        right: buildExpression(context, right),
      };
    }
    case 'comma_expression': {
      const left = fieldOf(node, 'left');
      const right = fieldOf(node, 'right');
      if (left === null || right === null) break;
      return {
        kind: 'comma',
        ...span,
        left: buildExpression(context, left),
        right: buildExpression(context, right),
      };
    }
    case 'conditional_expression': {
      const test = fieldOf(node, 'condition');
      const then = fieldOf(node, 'consequence');
      const otherwise = fieldOf(node, 'alternative');
      if (test === null || otherwise === null) break;
      const [tested, other] = [buildExpression(context, test), buildExpression(context, otherwise)];
      const chosen = then === null ? null : buildExpression(context, then);
      context.versions.onBranches(tested, chosen, other);
      return { kind: 'conditional', ...span, test: tested, then: chosen, otherwise: other };
    }
    case 'cast_expression':
    case 'compound_literal_expression':
      return buildCast(context, node);
    case 'sizeof_expression':
    case 'alignof_expression':
    case 'offsetof_expression':
      return { kind: 'type-query', ...span };
    case 'initializer_list':
      return buildInitializer(context, node);
    case 'compound_statement':
      return { kind: 'statement-expression', ...span, body: compound(context, node) };
    case 'extension_expression': {
      const inner = namedChildren(node)[0];
      if (inner === undefined) break;
      return buildExpression(context, inner);
    }
    default:
  }
  return unknown(context, node);
}

function compound(context: BuildContext, node: RawNode): Compound {
  return { kind: 'compound', ...context.text.span(node), body: context.block(node) };
}

function buildParenthesized(context: BuildContext, node: RawNode): Expression {
  const inner = namedChildren(node);
  const only = inner[0];
  if (only === undefined || inner.length !== 1) return unknown(context, node);
  if (only.type === 'compound_statement') {
    return { kind: 'statement-expression', ...context.text.span(node), body: compound(context, only) };
  }
  if (only.type === 'comma_expression' && context.text.mark(only)?.kind === 'expression') {
    return buildExpression(context, fieldOf(only, 'right') ?? only);
  }
  return buildExpression(context, only);
}

/** A call. The arguments are in order; an argument that is missing is a `type-query` without width. */
export function buildCall(context: BuildContext, node: RawNode): Call | Expression {
  const callee = fieldOf(node, 'function');
  const list = fieldOf(node, 'arguments');
  if (callee === null || list === null) return unknown(context, node);
  const args: Expression[] = [];
  for (const child of namedChildren(list)) args.push(buildExpression(context, child));
  return context.macros.expand({
    kind: 'call',
    ...context.text.span(node),
    callee: buildExpression(context, callee),
    args,
  });
}

function buildCast(context: BuildContext, node: RawNode): Expression {
  const type = fieldOf(node, 'type');
  const value = fieldOf(node, 'value');
  if (type === null || value === null) return unknown(context, node);
  const operand = buildExpression(context, value);
  // The cast was only put there so that the grammar takes the list.
  if (context.text.mark(node)?.kind === 'initializer') return operand;
  return {
    kind: 'cast',
    ...context.text.span(node),
    type: context.text.words(type.start, type.end),
    operand,
  };
}

function buildInitializer(context: BuildContext, node: RawNode): InitializerList {
  const items: { designator: string | null; value: Expression }[] = [];
  for (const child of namedChildren(node)) {
    if (child.type !== 'initializer_pair') {
      items.push({ designator: null, value: buildExpression(context, child) });
      continue;
    }
    const designators = child.children.filter(part => part.field === 'designator');
    const value = fieldOf(child, 'value');
    const first = designators[0];
    const last = designators.at(-1);
    items.push({
      designator:
        first === undefined || last === undefined ? null : context.text.words(first.start, last.end),
      value: value === null ? unknown(context, child) : buildExpression(context, value),
    });
  }
  return { kind: 'initializer-list', ...context.text.span(node), items };
}

/** What was built with `case-range` in mind: `R_(a, b)` is `a ... b`. */
export function caseRange(context: BuildContext, node: RawNode): readonly [Expression, Expression] | null {
  if (context.text.mark(node)?.kind !== 'case-range') return null;
  const built = buildExpression(context, node);
  if (built.kind !== 'call' || built.args.length !== 2) return null;
  return [built.args[0] as Binary, built.args[1] as Binary];
}

function unknown(context: BuildContext, node: RawNode): Expression {
  const span = context.text.span(node);
  context.errors.push(span);
  const children: Expression[] = [];
  for (const child of namedChildren(node)) {
    if (child.type === 'comment') continue;
    children.push(buildExpression(context, child));
  }
  return { kind: 'unknown-expression', ...span, children };
}
