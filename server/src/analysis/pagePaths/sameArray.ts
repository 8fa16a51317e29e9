/** Whether a call that comes round again fills the array that it has filled before. */

import { type Assignment, type Call, type Expression, type Span, spanOf } from '../../syntax/index.js';
import type { CfgElement } from '../cfg.js';
import { lvalueText, rootOf } from '../expressions.js';
import { evaluate } from './evaluate.js';
import type { ExploredFunction, FollowedCall } from './exploration.js';
import type { PageNames } from './pageNames.js';
import { baseOf } from './pageVariables.js';
import type { PathState } from './pathState.js';
import { reachedFrom } from './reach.js';
import { mentions } from './stateChanges.js';
import { isRequest } from './value.js';

/** True only if nothing that happens behind the call can make its argument name another array. */
export function fillsSameArray(fn: ExploredFunction, names: PageNames, { call }: FollowedCall): boolean {
  if (names.part || names.owner === 'unknown') return false;
  const from = fn.cfg.positionOf(call);
  if (from === null) return false;
  for (const id of reachedFrom(fn.cfg, from.block)) {
    for (const element of fn.cfg.blocks[id]?.elements ?? []) {
      const changed = element.node === call ? [] : changedBy(element);
      if (changed.some(text => text === names.base || mentions(names.base, text))) return false;
      if (names.base !== rootOf(names.base) && changed.includes(rootOf(names.base))) return false;
    }
  }
  return true;
}

/** Whether an argument does not lead to the pages, or only to another member of the structure that holds them. */
export function isApart(argument: Expression, names: PageNames): boolean {
  if (names.carried(argument) === null) return true;
  if (argument.kind !== 'unary' || argument.op !== '&') return false;
  const text = lvalueText(argument.operand);
  if (text === null || text === rootOf(text) || text === names.base) return false;
  return !mentions(names.base, text) && !mentions(text, names.base);
}

function changedBy(element: CfgElement): readonly string[] {
  switch (element.kind) {
    case 'assignment':
      return textsOf([element.node.left]);
    case 'update':
      return textsOf([element.node.operand]);
    case 'declare':
      return element.node.init === null ? [] : [element.node.name];
    case 'macro-loop':
      return textsOf(element.node.args);
    case 'call':
      return textsOf(
        element.node.args.flatMap(argument =>
          argument.kind === 'unary' && argument.op === '&' ? [argument.operand] : [],
        ),
      );
    default:
      return [];
  }
}

function textsOf(nodes: readonly Expression[]): readonly string[] {
  return nodes.flatMap(node => lvalueText(node) ?? []);
}

/** Another call gets pages: into the same array, the page that was taken out of it before has its own name. */
export function gotMore(call: Call, state: PathState, names: PageNames): PathState {
  if (state.outcome === null || call.args.every(argument => isApart(argument, names))) return state;
  const same = call.args.some(argument => baseOf(argument).text === names.base);
  if (!same || !names.hasTakenOut(call.start)) return { ...state, blurred: true };
  return { ...state, refilled: true };
}

/**
 * The variable that says where the next call puts its pages, `got` of `pages + got`, or the pointer there, that `x += n` moves on by as
 * many as were asked for, though fewer were got; null for another statement.
 */
export function movedOn(
  { left, right }: Assignment,
  state: PathState,
  followed: FollowedCall | null,
  fn: ExploredFunction,
  { base, part }: PageNames,
): { readonly span: Span; readonly text: string } | null {
  const text = lvalueText(left);
  if (state.outcome !== 'short' || state.fate === 'none' || !part || followed === null || text === null)
    return null;
  const offset = followed.offset === null ? null : lvalueText(followed.offset);
  if (text !== base && text !== offset) return null;
  const value = evaluate(right, state, fn);
  return value.kind === 'symbol' && isRequest(value, state) ? { span: spanOf(left), text } : null;
}

/** Whether an argument is the address of a variable or member, where the callee puts one page. */
export function isAddressOf(argument: Expression, text: string): boolean {
  return argument.kind === 'unary' && argument.op === '&' && lvalueText(argument.operand) === text;
}
