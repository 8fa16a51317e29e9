/** What a function's text says of a variable that holds pages, or an array of them. */

import type { Expression, FunctionAst } from '../../syntax/index.js';
import { isAllocator } from '../accessPath.js';
import type { Cfg } from '../cfg.js';
import { calleeName, lvalueText, rootOf } from '../expressions.js';
import { ADDRESSES, ZEROES } from './pageFunctions.js';

/** The name of the page in an entry of a scatterlist; null for one that has no name. */
export function entryName(entry: Expression): string | null {
  const text = entry.kind === 'unary' && entry.op === '&' ? lvalueText(entry.operand) : null;
  return text === null ? null : `sg_page(${text})`;
}

/** The member behind the first text that has one, e.g. `pages` of `buf->pages`; null if none has. */
export function memberIn(texts: Iterable<string>): string | null {
  for (const text of texts) {
    const member = /(?:->|\.)(\w+)$/.exec(text)?.[1];
    if (member !== undefined) return member;
  }
  return null;
}

/** The variable or member behind `&x`, `x + n`, `&x[n]`, casts. */
export function baseOf(pages: Expression): {
  readonly text: string | null;
  readonly part: boolean;
  readonly address: boolean;
} {
  let node = pages;
  let part = false;
  let address = false;
  for (;;) {
    if (node.kind === 'cast') node = node.operand;
    else if (node.kind === 'comma') node = node.right;
    else if (node.kind === 'binary' && (node.op === '+' || node.op === '-')) {
      node = node.left;
      part = true;
    } else if (node.kind === 'unary' && node.op === '&' && node.operand.kind === 'index') {
      const { index } = node.operand;
      part ||= !(index.kind === 'number' && index.value === 0);
      node = node.operand.object;
    } else if (node.kind === 'unary' && node.op === '&' && !address) {
      node = node.operand;
      address = true;
    } else break;
  }
  return { text: lvalueText(node), part, address };
}

/** `n` of `pages + n` and of `&pages[n]`; null for the array itself, and for what is not as simple. */
export function offsetOf(pages: Expression): Expression | null {
  if (pages.kind === 'binary' && pages.op === '+')
    return lvalueText(pages.left) === null ? null : pages.right;
  if (pages.kind !== 'unary' || pages.op !== '&' || pages.operand.kind !== 'index') return null;
  return lvalueText(pages.operand.object) === null ? null : pages.operand.index;
}

/** Another name for the pages, by the structure that holds them. */
export interface OtherName {
  readonly pages: string;
  readonly object: string;
  /** The structure is one of an array: its name need not be that of the same one later. */
  readonly isElement: boolean;
}

/** The names that pages in a structure have besides: `ctx->ring.pages` of `ring->pages`, for `ring = &ctx->ring`, and the other way round. */
export function otherNames(base: string, cfg: Cfg): readonly OtherName[] {
  const names: OtherName[] = [];
  if (!/->|\./.test(base)) return names;
  for (const [pointer, object] of addressesTaken(cfg)) {
    const isElement = object.includes('[');
    if (base.startsWith(`${pointer}->`))
      names.push({ pages: `${object}.${base.slice(pointer.length + 2)}`, object, isElement });
    else if (base.startsWith(`${object}.`) && !isElement)
      names.push({ pages: `${pointer}->${base.slice(object.length + 1)}`, object: pointer, isElement });
  }
  return names;
}

/** `pointer = &object`, as texts, in the order of the graph. */
function* addressesTaken(cfg: Cfg): Generator<readonly [pointer: string, object: string]> {
  for (const { element } of cfg.elements()) {
    const [pointer, value] =
      element.kind === 'declare'
        ? [element.node.name, element.node.init]
        : element.kind === 'assignment' && element.node.op === '='
          ? [lvalueText(element.node.left), element.node.right]
          : [null, null];
    if (pointer === null || value?.kind !== 'unary' || value.op !== '&') continue;
    const object = lvalueText(value.operand);
    if (object !== null) yield [pointer, object];
  }
}

/**
 * The pointers that get no value but the address of a member of one structure, which a parameter leads to, and its name:
 * `ring`, `ctx->ring`.
 */
export function pointersInside({ parameters }: FunctionAst, cfg: Cfg): ReadonlyMap<string, string> {
  const inside = new Map<string, string>();
  for (const [pointer, object] of addressesTaken(cfg)) {
    const root = rootOf(object);
    if (pointer !== rootOf(pointer) || !/^\w+->\w+(?:\.\w+)*$/.test(object)) continue;
    const isOne = parameters.some(({ name }) => name === root) && isNeverSet(root, cfg);
    if (isOne && [...valuesOf(pointer, cfg)].length === 1) inside.set(pointer, object);
  }
  return inside;
}

/** Whether a parameter keeps the value that it is given. */
function isNeverSet(name: string, cfg: Cfg): boolean {
  const isAssigned = cfg
    .elements()
    .some(({ element }) => element.kind === 'assignment' && lvalueText(element.node.left) === name);
  return !isAssigned && isNeverStepped(name, cfg);
}

/** Whether a variable is not stepped, and nobody is given it to set. */
function isNeverStepped(name: string, cfg: Cfg): boolean {
  return cfg.elements().every(({ element }) => {
    switch (element.kind) {
      case 'update':
        return lvalueText(element.node.operand) !== name;
      case 'macro-loop':
        return element.node.args.every(argument => lvalueText(argument) !== name);
      case 'call':
        return element.node.args.every(
          argument =>
            !(argument.kind === 'unary' && argument.op === '&' && lvalueText(argument.operand) === name),
        );
      default:
        return true;
    }
  });
}

/** Whether a variable gets one value, or is a parameter and keeps that which it is given. */
export function isSetOnce(name: string, { parameters }: FunctionAst, cfg: Cfg): boolean {
  const sets = cfg.elements().filter(({ element }) => {
    if (element.kind === 'assignment') return lvalueText(element.node.left) === name;
    return element.kind === 'declare' && element.node.name === name && element.node.init !== null;
  });
  if (parameters.some(parameter => parameter.name === name)) return isNeverSet(name, cfg);
  const [{ element } = { element: null }] = sets;
  const isPlain = element?.kind === 'declare' || (element?.kind === 'assignment' && element.node.op === '=');
  return sets.length === 1 && isPlain && isNeverStepped(name, cfg);
}

/** The name of what a pointer leads to as a member of the structure that it points into: `ctx->ring.count` of `ring->count`. */
export function wholeName(text: string, inside: ReadonlyMap<string, string>): string {
  const root = rootOf(text);
  const object = inside.get(root);
  return object === undefined || !text.startsWith(`${root}->`)
    ? text
    : `${object}.${text.slice(root.length + 2)}`;
}

/** The names through pointers of what has a whole name: the other way round. */
export function namesInside(whole: string, inside: ReadonlyMap<string, string>): readonly string[] {
  return [...inside]
    .filter(([, object]) => whole.startsWith(`${object}.`))
    .map(([pointer, object]) => `${pointer}->${whole.slice(object.length + 1)}`);
}

/**
 * Whether an expression is an address at which a page was mapped, or one behind it.
 * @param addresses the variables that get one
 */
export function isAddress(node: Expression, addresses: ReadonlySet<string>): boolean {
  if (node.kind === 'cast') return isAddress(node.operand, addresses);
  if (node.kind === 'binary' && /^[-+]$/.test(node.op)) return isAddress(node.left, addresses);
  if (node.kind === 'call') return ADDRESSES.test(calleeName(node) ?? '');
  return node.kind === 'identifier' && addresses.has(node.name);
}

/** Whether a variable is moved on by `+=` or `++`. */
export function advances(text: string | null, cfg: Cfg): boolean {
  for (const { element } of cfg.elements()) {
    if (element.kind === 'assignment' && element.node.op === '+=' && lvalueText(element.node.left) === text) {
      return text !== null;
    }
    if (element.kind === 'update' && lvalueText(element.node.operand) === text) return text !== null;
  }
  return false;
}

/** Whether a pointer is set to a part of another array before each call: `pages = all + got`. */
export function isPartOfAnother(name: string, cfg: Cfg): boolean {
  for (const right of valuesOf(name, cfg)) {
    const { text, part } = baseOf(right);
    if (part && text !== null && text !== name) return true;
  }
  return false;
}

/** Whether an array is allocated without zeroes, or declared without any value, and nobody sets them. */
export function isRaw(name: string, cfg: Cfg): boolean {
  let allocated = isDeclaredOnly(name, cfg);
  for (const right of valuesOf(name, cfg)) {
    if (right.kind === 'identifier' && right.name === 'NULL') continue;
    if (right.kind !== 'call' || !allocates(right) || ZEROES.test(calleeName(right) ?? '')) return false;
    const flags = right.args.at(-1);
    if (flags?.kind !== 'identifier' || !/^GFP_\w+$/.test(flags.name)) return false;
    allocated = true;
  }
  if (!allocated) return false;
  return !cfg.elements().some(({ element }) => {
    if (element.kind === 'assignment') {
      const { left, right } = element.node;
      const isNull = right.kind === 'identifier' && right.name === 'NULL';
      return isNull && left.kind === 'index' && lvalueText(left.object) === name;
    }
    if (element.kind !== 'call' || !/^mem(?:set|zero)\w*$|^clear_page$/.test(calleeName(element.node) ?? ''))
      return false;
    return element.node.args.some(argument => baseOf(argument).text === name);
  });
}

/** Whether a name is that of an array on the stack that is declared without a value. */
function isDeclaredOnly(name: string, cfg: Cfg): boolean {
  return cfg.elements().some(({ element }) => {
    if (element.kind !== 'declare' || element.node.name !== name) return false;
    return element.node.array && element.node.init === null && !element.declaration.isStatic;
  });
}

/** What a variable is set to, in the order of the graph. */
export function* valuesOf(name: string, cfg: Cfg): Generator<Expression> {
  for (const { element } of cfg.elements()) {
    if (element.kind === 'declare' && element.node.name === name && element.node.init !== null) {
      yield element.node.init;
    } else if (
      element.kind === 'assignment' &&
      element.node.op === '=' &&
      lvalueText(element.node.left) === name
    ) {
      yield element.node.right;
    }
  }
}

/** The variables that are set to memory allocated here. */
export function freshVariables(cfg: Cfg): ReadonlySet<string> {
  const fresh = new Set<string>();
  for (const { element } of cfg.elements()) {
    if (element.kind === 'declare' && element.node.init !== null && allocates(element.node.init)) {
      fresh.add(element.node.name);
    } else if (element.kind === 'assignment' && allocates(element.node.right)) {
      const text = lvalueText(element.node.left);
      if (text !== null && text === rootOf(text)) fresh.add(text);
    }
  }
  return fresh;
}

function allocates(right: Expression): boolean {
  if (right.kind === 'cast') return allocates(right.operand);
  return right.kind === 'call' && isAllocator(calleeName(right) ?? '');
}

/** Whether a variable is never set to anything but memory allocated here, and NULL. */
export function onlyFresh(name: string, cfg: Cfg): boolean {
  for (const right of valuesOf(name, cfg)) {
    if (!allocates(right) && !(right.kind === 'identifier' && right.name === 'NULL')) return false;
  }
  return true;
}
