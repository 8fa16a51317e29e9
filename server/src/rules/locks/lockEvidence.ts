/** What calls of functions that are not known leave of a conclusion about mmap_lock. */

import { LOCK_OPERATIONS, siteFunction } from '../../../../kernel/src/index.js';
import { calleeName, type FunctionAnalysis } from '../../analysis/index.js';
import type { Call, Span } from '../../syntax/ast.js';
import { mayTouchLock } from './mmFunctions.js';

/** The names of all lock operations, whatever they do. */
export const LOCKING: ReadonlySet<string> = new Set(LOCK_OPERATIONS.map(operation => operation.name));

/** Locks that are not of an mm, by the first word of the function's name, or those of a page. */
const OTHER_LOCKS =
  /^(?:mutex|spin|raw_spin|_raw_spin|rt_mutex|ww_mutex|rcu|srcu|local|bh|task|console|inode|seq)_|^(?:(?:un)?lock_page|folio_(?:un)?lock|(?:set_page|folio_mark)_dirty_lock)$/;

/** Whether a function that is not known is given the mm on the way from `origin` to `call`: it may take the lock. */
export function mayBeRetaken(fn: FunctionAnalysis, mm: string | null, origin: Span, call: Call): boolean {
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'call' || element.node === call) continue;
    const { node } = element;
    // On a loop's way back the order in the text says nothing.
    if (origin.start < call.start && (node.start < origin.start || node.start > call.start)) continue;
    if (!node.args.some(argument => fn.aliases.mm(argument) === mm)) continue;
    const name = calleeName(node);
    if (name === null || !isKnown(name, fn)) return true;
  }
  return false;
}

/** Whether anything that is called in a function, `call` excepted, may take the lock of an mm. */
export function mayLockSomehow(fn: FunctionAnalysis, mm: string | null, call: Call): boolean {
  const locks = fn.cfg
    .elements()
    .some(({ element }) => element.kind === 'call' && LOCKING.has(calleeName(element.node) ?? ''));
  return locks || mayLockElsewhere(fn, mm, call);
}

/** As {@link mayLockSomehow}, of functions other than the lock operations, whose effect is known. */
export function mayLockElsewhere(fn: FunctionAnalysis, mm: string | null, call: Call | null = null): boolean {
  for (const { element } of fn.cfg.elements()) {
    if (element.kind === 'guard-enter' || element.kind === 'unknown') return true;
    if (element.kind !== 'call' || element.node === call) continue;
    const { callee, args } = element.node;
    const name = callee.kind === 'member' ? callee.name : (calleeName(element.node) ?? '');
    if (LOCKING.has(name)) continue;
    if (isOfTables(name, fn)) continue;
    // A helper of this file too: it may take the lock through a function of another file.
    if (/lock/i.test(name) && !OTHER_LOCKS.test(name)) return true;
    if (isKnown(name, fn)) continue;
    if (mm !== null && args.some(argument => fn.aliases.mm(argument) === mm)) return true;
  }
  return false;
}

/** What the analysis has taken into account: lock operations, the tables, the file's own functions, harmless ones. */
export function isKnown(name: string, fn: FunctionAnalysis): boolean {
  return LOCKING.has(name) || isOfTables(name, fn) || !mayTouchLock(name) || fn.isInFile(name);
}

function isOfTables(name: string, { profile }: FunctionAnalysis): boolean {
  return profile.functions.has(name) || siteFunction(profile, name) !== null;
}
