/** Everything known of one function, made when it is asked for. */

import {
  flagsOfCall,
  isSymbolic,
  type Profile,
  type ResolvedFunction,
  SITE_FUNCTIONS,
  siteFunction,
} from '../../../kernel/src/index.js';
import type {
  Call,
  Expression,
  FunctionAst,
  FunctionItem,
  KernelCParser,
  SourceFile,
} from '../syntax/index.js';
import type { CallSite } from './callSite.js';
import type { Cfg, CfgEdge, CfgPosition } from './cfg.js';
import { buildCfg } from './cfgBuilder.js';
import type { FlowSolution } from './dataflow.js';
import { calleeName } from './expressions.js';
import type { FileScope } from './fileScope.js';
import type { FlagContext } from './flagHelper.js';
import { FlagFlow } from './flagValues.js';
import { type FlagValue, UNKNOWN_FLAGS } from './lattices/flagLattice.js';
import { CALLERS_LOCK, type LockState } from './lattices/lockLattice.js';
import { type LockContext, lockedMms, mmOfCall, solveLock } from './lockFlow.js';
import type { LockSummary } from './lockSummary.js';
import { MmAliases } from './mmAliases.js';
import { flagsArgument, mayDropLock, takesRetryAway } from './siteFlags.js';

/** Helpers of helpers are followed this far for the flags that they choose. */
const DEEPEST = 3;

/** What a function analysis works with. */
export interface FunctionEnvironment {
  readonly file: SourceFile;
  readonly parser: KernelCParser;
  readonly profile: Profile;
  readonly scope: FileScope;
}

/**
 * One function of a file. The getters compute on first use and keep the result; none throws on broken C, where
 * the graph is marked incomplete and the answers are unknown.
 */
export class FunctionAnalysis {
  /** The call sites and handler calls in it, in order of position. */
  readonly sites: readonly CallSite[];
  #item: FunctionItem;
  #environment: FunctionEnvironment;
  #ast: FunctionAst | null = null;
  #cfg: Cfg | null = null;
  #aliases: MmAliases | null = null;
  #calls: ReadonlyMap<number, Call> | null = null;
  #mms: ReadonlySet<string> | null = null;
  readonly #flags = new Map<string, FlagFlow>();
  readonly #locks = new Map<string, FlowSolution<LockState>>();

  constructor(item: FunctionItem, environment: FunctionEnvironment, sites: readonly CallSite[] = []) {
    this.#item = item;
    this.#environment = environment;
    this.sites = sites;
  }

  /**
   * Says that a newer reading of the file has the same function at the same place, with the same surroundings as
   * far as they matter. What is known stays; the older reading is let go.
   */
  foundAgain(item: FunctionItem, environment: FunctionEnvironment): void {
    this.#item = item;
    this.#environment = environment;
  }

  get item(): FunctionItem {
    return this.#item;
  }

  /** The latest reading of the file that has this function. */
  get file(): SourceFile {
    return this.#environment.file;
  }

  /** What it works with, of the latest reading. */
  get environment(): FunctionEnvironment {
    return this.#environment;
  }

  get profile(): Profile {
    return this.#environment.profile;
  }

  get ast(): FunctionAst {
    this.#ast ??= this.#environment.parser.parseFunction(this.#environment.file, this.item);
    return this.#ast;
  }

  get cfg(): Cfg {
    this.#cfg ??= buildCfg(this.ast, { macroExits: this.#environment.scope.macroExits(this.item) });
    return this.#cfg;
  }

  /** Whether all of it was read. If not, say "unknown", never "clean". */
  get complete(): boolean {
    return this.cfg.complete;
  }

  /** Which expressions name the same mm. */
  get aliases(): MmAliases {
    this.#aliases ??= new MmAliases(this.ast, this.cfg);
    return this.#aliases;
  }

  /** The call whose callee's name starts at an offset, reachable or not; null if there is none. */
  callAt(offset: number): Call | null {
    if (this.#calls === null) {
      const calls = new Map<number, Call>();
      for (const block of this.cfg.blocks) {
        for (const element of block.elements) {
          if (element.kind === 'call') calls.set(element.node.callee.start, element.node);
        }
      }
      this.#calls = calls;
    }
    return this.#calls.get(offset) ?? null;
  }

  /**
   * The value of an expression as flags right before the element of a node, as a call. Unknown where that cannot be
   * reached.
   */
  flagsBefore(
    expression: Expression,
    node: object,
    namespace: 'FOLL' | 'FAULT_FLAG' | 'VM_FAULT',
  ): FlagValue {
    const at = this.cfg.positionOf(node);
    if (at === null) return UNKNOWN_FLAGS;
    let flow = this.#flags.get(namespace);
    if (flow === undefined) {
      flow = new FlagFlow(this.ast, this.cfg, this.#flagContext(namespace, this.item, 0));
      this.#flags.set(namespace, flow);
    }
    return flow.valueBefore(expression, at);
  }

  /** @param asker the function on whose behalf helpers are followed, `depth` calls away from here */
  #flagContext(namespace: FlagContext['namespace'], asker: FunctionItem, depth: number): FlagContext {
    const { scope } = this.#environment;
    return {
      profile: this.profile,
      namespace,
      constant: name => scope.constant(name, asker),
      assignsField: name => scope.assignsField(name, asker),
      table: (name, field) => scope.table(name, field, asker),
      helper: name => {
        const known = depth >= DEEPEST || SITE_FUNCTIONS.has(name) || this.profile.functions.has(name);
        const fn = known ? null : scope.helperNamed(name, asker);
        if (fn === null) return null;
        const context = fn.#flagContext(namespace, asker, depth + 1);
        return { ast: fn.ast, enter: entry => new FlagFlow(fn.ast, fn.cfg, context, entry) };
      },
    };
  }

  /**
   * The name of the mm that a call of a function of the tables works on, aliases resolved: `current->mm` where it
   * has no argument for it; for a function that works on no mm, the one whose lock this function uses.
   * Null if it has no name.
   */
  mmOf(fn: ResolvedFunction, call: Call): string | null {
    if (fn.lock.before === 'irrelevant' && fn.argument('mm') < 0 && fn.argument('vma') < 0) {
      const [only] = this.lockedMms;
      if (this.lockedMms.size === 1 && only !== undefined) return only;
    }
    return mmOfCall(fn, call, this.aliases);
  }

  /** Whether the file defines a function of this name, so that what it does can be known. */
  isInFile(name: string): boolean {
    return this.#environment.scope.defines(name, this.item);
  }

  /** What a function that is not of the tables does to a lock; null: nothing, as far as is known. */
  lockSummaryOf(call: Call): LockSummary | null {
    const name = calleeName(call);
    if (name === null || SITE_FUNCTIONS.has(name) || this.profile.functions.has(name)) return null;
    return this.#environment.scope.lockSummary(name, this.item);
  }

  /** The names of the mms on whose lock this function has operations. */
  get lockedMms(): ReadonlySet<string> {
    this.#mms ??= lockedMms(this.cfg, this.#lockContext());
    return this.#mms;
  }

  /**
   * The paths of the lock of an mm right before an element's node (a call, an assignment, …).
   * @returns empty where the node cannot be reached or has no element of its own.
   */
  lockBefore(node: object, mm: string | null): LockState {
    return this.#lockAt(node, mm, (flow, at) => flow.before(at));
  }

  /** As {@link lockBefore}, right after the element. */
  lockAfter(node: object, mm: string | null): LockState {
    return this.#lockAt(node, mm, (flow, at) => flow.after(at));
  }

  /** The lock of an mm where the function returns. */
  lockAtExit(mm: string): LockState {
    return this.#lock(mm).atStart(this.cfg.exit);
  }

  /** As {@link lockBefore}, of what comes into the next block along an edge. */
  lockAlong(edge: CfgEdge, mm: string): LockState {
    const flow = this.#lock(mm);
    return flow.complete ? flow.along(edge) : UNKNOWN_STATE;
  }

  /** Whether a call may come back with the lock dropped, as far as its flags tell. */
  mayDropLock(call: Call): boolean {
    const name = calleeName(call);
    const fn = name === null ? null : siteFunction(this.profile, name);
    if (fn === null) return true;
    if (fn.flagsNamespace !== 'FAULT_FLAG') return this.#mayUnlock(fn, call);
    const flags = flagsArgument(fn, call, node => this.flagsBefore(node, call, 'FAULT_FLAG'));
    if (flags === null) return true;
    const argument = call.args[fn.argument('flags')];
    return mayDropLock(flags.value, argument !== undefined && takesRetryAway(argument));
  }

  /** Whether FOLL_UNLOCKABLE may reach a GUP call, in releases where nothing else lets it drop the lock. */
  #mayUnlock(fn: ResolvedFunction, call: Call): boolean {
    const { switches } = this.profile;
    if (!switches.unlockableFlag || switches.hugetlbAlwaysRetryable) return true;
    const at = this.cfg.positionOf(call);
    const value = flagsArgument(fn, call, node => this.flagsBefore(node, call, 'FOLL'))?.value;
    if (at === null || value?.kind !== 'sets') return true;
    const flow = this.#flags.get('FOLL');
    return [...value.sets.values()].some(set => {
      const { effective } = flagsOfCall(this.profile, fn, set, { locked: 'given', pages: 'given' });
      return effective.some(
        flag => flag === 'FOLL_UNLOCKABLE' || (isSymbolic(flag) && flow?.isFromOutside(flag, at) !== true),
      );
    });
  }

  #lockAt(
    node: object,
    mm: string | null,
    read: (flow: FlowSolution<LockState>, at: CfgPosition) => LockState,
  ): LockState {
    const at = this.cfg.positionOf(node);
    if (at === null) return [];
    if (mm === null) return this.lockedMms.size === 0 ? CALLERS_LOCK : UNKNOWN_STATE;
    const flow = this.#lock(mm);
    return flow.complete ? read(flow, at) : UNKNOWN_STATE;
  }

  #lock(mm: string): FlowSolution<LockState> {
    let flow = this.#locks.get(mm);
    if (flow === undefined) {
      flow = solveLock(this.cfg, mm, this.lockedMms, this.#lockContext());
      this.#locks.set(mm, flow);
    }
    return flow;
  }

  #lockContext(): LockContext {
    return {
      profile: this.profile,
      aliases: this.aliases,
      mayDrop: call => this.mayDropLock(call),
      summary: call => this.lockSummaryOf(call),
    };
  }
}

const UNKNOWN_STATE: LockState = [{ mode: 'unknown', source: 'none', origins: [], facts: new Map() }];
