/** The expressions whose value reaches a flags argument: the operands of `|`, the arms of `?:`, what a variable got. */

import type { CallSite, FileAnalysis, FunctionAnalysis } from '../../analysis/index.js';
import type { Expression, Parameter, Span } from '../../syntax/ast.js';
import { functionsNamed } from '../../syntax/index.js';
import { assignedTo } from '../assignments.js';

/** Assignments that keep what is on their right as flags; `&=` is a mask. */
const ADDS: ReadonlySet<string> = new Set(['=', '|=']);

/** One of them, and the variable that brings it, if it is not written in the call. */
export interface FlagLeaf {
  readonly node: Expression;
  readonly through: string | null;
}

/** The function that holds a call site; null for an initialiser at file scope. */
export function functionOf(file: FileAnalysis, site: CallSite): FunctionAnalysis | null {
  return file.functions.find(fn => fn.sites.includes(site)) ?? null;
}

/**
 * The leaves of an argument. A local variable is replaced by all that this function assigns to it, in whatever order:
 * what a rule finds in a leaf is wrong wherever it comes from. Conditions are no values, and left out.
 *
 * @returns empty if the function could not be read whole
 */
export function flagLeaves(fn: FunctionAnalysis, argument: Expression): readonly FlagLeaf[] {
  if (!fn.complete) return [];
  const leaves: FlagLeaf[] = [];
  const seen = new Set<string>();
  const add = (node: Expression, through: string | null): void => {
    switch (node.kind) {
      case 'cast':
        add(node.operand, through);
        return;
      case 'comma':
        add(node.right, through);
        return;
      case 'conditional':
        if (node.then !== null) add(node.then, through);
        add(node.otherwise, through);
        return;
      case 'binary':
        if (node.op === '|' || node.op === '+' || node.op === '^') {
          add(node.left, through);
          add(node.right, through);
          return;
        }
        leaves.push({ node, through });
        return;
      case 'identifier': {
        const values = assignedTo(fn, node.name, ADDS);
        if (values.length === 0) {
          leaves.push({ node, through });
          return;
        }
        if (parameterOf(fn, node.name) !== null) leaves.push({ node, through });
        if (seen.has(node.name)) return;
        seen.add(node.name);
        for (const value of values) add(value, node.name);
        return;
      }
      default:
        leaves.push({ node, through });
    }
  };
  add(argument, null);
  return leaves;
}

/** The parameter of a name; null if there is none. */
export function parameterOf(fn: FunctionAnalysis, name: string): Parameter | null {
  return fn.ast.parameters.find(parameter => parameter.name === name) ?? null;
}

/** The declared type of a local variable or parameter, `*` and `[]` included; null if the name is neither, or both. */
export function declaredType(fn: FunctionAnalysis, name: string): string | null {
  const types = new Set<string>();
  const parameter = parameterOf(fn, name);
  if (parameter !== null) types.add(parameter.type);
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'declare' || element.node.name !== name) continue;
    types.add(
      element.declaration.type + '*'.repeat(element.node.pointers) + (element.node.array ? '[]' : ''),
    );
  }
  const [type] = types;
  return types.size === 1 && type !== undefined ? type.trim() : null;
}

/**
 * Where a flag is written that a place brings to a call: in the function of the file that the place calls, if it is named there
 * once; else the place itself.
 *
 * @param origin one of the origins of the flag
 */
export function whereWritten(file: FileAnalysis, flag: string, origin: Span): Span {
  const { source } = file;
  const [item, ...others] = functionsNamed(source, source.text.slice(origin.start, origin.end));
  if (item === undefined || others.length > 0) return origin;
  const body = source.text.slice(item.body.start, item.body.end);
  const [named, again] = body.matchAll(new RegExp(`\\b${flag}\\b`, 'g'));
  if (named === undefined || again !== undefined) return origin;
  const start = item.body.start + named.index;
  return { start, end: start + flag.length };
}
