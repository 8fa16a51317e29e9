/** Scatterlists that pages were put into: through them pages are released under other names, or lost with them. */

import type { Call, Expression, FunctionAst } from '../../syntax/index.js';
import { calleeName, lvalueText, rootOf } from '../expressions.js';
import type { ExploredFunction } from './exploration.js';
import {
  FREES,
  FREES_TABLE,
  KEEPS_NOTHING,
  KEPT_ON_SUCCESS,
  PUTS_IN_TABLE,
  RELEASE_BY_NAME,
} from './pageFunctions.js';
import type { PathState } from './pathState.js';
import { escaped } from './stateChanges.js';

/** The variables of the tables that a function puts pages into. */
export function tablesOf({ cfg, ast }: ExploredFunction): ReadonlySet<string> {
  const roots = new Set<string>();
  for (const { element } of cfg.elements()) {
    if (element.kind !== 'call') continue;
    const known = KEPT_ON_SUCCESS.test(calleeName(element.node) ?? '') || putsInGiven(element.node, ast);
    if (!known) continue;
    const [table] = element.node.args;
    if (table !== undefined) roots.add(variableOf(table));
  }
  return roots;
}

/** Whether a call puts a page into a table that a parameter is: `sg_set_page(&sg[i], …)`. Other names lead to other tables. */
export function putsInGiven(call: Call, { parameters }: FunctionAst): boolean {
  const [entry] = call.args;
  if (entry === undefined || !PUTS_IN_TABLE.test(calleeName(call) ?? '')) return false;
  const place = entry.kind === 'unary' && entry.op === '&' ? entry.operand : entry;
  const table = place.kind === 'index' ? place.object : place;
  return table.kind === 'identifier' && parameters.some(({ name }) => name === table.name);
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
  return rootOf(lvalueText(place.kind === 'index' ? place.object : place) ?? '');
}
