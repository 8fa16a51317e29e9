/** Helpers that are given a member of a structure, and get at the whole by container_of(): what kref_put() calls is one. */

import type { Call, Expression, FunctionAst } from '../../syntax/index.js';
import { calleeName, lvalueText, rootOf } from '../expressions.js';
import type { ExploredFunction } from './exploration.js';

/** A structure that a call was given a member of: its name in the caller, and in the function that is called. */
export interface Contained {
  readonly given: string;
  readonly within: string;
}

/**
 * What a function makes of the address of a member, `&obj->ref`: null where it does not declare a pointer to the structure
 * around it.
 *
 * @param index which of its parameters gets the address
 * @param member the lvalue whose address that is
 */
export function containerOf(fn: ExploredFunction, index: number, member: string): Contained | null {
  const [, given, name] = /^(.+)(?:->|\.)(\w+)$/.exec(member) ?? [];
  const parameter = fn.ast.parameters[index]?.name ?? null;
  if (given === undefined || name === undefined || parameter === null) return null;
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'declare' || element.node.init === null) continue;
    const of = containing(element.node.init, fn.ast);
    if (of?.parameter === parameter && of.member === name) return { given, within: element.node.name };
  }
  return null;
}

/** The member of a structure that an argument is the address of: `obj->ref` of `&obj->ref`; null for anything else. */
export function memberGiven(argument: Expression): string | null {
  if (argument.kind !== 'unary' || argument.op !== '&') return null;
  const text = lvalueText(argument.operand);
  return text === null || rootOf(text) === text ? null : text;
}

/** The parameter and the member of `container_of(parameter, struct …, member)`; null for anything else. */
export function containing(
  init: Expression,
  { parameters }: FunctionAst,
): { readonly parameter: string; readonly member: string } | null {
  if (init.kind !== 'call' || calleeName(init) !== 'container_of') return null;
  const [from, , of] = init.args;
  const parameter = from === undefined ? null : lvalueText(from);
  const member = of === undefined ? null : lvalueText(of);
  if (parameter === null || member === null) return null;
  return parameters.some(({ name }) => name === parameter) ? { parameter, member } : null;
}

/** The call that `kref_put(&obj->ref, destroy)` makes where that was the last reference; null for any other call. */
export function lastPut(call: Call): Call | null {
  const [reference, destructor] = call.args;
  if (calleeName(call) !== 'kref_put' || reference === undefined || destructor?.kind !== 'identifier')
    return null;
  return { ...call, callee: destructor, args: [reference] };
}
