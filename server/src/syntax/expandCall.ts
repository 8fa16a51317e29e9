/** Puts the call that a macro stands for in place of the macro's own. */

import type { Call, Expression, Span } from './ast.js';
import type { CallMacro, CallMacros } from './callMacros.js';

/** Expands the calls of one file's macros in trees of its functions. */
export class CallExpander {
  readonly #macros: CallMacros;
  readonly #parse: (body: string) => Expression | null;
  readonly #bodies = new Map<string, Expression | null>();

  /** @param parse reads the body of a macro; null if it cannot be read whole */
  constructor(macros: CallMacros, parse: (body: string) => Expression | null) {
    this.#macros = macros;
    this.#parse = parse;
  }

  /**
   * The call that is made in the end. It stands where the macro's name is written, as do the arguments that the macro
   * brings; the others are where the author wrote them.
   */
  expand(call: Call): Call {
    const seen = new Set<string>();
    let now = call;
    while (now.callee.kind === 'identifier') {
      const macro = this.#macros.get(now.callee.name);
      if (macro === undefined || seen.has(macro.name)) break;
      seen.add(macro.name);
      now = this.#once(now, macro);
    }
    return now;
  }

  #once(call: Call, { parameters, body, callee }: CallMacro): Call {
    const at = { start: call.callee.start, end: call.callee.end };
    const name = { kind: 'identifier', ...at, name: callee } as const;
    if (parameters === null) return { ...call, callee: name };
    let meaning = this.#bodies.get(body);
    if (meaning === undefined) {
      meaning = this.#parse(body);
      this.#bodies.set(body, meaning);
    }
    if (meaning?.kind !== 'call' || parameters.length !== call.args.length) {
      // What the function is passed cannot be told; the macro's arguments would be taken for it.
      return { ...call, callee: name, args: [{ kind: 'unknown-expression', ...at, children: call.args }] };
    }
    const given = new Map(parameters.map((parameter, index) => [parameter, call.args[index]]));
    return { ...call, callee: name, args: meaning.args.map(argument => withArguments(argument, given, at)) };
  }
}

/** An expression of a macro's body with the arguments that the macro is called with. */
function withArguments(
  node: Expression,
  given: ReadonlyMap<string, Expression | undefined>,
  at: Span,
): Expression {
  const into = (part: Expression): Expression => withArguments(part, given, at);
  switch (node.kind) {
    case 'identifier':
      return given.get(node.name) ?? { ...node, ...at };
    case 'number':
      return { ...node, ...at };
    case 'call': {
      const args = node.args.map(into);
      return { ...node, callee: into(node.callee), args, ...around(args, at) };
    }
    case 'member': {
      const object = into(node.object);
      return { ...node, object, ...around([object], at) };
    }
    case 'unary':
    case 'cast': {
      const operand = into(node.operand);
      return { ...node, operand, ...around([operand], at) };
    }
    case 'binary': {
      const [left, right] = [into(node.left), into(node.right)];
      return { ...node, left, right, ...around([left, right], at) };
    }
    case 'conditional': {
      const [test, otherwise] = [into(node.test), into(node.otherwise)];
      const then = node.then === null ? null : into(node.then);
      return { ...node, test, then, otherwise, ...around([test, otherwise], at) };
    }
    default:
      return { kind: 'unknown-expression', ...at, children: [] };
  }
}

/** Where an expression stands that is partly the macro's: at what the author wrote of it, else at the macro's name. */
function around(parts: readonly Expression[], at: Span): Span {
  const [written] = parts.filter(part => part.start !== at.start);
  return written === undefined ? at : { start: written.start, end: written.end };
}
