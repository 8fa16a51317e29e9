/** Makes the summary of a function from its analysis. */

import { type LockEffect, siteFunction } from '../../../kernel/src/index.js';
import type { Call } from '../syntax/index.js';
import { calleeName, rootOf } from './expressions.js';
import type { FunctionAnalysis } from './functionAnalysis.js';
import { mmOfOperation, mmOfSummary, OPERATIONS } from './lockFlow.js';
import { exitOf, type LockSummary, PARAMETER, UNTOLD } from './lockSummary.js';
import { MmAliases } from './mmAliases.js';

/** What a function does to the lock of the one mm that it works on; on more than one, it cannot be told. */
export function summariseLock(fn: FunctionAnalysis): LockSummary | null {
  if (!fn.complete || callsUntold(fn)) return UNTOLD;
  const mms = fn.lockedMms.size > 0 ? fn.lockedMms : droppedMms(fn);
  const [mm, ...more] = mms;
  if (mm === undefined) return null;
  if (more.length > 0) return UNTOLD;
  const root = rootOf(mm);
  const names = fn.ast.parameters.map(parameter => parameter.name);
  const parameter = names.indexOf(root);
  const exit = exitOf(fn.lockAtExit(mm), names);
  // An mm that the function looked up itself: nobody else knows it by this name.
  if (parameter < 0 && mm !== MmAliases.current) {
    return exit.every(({ mode }) => mode === 'caller' || mode === 'none') ? null : UNTOLD;
  }
  const name = parameter < 0 ? mm : mm.replace(root, PARAMETER);
  return { mm: name, parameter, entry: entryOf(fn, mm), exit };
}

/** Whether it calls, anywhere, a function that does to a lock what cannot be told. */
function callsUntold(fn: FunctionAnalysis): boolean {
  for (const { element } of fn.cfg.elements()) {
    if (element.kind === 'call' && fn.lockSummaryOf(element.node)?.exit === null) return true;
  }
  return false;
}

/** The mms whose lock is given up only by functions of the tables, as handle_mm_fault() does. */
function droppedMms(fn: FunctionAnalysis): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { element } of fn.cfg.elements()) {
    const name = element.kind === 'call' ? calleeName(element.node) : null;
    if (element.kind !== 'call' || name === null) continue;
    const callee = siteFunction(fn.profile, name) ?? fn.profile.functions.get(name);
    if (callee === undefined || callee === null) continue;
    const { after } = callee.lock;
    if (after !== 'depends-on-locked' && after !== 'unless-retry-or-completed') continue;
    const mm = fn.mmOf(callee, element.node);
    if (mm !== null) names.add(mm);
  }
  return names;
}

/** What a function takes for granted of the lock: what it does to it before it has done anything else. */
function entryOf(fn: FunctionAnalysis, mm: string): LockSummary['entry'] {
  const wanted = new Set<'held' | 'not-held'>();
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'call') continue;
    const wants = wantedBy(fn, element.node, mm);
    if (wants === null || wanted.has(wants)) continue;
    if (fn.lockBefore(element.node, mm).some(path => path.mode === 'caller')) wanted.add(wants);
  }
  const [only] = wanted;
  return wanted.size === 1 && only !== undefined ? only : null;
}

/** What a call wants of the lock of an mm; null: nothing, or it is about another. */
function wantedBy(fn: FunctionAnalysis, call: Call, mm: string): LockSummary['entry'] {
  const name = calleeName(call);
  if (name === null) return null;
  for (const operation of OPERATIONS.get(name) ?? []) {
    if (mmOfOperation(operation, call.args, fn.aliases) !== mm) continue;
    const wants = WANTED_BY_OPERATION[operation.does];
    if (wants !== null) return wants;
  }
  const summary = fn.lockSummaryOf(call);
  if (summary !== null) return mmOfSummary(summary, call, fn.aliases) === mm ? summary.entry : null;
  const callee = siteFunction(fn.profile, name) ?? fn.profile.functions.get(name);
  if (callee === undefined || callee === null || fn.mmOf(callee, call) !== mm) return null;
  if (callee.lock.before === 'mmap-lock') return 'held';
  return callee.lock.before === 'none' ? 'not-held' : null;
}

const WANTED_BY_OPERATION: Readonly<Record<LockEffect, LockSummary['entry']>> = {
  'read-lock': 'not-held',
  'write-lock': 'not-held',
  'read-unlock': 'held',
  'write-unlock': 'held',
  downgrade: 'held',
  'assert-held': 'held',
  'assert-write': 'held',
  'vma-lock': null,
  'vma-unlock': null,
  'fault-unlock': null,
};
