/** Loops that get pages for one element of an array after the other, and undo those before the one that failed. */

import { PAGE_RELEASE_NAMES } from '../../../../kernel/src/index.js';
import {
  calleeName,
  type ExitEvent,
  type FileAnalysis,
  type FunctionAnalysis,
  lvalueText,
  type PageCall,
  rootOf,
} from '../../analysis/index.js';
import type { For } from '../../syntax/ast.js';
import { type Call, callTokens, type Expression, type Span, walk } from '../../syntax/index.js';

/** `bufs` and `i` of `&bufs[i]`. */
interface Element {
  readonly array: string;
  readonly index: string;
}

/**
 * Whether a path leaves the pages of the element that it has just got, and a loop behind it releases those of all elements
 * before it: then nobody releases all of them a second time.
 */
export function leavesCurrent(
  page: PageCall,
  { fate, returned, turn }: ExitEvent,
  file: FileAnalysis,
): boolean {
  if (turn === null || returned !== 'error' || !(fate === 'held' || fate === 'declined')) return false;
  const fn = file.functionNamed(page.function);
  const element = fn === null ? null : elementOf(page, fn);
  if (fn === null || element === null) return false;
  return fn.cfg.elements().some(({ element: part }) => {
    if (part.kind !== 'call') return false;
    const { node } = part;
    if (node.start < turn.jump.end || !releases(node, file)) return false;
    const given = node.args.map(textOf).filter(text => text.startsWith(`${element.array}[`));
    return given.length > 0 && goesOverEarlier(fn, node, element.index);
  });
}

/** The element of an array that holds the pages, by its own name or by a pointer to it. */
function elementOf({ names: { base } }: PageCall, fn: FunctionAnalysis): Element | null {
  const direct = partsOf(base);
  if (direct !== null) return direct;
  const root = rootOf(base);
  for (const { element } of fn.cfg.elements()) {
    const value =
      element.kind === 'declare' && element.node.name === root
        ? element.node.init
        : element.kind === 'assignment' && lvalueText(element.node.left) === root
          ? element.node.right
          : null;
    if (value !== null) return partsOf(textOf(value));
  }
  return null;
}

function partsOf(text: string): Element | null {
  const [, array, index] = /^([^[\]]+)\[(\w+)\]/.exec(text) ?? [];
  return array === undefined || index === undefined ? null : { array, index };
}

function textOf(node: Expression): string {
  return lvalueText(node.kind === 'unary' && node.op === '&' ? node.operand : node) ?? '';
}

/** Whether a call releases pages, itself or in a function of the file. */
function releases(call: Call, { source }: FileAnalysis): boolean {
  const name = calleeName(call) ?? '';
  if (PAGE_RELEASE_NAMES.has(name)) return true;
  return callTokens(source, PAGE_RELEASE_NAMES).some(
    token => source.functions[token.function]?.name === name,
  );
}

/** Whether a loop around a place begins one before where an index stands: `while (i--)`, `for (j = 0; j < i; j++)`. */
function goesOverEarlier({ ast }: FunctionAnalysis, place: Span, index: string): boolean {
  let found = false;
  walk(ast, node => {
    if (node.kind !== 'for' && node.kind !== 'while') return true;
    if (place.start < node.start || node.end < place.end || node.test === null) return true;
    found ||=
      stepsFirst(node.test, index) || (node.kind === 'for' && beginsBefore(node.init, node.test, index));
    return true;
  });
  return found;
}

/** `i--`, `i-- > 0`, `i-- != 0`, `--i >= 0`. */
function stepsFirst(test: Expression, index: string): boolean {
  const step = test.kind === 'binary' ? test.left : test;
  if (step.kind !== 'update' || step.op !== '--' || lvalueText(step.operand) !== index) return false;
  return test.kind !== 'binary' || step.prefix === (test.op === '>=');
}

/** `j = 0; j < i`, `i--; i >= 0`, `j = i - 1; j >= 0`. */
function beginsBefore(init: For['init'], test: Expression, index: string): boolean {
  if (test.kind !== 'binary') return false;
  if (test.op === '<') return lvalueText(test.right) === index;
  let before = false;
  if (init !== null)
    walk(init, node => {
      before ||= node.kind === 'update' && node.op === '--' && lvalueText(node.operand) === index;
      before ||= node.kind === 'binary' && node.op === '-' && lvalueText(node.left) === index;
      return true;
    });
  return before && /^>=?$/.test(test.op);
}
