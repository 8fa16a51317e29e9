/** The calls of functions of mm/ that get pages: which pages, how many, and how each can go. */

import {
  ACQUIRING_FUNCTIONS,
  type Profile,
  type ResolvedFunction,
  siteFunction,
} from '../../../../kernel/src/index.js';
import type { Call, Expression } from '../../syntax/index.js';
import { calleeName, isNull, walk } from '../expressions.js';
import { resultVariable } from './acquirer.js';
import type { CallOutcome, ExploredFunction } from './exploration.js';
import type { Described } from './pageCall.js';
import { PageNames } from './pageNames.js';
import { baseOf, offsetOf } from './pageVariables.js';
import { ERROR, numberValue, RESULT, SIGN, symbol } from './value.js';

/** Looks a page up, and takes a reference if its flags ask for one. */
const LOOKS_UP = 'follow_page';

/** The names of the functions of mm/ that get pages, or may. */
export const ACQUIRING: ReadonlySet<string> = new Set([...ACQUIRING_FUNCTIONS, LOOKS_UP]);

/** What the tables have of a function of {@link ACQUIRING} that a call names; null where the call gets no page. */
export function acquiringFunction(profile: Profile, name: string, { args }: Call): ResolvedFunction | null {
  if (name !== LOOKS_UP) return ACQUIRING.has(name) ? siteFunction(profile, name) : null;
  return namesFlag(args[LOOKED_UP_BY], ['FOLL_GET']) ? (profile.functions.get(name) ?? null) : null;
}

/** Whether an argument names one of some flags. */
function namesFlag(argument: Expression | undefined, flags: readonly string[]): boolean {
  let found = false;
  if (argument !== undefined)
    walk(argument, node => {
      found ||= node.kind === 'identifier' && flags.includes(node.name);
    });
  return found;
}

/** The argument of follow_page() with its flags. */
const LOOKED_UP_BY = 2;

/**
 * A call of a function of mm/ that gets pages, as the tables have it; null where it gets none, or where the pages have
 * no name in the function.
 */
export function describeDirect(
  fn: ExploredFunction,
  call: Call,
  gup: ResolvedFunction,
  profile: Profile,
): Described | null {
  const { name } = gup;
  if (gup.acquires === 'none') return null;
  if (/\bpage \*$/.test(gup.returns)) return describeReturned(fn, call, gup);
  const pages = call.args[gup.argument('pages')];
  if (pages === undefined || isNull(pages)) return null;
  const request = call.args[gup.argument('count')] ?? null;
  const single = gup.argument('count') < 0 || (request?.kind === 'number' && request.value === 1);
  const boolean = gup.returns === 'bool' || gup.argument('count') < 0;
  const neverNegative =
    boolean ||
    gup.returnValues.every(({ value }) => !/^-|<0|^errors/.test(value)) ||
    /fast_only$|^__get_user_pages_fast$/.test(name);
  return {
    page: {
      function: fn.name,
      call,
      callee: name,
      origin: { callee: name, span: { start: call.callee.start, end: call.callee.end } },
      through: false,
      kind: gup.acquires,
      pages,
      request,
      single,
      zeroIsFailure: neverNegative,
    },
    names: new PageNames(fn.ast, fn.cfg, pages, { refills: base => otherFills(fn, call, base, profile) }),
    followed: {
      call,
      outcomes: directOutcomes(boolean, neverNegative, single),
      request,
      single,
      offset: offsetOf(pages),
      writesOnFailure: /fast/.test(name),
    },
  };
}

/** A call whose result is the page. */
function describeReturned(fn: ExploredFunction, call: Call, gup: ResolvedFunction): Described | null {
  const { name, acquires, returnValues } = gup;
  const page = resultVariable(fn, call);
  if (acquires === 'none' || page === null) return null;
  const flags = call.args[gup.argument('flags')];
  const mayBeNull = returnValues.some(
    ({ value, nullNeeds }) => /NULL/.test(value) && (nullNeeds === undefined || namesFlag(flags, nullNeeds)),
  );
  const mayBeError = returnValues.some(({ value }) => /ERR_PTR/.test(value));
  return {
    page: {
      function: fn.name,
      call,
      callee: name,
      origin: { callee: name, span: { start: call.callee.start, end: call.callee.end } },
      through: false,
      kind: acquires,
      pages: null,
      request: null,
      single: true,
      zeroIsFailure: mayBeNull && !mayBeError,
    },
    names: new PageNames(fn.ast, fn.cfg, page, { owned: 'page' }),
    followed: {
      call,
      outcomes: returnedOutcomes(mayBeNull, mayBeError),
      request: null,
      single: true,
      offset: null,
      writesOnFailure: false,
    },
  };
}

/** Where other calls of the function get pages into the same array. */
function otherFills(fn: ExploredFunction, call: Call, base: string, profile: Profile): readonly number[] {
  const starts: number[] = [];
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'call' || element.node === call) continue;
    const name = calleeName(element.node) ?? '';
    const gup = acquiringFunction(profile, name, element.node);
    const pages = gup === null ? undefined : element.node.args[gup.argument('pages')];
    if (pages !== undefined && baseOf(pages).text === base) starts.push(element.node.start);
  }
  return starts;
}

/** The ways in which a call of a function of mm/ can go that returns the page. */
function returnedOutcomes(mayBeNull: boolean, mayBeError: boolean): readonly CallOutcome[] {
  const outcomes: CallOutcome[] = [{ outcome: 'full', value: symbol('page', SIGN.positive), fate: 'held' }];
  if (mayBeError) outcomes.unshift({ outcome: 'negative', value: ERROR, fate: 'none' });
  if (mayBeNull) outcomes.unshift({ outcome: 'zero', value: numberValue(0), fate: 'none' });
  return outcomes;
}

/** The ways in which a call of a function of mm/ can go. */
function directOutcomes(boolean: boolean, neverNegative: boolean, single: boolean): readonly CallOutcome[] {
  if (boolean) {
    return [
      { outcome: 'zero', value: numberValue(0), fate: 'none' },
      { outcome: 'full', value: numberValue(1), fate: 'held' },
    ];
  }
  const outcomes: CallOutcome[] = [{ outcome: 'full', value: RESULT, fate: 'held' }];
  if (!single) outcomes.unshift({ outcome: 'short', value: RESULT, fate: 'held' });
  outcomes.unshift(
    neverNegative
      ? { outcome: 'zero', value: RESULT, fate: 'none' }
      : { outcome: 'negative', value: RESULT, fate: 'none' },
  );
  return outcomes;
}
