/** The variables of a function as flag analysis sees them, and what they hold before anything was assigned. */

import type { Expression, FunctionAst, Span } from '../syntax/index.js';
import type { Cfg } from './cfg.js';
import { rootOf } from './expressions.js';
import type { FlagContext } from './flagHelper.js';
import type { Values } from './flagState.js';
import { type FlagValue, flagSet, NO_FLAGS_VALUE, UNKNOWN_FLAGS } from './lattices/flagLattice.js';

/** The parameters and local variables of one function. */
export class FlagVariables {
  readonly #ast: FunctionAst;
  readonly #context: FlagContext;
  /** What the function is called with, where it is followed for one call; then nothing else that it finds has a name. */
  readonly #entry: Values | null;
  readonly #parameters: ReadonlySet<string>;
  readonly #locals = new Set<string>();
  readonly #unfollowed: ReadonlySet<string>;

  constructor(ast: FunctionAst, cfg: Cfg, context: FlagContext, entry: Values | null) {
    this.#ast = ast;
    this.#context = context;
    this.#entry = entry;
    this.#unfollowed = cfg.unfollowed;
    this.#parameters = new Set(
      ast.parameters.flatMap(p => (p.name !== null && p.pointers === 0 ? [p.name] : [])),
    );
    for (const { element } of cfg.elements()) {
      if (element.kind === 'declare' && !element.declaration.isStatic) this.#locals.add(element.node.name);
    }
  }

  /** Whether a name is that of a local variable that is not static. */
  isLocal(name: string): boolean {
    return this.#locals.has(name);
  }

  /** Whether a name means something of this function and no constant. */
  isOwn(name: string): boolean {
    return this.#locals.has(name) || this.#ast.parameters.some(parameter => parameter.name === name);
  }

  /** Whether what an lvalue holds cannot be told by what is assigned to its name. */
  isUnfollowed(key: string): boolean {
    return this.#unfollowed.has(rootOf(key));
  }

  /** What the function was called with; undefined: it is not followed for one call, or nothing is known of this. */
  given(key: string): FlagValue | undefined {
    return this.#entry?.get(key);
  }

  /**
   * What an lvalue holds that nothing has been assigned to here. A parameter is `param:NAME`, a local has no value, a field is
   * `field:EXPR` (or `param:EXPR` where it is the caller's), anything else is unknown.
   */
  initial(key: string): FlagValue {
    if (this.isUnfollowed(key)) return UNKNOWN_FLAGS;
    if (this.#entry !== null) {
      return this.#entry.get(key) ?? (this.#locals.has(key) ? NO_FLAGS_VALUE : UNKNOWN_FLAGS);
    }
    if (this.#parameters.has(key)) return flagSet([`param:${key}`], this.#parameterSpan(key));
    if (this.#locals.has(key)) return NO_FLAGS_VALUE;
    if (key.includes('->') || key.includes('.') || key.startsWith('*')) {
      return flagSet([this.#isCallers(key) ? `param:${key}` : `field:${key}`]);
    }
    return UNKNOWN_FLAGS;
  }

  /** Whether memory behind a parameter holds what the caller put there: nothing in this file assigns it. */
  #isCallers(key: string): boolean {
    const field = /(?:->|\.)(\w+)$/.exec(key)?.[1];
    if (field === undefined) return key.startsWith('*');
    return this.#ast.parameters.some(p => p.name === rootOf(key)) && !this.#context.assignsField(field);
  }

  #parameterSpan(name: string): Span | undefined {
    return this.#ast.parameters.find(p => p.name === name);
  }
}

/** What an initialiser list gives the member of a structure. `zero`: nothing, so that it is 0; null: that cannot be told. */
export function memberInitialiser(init: Expression, member: string): Expression | 'zero' | null {
  if (init.kind !== 'initializer-list') return null;
  const own = init.items.find(({ designator }) => designator === `.${member}`);
  if (own !== undefined) return own.value;
  const told = init.items.every(({ designator, value }, index) => {
    const first = index === 0 && init.items.length === 1 && value.kind === 'number' && value.value === 0;
    return first || (designator !== null && /^\.\w+$/.test(designator));
  });
  return told ? 'zero' : null;
}
