/** What a function of the file makes of its arguments that does nothing but work out a number. */

import { type Cfg, calleeName, type FileAnalysis, lvalueText } from '../../analysis/index.js';
import type { Call, Expression } from '../../syntax/index.js';

/** By name: what a parameter or a variable of a helper is worth for its caller; null as long as it is not set. */
type Values = Map<string, Expression | null>;

/** Helpers of helpers are followed this far. */
const DEEPEST = 4;

/**
 * An expression with the values of the helpers that it calls in their place: `pages_in(&vec)` as `(vec.addr + vec.bytes) >> PAGE_SHIFT`.
 * A helper with a condition in it, or that does anything else, stays a call.
 */
export function computed(file: FileAnalysis, node: Expression): Expression {
  return node.kind === 'call' ? (valueOfCall(file, node, DEEPEST) ?? node) : node;
}

function valueOfCall(file: FileAnalysis, call: Call, depth: number): Expression | null {
  const name = calleeName(call);
  if (name === null || depth === 0) return null;
  const fn = file.functionNamed(name);
  if (fn === null || !fn.complete) return null;
  const values: Values = new Map();
  for (const [index, parameter] of fn.ast.parameters.entries()) {
    const argument = call.args[index];
    if (parameter.name === null || argument === undefined) return null;
    values.set(parameter.name, argument);
  }
  let result: Expression | null = null;
  for (const id of fn.cfg.order) {
    const block = fn.cfg.blocks[id];
    if (block?.out.some(({ label }) => label.kind !== 'next')) return null;
    for (const element of block?.elements ?? []) {
      if (element.kind === 'call') continue;
      if (element.kind === 'return' && element.node.value !== null && result === null) {
        result = withValues(element.node.value, values);
        if (result === null) return null;
      } else if (element.kind === 'declare' || (element.kind === 'assignment' && element.node.op === '=')) {
        const isNew = element.kind === 'declare';
        const to = isNew ? element.node.name : lvalueText(element.node.left);
        const from = isNew ? element.node.init : element.node.right;
        const isKnown = to !== null && (values.get(to) ?? null) !== null;
        const value = from === null || isKnown ? null : withValues(from, values);
        if (to === null || (value === null && from !== null)) return null;
        values.set(to, value);
      } else return null;
    }
  }
  return result === null
    ? null
    : result.kind === 'call'
      ? (valueOfCall(file, result, depth - 1) ?? result)
      : result;
}

/**
 * What a function of the file sets of the members of a structure that it is given, as `&info` or by a pointer: by the text of each for
 * its caller. Only those of some structures, by name, and that it sets once, before any condition.
 */
export function membersSet(
  file: FileAnalysis,
  call: Call,
  roots: ReadonlySet<string>,
): ReadonlyMap<string, Expression> {
  const found = new Map<string, Expression>();
  const given = call.args.map(argument => {
    const isAddress = argument.kind === 'unary' && argument.op === '&';
    const text = lvalueText(isAddress ? argument.operand : argument);
    return text !== null && roots.has(text) ? `${text}${isAddress ? '.' : '->'}` : null;
  });
  const fn = given.some(one => one !== null) ? file.functionNamed(calleeName(call) ?? '') : null;
  if (fn === null || !fn.complete) return found;
  const values: Values = new Map();
  const members = new Map<string, string>();
  for (const [index, { name }] of fn.ast.parameters.entries()) {
    const argument = call.args[index];
    if (name === null || argument === undefined) return found;
    values.set(name, argument);
    const prefix = given[index] ?? null;
    if (prefix !== null) members.set(name, prefix);
  }
  const assigned = new Map<string, number>();
  for (const { element } of fn.cfg.elements()) {
    // Whoever else is given the structure may set the rest of it.
    if (element.kind === 'call' && element.node.args.some(one => members.has(lvalueText(one) ?? '')))
      return found;
    if (element.kind !== 'assignment' && element.kind !== 'update') continue;
    const text = lvalueText(element.kind === 'assignment' ? element.node.left : element.node.operand) ?? '';
    assigned.set(text, (assigned.get(text) ?? 0) + 1);
  }
  for (const id of straightLine(fn.cfg)) {
    for (const { kind, node } of fn.cfg.blocks[id]?.elements ?? []) {
      if (kind !== 'declare' && (kind !== 'assignment' || node.op !== '=')) continue;
      const to = kind === 'declare' ? node.name : (lvalueText(node.left) ?? '');
      const from = kind === 'declare' ? node.init : node.right;
      const isOnly = (assigned.get(to) ?? 0) === (kind === 'declare' ? 0 : 1);
      const value = from === null || !isOnly ? null : withValues(from, values);
      values.set(to, value);
      const [, root = '', member = ''] = /^(\w+)->(.+)$/.exec(to) ?? [];
      const prefix = members.get(root);
      if (prefix !== undefined && value !== null) found.set(`${prefix}${member}`, value);
    }
  }
  return found;
}

/** The blocks that a function begins with, up to its first condition. */
function straightLine(cfg: Cfg): ReadonlySet<number> {
  const line = new Set([cfg.entry]);
  for (const id of line) {
    const [next, ...others] = cfg.blocks[id]?.out ?? [];
    if (next?.label.kind === 'next' && others.length === 0) line.add(next.to);
  }
  return line;
}

/** An expression with values in place of names; null for one of a kind that no count is made of. */
function withValues(node: Expression, values: Values): Expression | null {
  const inside = (part: Expression): Expression | null => withValues(part, values);
  switch (node.kind) {
    case 'identifier':
      return values.get(node.name) === undefined ? node : (values.get(node.name) ?? null);
    case 'number':
    case 'type-query':
      return node;
    case 'cast':
    case 'unary': {
      const operand = inside(node.operand);
      return operand === null ? null : { ...node, operand };
    }
    case 'member': {
      const text = lvalueText(node);
      const known = text === null ? undefined : values.get(text);
      if (known !== undefined) return known;
      const object = inside(node.object);
      return object === null ? null : { ...node, object };
    }
    case 'binary': {
      const left = inside(node.left);
      const right = inside(node.right);
      return left === null || right === null ? null : { ...node, left, right };
    }
    case 'call': {
      const args = node.args.flatMap(argument => inside(argument) ?? []);
      return args.length < node.args.length ? null : { ...node, args };
    }
    default:
      return null;
  }
}
