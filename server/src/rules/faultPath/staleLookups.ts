/** What was looked up through the owner of an address space before fixup_user_fault(), and is used on though nobody asks `unlocked`. */

import { LOCK_OPERATIONS, siteFunction } from '../../../../kernel/src/index.js';
import {
  calleeName,
  type FunctionAnalysis,
  lockedVariable,
  lvalueText,
  mmOfOperation,
  solveTagged,
  type TaggedPath,
  valueExpression,
} from '../../analysis/index.js';
import type { Call, Expression } from '../../syntax/ast.js';
import { isNeverRead } from '../neverRead.js';

/** A value that may be out of date. */
export interface StaleLookup {
  /** The call of fixup_user_fault(). */
  readonly call: Call;
  /** The call that the value comes from. */
  readonly lookup: Call;
  /** The call that is given it. */
  readonly use: Call;
  /** The variable. */
  readonly name: string;
}

type LookupTag = {
  /** Where the call starts that the value comes from; -1: it has another. */
  readonly lookup: number;
  /** Where the fault starts since which it may be out of date; -1: none. */
  readonly dropped: number;
};

const NOTHING: LookupTag = { lookup: -1, dropped: -1 };

/** The values in one function, each once. */
export function staleLookups(fn: FunctionAnalysis): readonly StaleLookup[] {
  const calls = fn.cfg.elements().flatMap(({ element }) => (element.kind === 'call' ? [element.node] : []));
  const faults = calls.filter(call => isUnasked(fn, call));
  if (faults.length === 0 || !fn.complete) return [];
  const owner = ownerOf(fn, faults[0]);
  if (owner === null) return [];
  const lookups = fn.cfg.elements().flatMap(({ element }) => {
    const [name, value] =
      element.kind === 'assignment'
        ? [lvalueText(element.node.left), element.node.right]
        : element.kind === 'declare'
          ? [element.node.name, element.node.init]
          : [null, null];
    const isLookup = value?.kind === 'call' && !faults.includes(value) && looksUp(value, owner);
    return name !== null && /^\w+$/.test(name) && isLookup ? [name] : [];
  });
  return [...new Set(lookups)].flatMap(name => usesOf(fn, name, owner, faults, calls));
}

function usesOf(
  fn: FunctionAnalysis,
  name: string,
  owner: string,
  faults: readonly Call[],
  calls: readonly Call[],
): readonly StaleLookup[] {
  const assigned = (path: TaggedPath<LookupTag>, value: Expression | null): TaggedPath<LookupTag>[] => {
    const isLookup = value?.kind === 'call' && !faults.includes(value) && looksUp(value, owner);
    return [{ ...path, tag: isLookup ? { lookup: value.start, dropped: -1 } : NOTHING }];
  };
  const solution = solveTagged<LookupTag>(fn.cfg, fn.profile, {
    entry: NOTHING,
    element: (element, path) => {
      switch (element.kind) {
        case 'assignment':
          return lvalueText(element.node.left) === name ? assigned(path, element.node.right) : [path];
        case 'declare':
          return element.node.name === name ? assigned(path, element.node.init) : [path];
        case 'call':
          if (releases(fn, element.node)) return [{ ...path, tag: NOTHING }];
          if (path.tag.lookup < 0 || !faults.includes(element.node)) return [path];
          return [{ ...path, tag: { ...path.tag, dropped: element.node.start } }];
        case 'unknown':
        case 'asm':
        case 'macro-loop':
          return [{ ...path, tag: NOTHING }];
        default:
          return [path];
      }
    },
  });
  if (!solution.complete) return [];
  for (const use of calls) {
    const at = fn.cfg.positionOf(use);
    if (
      at === null ||
      faults.includes(use) ||
      !use.args.some(arg => lvalueText(valueExpression(arg)) === name)
    )
      continue;
    const tag = solution.before(at).find(path => path.tag.dropped >= 0)?.tag;
    const call = calls.find(one => one.start === tag?.dropped);
    const lookup = calls.find(one => one.start === tag?.lookup);
    if (call !== undefined && lookup !== undefined) return [{ call, lookup, use, name }];
  }
  return [];
}

/** Whether a call is one of fixup_user_fault() whose `unlocked` nobody reads. */
export function isUnasked(fn: FunctionAnalysis, call: Call): boolean {
  if (calleeName(call) !== 'fixup_user_fault') return false;
  const callee = siteFunction(fn.profile, 'fixup_user_fault');
  const argument = callee === null ? undefined : call.args[callee.argument('unlocked')];
  const variable = lockedVariable(argument);
  return variable !== null && isNeverRead(fn, variable);
}

/** The variable that the address space of a call hangs on, as `gmap` of `gmap->mm`; null for the current one, and for a plain mm. */
function ownerOf(fn: FunctionAnalysis, call: Call | undefined): string | null {
  const callee = siteFunction(fn.profile, 'fixup_user_fault');
  const mm = call === undefined || callee === null ? null : fn.mmOf(callee, call);
  const owner = /^(\w+)->\w+$/.exec(mm ?? '')?.[1] ?? null;
  return owner === 'current' ? null : owner;
}

/** What a call that is given the owner returns may go with its mappings; not so memory slots, which SRCU keeps (virt/kvm). */
function looksUp(call: Call, owner: string): boolean {
  return (
    !/^(?:kvm_vcpu_)?g[fp][na]_to_/.test(calleeName(call) ?? '') &&
    call.args.some(arg => mentions(arg, owner))
  );
}

function mentions(argument: Expression, name: string): boolean {
  const node = valueExpression(argument);
  return node.kind === 'identifier' && node.name === name;
}

/** Whether a call gives the lock up for good: what was looked up is then out of date for all to see. */
function releases(fn: FunctionAnalysis, call: Call): boolean {
  const name = calleeName(call);
  return LOCK_OPERATIONS.some(
    operation =>
      operation.name === name &&
      operation.does.endsWith('-unlock') &&
      mmOfOperation(operation, call.args, fn.aliases) !== null,
  );
}
