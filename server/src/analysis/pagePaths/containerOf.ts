/** Helpers that are given a member of a structure, and get at the whole by container_of(). */

import type { Expression, FunctionAst } from '../../syntax/index.js';
import { calleeName, lvalueText } from '../expressions.js';
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
