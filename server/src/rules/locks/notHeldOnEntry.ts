/** Why mmap_lock is not held where a function starts: who calls it, or what else it does itself. */

import { siteFunction } from '../../../../kernel/src/index.js';
import {
  calleeName,
  callersLock,
  type FileAnalysis,
  type FunctionAnalysis,
  MmAliases,
  overallMode,
} from '../../analysis/index.js';
import type { Call } from '../../syntax/ast.js';
import { spanOf } from '../../syntax/index.js';
import type { Finding } from '../rule.js';
import { mayLockSomehow } from './lockEvidence.js';
import { lockOnEntry } from './lockOnEntry.js';

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
