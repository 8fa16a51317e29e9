/** Scatterlists that pages were put into: through them pages are released under other names, or lost with them. */

import type { Call, Expression } from '../../syntax/index.js';
import type { Cfg } from '../cfg.js';
import { calleeName, lvalueText, rootOf } from '../expressions.js';
import { FREES, FREES_TABLE, KEEPS_NOTHING, KEPT_ON_SUCCESS, RELEASE_BY_NAME } from './pageFunctions.js';
import type { PathState } from './pathState.js';
import { escaped } from './stateChanges.js';

/** The variables of the tables that a function puts pages into. */
export function tablesOf(cfg: Cfg): ReadonlySet<string> {
  const roots = new Set<string>();
  for (const { element } of cfg.elements()) {
    if (element.kind !== 'call' || !KEPT_ON_SUCCESS.test(calleeName(element.node) ?? '')) continue;
    const [table] = element.node.args;
    if (table !== undefined) roots.add(variableOf(table));
  }
  return roots;
}

/** What a call does that is not given the pages, but perhaps a table that has them. */
export function besideTable(
  call: Call,
  name: string,
  state: PathState,
  tables: ReadonlySet<string>,
): PathState {
  if (state.fate !== 'tabled') return state;
  const ofTable = call.args.some(argument => tables.has(variableOf(argument)));
  if (FREES_TABLE.test(name)) return ofTable ? { ...state, fate: 'held' } : state;
  const takes = RELEASE_BY_NAME.has(name) || (ofTable && !KEEPS_NOTHING.test(name) && !FREES.test(name));
  return takes ? escaped(state) : state;
}

/** `job` of `job->sgt`, `&job->sgt`, `job`; empty for what has no name. */
function variableOf(argument: Expression): string {
  const place = argument.kind === 'unary' && argument.op === '&' ? argument.operand : argument;
  return rootOf(lvalueText(place) ?? '');
}
