/**
 * Calls and walks over VMAs that need mmap_lock of an address space which the function itself looked up, as with get_task_mm(), and
 * which nothing in it locks (the lock of the running task's own is another). The caller cannot hold the lock on purpose: it does not have this mm.
 */

import { LOCK_OPERATIONS, type Profile, siteFunction } from '../../../../kernel/src/index.js';
import { calleeName, type FunctionAnalysis, MmAliases, mmOfOperation } from '../../analysis/index.js';
import type { Call, Expression, Span } from '../../syntax/ast.js';
import { spanOf } from '../../syntax/index.js';
import { LOCKING } from './lockEvidence.js';
import { LEAVES_LOCK_ALONE, VMA_LOOKUPS } from './mmFunctions.js';

/** What needs the lock, and where its mm comes from. */
export interface UnlockedMmUse {
  /** The callee's name token, the loop's macro, or the member. */
  readonly span: Span;
  /** What it is, to begin a sentence with. */
  readonly what: string;
  /** The variable. */
  readonly mm: string;
  /** The call that the mm comes from. */
  readonly origin: Span;
  readonly source: string;
}

const MM_SOURCES: ReadonlySet<string> = new Set(['get_task_mm', 'mm_access']);

/** The words of a function that looks up an mm. */
export const MM_SOURCE_CALL = new RegExp(`\\b(?:${[...MM_SOURCES, 'mmget_not_zero'].join('|')})\\b`);

/**
 * Finds such calls in one function.
 * @returns none where the mm is stored, passed to a function that is not known, or anything here touches a lock
 */
export function usesOfUnlockedMm(fn: FunctionAnalysis, profile: Profile): readonly UnlockedMmUse[] {
  // Few functions look up an mm: the others are not even parsed for this.
  if (!MM_SOURCE_CALL.test(fn.file.text.slice(fn.item.body.start, fn.item.body.end))) return [];
  if (!fn.complete) return [];
  const sources = new Map<string, Call>();
  const spoilt = new Set<string>();
  const others = new Map<string, number>();
  const calls: Call[] = [];
  const walks: { readonly span: Span; readonly what: string; readonly of: Expression }[] = [];
  const assigned = (name: string, value: Expression): void => {
    const call = mmSource(value);
    if (call === null) others.set(name, (others.get(name) ?? 0) + 1);
    else if (sources.has(name)) spoilt.add(name);
    else sources.set(name, call);
  };
  for (const { element } of fn.cfg.elements()) {
    switch (element.kind) {
      case 'declare':
        if (element.node.init !== null) {
          walks.push(...listOf(element.node.init));
          if (element.node.init.kind === 'identifier') spoilt.add(element.node.init.name);
          assigned(element.node.name, element.node.init);
        }
        break;
      case 'assignment': {
        const { left, right } = element.node;
        walks.push(...listOf(right));
        if (right.kind === 'identifier') spoilt.add(right.name);
        if (left.kind === 'identifier') assigned(left.name, right);
        break;
      }
      case 'call':
        calls.push(element.node);
        break;
      case 'macro-loop': {
        const [first] = element.node.args;
        if (!/^for_each_vma(?:_range)?$/.test(element.node.macro) || first === undefined) return [];
        const { start } = element.node;
        const what = `${element.node.macro}()`;
        walks.push({ span: { start, end: start + element.node.macro.length }, what, of: first });
        break;
      }
      case 'guard-enter':
      case 'asm':
      case 'unknown':
        return [];
      default:
        break;
    }
  }
  for (const name of others.keys()) if (sources.has(name)) spoilt.add(name);
  // Who has to ask whether the address space is still there had no hold on it before, and so no lock.
  for (const call of calls) {
    const [mm] = call.args;
    if (calleeName(call) !== 'mmget_not_zero' || mm?.kind !== 'identifier') continue;
    if (sources.has(mm.name) || (others.get(mm.name) ?? 0) > 1) spoilt.add(mm.name);
    else sources.set(mm.name, call);
  }
  if (
    sources.size === 0 ||
    calls.some(call => LOCKING.has(calleeName(call) ?? '') && !locksCurrent(fn, call))
  )
    return [];
  for (const [name, { args }] of sources) if (args.some(arg => isOfCurrent(fn, arg))) spoilt.add(name);

  const found: UnlockedMmUse[] = [];
  // The mm that an iterator walks over.
  const iterated = new Map<string, string>();
  for (const call of calls) {
    const name = calleeName(call);
    const [iterator, over] = call.args;
    if (name === 'VMA_ITERATOR' && iterator?.kind === 'identifier' && over?.kind === 'identifier')
      iterated.set(iterator.name, over.name);
    const needs = name !== null && needsLock(name, profile);
    for (const [mm, origin] of sources) {
      if (!call.args.some(argument => mentions(argument, mm))) continue;
      if (!needs && (name === null || !LEAVES_LOCK_ALONE.has(name))) spoilt.add(mm);
      else if (needs && name !== null && call.args.some(argument => isVariable(argument, mm))) {
        const source = calleeName(origin) ?? '';
        found.push({
          span: spanOf(call.callee),
          what: `${name}()`,
          mm,
          origin: spanOf(origin.callee),
          source,
        });
      }
    }
  }
  // VMAs are freed by RCU: a walk may look at them so without the lock.
  const isUnderRcu = calls.some(call => /^rcu_read_lock/.test(calleeName(call) ?? ''));
  for (const { span, what, of } of isUnderRcu ? [] : walks) {
    const mm = of.kind === 'identifier' ? (iterated.get(of.name) ?? of.name) : '';
    const origin = sources.get(mm);
    if (origin === undefined) continue;
    found.push({ span, what, mm, origin: spanOf(origin.callee), source: calleeName(origin) ?? '' });
  }
  return found.filter(use => !spoilt.has(use.mm)).sort((a, b) => a.span.start - b.span.start);
}

/** The head of the list of VMAs, until 6.0, where a value is that. */
function listOf(value: Expression): readonly { span: Span; what: string; of: Expression }[] {
  if (value.kind !== 'member' || value.name !== 'mmap' || !value.arrow) return [];
  return [{ span: spanOf(value), what: 'a walk over the list of VMAs', of: value.object }];
}

function mmSource(value: Expression): Call | null {
  if (value.kind !== 'call') return null;
  const name = calleeName(value);
  return name !== null && MM_SOURCES.has(name) ? value : null;
}

/** Whether a lock operation is certainly on the address space of the running task. */
function locksCurrent(fn: FunctionAnalysis, call: Call): boolean {
  const name = calleeName(call);
  return LOCK_OPERATIONS.some(
    operation =>
      operation.name === name && mmOfOperation(operation, call.args, fn.aliases) === MmAliases.current,
  );
}

/** Whether an argument is the running task, or its address space, which may go by another name. */
function isOfCurrent({ aliases }: FunctionAnalysis, argument: Expression): boolean {
  return /^current(?:->mm)?$/.test(aliases.mm(argument) ?? '');
}

function needsLock(name: string, profile: Profile): boolean {
  const fn = siteFunction(profile, name) ?? profile.functions.get(name);
  return VMA_LOOKUPS.has(name) || fn?.lock.before === 'mmap-lock';
}

function isVariable(argument: Expression, name: string): boolean {
  return argument.kind === 'identifier' && argument.name === name;
}

/** Whether the variable itself, or its address, or a member's address is passed. */
function mentions(argument: Expression, name: string): boolean {
  switch (argument.kind) {
    case 'identifier':
      return argument.name === name;
    case 'member':
      return mentions(argument.object, name);
    case 'unary':
    case 'cast':
      return mentions(argument.operand, name);
    case 'binary':
      return mentions(argument.left, name) || mentions(argument.right, name);
    case 'conditional':
      return (argument.then !== null && mentions(argument.then, name)) || mentions(argument.otherwise, name);
    default:
      return false;
  }
}
