/**
 * What a function does with each result that handle_mm_fault() can have: on which paths it looks for a signal before it
 * tries again, where it goes with an error, what it takes for the end.
 */

import { expandFlags } from '../../../kernel/src/index.js';
import {
  type Assignment,
  type Call,
  childrenOf,
  type Expression,
  functionsNamed,
  type Node,
} from '../syntax/index.js';
import type { CfgElement, EdgeLabel } from './cfg.js';
import type { FlowSolution } from './dataflow.js';
import { calleeName, lvalueText, valueExpression, walk } from './expressions.js';
import { faultHelpersOf, flagsPassedOn, isFault } from './faultHelpers.js';
import { flagTest } from './flagTest.js';
import type { FunctionAnalysis } from './functionAnalysis.js';
import { type Fact, isSet, NO_FACT, NO_FACTS, NON_ZERO, withFact, ZERO } from './lattices/factLattice.js';
import { RETURNED } from './lockSummary.js';
import { mayDropLock } from './siteFlags.js';
import { solveTagged, type TaggedPath, type TaggedState } from './taggedFlow.js';

/** A result, by the bit that decides. `done`: none of them, the fault was handled. `none`: no call came before. */
export type FaultOutcome = 'none' | 'retry' | 'completed' | 'oom' | 'sigbus' | 'sigsegv' | 'done';

/** The results that say that the fault could not be handled. */
export const FAULT_ERRORS: ReadonlyMap<FaultOutcome, string> = new Map([
  ['oom', 'VM_FAULT_OOM'],
  ['sigbus', 'VM_FAULT_SIGBUS'],
  ['sigsegv', 'VM_FAULT_SIGSEGV'],
]);

/** What is known of a way that leads to a point, since the last call of handle_mm_fault() on it. */
export type FaultTag = {
  /** Where that call starts; -1: there was none. */
  readonly call: number;
  readonly outcome: FaultOutcome;
  /** Whether a signal was looked for, or something that cannot be seen into may have done so. */
  readonly signals: boolean;
  /** Whether the flags were changed for another attempt: TRIED set, or ALLOW_RETRY taken away. */
  readonly again: boolean;
  /** Whether TRIED was set. */
  readonly tried: boolean;
  /** Whether the fault came from user mode, as far as conditions told. */
  readonly user: 'unknown' | 'user' | 'kernel';
  /** Where a test for a signal starts that was true, if nothing was done about it since; -1: none. */
  readonly signalled: number;
  /** Whether a lock was taken since, as for another attempt, or was never dropped. */
  readonly relocked: boolean;
  /** Whether something was done about this result: its bit was found set, or it went out of sight. */
  readonly seen: boolean;
  /**
   * Whether a test of several errors found it set, and nothing was done about it since; `others`: tests of others came behind
   * it, or what is returned hangs on them.
   */
  readonly asked: 'no' | 'several' | 'others';
  /** Whether it was stored where others may look at it. */
  readonly stored: boolean;
};

const START: FaultTag = {
  call: -1,
  outcome: 'none',
  signals: false,
  again: false,
  tried: false,
  user: 'unknown',
  signalled: -1,
  relocked: false,
  seen: false,
  asked: 'no',
  stored: false,
};

/** The ways through one function. */
export interface FaultFlow {
  /** Its calls of handle_mm_fault(). */
  readonly calls: readonly Call[];
  /** The kinds of ways that lead right before an element's node; empty where it cannot be reached. */
  before(node: object): TaggedState<FaultTag>;
  /** Those that lead to the branch whose condition holds an offset of the file; null: there is none such. */
  atBranch(offset: number): TaggedState<FaultTag> | null;
  /** Those that lead to the end of the function, and whether it certainly returns 0 on them, or certainly anything else. */
  readonly atExit: readonly {
    readonly tag: FaultTag;
    readonly returnsZero: boolean;
    readonly returnsOther: boolean;
  }[];
}

const flows = new WeakMap<FunctionAnalysis, FaultFlow | null>();

/** The ways through a function that calls handle_mm_fault(), itself or by a function that only does that; null: it does not, or it could not be followed. */
export function faultFlowOf(fn: FunctionAnalysis): FaultFlow | null {
  let flow = flows.get(fn);
  if (flow === undefined) {
    flow = solve(fn);
    flows.set(fn, flow);
  }
  return flow;
}

function solve(fn: FunctionAnalysis): FaultFlow | null {
  // Most functions have none, and need not be parsed for it.
  if (!fn.sites.some(site => site.callee === 'handle_mm_fault') && !callsFaultHelper(fn)) return null;
  const { cfg } = fn;
  if (!cfg.complete) return null;
  const calls = cfg
    .elements()
    .flatMap(({ element }) => (element.kind === 'call' && isFault(fn, element.node) ? [element.node] : []));
  const ways = new FaultWays(fn);
  const solution: FlowSolution<TaggedState<FaultTag>> = solveTagged(cfg, fn.profile, {
    entry: START,
    facts: [...ways.results, ...returnedVariables(fn)],
    element: (element, path) => ways.element(element, path),
    edge: (label, tag) => ways.edge(label, tag),
  });
  if (!solution.complete) return null;
  return {
    calls,
    before(node) {
      const at = cfg.positionOf(node);
      return at === null ? [] : solution.before(at);
    },
    atBranch(offset) {
      const branch = cfg.blocks
        .flatMap(({ out }) => out)
        .find(
          ({ label }) =>
            label.kind === 'branch' && label.condition.start <= offset && offset < label.condition.end,
        );
      return branch === undefined ? null : solution.atEnd(branch.from);
    },
    atExit: solution.atStart(cfg.exit).map(({ tag, facts }) => ({
      tag,
      returnsZero: facts.get(RETURNED)?.signs === ZERO,
      returnsOther: isSet(facts, RETURNED),
    })),
  };
}

function callsFaultHelper({ file, item }: FunctionAnalysis): boolean {
  const body = file.text.slice(item.body.start, item.body.end);
  return [...faultHelpersOf(file)].some(name => new RegExp(`\\b${name}\\s*\\(`).test(body));
}

/** Given the result or the registers, they neither look for signals nor deal with the fault. */
const HARMLESS =
  /^(?:(?:un)?likely|user_mode|perf_sw_event|count_vm_\w+|trace_\w+|pr_\w+|printk|exception_(?:enter|exit)|mmap_\w*unlock|up_read|vma_end_read|local_irq_\w+|WARN_ON(?:_ONCE)?)$/;

const LOCKS =
  /^(?:mmap_read_(?:try)?lock(?:_killable)?|down_read\w*|lock_mm_and_find_vma|lock_vma_under_rcu)$/;

/**
 * The errors of a fault with which a function that is given its result comes to some calls, each with the error it comes with: as
 * mm_fault_error() of x86 came to BUG() with VM_FAULT_SIGSEGV.
 * @param parameter the one that is given the result
 * @returns null where the function could not be followed
 */
export function errorsReaching(
  fn: FunctionAnalysis,
  parameter: string,
  isWanted: (call: Call) => boolean,
): ReadonlyMap<Call, readonly string[]> | null {
  if (!fn.cfg.complete) return null;
  const reached = new Map<Call, string[]>();
  const errors = expandFlags(fn.profile, ['VM_FAULT_ERROR']);
  for (const bit of FAULT_ERRORS.values()) {
    const lacks = [...errors, 'VM_FAULT_RETRY', 'VM_FAULT_COMPLETED'].filter(name => name !== bit).sort();
    const fact: Fact = { signs: NON_ZERO, any: [bit], lacks };
    const solution = solveTagged(fn.cfg, fn.profile, {
      entry: {},
      entryFacts: withFact(NO_FACTS, parameter, fact),
      facts: [parameter],
      element: (_, path) => [path],
    });
    if (!solution.complete) return null;
    for (const { element, at } of fn.cfg.elements()) {
      if (element.kind !== 'call' || !isWanted(element.node) || solution.before(at).length === 0) continue;
      reached.set(element.node, [...(reached.get(element.node) ?? []), bit]);
    }
  }
  return reached;
}

class FaultWays {
  /** The variables that hold the result of handle_mm_fault(). */
  readonly results: ReadonlySet<string>;
  readonly #fn: FunctionAnalysis;
  /** The variables that handle_mm_fault() is given as flags. */
  readonly #flags: ReadonlySet<string>;
  /** The variables that hold user_mode(). */
  readonly #modes: ReadonlySet<string>;
  /** The conditions under which FAULT_FLAG_USER is set, by their text, each with the truth that means user mode. */
  readonly #userConditions: ReadonlyMap<string, boolean>;
  readonly #errors: readonly string[];

  constructor(fn: FunctionAnalysis) {
    this.#fn = fn;
    this.results = assignedFrom(fn, node => isFault(fn, node));
    this.#flags = new Set(
      fn.cfg.elements().flatMap(({ element }) => {
        const flags = element.kind === 'call' && isFault(fn, element.node) ? element.node.args[2] : undefined;
        return flags?.kind === 'identifier' ? [flags.name] : [];
      }),
    );
    this.#modes = assignedFrom(fn, node => node.kind === 'call' && calleeName(node) === 'user_mode');
    this.#userConditions = userConditions(fn);
    this.#errors = expandFlags(fn.profile, ['VM_FAULT_ERROR']);
  }

  element(element: CfgElement, path: TaggedPath<FaultTag>): readonly TaggedPath<FaultTag>[] {
    switch (element.kind) {
      case 'call':
        return isFault(this.#fn, element.node)
          ? this.#faults(element.node, path)
          : one(path, this.#called(element.node, path.tag));
      case 'assignment':
        return one(
          path,
          this.#assigned(element.node.left, element.node.right, this.#anew(element.node, path.tag)),
        );
      case 'declare':
        return one(path, this.#assigned(null, element.node.init, path.tag));
      case 'return': {
        const { value } = element.node;
        if (value === null || !this.#mentions(value)) return [path];
        return one(path, { ...path.tag, ...(this.#gives(value) ? { seen: true } : { asked: 'others' }) });
      }
      case 'unknown':
      case 'asm':
        return one(path, path.tag.outcome === 'none' ? path.tag : { ...path.tag, signals: true, seen: true });
      default:
        return [path];
    }
  }

  /** The results that a call may have, each a path of its own. */
  #faults(call: Call, path: TaggedPath<FaultTag>): readonly TaggedPath<FaultTag>[] {
    const tag: FaultTag = { ...START, user: path.tag.user, call: call.start };
    const outcomes: [FaultOutcome, string | null][] = [...FAULT_ERRORS, ['done', null]];
    if (this.#mayDrop(call)) {
      outcomes.push(['retry', 'VM_FAULT_RETRY']);
      if (this.#fn.profile.switches.faultCompleted) outcomes.push(['completed', 'VM_FAULT_COMPLETED']);
    }
    const bits = [...this.#errors, 'VM_FAULT_RETRY', 'VM_FAULT_COMPLETED'];
    return outcomes.map(([outcome, bit]) => {
      const lacks = bits.filter(name => name !== bit).sort();
      const fact: Fact = bit === null ? { ...NO_FACT, lacks } : { signs: NON_ZERO, any: [bit], lacks };
      return { tag: { ...tag, outcome }, facts: withFact(path.facts, `#${call.start}`, fact) };
    });
  }

  #mayDrop(call: Call): boolean {
    const isDirect = calleeName(call) === 'handle_mm_fault';
    return isDirect ? this.#fn.mayDropLock(call) : mayDropLock(flagsPassedOn(this.#fn, call));
  }

  #called(call: Call, tag: FaultTag): FaultTag {
    if (tag.outcome === 'none') return tag;
    const name = calleeName(call) ?? '';
    if (LOCKS.test(name)) return { ...tag, relocked: true, signalled: -1 };
    if (/signal_pending/.test(name)) return { ...tag, signals: true };
    if (HARMLESS.test(name)) return tag;
    const given = call.args.some(argument => this.#mentions(argument));
    return {
      ...tag,
      signals: tag.signals || given || this.#looksForSignal(name),
      seen: tag.seen || tag.asked !== 'no' || given,
      signalled: -1,
    };
  }

  #looksForSignal(name: string): boolean {
    const { file } = this.#fn;
    return functionsNamed(file, name).some(({ body }) =>
      /signal_pending/.test(file.text.slice(body.start, body.end)),
    );
  }

  /** Flags that are made anew of nothing but constants are those of a first attempt. */
  #anew({ left, op, right }: Assignment, tag: FaultTag): FaultTag {
    if (op !== '=' || !tag.again || left.kind !== 'identifier' || !this.#flags.has(left.name)) return tag;
    let isConstant = true;
    walk(right, node => {
      if (node.kind === 'call') isConstant = false;
      if (node.kind === 'identifier') isConstant &&= /^FAULT_FLAG_[A-Z_]+$/.test(node.name);
    });
    return isConstant ? { ...tag, again: false, tried: false } : tag;
  }

  #assigned(left: Expression | null, right: Expression | null, tag: FaultTag): FaultTag {
    if (right === null || tag.outcome === 'none') return tag;
    const tried = tag.tried || names(right, /^FAULT_FLAG_TRIED$/);
    const again = tag.again || tried || names(right, /^FAULT_FLAG_ALLOW_RETRY$/);
    const stored = tag.stored || (left !== null && left.kind !== 'identifier' && this.#mentions(right));
    const seen = tag.seen || tag.asked !== 'no';
    const isSame = again === tag.again && tried === tag.tried && stored === tag.stored && seen === tag.seen;
    return isSame ? tag : { ...tag, again, tried, stored, seen };
  }

  edge(label: EdgeLabel, tag: FaultTag): FaultTag | null {
    if (label.kind === 'next') return tag;
    const subject = valueExpression(label.kind === 'branch' ? label.condition : label.subject);
    if (label.kind !== 'branch') return this.#mentions(subject) ? { ...tag, seen: true } : tag;
    const user = this.#userTest(subject);
    if (user !== null) {
      const mode = user === label.truth ? 'user' : 'kernel';
      return tag.user === 'unknown' || tag.user === mode ? { ...tag, user: mode } : null;
    }
    if (tag.outcome === 'none') return tag;
    if (subject.kind === 'call' && /signal_pending/.test(calleeName(subject) ?? '')) {
      if (!label.truth) return tag;
      // A fault that is done is not given up for a signal that waits. An error need not be told to a task that dies.
      return tag.outcome === 'retry' ? { ...tag, signalled: subject.start } : { ...tag, seen: true };
    }
    // VM_FAULT_RETRY comes only with ALLOW_RETRY: with the flags of the call this edge is not taken.
    if (
      !label.truth &&
      tag.outcome === 'retry' &&
      !tag.again &&
      testsFlag(subject, /^FAULT_FLAG_ALLOW_RETRY$/)
    )
      return null;
    // With RETRY_NOWAIT the lock is not dropped for VM_FAULT_RETRY.
    if (label.truth && testsFlag(subject, /^FAULT_FLAG_RETRY_NOWAIT$/)) return { ...tag, relocked: true };
    // A wait that signals do not interrupt does not come back for one.
    if (!label.truth && testsFlag(subject, /^FAULT_FLAG_(?:KILLABLE|INTERRUPTIBLE)$/))
      return { ...tag, signals: true };
    return this.#tested(subject, tag);
  }

  /** Whether a condition tells whether the fault came from user mode, and by which truth; null: it does not. */
  #userTest(condition: Expression): boolean | null {
    if (condition.kind === 'call' && calleeName(condition) === 'user_mode') return true;
    const name = lvalueText(condition);
    if (name !== null && this.#modes.has(name)) return true;
    const said = this.#userConditions.get(plainText(condition, this.#fn));
    if (said !== undefined) return said;
    const test = flagTest(condition);
    const isUser = test?.mask.kind === 'identifier' && test.mask.name === 'FAULT_FLAG_USER';
    return isUser && test !== null ? test.truth : null;
  }

  /** What a condition finds out about a result: it looks at its bit, at this and others, at others only, or at the result as a whole. */
  #tested(condition: Expression, tag: FaultTag): FaultTag {
    if (tag.seen || !this.#mentions(condition)) return tag;
    const test = flagTest(condition);
    if (test === null) return { ...tag, seen: true };
    const names: string[] = [];
    walk(test.mask, node => {
      if (node.kind === 'identifier') names.push(...expandFlags(this.#fn.profile, [node.name]));
    });
    const bit = FAULT_ERRORS.get(tag.outcome);
    if (bit === undefined) return tag;
    if (names.some(name => !name.startsWith('VM_FAULT_'))) return { ...tag, seen: true };
    const errors = [...FAULT_ERRORS.values()].filter(name => names.includes(name));
    if (!errors.includes(bit))
      return tag.asked !== 'no' && errors.length > 0 ? { ...tag, asked: 'others' } : tag;
    return errors.length > 1 ? { ...tag, asked: 'several' } : { ...tag, seen: true };
  }

  /** Whether a value has something of the result in it, and does not only hang on a condition about it. */
  #gives(value: Expression): boolean {
    if (value.kind !== 'conditional') return this.#mentions(value);
    return (value.then !== null && this.#gives(value.then)) || this.#gives(value.otherwise);
  }

  #mentions(expression: Expression): boolean {
    let found = false;
    walk(expression, node => {
      const name = lvalueText(node);
      found ||= isFault(this.#fn, node) || (name !== null && this.results.has(name));
    });
    return found;
  }
}

/** What an architecture asks instead of user_mode(), as `regs->tstate & TSTATE_PRIV`: what FAULT_FLAG_USER hangs on. */
function userConditions(fn: FunctionAnalysis): ReadonlyMap<string, boolean> {
  const conditions = new Map<string, boolean>();
  const visit = (node: Node): void => {
    if (node.kind === 'if') {
      const negated = node.test.kind === 'unary' && node.test.op === '!';
      const condition = valueExpression(negated ? node.test.operand : node.test);
      const isOne = condition.kind !== 'binary' || !/^(?:&&|\|\|)$/.test(condition.op);
      const [sets, leaves] = [node.then, node.otherwise].map(arm => arm !== null && setsUser(arm));
      if (isOne && sets !== leaves) conditions.set(plainText(condition, fn), (sets === true) !== negated);
    }
    for (const child of childrenOf(node)) visit(child);
  };
  visit(fn.ast.body);
  return conditions;
}

/** Whether a statement sets FAULT_FLAG_USER, and not under a further condition. */
function setsUser(statement: Node): boolean {
  if (statement.kind === 'compound') return statement.body.some(setsUser);
  if (statement.kind !== 'expression-statement' || statement.expression.kind !== 'assignment') return false;
  let sets = false;
  walk(statement.expression.right, node => {
    sets ||= node.kind === 'identifier' && node.name === 'FAULT_FLAG_USER';
  });
  return sets && statement.expression.right.kind !== 'conditional';
}

function plainText(node: Expression, { file }: FunctionAnalysis): string {
  return file.text.slice(node.start, node.end).replace(/\s+/g, ' ');
}

/** Whether a value that is assigned names a flag. What a call is given is the call's. */
function names(right: Expression, flag: RegExp): boolean {
  if (right.kind === 'call') return false;
  let found = false;
  walk(right, node => {
    found ||= node.kind === 'identifier' && flag.test(node.name);
  });
  return found;
}

/** Whether a condition is `flags & FLAG`, as fixup_user_fault() asks for FAULT_FLAG_KILLABLE. */
function testsFlag(condition: Expression, name: RegExp): boolean {
  const mask = flagTest(condition)?.mask;
  return mask?.kind === 'identifier' && name.test(mask.name);
}

function one(path: TaggedPath<FaultTag>, tag: FaultTag): readonly TaggedPath<FaultTag>[] {
  return [tag === path.tag ? path : { ...path, tag }];
}

/** The variables that a function returns: what they hold says with which result it ends. */
function returnedVariables(fn: FunctionAnalysis): readonly string[] {
  return fn.cfg
    .elements()
    .flatMap(({ element }) =>
      element.kind === 'return' && element.node.value?.kind === 'identifier' ? [element.node.value.name] : [],
    );
}

/** The variables that are given a value of some kind anywhere, directly or from another such variable. */
function assignedFrom(fn: FunctionAnalysis, isSource: (node: Expression) => boolean): ReadonlySet<string> {
  const names = new Set<string>();
  let before = -1;
  while (names.size > before) {
    before = names.size;
    for (const { element } of fn.cfg.elements()) {
      const [left, right] =
        element.kind === 'assignment'
          ? [lvalueText(element.node.left), element.node.right]
          : element.kind === 'declare'
            ? [element.node.name, element.node.init]
            : [null, null];
      if (left === null || right === null) continue;
      const value = valueExpression(right);
      const from = lvalueText(value);
      if (isSource(value) || (from !== null && names.has(from))) names.add(left);
    }
  }
  return names;
}
