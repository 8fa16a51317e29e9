/** The flags of a call site: what the caller passes, what the callee makes of it, what a fault gets. */

import {
  faultFlagsOf,
  flagsOfCall,
  type Profile,
  type ResolvedFunction,
  sortFlags,
} from '../../../kernel/src/index.js';
import type { Call, Expression, FunctionAst } from '../syntax/index.js';
import type { FlagsAtSite, FlagsFrom } from './callSite.js';
import { constantTruth, lvalueText, valueExpression, walk } from './expressions.js';
import {
  type FlagValue,
  flagLattice,
  flagSet,
  isSymbolic,
  maskOf,
  orFlags,
  UNKNOWN_FLAGS,
  ZERO_FLAGS,
} from './lattices/flagLattice.js';

/** Evaluates an expression as flags right before the call. */
export type Evaluate = (expression: Expression) => FlagValue;

/** Whether an optional pointer argument is given, in the terms of flagsOfCall(). */
export type Given = 'given' | 'null' | 'unknown' | 'none';

/** What a call passes as flags. */
export interface PassedFlags {
  /** The arguments: the flags, or `write` and `force`; none if the call has none there. */
  readonly written: readonly Expression[];
  readonly value: FlagValue;
}

/** The value of the flags of a call; null if the callee has none. Old functions have `write` and `force` instead. */
export function flagsArgument(fn: ResolvedFunction, call: Call, evaluate: Evaluate): PassedFlags | null {
  const written: Expression[] = [];
  let value: FlagValue | null = null;
  for (const [role, flag] of TRUTHS) {
    const index = fn.flagsNamespace === null ? -1 : fn.argument(role);
    if (index < 0) continue;
    const argument = call.args[index];
    if (argument !== undefined) written.push(argument);
    const own = argument === undefined ? UNKNOWN_FLAGS : truthAsFlag(argument, flag, evaluate);
    value = value === null ? own : orFlags(value, own);
  }
  const flags = fn.argument('flags');
  if (flags >= 0) {
    const argument = call.args[flags];
    if (argument !== undefined) written.push(argument);
    const own = argument === undefined ? UNKNOWN_FLAGS : evaluate(pointedTo(argument));
    value = value === null ? own : orFlags(value, own);
  }
  return value === null ? null : { written, value };
}

/** The integers that stood for flags in 4.8 (and `write` of the fast variant until 5.1). */
const TRUTHS = [
  ['write', 'FOLL_WRITE'],
  ['force', 'FOLL_FORCE'],
] as const;

const DIRECTIONS: ReadonlyMap<string, boolean> = new Map([
  ['READ', false],
  ['WRITE', true],
]);

/** faultin_page() was given a pointer to its flags until 6.1. */
function pointedTo(argument: Expression): Expression {
  return argument.kind === 'unary' && argument.op === '&' ? argument.operand : argument;
}

/**
 * The flag that an integer becomes if it is not 0. What a parameter or a field brings is no set of flags here, only
 * this one or nothing.
 */
function truthAsFlag(argument: Expression, flag: string, evaluate: Evaluate): FlagValue {
  const set = flagSet([flag], argument);
  const either = flagLattice.join(ZERO_FLAGS, set);
  const node = valueExpression(argument);
  // include/linux/kernel.h: the direction of a transfer, which many drivers passed on.
  const direction = node.kind === 'identifier' ? DIRECTIONS.get(node.name) : undefined;
  const truth = direction ?? constantTruth(node);
  if (truth !== null) return truth ? set : ZERO_FLAGS;
  const value = evaluate(argument);
  if (value.kind === 'mask') return [...value.must].some(name => !isSymbolic(name)) ? set : either;
  const values = [...value.sets.values()].map(names => {
    if (names.length === 0) return ZERO_FLAGS;
    return names.every(isSymbolic) ? either : set;
  });
  return values.length === 0 ? either : values.reduce((a, b) => flagLattice.join(a, b));
}

/** The row of a flags argument. `text` is as written. */
export function describeFlags(
  profile: Profile,
  namespace: 'FOLL' | 'FAULT_FLAG',
  text: string,
  value: FlagValue,
): FlagsAtSite {
  const unreached = value.kind === 'sets' && value.sets.size === 0;
  if (unreached) {
    return { text, namespace, possible: null, must: [], may: [], from: 'unknown', origins: new Map() };
  }
  const mask = maskOf(value);
  const possible =
    value.kind === 'sets' ? [...value.sets.values()].map(set => sortFlags(profile, set)).sort(bySize) : null;
  return {
    text,
    namespace,
    possible,
    must: sortFlags(profile, [...mask.must]),
    may: sortFlags(profile, [...(mask.may ?? mask.must)]),
    from: fromOf(value, mask.may),
    origins: value.origins,
  };
}

function bySize(a: readonly string[], b: readonly string[]): number {
  if (a.length !== b.length) return a.length - b.length;
  return a.join('|') < b.join('|') ? -1 : 1;
}

function fromOf(value: FlagValue, may: ReadonlySet<string> | null): FlagsFrom {
  if (may === null) return 'unknown';
  const names = [...may];
  if (names.some(name => name.startsWith('param:'))) return 'param';
  if (names.some(name => name.startsWith('field:'))) return 'field';
  return value.kind === 'sets' && value.sets.size === 1 ? 'const' : 'conditional';
}

/** Whether a pointer argument is given: a parameter may be NULL, another variable is taken to be given. */
export function givenness(ast: FunctionAst, call: Call, index: number): Given {
  if (index < 0) return 'none';
  const argument = call.args[index];
  return argument === undefined ? 'unknown' : givenExpression(ast, argument);
}

function givenExpression(ast: FunctionAst, argument: Expression): Given {
  const node = valueExpression(argument);
  if (node.kind === 'identifier' && node.name === 'NULL') return 'null';
  if (node.kind === 'number') return node.value === 0 ? 'null' : 'unknown';
  if (node.kind === 'unary' && node.op === '&') return 'given';
  if (node.kind === 'conditional') {
    // `locked ? locked : &local`: the first arm is taken only where it is not NULL.
    const tested = lvalueText(node.test);
    const then = node.then ?? node.test;
    const first = tested !== null && lvalueText(then) === tested ? 'given' : givenExpression(ast, then);
    const second = givenExpression(ast, node.otherwise);
    return first === second ? first : 'unknown';
  }
  if (node.kind === 'identifier' && ast.parameters.some(p => p.name === node.name)) return 'unknown';
  return node.kind === 'call' ? 'unknown' : 'given';
}

/** The flags of a call beyond its argument; see the fields of the same names in CallSite. */
export interface CalleeFlags {
  readonly implied: readonly string[];
  readonly effective: readonly (readonly string[])[];
  readonly fault: readonly (readonly string[])[];
}

/** What the callee adds, works with, and what reaches handle_mm_fault(), for each possible set. */
export function calleeFlags(
  profile: Profile,
  fn: ResolvedFunction,
  possible: readonly (readonly string[])[] | null,
  given: { readonly locked: Given; readonly pages: Given },
): CalleeFlags {
  if (fn.flagsNamespace === null && fn.kind !== 'gup') return { implied: [], effective: [], fault: [] };
  const { implied } = flagsOfCall(profile, fn, possible?.[0] ?? [], given);
  const effective = distinct((possible ?? []).map(set => flagsOfCall(profile, fn, set, given).effective));
  const fault = distinct(
    effective.flatMap(set => {
      const flags = faultFlagsOf(profile, fn, set, given);
      return flags === null ? [] : [flags];
    }),
  );
  return { implied, effective, fault };
}

function distinct(sets: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return [...new Map(sets.map(set => [set.join('|'), set])).values()];
}

/**
 * Whether a fault with one of these values may come back with the lock dropped: if it may be retried, or with the lock of the
 * VMA only, whatever else it is given (mm/memory.c, vmf_can_call_fault()).
 * @param isTakenAway whether the call takes FAULT_FLAG_ALLOW_RETRY away from what is not known by name, as {@link takesRetryAway} says
 */
export function mayDropLock(value: FlagValue, isTakenAway = false): boolean {
  if (value.kind === 'mask') {
    if (value.must.has('FAULT_FLAG_RETRY_NOWAIT')) return false;
    if (value.may === null) return !isTakenAway;
    return [...value.may].some(
      name =>
        name === 'FAULT_FLAG_VMA_LOCK' ||
        (!isTakenAway && (name === 'FAULT_FLAG_ALLOW_RETRY' || isSymbolic(name))),
    );
  }
  return [...value.sets.values()].some(
    set =>
      (!isTakenAway && set.some(isSymbolic)) ||
      set.includes('FAULT_FLAG_VMA_LOCK') ||
      (set.includes('FAULT_FLAG_ALLOW_RETRY') && !set.includes('FAULT_FLAG_RETRY_NOWAIT')),
  );
}

/** Whether flags are given as `flags & ~FAULT_FLAG_ALLOW_RETRY`, whatever a caller has put into them. */
export function takesRetryAway(flags: Expression): boolean {
  const node = valueExpression(flags);
  if (node.kind === 'binary' && node.op === '|')
    return (
      (takesRetryAway(node.left) && isConstantFlag(node.right)) ||
      (takesRetryAway(node.right) && isConstantFlag(node.left))
    );
  if (node.kind !== 'binary' || node.op !== '&' || node.right.kind !== 'unary' || node.right.op !== '~')
    return false;
  let isNamed = false;
  walk(node.right.operand, name => {
    isNamed ||= name.kind === 'identifier' && name.name === 'FAULT_FLAG_ALLOW_RETRY';
  });
  return isNamed;
}

function isConstantFlag(node: Expression): boolean {
  return (
    node.kind === 'identifier' && /^FAULT_FLAG_/.test(node.name) && !/ALLOW_RETRY|DEFAULT/.test(node.name)
  );
}
