/** The paths behind every call of a file that gets pages, itself or through a helper of the file. */

import type { Call, Expression, FunctionAst, FunctionItem } from '../../syntax/index.js';
import { functionsNamed, mainFunctionsNamed } from '../../syntax/index.js';
import type { FileAnalysis } from '../analyseFile.js';
import { CallGraph, functionsThatCall, functionsThatLeadTo } from '../callGraph.js';
import { calleeName, lvalueText, rootOf } from '../expressions.js';
import { filePagesOf } from '../filePages.js';
import { type Made, memosOf, placeIn, readingOf } from '../functionMemo.js';
import type { HelperOutcome } from '../heldFlow.js';
import { functionAsked, isOfTables } from '../pageKnowledge.js';
import { placedText, relativeText } from '../shift.js';
import { type StructMembers, structMembersOf, structTextOf } from '../structMembers.js';
import { type Acquirer, acquirerOf, describeHelped, memberOf } from './acquirer.js';
import { type Contained, containerOf, lastPut, memberGiven } from './containerOf.js';
import { ACQUIRING, acquiringFunction, describeDirect } from './directCall.js';
import { effectElsewhere, givenElsewhere } from './elsewhere.js';
import type {
  Exploration,
  ExploredFunction,
  FollowedCall,
  HelperEffect,
  Surroundings,
} from './exploration.js';
import { PathExplorer } from './explorePaths.js';
import { FunctionShape } from './functionShape.js';
import { TypeScope } from './integerType.js';
import { leavesKey, leavesPages } from './leavesPages.js';
import type { Described, PageCall } from './pageCall.js';
import { PageNames } from './pageNames.js';
import { baseOf, namesInside, pointersInside, wholeName } from './pageVariables.js';
import { ENTRY, groupKey, OFFSET, type PathState } from './pathState.js';
import { countMembersOf, trackedKeys } from './trackedKeys.js';
import { HUGE, type Value, valueKey } from './value.js';

/** Blocks visited for one call, and for each effect of a helper: beyond, nothing is known of it. */
const MOST_STEPS = 1200;
const FEWER_STEPS = 200;
const MOST_HELPER_STEPS = 300;
/** Effects of helpers asked for in one function. */
const MOST_EFFECTS = 400;

/** Helpers of helpers are followed this far. */
const DEEPEST = 3;

/** What {@link FunctionMemo} keeps of a function. */
interface FunctionCalls {
  readonly calls: readonly PageCall[];
  /** How its callers get pages through it. */
  readonly acquirer: Acquirer | null;
}

/** The effect of a helper, and what was asked of other functions for it. */
interface AskedEffect {
  readonly effect: HelperEffect | null;
  readonly asked: ReadonlySet<string>;
}

const NO_CALLS: FunctionCalls = { calls: [], acquirer: null };
const NOTHING_FOUND: Exploration = { events: [], ends: [], complete: false };
/** What the paths of every function hang on beside its text. */
const QUESTIONS: readonly string[] = ['structures', 'members', 'functions', 'cycles'];

const known = new WeakMap<FileAnalysis, FilePagePaths>();
const memos = memosOf<FunctionCalls>();

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
  readonly #calls = new Map<string, FunctionCalls>();
  readonly #effects = new Map<string, AskedEffect>();
  /** What was asked of other functions for the result that is being made. */
  #asked = new Set<string>();
  #depth = 0;
  #effectsLeft = 0;
  readonly #answers = new Map<string, string>();
  #structs: StructMembers | null = null;
  #countMembers: ReadonlySet<string> | null = null;
  #leaving: ReadonlySet<string> | null = null;
  #all: readonly PageCall[] | null = null;
  #leading: ReadonlySet<string> | null = null;

  constructor(file: FileAnalysis) {
    this.#file = file;
  }

  /** Every call that gets pages, in order of position. */
  calls(): readonly PageCall[] {
    if (this.#all !== null) return this.#all;
    const { source } = this.#file;
    filePagesOf(this.#file).askOthers();
    let names = functionsThatCall(this.#file.source, this.#getters());
    const direct = names;
    for (let depth = 1; depth < DEEPEST; depth++) {
      const helpers = new Set([...names].filter(name => this.#acquirer(name) !== null));
      const callers = functionsThatCall(this.#file.source, helpers);
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
    return this.#known(name).calls;
  }

  /** What is known of a function: kept from an earlier reading while it is the same, and so is what it asked of others. */
  #known(name: string): FunctionCalls {
    const old = this.#calls.get(name);
    if (old !== undefined) return old;
    // Most of what a function calls has nothing to do with pages: it need not be read.
    if (!this.#leadsToPages(name)) return NO_CALLS;
    const { source, profile, parser } = this.#file;
    const [item, ...more] = this.#itemsNamed(name);
    if (item === undefined || more.length > 0) return NO_CALLS;
    const answer = (question: string): string => this.#answer(question);
    const calls = memos(parser).of(source, item, readingOf(source, profile), answer, () => this.#make(name));
    this.#calls.set(name, calls);
    return calls;
  }

  /** Whether a function calls one that gets pages, itself or through functions of the file. */
  #leadsToPages(name: string): boolean {
    this.#leading ??= functionsThatLeadTo(this.#file.source, this.#getters());
    return this.#leading.has(name);
  }

  #getters(): ReadonlySet<string> {
    return new Set([...ACQUIRING, ...this.#acquirersElsewhere()]);
  }

  #answer(question: string): string {
    const old = this.#answers.get(question);
    if (old !== undefined) return old;
    const answer = this.#findAnswer(question);
    this.#answers.set(question, answer);
    return answer;
  }

  #findAnswer(question: string): string {
    const { source } = this.#file;
    const [about, name = '', ...given] = question.split(' ');
    switch (about) {
      case 'structures':
        return structTextOf(source.text);
      case 'members':
        return [...this.#members()].sort().join();
      case 'leaves':
        return [...this.#leavers()].sort().join();
      case 'functions':
        return [...new Set(source.functions.map(item => item.name))].sort().join();
      case 'cycles':
        return CallGraph.of(source).cycleText;
      case 'text':
        return this.#itemsNamed(name)
          .map(item => source.text.slice(item.start, item.end))
          .join('\n');
      case 'elsewhere':
        return relativeText(this.#elsewhere(name), 0);
      case 'held':
        return relativeText(this.#heldElsewhere(name, given.join(' ')), 0);
      default:
        return placedText(this.#known(name).acquirer, offset => placeIn(source, offset));
    }
  }

  /** What {@link leavesPages} finds in the file. */
  #leavers(): ReadonlySet<string> {
    this.#leaving ??= leavesPages(this.#file.source);
    return this.#leaving;
  }

  #itemsNamed(name: string): readonly FunctionItem[] {
    return mainFunctionsNamed(this.#file.source, name);
  }

  #members(): ReadonlySet<string> {
    this.#countMembers ??= countMembersOf(this.#file.source);
    return this.#countMembers;
  }

  #make(name: string): Made<FunctionCalls> {
    const outer = this.#asked;
    this.#asked = new Set(QUESTIONS);
    const fn = this.#function(name);
    const value = fn === null ? NO_CALLS : this.#callsOf(fn);
    const dependencies = new Map([...this.#asked].map(question => [question, this.#answer(question)]));
    this.#asked = outer;
    const { source } = this.#file;
    const below = CallGraph.of(source).below(name);
    return { value, dependencies, others: [...below].flatMap(one => functionsNamed(source, one)) };
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
    if (this.#itemsNamed(name).length !== 1) return null;
    const fn = this.#file.functionNamed(name);
    if (fn === null || !fn.cfg.complete) return null;
    if (fn.ast.annotations.some(annotation => annotation.kind === 'cleanup')) return null;
    this.#structs ??= structMembersOf(this.#file.source.text);
    const types = new TypeScope(fn.ast, fn.cfg, this.#structs);
    const requests: Expression[] = [];
    for (const { element } of fn.cfg.elements()) {
      if (element.kind !== 'call') continue;
      const callee = calleeName(element.node);
      if (callee === null) continue;
      if (ACQUIRING.has(callee) || this.#isFunction(callee) || this.#elsewhere(callee) !== null)
        requests.push(...element.node.args);
    }
    return {
      name,
      ast: fn.ast,
      cfg: fn.cfg,
      types,
      prefix: `${name}:`,
      alwaysFails: callee => this.#alwaysFails(callee),
      shape: new FunctionShape(fn.ast),
      inside: pointersInside(fn.ast, fn.cfg),
      tracked: trackedKeys(fn.cfg, requests, this.#members()),
    };
  }

  /** Whether all that a function of the file returns is ERR_PTR() of an errno. */
  #alwaysFails(name: string): boolean {
    const [item, ...more] = this.#itemsNamed(name);
    if (item === undefined || more.length > 0) return false;
    this.#asked.add(`text ${name}`);
    const body = this.#file.source.text.slice(item.body.start, item.body.end);
    return /\breturn\s+ERR_PTR\(-E/.test(body) && !/\breturn\b(?!\s+ERR_PTR\(-E)/.test(body);
  }

  /** Whether a call leads to a function of the file that can be looked at on its own. */
  #isFollowed(caller: string, name: string): boolean {
    return this.#isFunction(name) && !CallGraph.of(this.#file.source).isRecursive(caller, name);
  }

  #isFunction(name: string): boolean {
    return functionsNamed(this.#file.source, name).length > 0;
  }

  #callsOf(fn: ExploredFunction): FunctionCalls {
    // What is known of a function is the same wherever it is asked for first.
    const [budget, depth] = [this.#effectsLeft, this.#depth];
    this.#effectsLeft = MOST_EFFECTS;
    this.#depth = 0;
    const calls: PageCall[] = [];
    let acquirer: Acquirer | null = null;
    let steps = MOST_STEPS;
    for (const { element } of fn.cfg.elements()) {
      if (element.kind !== 'call') continue;
      const described = this.#describe(fn, element.node);
      if (described === null) continue;
      const { names, followed, page } = described;
      const exploration =
        names.base === '' ? NOTHING_FOUND : this.#explorer(fn, names, followed).explore(ENTRY, steps);
      const { complete, events, ends } = exploration;
      // A function with too many paths behind one call has too many behind the next.
      if (!complete) steps = Math.min(steps, FEWER_STEPS);
      const { base, owner, member, part, startsNull, raw } = names;
      const call: PageCall = {
        ...page,
        names: { base, owner, member, part, startsNull, raw },
        events,
        complete,
      };
      calls.push(call);
      acquirer = complete && calls.length === 1 ? acquirerOf(fn, call, names, ends) : null;
    }
    this.#effectsLeft = budget;
    this.#depth = depth;
    return { calls, acquirer };
  }

  #describe(fn: ExploredFunction, call: Call): Described | null {
    const name = calleeName(call);
    if (name === null) return null;
    const gup = acquiringFunction(this.#file.profile, name, call);
    if (gup !== null) return describeDirect(fn, call, gup, this.#file.profile);
    const acquirer = this.#acquirerFor(fn.name, name);
    return acquirer === null ? null : describeHelped(fn, call, name, acquirer);
  }

  /** How a function gets pages for one that calls it; null if it does not, or that cannot be told. */
  #acquirerFor(caller: string, name: string): Acquirer | null {
    if (this.#isFunction(name)) return this.#isFollowed(caller, name) ? this.#acquirer(name) : null;
    this.#asked.add(`elsewhere ${name}`);
    return this.#elsewhere(name);
  }

  #elsewhere(name: string): Acquirer | null {
    const { scope, profile } = this.#file;
    return isOfTables(name, profile) ? null : (scope.questions.function(name)?.acquirer ?? null);
  }

  /** The functions of other files that get pages for their callers. */
  #acquirersElsewhere(): readonly string[] {
    const { tree } = this.#file.scope.questions;
    const names = [...tree.pages].flatMap(([question, answer]) =>
      answer.kind === 'function' && answer.acquirer !== null ? [functionAsked(question)] : [],
    );
    return names.filter(name => !this.#isFunction(name));
  }

  #heldElsewhere(name: string, given: string): HelperOutcome | null {
    const { scope, profile } = this.#file;
    return isOfTables(name, profile) ? null : scope.questions.held(name, given);
  }

  /** What a function of another file does to the pages of a path that are given to it; null if that cannot be told. */
  #effectElsewhere(
    name: string,
    call: Call,
    state: PathState,
    names: PageNames,
    ast: FunctionAst,
  ): HelperEffect | null {
    const given = givenElsewhere(call, names, ast);
    if (given === '') return null;
    this.#asked.add(`held ${name} ${given}`);
    const outcome = this.#heldElsewhere(name, given);
    return outcome === null ? null : effectElsewhere(outcome, state);
  }

  /** How a function of the file gets pages for its callers, for other files; null if that cannot be told. */
  acquirer(name: string): Acquirer | null {
    return this.#known(name).acquirer;
  }

  /** How a function of the file gets pages for its callers; null if it does not, or that cannot be told. */
  #acquirer(name: string): Acquirer | null {
    this.#asked.add(`acquirer ${name}`);
    return this.#known(name).acquirer;
  }

  #around(fn: ExploredFunction): Surroundings {
    return {
      gets: call => {
        const name = calleeName(call);
        if (name === null) return false;
        return ACQUIRING.has(name) || this.#acquirerFor(fn.name, name) !== null;
      },
      leavesPages: (name, member) => {
        this.#asked.add('leaves');
        return this.#leavers().has(leavesKey(name, member));
      },
      helperEffect: (call, state, values, names) =>
        this.#helperEffect(fn, lastPut(call) ?? call, state, values, names),
    };
  }

  #explorer(fn: ExploredFunction, names: PageNames, followed: FollowedCall | null): PathExplorer {
    return new PathExplorer(fn, names, followed, this.#around(fn));
  }

  #helperEffect(
    caller: ExploredFunction,
    call: Call,
    state: PathState,
    values: readonly Value[],
    names: PageNames,
  ): HelperEffect | null {
    const name = calleeName(call);
    if (name === null) return null;
    if (!this.#isFunction(name)) return this.#effectElsewhere(name, call, state, names, caller.ast);
    if (!this.#isFollowed(caller.name, name) || this.#depth >= DEEPEST) return null;
    if (--this.#effectsLeft < 0) return null;
    // Who is given pages, and the structure that they were read from, is given the pages.
    const direct = call.args.findIndex(argument => names.carried(argument) === 'pages');
    const given = direct >= 0 ? direct : call.args.findIndex(argument => names.carried(argument) !== null);
    const keeps = (argument: Expression): boolean => {
      const member = memberGiven(argument);
      return names.keptBehind((member === null ? lvalueText(argument) : rootOf(member)) ?? '') !== null;
    };
    const index = given >= 0 ? given : call.args.findIndex(keeps);
    const argument = call.args[index];
    if (argument === undefined) return null;
    const carried = names.carried(argument);
    const isDerived = carried === 'derived';
    const object = carried === 'object' ? (baseOf(argument).text ?? '') : null;
    const pathTo = (text: string): string | null =>
      given < 0 ? names.keptBehind(text) : object === null ? '' : names.pathFrom(text);
    const member = memberGiven(argument);
    const way = pathTo(object ?? lvalueText(argument) ?? '');
    if (way === null && member === null) return null;
    this.#asked.add(`text ${name}`);
    const fn = this.#function(name);
    if (fn === null) return null;
    const whole = member === null ? null : containerOf(fn, index, member);
    const path = whole === null ? way : pathTo(whole.given);
    if (path === null || !/^(?:(?:->|\.)\w+)*$/.test(path)) return null;
    const parameter = whole?.within ?? fn.ast.parameters[index]?.name ?? null;
    if (parameter === null) return null;
    const pages = memberOf(parameter, path);
    const bound = boundValues(fn, caller.inside, call, state, values, whole);
    const known = [...bound].map(([one, value]) => `${one}=${valueKey(value)}`).sort();
    const key = [
      name,
      this.#depth,
      lvalueText(pages),
      isDerived,
      groupKey(state),
      state.releasedAt?.start,
      ...known,
    ].join(' ');
    const old = this.#effects.get(key);
    const { effect, asked } =
      old ?? this.#askEffect(() => this.#exploreHelper(fn, pages, isDerived, { ...state, values: bound }));
    if (old === undefined) this.#effects.set(key, { effect, asked });
    for (const question of asked) this.#asked.add(question);
    return effect;
  }

  #askEffect(explore: () => HelperEffect | null): AskedEffect {
    const outer = this.#asked;
    const asked = new Set<string>();
    this.#asked = asked;
    this.#depth++;
    const effect = explore();
    this.#depth--;
    this.#asked = outer;
    return { effect, asked };
  }

  #exploreHelper(
    fn: ExploredFunction,
    pages: Expression,
    isDerived: boolean,
    entry: PathState,
  ): HelperEffect | null {
    const names = new PageNames(fn.ast, fn.cfg, pages, { owned: 'caller', isDerived });
    const { events, ends, complete } = this.#explorer(fn, names, null).explore(entry, MOST_HELPER_STEPS);
    return complete && ends.length > 0 ? { events, ends } : null;
  }
}

/**
 * What a helper's parameters, and the members that they lead to, are worth when it is called.
 * @param inside pointers of the caller, as in {@link ExploredFunction}
 * @param contained the structure that the helper gets at by a member, if it does
 */
function boundValues(
  fn: ExploredFunction,
  inside: ExploredFunction['inside'],
  call: Call,
  state: PathState,
  values: readonly Value[],
  contained: Contained | null,
): ReadonlyMap<string, Value> {
  const bound = new Map<string, Value>();
  const offset = state.values.get(OFFSET);
  if (offset !== undefined) bound.set(OFFSET, offset);
  const bindMembers = (from: string, to: string): void => {
    for (const [key, member] of state.values) {
      const whole = wholeName(key, inside);
      if (!whole.startsWith(from)) continue;
      const text = `${to}->${whole.slice(from.length)}`;
      for (const one of [text, ...namesInside(text, fn.inside)])
        if (fn.tracked.has(one)) bound.set(one, member);
    }
  };
  if (contained !== null) bindMembers(`${contained.given}->`, contained.within);
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
    bindMembers(`${object}${address ? '.' : '->'}`, name);
  });
  return bound;
}
