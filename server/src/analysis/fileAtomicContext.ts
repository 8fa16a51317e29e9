/** Calls that may sleep, in the functions of a file and through its helpers, and what is held where they are made. */

import { MAY_SLEEP, type MaySleep, SECTION_OPERATIONS } from '../../../kernel/src/index.js';
import { type Call, callTokens, type FunctionItem, type Span } from '../syntax/index.js';
import type { FileAnalysis } from './analyseFile.js';
import { type AtomicSection, type AtomicState, type SectionEffect, solveAtomic } from './atomicFlow.js';
import { CallGraph } from './callGraph.js';
import type { FlowSolution } from './dataflow.js';
import { calleeName, constantTruth, plainSpan, valueExpression, walk } from './expressions.js';
import type { FunctionAnalysis } from './functionAnalysis.js';

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
  readonly decidedBy: ReadonlySet<number>;
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
  readonly #flows = new Map<string, FlowSolution<AtomicState> | null>();
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

  /** The functions that begin a section and may sleep, in order of position. */
  suspects(): readonly string[] {
    if (this.#reaching.size === 0) return [];
    const begin = this.#callersOf(BEGINS);
    return [...this.#reaching].filter(name => begin.has(name));
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
    for (const token of callTokens(source, names)) {
      const item = source.functions[token.function];
      if (item?.alternative === null) callers.add(item.name);
    }
    return callers;
  }

  #sleepingCalls(name: string, depth: number): readonly SleepingCall[] {
    const fn = this.#functionOf(name);
    const flow = fn === null ? null : this.#flowOf(fn);
    if (fn === null || flow === null || ASKS.test(this.#textOf(fn.item))) return [];
    const found: SleepingCall[] = [];
    for (const { element, at } of fn.cfg.elements()) {
      if (element.kind !== 'call') continue;
      const callee = calleeName(element.node);
      if (callee === null) continue;
      const state = flow.before(at);
      if (state === null || state.size === 0) continue;
      const inside = this.#sleepOf(name, callee, element.node, depth);
      if (inside === null) continue;
      const held = [...state.values()];
      found.push({
        callee,
        span: plainSpan(element.node.callee),
        inside: inside.span.start === element.node.callee.start ? null : inside,
        sections: held.filter(section => section.by !== null),
        inCallersSection: held.some(section => section.by === null),
      });
    }
    return found.sort((a, b) => a.span.start - b.span.start);
  }

  /** The call that may sleep where `callee` is called; null if none does. */
  #sleepOf(
    caller: string,
    callee: string,
    call: Call,
    depth: number,
  ): { readonly callee: string; readonly span: Span } | null {
    const sleeper = SLEEPERS.get(callee);
    if (sleeper !== undefined && !this.#items.has(callee)) {
      return isFalse(call.args[sleeper.unlessFalse]) ? null : { callee, span: plainSpan(call.callee) };
    }
    if (depth === 0 || !this.#reaching.has(callee)) return null;
    if (CallGraph.of(this.#file.source).isRecursive(caller, callee)) return null;
    const summary = this.#summaryOf(callee, depth - 1);
    if (summary === null || [...summary.decidedBy].some(index => isFalse(call.args[index]))) return null;
    return { callee: summary.callee, span: summary.span };
  }

  #summaryOf(name: string, depth: number): SleepSummary | null {
    const key = `${name} ${depth}`;
    const old = this.#summaries.get(key);
    if (old !== undefined) return old;
    const [first] = this.#sleepingCalls(name, depth).filter(call => call.inCallersSection);
    const fn = this.#functionOf(name);
    const summary =
      first === undefined || fn === null
        ? null
        : {
            ...(first.inside ?? { callee: first.callee, span: first.span }),
            decidedBy: decidingParameters(fn),
          };
    this.#summaries.set(key, summary);
    return summary;
  }

  #functionOf(name: string): FunctionAnalysis | null {
    return this.#items.get(name) == null ? null : this.#file.functionNamed(name);
  }

  #textOf(item: FunctionItem): string {
    return this.#file.source.text.slice(item.body.start, item.body.end);
  }

  #flowOf(fn: FunctionAnalysis): FlowSolution<AtomicState> | null {
    const { name } = fn.item;
    const old = this.#flows.get(name);
    if (old !== undefined) return old;
    const solved = fn.complete ? solveAtomic(fn.cfg, callee => this.#effectOf(name, callee)) : null;
    const flow = solved?.complete === true ? solved : null;
    this.#flows.set(name, flow);
    return flow;
  }

  /** Whether a function of the file gives up what its caller holds; null: it is not of this file. */
  #effectOf(caller: string, name: string): SectionEffect | null {
    const item = this.#items.get(name);
    if (item === undefined) return null;
    if (item === null) return { ends: true };
    if (!MAY_END.test(this.#textOf(item))) return { ends: false };
    if (CallGraph.of(this.#file.source).isRecursive(caller, name)) return { ends: true };
    const fn = this.#functionOf(name);
    const flow = fn === null ? null : this.#flowOf(fn);
    if (fn === null || flow === null) return { ends: true };
    const atExit = flow.atStart(fn.cfg.exit);
    return { ends: atExit !== null && ![...atExit.values()].some(section => section.by === null) };
  }
}

function isFalse(argument: Call['args'][number] | undefined): boolean {
  return argument !== undefined && constantTruth(valueExpression(argument)) === false;
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
