/** Why mmap_lock is not held where a function starts: who calls it, or what else it does itself. */

import { siteFunction } from '../../../../kernel/src/index.js';
import {
  type CfgElement,
  calleeName,
  callersLock,
  type FileAnalysis,
  type FunctionAnalysis,
  isGivenAway,
  lvalueText,
  MmAliases,
  overallMode,
  valueExpression,
} from '../../analysis/index.js';
import type { Call, Expression } from '../../syntax/ast.js';
import { spanOf } from '../../syntax/index.js';
import { callersOf } from '../callers.js';
import type { Finding } from '../rule.js';
import { leadsTo } from '../waysBetween.js';
import { isKnown, mayLockElsewhere, mayLockSomehow } from './lockEvidence.js';
import { MMAP_LOCKS, MMAP_TRIES } from './lockNames.js';
import { lockOnEntry } from './lockOnEntry.js';
import { VMA_LOOKUPS } from './mmFunctions.js';

/** The reason, and what leads to it. */
export interface NotHeld {
  /** A sentence without its end, e.g. `f() is called for an ioctl, without mmap_lock`. */
  readonly why: string;
  readonly steps: Finding['related'];
}

/** Callers of callers are looked at this far. */
const DEEPEST = 3;

/** How a function comes to run without the lock of an mm by its callers in the file; null: that is not known of every way to it. */
export function enteredWithout(
  fn: FunctionAnalysis,
  mm: string | null,
  file: FileAnalysis,
  depth = DEEPEST,
): NotHeld | null {
  const { name } = fn.item;
  const entry = lockOnEntry(fn);
  if (entry !== null) {
    const why = `${name}() is called ${entry.why}`;
    return entry.held ? null : { why, steps: [{ span: entry.span, message: why }] };
  }
  const callers = mm === null || depth === 0 ? null : callersLock(file, fn, mm);
  let found: NotHeld | null = null;
  for (const { function: callerName, span, mode } of callers ?? []) {
    const caller = file.functionNamed(callerName);
    const call = caller?.callAt(span.start) ?? null;
    if (caller === null || call === null || mode !== 'caller' || mayLockSomehow(caller, mm, call))
      return null;
    const from = enteredWithout(caller, mm, file, depth - 1);
    if (from === null) return null;
    found ??= { why: from.why, steps: [...from.steps, { span, message: `${name}() is called here` }] };
  }
  return found;
}

/**
 * What a function calls, with the lock as its caller left it, that must not be called with the lock of the current mm held:
 * a call that takes it, or one that may fault for user memory. Null where there is nothing of the kind, or a condition speaks of a lock.
 */
export function saysNotHeld(fn: FunctionAnalysis, mm: string | null, call: Call): NotHeld | null {
  if (mm !== MmAliases.current || fn.lockedMms.size > 0) return null;
  const other = fn.cfg.elements().flatMap(({ element }) => {
    if (element.kind !== 'call' || element.node === call || !refusesLock(fn, element.node)) return [];
    return overallMode(fn.lockBefore(element.node, mm)) === 'caller' ? [element.node] : [];
  })[0];
  if (other === undefined || speaksOfLock(fn)) return null;
  const why = `${fn.item.name}() calls ${calleeName(other)}() too, which is not to be called with it held`;
  return { why, steps: [{ span: spanOf(other.callee), message: 'not to be called with mmap_lock held' }] };
}

/**
 * Where a function that left the lock alone so far takes it, on some way behind `call`: a caller that held it would wait for
 * itself. Null where there is nothing of the kind, or a condition may say that the caller holds it.
 */
export function takenLater(fn: FunctionAnalysis, mm: string, call: Call): NotHeld | null {
  const from = fn.cfg.positionOf(call);
  if (from === null || speaksOfLock(fn) || asksCaller(fn) || mayLockElsewhere(fn, mm, call)) return null;
  if (givesVma(fn)) return null;
  const taken = fn.cfg.elements().flatMap(({ element, at }) => {
    const name = element.kind === 'call' ? (calleeName(element.node) ?? '') : '';
    // A try does not wait.
    if (element.kind !== 'call' || !MMAP_LOCKS.has(name) || MMAP_TRIES.has(name)) return [];
    const takes = fn.lockAfter(element.node, mm).some(({ mode }) => mode === 'read' || mode === 'write');
    if (!takes || !fn.lockBefore(element.node, mm).some(({ mode }) => mode === 'caller')) return [];
    return leadsTo(fn.cfg, from, at) ? [element.node] : [];
  })[0];
  if (taken === undefined) return null;
  const why = `${fn.item.name}() takes that of ${mm} itself further on, so that its caller cannot hold it`;
  return { why, steps: [{ span: spanOf(taken.callee), message: 'taken only here' }] };
}

/** Whether a function that is not known is given a VMA: it may give up the lock for its caller, as userfaultfd_remove() does. */
function givesVma(fn: FunctionAnalysis): boolean {
  const names = vmasOf(fn);
  return fn.cfg.elements().some(({ element }) => {
    if (element.kind !== 'call' || isKnown(calleeName(element.node) ?? '', fn)) return false;
    return element.node.args.some(argument => argument.kind === 'identifier' && names.has(argument.name));
  });
}

/** The parameters that are a VMA, and the variables that are given one which is looked up. */
function vmasOf(fn: FunctionAnalysis): ReadonlySet<string> {
  const names = new Set(fn.ast.parameters.flatMap(({ name, type }) => (IS_VMA.test(type) ? [name] : [])));
  for (const { element } of fn.cfg.elements()) {
    const [name, value] =
      element.kind === 'assignment'
        ? [lvalueText(element.node.left), element.node.right]
        : element.kind === 'declare'
          ? [element.node.name, element.node.init]
          : [null, null];
    if (value?.kind === 'call' && isLookup(value)) names.add(name);
  }
  return new Set([...names].flatMap(name => name ?? []));
}

/**
 * A call about another address space in a file that speaks of its lock nowhere, in code or comments: whoever calls with the lock
 * of an mm held gives the mm or a VMA, or the file says so. Null where either is a parameter, or the file speaks of such a lock.
 */
export function unknownToFile(
  fn: FunctionAnalysis,
  mm: string | null,
  call: Call,
  file: FileAnalysis,
): NotHeld | null {
  if (mm === null || !OF_ANOTHER.test(calleeName(call) ?? '') || fn.lockedMms.size > 0) return null;
  const [, owner] = /^(\w+)->/.exec(mm) ?? [];
  const parameter = fn.ast.parameters.find(({ name, pointers }) => name === owner && pointers === 1);
  if (owner === undefined || parameter === undefined || IS_VMA.test(parameter.type)) return null;
  if (SPEAKS_OF_LOCK.test(file.source.text)) return null;
  const why = `nothing in this file takes the lock of ${mm} or says that it is held`;
  return { why, steps: [] };
}

/**
 * A call about the current address space in a file that speaks of its lock nowhere, by a function that has nothing of its caller
 * which the lock would keep: it gets pages, or reads what it wants to know of a VMA. Of a static function the file has to show who
 * calls it, or that it makes room for the pages too, and so does all there is to them.
 */
export function allByItself(
  fn: FunctionAnalysis,
  mm: string | null,
  call: Call,
  file: FileAnalysis,
): NotHeld | null {
  if (mm !== MmAliases.current || SPEAKS_OF_LOCK.test(file.source.text)) return null;
  const isAlone = isLookup(call) ? !needsLockToo(fn) : getsByItself(fn, call, file);
  if (!isAlone || mayBeUnderLock(fn, file)) return null;
  const why = `nothing in this file says that the caller of ${fn.item.name}() holds it`;
  return { why, steps: [] };
}

function getsByItself(fn: FunctionAnalysis, call: Call, file: FileAnalysis): boolean {
  if (fn.cfg.elements().some(isLookupElement)) return false;
  return !fn.ast.isStatic || callersOf(file, fn).length > 0 || allocates(fn, call);
}

function isLookup(call: Call): boolean {
  return VMA_LOOKUPS.has(calleeName(call) ?? '');
}

function isLookupElement({ element }: { readonly element: CfgElement }): boolean {
  return element.kind === 'call' && isLookup(element.node);
}

/** Whether the VMA goes on to somebody, or another call needs the lock: both have to be under one lock, which may be the caller's. */
function needsLockToo(fn: FunctionAnalysis): boolean {
  const names = vmasOf(fn);
  const isVma = (value: Expression | null): boolean =>
    value?.kind === 'conditional'
      ? isVma(value.then) || isVma(value.otherwise)
      : value !== null && ((value.kind === 'call' && isLookup(value)) || names.has(lvalueText(value) ?? ''));
  return fn.cfg.elements().some(({ element }) => {
    switch (element.kind) {
      case 'call':
        return needsLock(fn, element.node) || (!onlyReads(element.node) && element.node.args.some(isVma));
      case 'return':
        return isVma(element.node.value);
      case 'assignment':
        return isVma(element.node.right) && element.node.left.kind !== 'identifier';
      default:
        return false;
    }
  });
}

/** Whether a call tells something of a VMA, as is_vm_hugetlb_page() and vma_pages(), or is a condition written as one. */
function onlyReads(call: Call): boolean {
  return /^(?:is_vm_\w+|vma_\w+|(?:un)?likely)$/.test(calleeName(call) ?? '');
}

function needsLock(fn: FunctionAnalysis, call: Call): boolean {
  const callee = siteFunction(fn.profile, calleeName(call) ?? '');
  return callee?.lock.before.startsWith('mmap-lock') === true;
}

/** Whether memory is allocated on some way to a call. */
function allocates(fn: FunctionAnalysis, call: Call): boolean {
  const to = fn.cfg.positionOf(call);
  return fn.cfg
    .elements()
    .some(
      ({ element, at }) =>
        element.kind === 'call' &&
        ALLOCATES.test(calleeName(element.node) ?? '') &&
        to !== null &&
        leadsTo(fn.cfg, at, to),
    );
}

/** access_ok() too is for whoever has the address from user space. */
const ALLOCATES = /^(?:(?:kv?[mzc]alloc|v[mz]alloc|__get_free_pages?)(?:_\w+)?|access_ok)$/;

/** Whether a function, or one of the file that calls it, looks as if its caller had the lock: by its name or its parameters. */
function mayBeUnderLock(fn: FunctionAnalysis, file: FileAnalysis, depth = DEEPEST): boolean {
  const { item, ast } = fn;
  if (/^__|_locked$/.test(item.name)) return true;
  if (ast.isStatic && isGivenAway(file.source.text, item.name) && lockOnEntry(fn) === null) return true;
  if (ast.parameters.some(({ type }) => IS_VMA.test(type) || IS_MM.test(type))) return true;
  return depth > 0 && callersOf(file, fn).some(caller => mayBeUnderLock(caller.fn, file, depth - 1));
}

const IS_MM = /^(?:const )?struct mm_struct$/;

/** Who is given one has it under the lock: without, it may be freed at any time. */
const IS_VMA = /^(?:const )?struct vm_(?:area_struct|fault)$/;

const OF_ANOTHER = /^(?:(?:get|pin)_user_pages_remote|fixup_user_fault)$/;

const SPEAKS_OF_LOCK =
  /\bmmap[ _]?(?:lock|sem|read|write)|\bmm_(?:read_|write_)?(?:un)?lock|\bmm[ _](?:lock|sem)|\block(?:s|ed)? held/i;

/** Whether a condition is about what the caller passed by value: that may say whether it holds the lock. */
function asksCaller(fn: FunctionAnalysis): boolean {
  const passed = new Set(fn.ast.parameters.flatMap(({ name, pointers }) => (pointers === 0 ? [name] : [])));
  return fn.cfg.order.some(id => {
    const label = fn.cfg.blocks[id]?.out[0]?.label;
    const tested = label?.kind === 'branch' ? valueExpression(label.condition) : null;
    return tested?.kind === 'identifier' && passed.has(tested.name);
  });
}

/** include/linux/uaccess.h: might_fault() tells lockdep that mmap_lock is taken. */
const FAULTS = /^(?:copy_(?:from|to)_user|v?memdup_user(?:_nul)?|strndup_user|strncpy_from_user|clear_user)$/;

function refusesLock(fn: FunctionAnalysis, call: Call): boolean {
  const name = calleeName(call) ?? '';
  return FAULTS.test(name) || siteFunction(fn.profile, name)?.lock.before === 'none';
}

/** Whether a condition of a function, or what keeps faults away, may go with the lock. */
function speaksOfLock(fn: FunctionAnalysis): boolean {
  const conditions = fn.cfg.order.flatMap(id => {
    const label = fn.cfg.blocks[id]?.out[0]?.label;
    return label?.kind === 'branch' ? [label.condition] : [];
  });
  return (
    conditions.some(({ start, end }) => /lock/i.test(fn.file.text.slice(start, end))) ||
    fn.cfg
      .elements()
      .some(({ element }) => element.kind === 'call' && calleeName(element.node) === 'pagefault_disable')
  );
}
