/** Pages that are given to a function of another file: which arguments lead to them, and what becomes of the path. */

import type { Call, FunctionAst } from '../../syntax/index.js';
import { givenText, type HelperOutcome } from '../heldFlow.js';
import { carriersBehind, depthOf, heldPages } from '../heldPages.js';
import type { HelperEffect } from './exploration.js';
import type { PageNames } from './pageNames.js';
import type { PathState } from './pathState.js';

/**
 * Which arguments of a call lead to the pages, as the question about the callee has it.
 *
 * @returns '' where it cannot be told whether an argument is a page or an array of them
 */
export function givenElsewhere(call: Call, names: PageNames, ast: FunctionAst): string {
  const depth = depthOfBase(names, ast);
  if (depth === null) return '';
  const state = heldPages(new Map([[names.base, depth]]), new Map());
  const given = new Map<number, ReadonlyMap<string, number>>();
  for (const [index, argument] of call.args.entries()) {
    const direct = depthOf(argument, state);
    const reached = direct === null ? carriersBehind(argument, state) : new Map([['', direct]]);
    if (reached.size > 0) given.set(index, reached);
    // A page that was read from the array before: what it is called here, the question cannot say.
    else if (names.carried(argument) !== null) return '';
  }
  return givenText(given);
}

/** How many pointers lead from the base to what stands for a page; null if it is not known to be an array or a page. */
function depthOfBase({ base, owner }: PageNames, ast: FunctionAst): number | null {
  if (owner === 'page') return 0;
  if (owner === 'array') return 1;
  const parameter = ast.parameters.find(({ name }) => name === base);
  return parameter === undefined || parameter.pointers === 0 ? null : Math.min(parameter.pointers - 1, 1);
}

/**
 * What such a function does to a path.
 *
 * @returns null where it may keep the pages, or releases them on some of its paths only
 */
export function effectElsewhere(outcome: HelperOutcome, state: PathState): HelperEffect | null {
  const { keepers, releases, consumes, leaves } = outcome;
  if (keepers.length > 0 || consumes) return null;
  if (!releases) return { events: [], ends: [{ state, value: null }] };
  if (leaves) return null;
  const held = state.fate !== 'none' && state.fate !== 'gone';
  const after: PathState = {
    ...state,
    fate: held ? 'released' : state.fate,
    earlier: false,
    releasedAt: null,
  };
  return { events: [], ends: [{ state: after, value: null }] };
}
