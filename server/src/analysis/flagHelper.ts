/** What flag analysis asks of the world outside a function, and functions that it follows for one call. */

import type { Profile } from '../../../kernel/src/index.js';
import type { Call, Expression, FunctionAst } from '../syntax/index.js';
import type { Cfg } from './cfg.js';
import { lvalueText, plainSpan, valueExpression, walk } from './expressions.js';
import type { Values } from './flagState.js';
import { type FlagValue, flagLattice, NO_FLAGS_VALUE, UNKNOWN_FLAGS } from './lattices/flagLattice.js';

/** What flag analysis is told of the world outside the function. */
export interface FlagContext {
  readonly profile: Profile;
  readonly namespace: 'FOLL' | 'FAULT_FLAG' | 'VM_FAULT';
  /** The flags of a constant that the file defines; null if it does not. */
  constant(name: string): readonly string[] | null;
  /** Whether the file assigns to a field of this name anywhere. */
  assignsField(name: string): boolean;
  /** The flags of each entry (or of a member of each) of a constant table that the file defines; null if it has none. */
  table(name: string, field: string | null): readonly (readonly string[])[] | null;
  /** A function of the file that can be followed; null if there is none of that name. */
  helper(name: string): FlagHelper | null;
}

/** What came of a function for one call of it. */
export interface EnteredFlow {
  /** What it returns. Bottom if it never returns a value. */
  returned(): FlagValue;
  /** What an lvalue holds where it returns. */
  atExit(key: string): FlagValue;
}

/** A function that is followed for one call of it. */
export interface FlagHelper {
  readonly ast: FunctionAst;
  /** Its flow when it is called with these values, by the parameter's name or `*name`. */
  enter(entry: Values): EnteredFlow;
}

/** What an argument gives a function to write to: `x` for `&x`, `*p` for a pointer `p`; null if it has no name. */
export function pointee(argument: Expression): string | null {
  const node = valueExpression(argument);
  if (node.kind === 'unary' && node.op === '&') return lvalueText(node.operand);
  return node.kind === 'identifier' && node.name !== 'NULL' ? `*${node.name}` : null;
}

/** A value that a function came to, as seen by its caller: what it named itself, the call brings. */
export function seenFrom(call: Call, { ast }: FlagHelper, value: FlagValue): FlagValue {
  if (flagLattice.equals(value, NO_FLAGS_VALUE)) return UNKNOWN_FLAGS;
  const at = plainSpan(call.callee);
  const origins = new Map(
    [...value.origins].map(([name, spans]) => {
      const own = spans.filter(span => span.start < ast.start || span.start >= ast.end);
      return [name, own.length === spans.length ? spans : [...own, at].sort((a, b) => a.start - b.start)];
    }),
  );
  return { ...value, origins };
}

/** Whether a function stores a pointer anywhere: then others may write through it. */
export function keepsPointer(cfg: Cfg, pointer: string): boolean {
  for (const { element } of cfg.elements()) {
    const value =
      element.kind === 'assignment'
        ? element.node.right
        : element.kind === 'declare'
          ? element.node.init
          : null;
    let uses = 0;
    if (value === null) continue;
    walk(value, node => {
      if (node.kind === 'identifier' && node.name === pointer) uses++;
      else if (node.kind === 'unary' && node.op === '*' && lvalueText(node.operand) === pointer) uses--;
      else if (node.kind === 'call') uses -= node.args.filter(arg => lvalueText(arg) === pointer).length;
    });
    if (uses > 0) return true;
  }
  return false;
}
