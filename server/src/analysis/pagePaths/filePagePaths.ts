/** The paths behind every call of a file that gets pages, itself or through a helper of the file. */

import { type ResolvedFunction, SITE_FUNCTIONS, siteFunction } from '../../../../kernel/src/index.js';
import type { Call, Expression } from '../../syntax/index.js';
import { callTokens } from '../../syntax/index.js';
import type { FileAnalysis } from '../analyseFile.js';
import { calleeName, lvalueText } from '../expressions.js';
import { type Acquirer, acquirerOf, describeHelped, memberOf } from './acquirer.js';
import type { ExploredFunction, FollowedCall, HelperEffect, PathEnd, Surroundings } from './exploration.js';
import { PathExplorer } from './explorePaths.js';
import { FunctionShape } from './functionShape.js';
import { type StructMembers, structMembersOf, TypeScope } from './integerType.js';
import { type Described, directOutcomes, isNull, type PageCall } from './pageCall.js';
import { baseOf, PageNames } from './pageNames.js';
import { ENTRY, groupKey, type PathState } from './pathState.js';
import { countMembersOf, trackedKeys } from './trackedKeys.js';
import { HUGE, type Value, valueKey } from './value.js';

/** Blocks visited for one call, and for each effect of a helper: beyond, nothing is known of it. */
const MOST_STEPS = 2000;
const MOST_HELPER_STEPS = 300;
/** Effects of helpers worked out in one file. */
const MOST_EFFECTS = 300;

/** Helpers of helpers are followed this far. */
const DEEPEST = 3;

const ACQUIRING: ReadonlySet<string> = new Set(
  [...SITE_FUNCTIONS].filter(([, kind]) => kind === 'gup').map(([name]) => name),
);

const known = new WeakMap<FileAnalysis, FilePagePaths>();

/** The paths of a file, made once for an analysis; worked out when asked for. */
export function pagePathsOf(file: FileAnalysis): FilePagePaths {
  let paths = known.get(file);
  if (paths === undefined) {
    paths = new FilePagePaths(file);
    known.set(file, paths);
  }
  return paths;
}

/** Looks at functions only when asked. Never throws on broken C: what could not be read has no events. */
export class FilePagePaths {
  readonly #file: FileAnalysis;
  readonly #functions = new Map<string, ExploredFunction | null>();
  readonly #acquirers = new Map<string, Acquirer | null>();
  readonly #calls = new Map<string, readonly PageCall[]>();
  readonly #effects = new Map<string, HelperEffect | null>();
  readonly #running = new Set<string>();
  #structs: StructMembers | null = null;
  #countMembers: ReadonlySet<string> | null = null;
  #all: readonly PageCall[] | null = null;

  constructor(file: FileAnalysis) {
    this.#file = file;
  }

  /** Every call that gets pages, in order of position. */
  calls(): readonly PageCall[] {
    if (this.#all !== null) return this.#all;
    const { source } = this.#file;
    let names = functionsThatCall(this.#file, ACQUIRING);
    const direct = names;
    for (let depth = 1; depth < DEEPEST; depth++) {
      const helpers = new Set([...names].filter(name => this.#acquirer(name) !== null));
      const callers = functionsThatCall(this.#file, helpers);
      names = new Set([...names, ...callers]);
    }
    this.#all = source.functions
      .filter(item => item.alternative === null && (direct.has(item.name) || names.has(item.name)))
      .flatMap(item => this.of(item.name))
      .sort((a, b) => a.call.start - b.call.start);
    return this.#all;
  }

  /** The calls of one function that get pages. */
  of(name: string): readonly PageCall[] {
    const old = this.#calls.get(name);
    if (old !== undefined) return old;
    this.#calls.set(name, []);
    const fn = this.#function(name);
    const calls = fn === null ? [] : this.#callsOf(fn);
    this.#calls.set(name, calls);
    return calls;
  }

  #function(name: string): ExploredFunction | null {
    const old = this.#functions.get(name);
    if (old !== undefined) return old;
    const read = this.#read(name);
    this.#functions.set(name, read);
    return read;
  }

  /** A name with two definitions (in arms of an #if) is not known; nor is a function with cleanups that it does not name. */
  #read(name: string): ExploredFunction | null {
    const items = this.#file.source.functions.filter(item => item.name === name && item.alternative === null);
    if (items.length !== 1) return null;
    const fn = this.#file.functionNamed(name);
    if (fn === null || !fn.cfg.complete) return null;
    if (fn.ast.annotations.some(annotation => annotation.kind === 'cleanup')) return null;
    this.#structs ??= structMembersOf(this.#file.source.text);
    this.#countMembers ??= countMembersOf(this.#file.source);
    const types = new TypeScope(fn.ast, fn.cfg, this.#structs);
    const requests: Expression[] = [];
    for (const { element } of fn.cfg.elements()) {
      if (element.kind !== 'call') continue;
      const callee = calleeName(element.node);
      if (callee === null) continue;
      if (ACQUIRING.has(callee) || this.#isFunction(callee)) requests.push(...element.node.args);
    }
    return {
      name,
      ast: fn.ast,
      cfg: fn.cfg,
      types,
      prefix: `${name}:`,
      shape: new FunctionShape(fn.ast),
      tracked: trackedKeys(fn.cfg, requests, this.#countMembers),
    };
  }

  #isFunction(name: string): boolean {
    return this.#file.source.functions.some(item => item.name === name);
  }

  #callsOf(fn: ExploredFunction): PageCall[] {
    const found: PageCall[] = [];
    for (const { element } of fn.cfg.elements()) {
      if (element.kind !== 'call') continue;
      const described = this.#describe(fn, element.node);
      if (described === null) continue;
      const exploration =
        described.names.base === ''
          ? { events: [], ends: [], complete: false }
          : this.#explorer(fn, described.names, described.followed).explore(ENTRY, MOST_STEPS);
      found.push({
        ...described.page,
        names: described.names,
        events: exploration.events,
        complete: exploration.complete,
      });
      this.#ends.set(element.node, exploration.complete ? exploration.ends : null);
    }
    return found;
  }

  readonly #ends = new WeakMap<Call, readonly PathEnd[] | null>();

  #describe(fn: ExploredFunction, call: Call): Described | null {
    const name = calleeName(call);
    if (name === null) return null;
    const gup = ACQUIRING.has(name) ? siteFunction(this.#file.profile, name) : null;
    if (gup !== null) return this.#describeGup(fn, call, name, gup);
    if (name === fn.name || !this.#isFunction(name)) return null;
    const acquirer = this.#acquirer(name);
    return acquirer === null ? null : describeHelped(fn, call, name, acquirer);
  }

  #describeGup(fn: ExploredFunction, call: Call, name: string, gup: ResolvedFunction): Described | null {
    if (gup.acquires === 'none') return null;
    const pages = call.args[gup.argument('pages')];
    if (pages === undefined || isNull(pages)) return null;
    const request = call.args[gup.argument('count')] ?? null;
    const single = gup.argument('count') < 0 || (request?.kind === 'number' && request.value === 1);
    const boolean = gup.returns === 'bool' || gup.argument('count') < 0;
    const neverNegative =
      boolean ||
      gup.returnValues.every(({ value }) => !/^-|<0/.test(value)) ||
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
      names: new PageNames(fn.ast, fn.cfg, pages, null, base => this.#fillsTwice(fn, call, base)),
      followed: {
        call,
        outcomes: directOutcomes(boolean, neverNegative, single),
        request,
        single,
        writesOnFailure: /fast/.test(name),
      },
    };
  }

  /** Whether another call of the function gets pages into the same array. */
  #fillsTwice(fn: ExploredFunction, call: Call, base: string): boolean {
    for (const { element } of fn.cfg.elements()) {
      if (element.kind !== 'call' || element.node === call) continue;
      const name = calleeName(element.node) ?? '';
      const gup = ACQUIRING.has(name) ? siteFunction(this.#file.profile, name) : null;
      const pages = gup === null ? undefined : element.node.args[gup.argument('pages')];
      if (pages !== undefined && baseOf(pages).text === base) return true;
    }
    return false;
  }

  /** How a function of the file gets pages for its callers; null if it does not, or that cannot be told. */
  #acquirer(name: string): Acquirer | null {
    const old = this.#acquirers.get(name);
    if (old !== undefined) return old;
    this.#acquirers.set(name, null);
    const acquirer = this.#acquirerOf(name);
    this.#acquirers.set(name, acquirer);
    return acquirer;
  }

  #acquirerOf(name: string): Acquirer | null {
    const fn = this.#function(name);
    if (fn === null) return null;
    const calls = this.of(name);
    const [page] = calls;
    if (page === undefined || calls.length !== 1 || !page.complete) return null;
    const ends = this.#ends.get(page.call) ?? null;
    return ends === null ? null : acquirerOf(fn, page, ends);
  }

  #around(fn: ExploredFunction): Surroundings {
    return {
      gets: call => {
        const name = calleeName(call);
        return (
          name !== null && name !== fn.name && (ACQUIRING.has(name) || this.#acquirers.get(name) != null)
        );
      },
      helperEffect: (call, state, values, names) => this.#helperEffect(call, state, values, names),
    };
  }

  #explorer(fn: ExploredFunction, names: PageNames, followed: FollowedCall | null): PathExplorer {
    return new PathExplorer(fn, names, followed, this.#around(fn));
  }

  #helperEffect(
    call: Call,
    state: PathState,
    values: readonly Value[],
    names: PageNames,
  ): HelperEffect | null {
    const name = calleeName(call);
    if (
      name === null ||
      !this.#isFunction(name) ||
      this.#running.has(name) ||
      this.#running.size >= DEEPEST
    ) {
      return null;
    }
    const index = call.args.findIndex(argument => names.carried(argument) !== null);
    const argument = call.args[index];
    if (argument === undefined) return null;
    const object = names.carried(argument) === 'object' ? (baseOf(argument).text ?? '') : null;
    const path = object === null ? '' : names.pathFrom(object);
    if (path === null || !/^(?:(?:->|\.)\w+)*$/.test(path)) return null;
    const fn = this.#function(name);
    if (fn === null) return null;
    const bound = boundValues(fn, call, state, values);
    const known = [...bound].map(([one, value]) => `${one}=${valueKey(value)}`).sort();
    const key = [name, index, path, groupKey(state), ...known].join(' ');
    const old = this.#effects.get(key);
    if (old !== undefined) return old;
    if (this.#effects.size >= MOST_EFFECTS) return null;
    this.#running.add(name);
    const effect = this.#exploreHelper(fn, index, path, { ...state, values: bound });
    this.#running.delete(name);
    this.#effects.set(key, effect);
    return effect;
  }

  #exploreHelper(fn: ExploredFunction, index: number, path: string, entry: PathState): HelperEffect | null {
    const parameter = fn.ast.parameters[index]?.name ?? null;
    if (parameter === null) return null;
    const names = new PageNames(fn.ast, fn.cfg, memberOf(parameter, path), 'caller');
    const { events, ends, complete } = this.#explorer(fn, names, null).explore(entry, MOST_HELPER_STEPS);
    return complete && ends.length > 0 ? { events, ends } : null;
  }
}

/** What a helper's parameters, and the members that they lead to, are worth when it is called. */
function boundValues(
  fn: ExploredFunction,
  call: Call,
  state: PathState,
  values: readonly Value[],
): ReadonlyMap<string, Value> {
  const bound = new Map<string, Value>();
  fn.ast.parameters.forEach(({ name }, at) => {
    const value = values[at];
    const argument = call.args[at];
    if (name === null || value === undefined || argument === undefined) return;
    if (fn.tracked.has(name)) {
      const node: Expression = { kind: 'identifier', name, start: 0, end: 0 };
      const huge = value.kind === 'result' && state.outcome === 'negative' && fn.types.losesSign(node);
      bound.set(name, huge ? HUGE : value);
    }
    const address = argument.kind === 'unary' && argument.op === '&';
    const object = lvalueText(address ? argument.operand : argument);
    if (object === null) return;
    const from = `${object}${address ? '.' : '->'}`;
    for (const [key, member] of state.values) {
      const text = `${name}->${key.slice(from.length)}`;
      if (key.startsWith(from) && fn.tracked.has(text)) bound.set(text, member);
    }
  });
  return bound;
}

function functionsThatCall(file: FileAnalysis, names: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  if (names.size === 0) return found;
  for (const token of callTokens(file.source, names)) {
    const item = file.source.functions[token.function];
    if (item !== undefined && item.alternative === null) found.add(item.name);
  }
  return found;
}
