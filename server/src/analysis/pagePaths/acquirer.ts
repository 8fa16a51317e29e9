/** Functions that get pages for their callers: what their results mean, and where the pages are then. */

import { type Call, type Expression, type Span, spanOf } from '../../syntax/index.js';
import { isNull, lvalueText, rootOf, valueExpression } from '../expressions.js';
import type { CallOutcome, ExploredFunction, PathEnd } from './exploration.js';
import type { Described, PageCall } from './pageCall.js';
import { type Owner, PageNames } from './pageNames.js';
import type { PathState } from './pathState.js';
import { ERROR, RESULT, SIGN, signsOf, symbol, type Value, valueKey } from './value.js';

/** `nowhere`: its caller does not see the pages, only what the results say of them. */
type Where = Place | 'returned' | 'nowhere';

/** Behind a parameter; `isDerived`: only an address or a frame number of the page. */
interface Place {
  readonly parameter: number;
  readonly path: string;
  readonly isDerived?: boolean;
}

/** How a helper gets pages: where its caller finds them, and what its results mean. */
export interface Acquirer {
  readonly where: Where;
  readonly outcomes: readonly CallOutcome[];
  readonly countParameter: number;
  readonly single: boolean;
  /** `span` null: in another file. */
  readonly origin: { readonly callee: string; readonly span: Span | null };
  readonly kind: PageCall['kind'];
}

/** How a function gets pages for its callers, by the paths behind its only call; null if it does not, or nobody can tell. */
export function acquirerOf(
  fn: ExploredFunction,
  page: PageCall,
  names: PageNames,
  ends: readonly PathEnd[],
): Acquirer | null {
  const found = whereFound(fn, page, names, ends);
  const isDerived = typeof found === 'object' && found?.isDerived === true;
  const known =
    found === null
      ? null
      : outcomesOf(ends, found === 'returned', names.part, isDerived ? isNoted : holder(page));
  const where = known === null ? 'nowhere' : (found ?? 'nowhere');
  const outcomes = known ?? countOutcomes(page, ends);
  if (outcomes === null) return null;
  return {
    where,
    outcomes,
    countParameter: countParameterOf(fn, page),
    single: page.single && !(names.part && where !== 'nowhere'),
    origin: page.origin,
    kind: page.kind,
  };
}

/** The parameter with the number of pages: what is asked for, all together where they are got in pieces; -1 for none. */
function countParameterOf(fn: ExploredFunction, { request, call, names: { part } }: PageCall): number {
  const indexOf = (node: Expression | null): number => {
    const text = node === null ? null : lvalueText(node);
    return text === null ? -1 : fn.ast.parameters.findIndex(({ name }) => name === text);
  };
  if (!part) return indexOf(request);
  // `n` of `n - got`, or of `got < n`.
  if (request?.kind === 'binary' && request.op === '-' && indexOf(request.left) >= 0)
    return indexOf(request.left);
  const test = fn.shape.loopAt(call.start)?.test ?? null;
  return test?.kind === 'binary' && /^(?:<|!=)$/.test(test.op) ? indexOf(test.right) : -1;
}

/**
 * Whether a function that gets pages in pieces got all of them where it says so, and none where it fails: what it got before
 * it has given back.
 */
function getsAllOrNone(ends: readonly PathEnd[]): boolean {
  return ends.every(({ state, value }) => {
    if (state.outcome === null) return true;
    const failed = value?.kind === 'error' || (value !== null && signsOf(value, state) === SIGN.negative);
    return failed ? !state.earlier && state.fate !== 'held' : value?.kind === 'number' && value.value === 0;
  });
}

/** A call of a helper, in the names of its caller; null if the pages cannot be named there. */
export function describeHelped(
  fn: ExploredFunction,
  call: Call,
  name: string,
  acquirer: Acquirer,
): Described | null {
  const pages =
    acquirer.where === 'returned'
      ? resultVariable(fn, call)
      : acquirer.where === 'nowhere'
        ? UNSEEN
        : argumentPages(call, acquirer.where);
  if (pages === null) return null;
  const request = call.args[acquirer.countParameter] ?? null;
  return {
    page: {
      function: fn.name,
      call,
      callee: name,
      origin: { callee: acquirer.origin.callee, span: acquirer.origin.span ?? spanOf(call.callee) },
      through: true,
      kind: acquirer.kind,
      pages: typeof acquirer.where === 'string' ? null : pages,
      request,
      single: acquirer.single,
      zeroIsFailure: false,
    },
    names: new PageNames(fn.ast, fn.cfg, pages, {
      owned: ownerOfHelped(fn, pages, acquirer),
      isDerived: typeof acquirer.where === 'object' && acquirer.where.isDerived === true,
    }),
    followed: {
      call,
      outcomes: acquirer.outcomes,
      request,
      single: acquirer.single,
      offset: null,
      writesOnFailure: false,
    },
  };
}

/** Stands for pages that have no name. */
const UNSEEN: Expression = { kind: 'identifier', name: '#', start: 0, end: 0 };

/** What a helper allocates for a variable of its caller is the caller's own array; null where the names tell. */
function ownerOfHelped(fn: ExploredFunction, pages: Expression, { where, single }: Acquirer): Owner | null {
  if (where === 'returned') return single ? 'page' : 'array';
  if (where === 'nowhere') return 'unknown';
  if (where.isDerived === true)
    return pages.kind === 'identifier' && isOnlyDeclared(fn, pages.name) ? 'page' : 'unknown';
  return where.path === '*' && pages.kind === 'identifier' && isOnlyDeclared(fn, pages.name) ? 'array' : null;
}

/** Whether a variable is one of the function, and gets no value in it but NULL. */
function isOnlyDeclared(fn: ExploredFunction, name: string): boolean {
  let declared = false;
  for (const { element } of fn.cfg.elements()) {
    if (element.kind === 'declare' && element.node.name === name) {
      if (element.declaration.isStatic || !(element.node.init === null || isNull(element.node.init)))
        return false;
      declared = true;
    } else if (element.kind === 'assignment' && lvalueText(element.node.left) === name) {
      // An offset within the page is added to its address.
      if (element.node.op === '=' && !isNull(element.node.right)) return false;
    }
  }
  return declared;
}

/** The variable that a call's result is stored in; null if it is stored nowhere, or not in a variable. */
export function resultVariable({ cfg }: ExploredFunction, call: Call): Expression | null {
  for (const { element } of cfg.elements()) {
    if (
      element.kind === 'assignment' &&
      element.node.op === '=' &&
      valueExpression(element.node.right) === call
    ) {
      return element.node.left.kind === 'identifier' ? element.node.left : null;
    }
    if (
      element.kind === 'declare' &&
      element.node.init !== null &&
      valueExpression(element.node.init) === call
    ) {
      return {
        kind: 'identifier',
        name: element.node.name,
        start: element.node.start,
        end: element.node.end,
      };
    }
  }
  return null;
}

function argumentPages(
  call: Call,
  where: { readonly parameter: number; readonly path: string },
): Expression | null {
  const argument = call.args[where.parameter];
  if (argument === undefined || isNull(argument)) return null;
  if (where.path === '') return argument;
  const object = argument.kind === 'unary' && argument.op === '&' ? argument.operand : argument;
  const text = lvalueText(object);
  if (text === null) return null;
  if (where.path === '*')
    return object === argument ? { ...spanOf(object), kind: 'unary', op: '*', operand: object } : object;
  const path = object === argument ? where.path : where.path.replace(/^->/, '.');
  return members(object, path);
}

/** `parameter` with a path such as `->pages` or `->vec.pages` behind it, as an expression. */
export function memberOf(parameter: string, path: string): Expression {
  return members({ kind: 'identifier', name: parameter, start: 0, end: 0 }, path);
}

function members(object: Expression, path: string): Expression {
  let node = object;
  for (const [, arrow, name = ''] of path.matchAll(/(->|\.)(\w+)/g)) {
    node = {
      kind: 'member',
      object: node,
      name,
      arrow: arrow === '->',
      start: object.start,
      end: object.end,
    };
  }
  return node;
}

function whereFound(
  fn: ExploredFunction,
  page: PageCall,
  names: PageNames,
  ends: readonly PathEnd[],
): Exclude<Where, 'nowhere'> | null {
  const whole = !names.part || getsAllOrNone(ends);
  const stored = isOwn(page) && whole ? storedIn(fn, names.base) : null;
  if (stored !== null)
    return names.owner === 'page' && stored.path === '*' ? { ...stored, path: '' } : stored;
  if (names.owner === 'caller' || names.owner === 'field') {
    return whole ? parameterOf(fn, names.base) : null;
  }
  if (!isOwn(page)) return null;
  const noted = page.single ? addressIn(fn, names) : null;
  if (noted !== null) return noted;
  const returns = ends.some(({ state }) => state.outcome === 'full' && state.fate === 'gone');
  return returns && fn.ast.returnType.includes('*') ? 'returned' : null;
}

/** Whether the helper has the pages in a variable of its own first. */
function isOwn({ names: { owner } }: PageCall): boolean {
  return owner === 'array' || owner === 'page';
}

/** `*hpa = page_to_phys(page)`: the only place behind a parameter that gets an address of the page. */
function addressIn(fn: ExploredFunction, names: PageNames): Place | null {
  const places = new Map<string, Place | null>();
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'assignment' || names.carried(element.node.right) !== 'derived') continue;
    const text = lvalueText(element.node.left);
    if (text !== null && !names.isOwn(text)) places.set(text, parameterOf(fn, text));
  }
  const [only] = places.values();
  return places.size === 1 && only?.path === '*' ? { ...only, isDerived: true } : null;
}

/** The parameter that an lvalue is behind: `req` and `->pages` of `req->pages`, `out` and `*` of `*out`. */
function parameterOf(fn: ExploredFunction, text: string): { parameter: number; path: string } | null {
  const [, star = '', root = '', path = ''] = /^(\*?)(\w+)(.*)$/.exec(text) ?? [];
  const parameter = fn.ast.parameters.findIndex(one => one.name === root);
  return parameter < 0 || (star !== '' && path !== '') ? null : { parameter, path: `${star}${path}` };
}

/** The only place behind a parameter that the array of a helper is stored in; null if there is none or more than one. */
function storedIn(fn: ExploredFunction, base: string): { parameter: number; path: string } | null {
  const places = new Map<string, { parameter: number; path: string } | null>();
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'assignment' || lvalueText(element.node.right) !== base) continue;
    const text = lvalueText(element.node.left);
    if (text !== null && text !== rootOf(text)) places.set(text, parameterOf(fn, text));
  }
  const [only] = places.values();
  return places.size === 1 ? (only ?? null) : null;
}

/** Whether a path leaves the pages with the caller. */
type Holds = (state: PathState) => boolean;

function holder(page: PageCall): Holds {
  const allocated = isOwn(page);
  return ({ fate }) => fate === 'held' || (allocated && fate === 'gone');
}

/** All that the caller has is what was stored of the page. */
function isNoted({ fate, givenTo }: PathState): boolean {
  return fate === 'noted' && givenTo === null;
}

/** What the results of a helper mean; null where one result may mean either. */
function outcomesOf(
  ends: readonly PathEnd[],
  returned: boolean,
  part: boolean,
  leavesThem: Holds,
): readonly CallOutcome[] | null {
  const outcomes = new Map<string, CallOutcome>();
  for (const { state, value } of ends) {
    if (state.outcome === null) continue;
    if (state.blurred || value === null || state.mistaken !== null) return null;
    const holds = leavesThem(state);
    if (!holds && state.fate !== 'none' && state.fate !== 'released') return null;
    const signs = signsOf(value, state);
    // A helper that forgets what it got is reported itself; its callers see a failure.
    const failed = !holds || signs === SIGN.negative || value.kind === 'error';
    const outcome: CallOutcome = failed
      ? { outcome: 'negative', value: failureValue(value, signs), fate: 'none' }
      : {
          // The last pass may have got less than it asked for; all passes together got all.
          outcome: part ? 'full' : state.outcome,
          value: returned ? symbol('helper', SIGN.positive) : successValue(value, signs),
          fate: 'held',
        };
    outcomes.set(`${valueKey(outcome.value)} ${outcome.outcome} ${outcome.fate}`, outcome);
  }
  const all = [...outcomes.values()];
  const held = all.filter(({ fate }) => fate === 'held');
  const failures = all.filter(({ fate }) => fate === 'none');
  if (held.length === 0 || failures.length === 0) return null;
  const facts = { outcome: null, request: null };
  const apart = held.every(one =>
    failures.every(other => {
      if (one.value.kind === 'result')
        return other.value.kind === 'result' || (signsOf(other.value, facts) & SIGN.positive) === 0;
      if (other.value.kind === 'result') return (signsOf(one.value, facts) & SIGN.negative) === 0;
      if (one.value.kind === 'error' || other.value.kind === 'error')
        return one.value.kind !== other.value.kind;
      return (signsOf(one.value, facts) & signsOf(other.value, facts)) === 0;
    }),
  );
  return apart ? all : null;
}

/** What the results of a helper say of a single page that its callers do not see; null where they do not say how many it got. */
function countOutcomes(page: PageCall, ends: readonly PathEnd[]): readonly CallOutcome[] | null {
  if (!page.single) return null;
  const outcomes = new Map<string, CallOutcome>();
  for (const { state, value } of ends) {
    if (state.outcome === null) continue;
    if (value === null || state.blurred || state.mistaken !== null) return null;
    const signs = signsOf(value, state);
    const got = state.outcome === 'full' && (value.kind === 'result' || signs === SIGN.zero);
    const outcome: CallOutcome = got
      ? { outcome: 'full', value, fate: 'held' }
      : { outcome: 'negative', value: failureValue(value, signs), fate: 'none' };
    outcomes.set(`${valueKey(outcome.value)} ${outcome.outcome}`, outcome);
  }
  const all = [...outcomes.values()];
  return all.some(({ outcome, value }) => outcome === 'full' && value.kind === 'result') ? all : null;
}

function failureValue(value: Value, signs: number): Value {
  if (value.kind === 'error') return ERROR;
  if (signs === SIGN.negative) return RESULT;
  return value.kind === 'symbol' ? symbol('helper', signs) : value;
}

function successValue(value: Value, signs: number): Value {
  if (value.kind === 'number' || value.kind === 'result') return value;
  return symbol('helper', signs);
}
