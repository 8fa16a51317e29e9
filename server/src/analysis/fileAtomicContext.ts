/** Calls that may sleep, in the functions of a file and through its helpers, and what is held where they are made. */

import { CALLS_ARGUMENT, MAY_SLEEP, type MaySleep, SECTION_OPERATIONS } from '../../../kernel/src/index.js';
import { callTokens, type Expression, type FunctionItem, type Span } from '../syntax/index.js';
import type { FileAnalysis } from './analyseFile.js';
import { type AtomicSection, type SectionEffect, solveAtomic } from './atomicFlow.js';
import { CallGraph } from './callGraph.js';
import { calleeName, constantTruth, plainSpan, valueExpression, variableName, walk } from './expressions.js';
import type { FunctionAnalysis } from './functionAnalysis.js';
import { FunctionResult } from './functionResult.js';

/** A call that may sleep, itself or in a helper. */
export interface SleepingCall {
  /** The name that is called here. */
  readonly callee: string;
  readonly span: Span;
  /** The call inside the helper that may sleep; null: this one itself. */
  readonly inside: { readonly callee: string; readonly span: Span } | null;
  /** The sections of this function that are held on every path here, innermost last. */
  readonly sections: readonly AtomicSection[];
  /** Whether what the caller of this function holds is held here too. */
  readonly inCallersSection: boolean;
}

/** What a helper may do in the section of its caller. */
interface SleepSummary {
  readonly callee: string;
  readonly span: Span;
  /** The parameters that decide it: with a constant false for one of them nothing is known. */
  readonly decidedBy: readonly number[];
}

/** What is known of a function without a look at those that it calls. Plain data: it is kept, and moved with the function. */
interface AtomicFacts {
  /** The calls that are made where something is held, in order of position. */
  readonly calls: readonly {
    readonly callee: string;
    readonly span: Span;
    /** The indices of the arguments that are a constant false. */
    readonly falseArguments: readonly number[];
    readonly held: readonly AtomicSection[];
  }[];
  /** Whether it asks if it may sleep. */
  readonly asks: boolean;
  /** Whether what its caller holds is still held when it returns. */
  readonly keepsSection: boolean;
  /** The parameters that its conditions, or arguments of its calls, name. */
  readonly decidedBy: readonly number[];
}

const SLEEPERS: ReadonlyMap<string, MaySleep> = new Map(MAY_SLEEP.map(one => [one.name, one]));
const BEGINS: ReadonlySet<string> = new Set([
  ...SECTION_OPERATIONS.filter(({ does }) => does !== 'end').map(({ name }) => name),
  'guard',
  'scoped_guard',
]);
/** A function that asks whether it may sleep knows what it does. */
const ASKS =
  /\b(?:in_interrupt|in_atomic|in_irq|in_hardirq|in_softirq|in_task|in_nmi|irqs_disabled|preemptible|is_async|(?:may|can)_(?:sleep|block))\b/;
/** Only a function with one of these words can end a section of its caller. */
const MAY_END = /unlock|_restore|_irqrestore|_enable|kunmap_atomic|put_cpu/;
/** Helpers of helpers are followed this far. */
const DEEPEST = 3;
/** As many characters of a call are looked at for a function that it is given. */
const LONGEST_CALL = 300;
const CALLING: ReadonlySet<string> = new Set(CALLS_ARGUMENT.keys());

const known = new WeakMap<FileAnalysis, FileAtomicContext>();

/** The sleeping calls of a file, made once for an analysis; worked out when asked for. */
export function atomicContextOf(file: FileAnalysis): FileAtomicContext {
  let context = known.get(file);
  if (context === undefined) {
    context = new FileAtomicContext(file);
    known.set(file, context);
  }
  return context;
}

/** Looks at functions only when asked. Never throws on broken C. */
export class FileAtomicContext {
  readonly #file: FileAnalysis;
  readonly #items: ReadonlyMap<string, FunctionItem | null>;
  /** Functions that may sleep themselves, and those that call one of them. */
  readonly #reaching: ReadonlySet<string>;
  readonly #facts = new Map<string, AtomicFacts | null>();
  readonly #summaries = new Map<string, SleepSummary | null>();

  constructor(file: FileAnalysis) {
    this.#file = file;
    const items = new Map<string, FunctionItem | null>();
    for (const item of file.source.functions) {
      // Which of two definitions (in arms of an #if) is called can't be told.
      if (item.alternative === null) items.set(item.name, items.has(item.name) ? null : item);
    }
    this.#items = items;
    this.#reaching = this.#functionsThatReach();
  }

  /** The functions that begin a section and call in it what may sleep, in order of position. */
  suspects(): readonly string[] {
    if (this.#reaching.size === 0) return [];
    const begin = this.#callersOf(BEGINS);
    return [...this.#reaching].filter(name => begin.has(name) && this.#mayOwnASleep(name));
  }

  /** As {@link sleepingCalls} tells it, without the section of a caller: what is called outside of any is not looked into. */
  #mayOwnASleep(name: string): boolean {
    const facts = this.#factsIn(keptOwn, name, false);
    return facts?.calls.some(({ callee }) => SLEEPERS.has(callee) || this.#reaching.has(callee)) === true;
  }

  /** Whether a function of the file may sleep, as far as can be seen without following its paths. */
  reaches(name: string): boolean {
    return this.#reaching.has(name);
  }

  /** The calls of a function that may sleep, in order of position; empty if it could not be read. */
  sleepingCalls(name: string): readonly SleepingCall[] {
    return this.#sleepingCalls(name, DEEPEST);
  }

  #functionsThatReach(): ReadonlySet<string> {
    const reaching = this.#callersOf(new Set(SLEEPERS.keys()));
    let last: ReadonlySet<string> = reaching;
    for (let depth = 1; depth < DEEPEST && last.size > 0; depth++) {
      last = this.#callersOf(new Set([...last].filter(name => this.#items.get(name) !== null)));
      for (const name of last) reaching.add(name);
    }
    return reaching;
  }

  #callersOf(names: ReadonlySet<string>): Set<string> {
    const { source } = this.#file;
    const callers = new Set<string>();
    if (names.size === 0) return callers;
    const note = (index: number): void => {
      const item = source.functions[index];
      if (item?.alternative === null) callers.add(item.name);
    };
    for (const token of callTokens(source, names)) note(token.function);
    for (const token of callTokens(source, CALLING)) {
      const [behind = ''] = source.text.slice(token.span.end, token.span.end + LONGEST_CALL).split(';', 1);
      if (behind.split(/\W+/).some(word => names.has(word))) note(token.function);
    }
    return callers;
  }

  #sleepingCalls(name: string, depth: number): readonly SleepingCall[] {
    const facts = this.#factsOf(name);
    if (facts === null || facts.asks) return [];
    const found: SleepingCall[] = [];
    for (const { callee, span, falseArguments, held } of facts.calls) {
      const inside = this.#sleepOf(name, callee, span, falseArguments, depth);
      if (inside === null) continue;
      found.push({
        callee,
        span,
        inside: inside.span.start === span.start ? null : inside,
        sections: held.filter(section => section.by !== null),
        inCallersSection: held.some(section => section.by === null),
      });
    }
    return found;
  }

  /** The call that may sleep where `callee` is called; null if none does. */
  #sleepOf(
    caller: string,
    callee: string,
    span: Span,
    falseArguments: readonly number[],
    depth: number,
  ): { readonly callee: string; readonly span: Span } | null {
    const sleeper = SLEEPERS.get(callee);
    if (sleeper !== undefined && !this.#items.has(callee)) {
      return falseArguments.includes(sleeper.unlessFalse) ? null : { callee, span };
    }
    if (depth === 0 || !this.#reaching.has(callee)) return null;
    if (CallGraph.of(this.#file.source).isRecursive(caller, callee)) return null;
    const summary = this.#summaryOf(callee, depth - 1);
    if (summary === null || summary.decidedBy.some(index => falseArguments.includes(index))) return null;
    return { callee: summary.callee, span: summary.span };
  }

  #summaryOf(name: string, depth: number): SleepSummary | null {
    const key = `${name} ${depth}`;
    const old = this.#summaries.get(key);
    if (old !== undefined) return old;
    const [first] = this.#sleepingCalls(name, depth).filter(call => call.inCallersSection);
    const decidedBy = this.#factsOf(name)?.decidedBy ?? [];
    const summary =
      first === undefined
        ? null
        : { ...(first.inside ?? { callee: first.callee, span: first.span }), decidedBy };
    this.#summaries.set(key, summary);
    return summary;
  }

  #textOf(item: FunctionItem): string {
    return this.#file.source.text.slice(item.body.start, item.body.end);
  }

  #factsOf(name: string): AtomicFacts | null {
    const old = this.#facts.get(name);
    if (old !== undefined) return old;
    const facts = this.#factsIn(kept, name, true);
    this.#facts.set(name, facts);
    return facts;
  }

  #factsIn(results: typeof kept, name: string, ofCaller: boolean): AtomicFacts | null {
    const fn = this.#items.get(name) == null ? null : this.#file.functionNamed(name);
    if (fn === null) return null;
    return results.of(
      fn,
      ask => atomicFacts(fn, callee => EFFECTS[ask(callee)] ?? null, ofCaller),
      callee => this.#effectOf(name, callee),
    );
  }

  /** What a call does to what its caller holds, as a key of {@link EFFECTS}. */
  #effectOf(caller: string, name: string): string {
    const item = this.#items.get(name);
    if (item === undefined) return 'unknown';
    if (item === null) return 'ends';
    if (!MAY_END.test(this.#textOf(item))) return 'keeps';
    if (CallGraph.of(this.#file.source).isRecursive(caller, name)) return 'ends';
    return this.#factsOf(name)?.keepsSection === true ? 'keeps' : 'ends';
  }
}

/** `unknown`: it is not a function of the file. */
const EFFECTS: Readonly<Record<string, SectionEffect>> = { ends: { ends: true }, keeps: { ends: false } };

const kept = new FunctionResult<AtomicFacts | null>();
/** Without the section of the caller. */
const keptOwn = new FunctionResult<AtomicFacts | null>();

/** What a function does where something is held; null if it could not be read. */
function atomicFacts(
  fn: FunctionAnalysis,
  effectOf: (name: string) => SectionEffect | null,
  ofCaller: boolean,
): AtomicFacts | null {
  const flow = fn.complete ? solveAtomic(fn.cfg, effectOf, ofCaller) : null;
  if (flow?.complete !== true) return null;
  const calls: AtomicFacts['calls'][number][] = [];
  for (const { element, at } of fn.cfg.elements()) {
    const callee = element.kind === 'call' ? calleeName(element.node) : null;
    if (element.kind !== 'call' || callee === null) continue;
    const state = flow.before(at);
    if (state === null || state.size === 0) continue;
    const { args } = element.node;
    const falseArguments = args.flatMap((argument, index) => (isFalse(argument) ? [index] : []));
    const [span, held] = [plainSpan(element.node.callee), [...state.values()]];
    calls.push({ callee, span, falseArguments, held });
    const given = functionGiven(args[CALLS_ARGUMENT.get(callee) ?? -1]);
    if (given !== null) calls.push({ callee: given, span, falseArguments: [], held });
  }
  const atExit = flow.atStart(fn.cfg.exit);
  return {
    calls: calls.sort((a, b) => a.span.start - b.span.start),
    asks: ASKS.test(fn.file.text.slice(fn.item.body.start, fn.item.body.end)),
    keepsSection: atExit === null || [...atExit.values()].some(section => section.by === null),
    decidedBy: [...decidingParameters(fn)],
  };
}

/** The name of a function that an argument is, with `&` or without; null if it is something else. */
function functionGiven(argument: Expression | undefined): string | null {
  if (argument === undefined) return null;
  const value = valueExpression(argument);
  return variableName(value.kind === 'unary' && value.op === '&' ? value.operand : value);
}

function isFalse(argument: Expression): boolean {
  return constantTruth(valueExpression(argument)) === false;
}

/** The parameters that conditions or the arguments of sleeping calls name. */
function decidingParameters(fn: FunctionAnalysis): ReadonlySet<number> {
  const names = new Set<string>();
  const note = (expression: Parameters<typeof walk>[0]): void =>
    walk(expression, node => {
      if (node.kind === 'identifier') names.add(node.name);
    });
  for (const block of fn.cfg.blocks) {
    for (const { label } of block.out) {
      if (label.kind === 'branch') note(label.condition);
      else if (label.kind !== 'next') note(label.subject);
    }
    for (const element of block.elements) {
      if (element.kind === 'call') element.node.args.forEach(note);
    }
  }
  return new Set(
    fn.ast.parameters.flatMap(({ name }, index) => (name !== null && names.has(name) ? [index] : [])),
  );
}
