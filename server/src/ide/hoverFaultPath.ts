/**
 * What results of a fault and lock functions mean in a function that calls handle_mm_fault() or fixup_user_fault(). Said
 * only where the flags and the lock are known well enough; elsewhere other servers have more to say.
 */

import { expandFlags, isSymbolic, LOCK_OPERATIONS } from '../../../kernel/src/index.js';
import {
  type CallSite,
  type FaultOutcome,
  type FaultTag,
  type FunctionAnalysis,
  faultFlowOf,
  type LockMode,
  type LockState,
  mmOfOperation,
} from '../analysis/index.js';
import type { Span } from '../syntax/ast.js';
import type { AnalysedFile } from './analysedFile.js';
import { code, lineRanges } from './flagText.js';

/** Results of a fault that come with the lock held, unless VM_FAULT_RETRY comes with them. */
const ENDS: ReadonlySet<string> = new Set([
  'VM_FAULT_OOM',
  'VM_FAULT_SIGBUS',
  'VM_FAULT_SIGSEGV',
  'VM_FAULT_HWPOISON',
]);

/** What a VM_FAULT_ name says of the lock behind the handle_mm_fault() of its function; null: nothing. */
export function resultHere(file: AnalysedFile, word: Span): string | null {
  const name = file.textOf(word);
  const fn = faultFunction(file, word);
  const calls = fn?.sites.filter(site => site.callee === 'handle_mm_fault') ?? [];
  // A function may handle the fault under the lock of the VMA first: a test is of the result that leads to it.
  const tags = fn === null ? null : (faultFlowOf(fn)?.atBranch(word.start) ?? null);
  const meant = calls.filter(({ span }) => tags === null || tags.some(({ tag }) => tag.call === span.start));
  const texts = (meant.length === 0 ? calls : meant).map(site => {
    const text = resultText(file, site, name);
    return text === null
      ? null
      : `${code('handle_mm_fault()')} (line ${file.lineOf(site.span.start)}) ${text}`;
  });
  const said = texts.filter(text => text !== null);
  return said.length === 0 ? null : `*Here:* ${said.join('; ')}.`;
}

function resultText({ profile }: AnalysedFile, { flags }: CallSite, name: string): string | null {
  const sets = flags?.possible ?? null;
  const some = (test: (set: readonly string[]) => boolean): boolean => sets === null || sets.some(test);
  // What a caller brings may be any flag.
  const may = (flag: string): boolean => some(set => set.includes(flag) || set.some(isSymbolic));
  const drops = some(
    set =>
      set.some(isSymbolic) ||
      (set.includes('FAULT_FLAG_ALLOW_RETRY') && !set.includes('FAULT_FLAG_RETRY_NOWAIT')),
  );
  const lock = lockName(sets, may('FAULT_FLAG_VMA_LOCK') && profile.flags.has('FAULT_FLAG_VMA_LOCK'));
  if (name === 'VM_FAULT_RETRY') {
    if (!may('FAULT_FLAG_ALLOW_RETRY')) return 'does not return it, as its flags allow no retry';
    if (!drops) return `returns it with ${lock} still held, as RETRY_NOWAIT is passed`;
    const unless = may('FAULT_FLAG_RETRY_NOWAIT') ? ', unless RETRY_NOWAIT was passed' : '';
    return `returns it with ${lock} dropped${unless}: no unlock, and the VMA is stale`;
  }
  if (name === 'VM_FAULT_COMPLETED' && profile.switches.faultCompleted) {
    if (!drops) return 'does not return it, as its flags do not let it drop the lock';
    return `returns it with ${lock} dropped: no unlock, and no other attempt, the fault is done`;
  }
  const ends =
    name === 'VM_FAULT_ERROR' || (ENDS.has(name) && expandFlags(profile, ['VM_FAULT_ERROR']).includes(name));
  return ends ? `returns it with ${lock} still held, as long as VM_FAULT_RETRY is not set too` : null;
}

/** The lock that a fault is handled under. `mayBeVma`: some set of flags may say that it is that of the VMA. */
function lockName(sets: CallSite['effective'] | null, mayBeVma: boolean): string {
  if (!mayBeVma) return 'mmap_lock';
  const always = sets?.every(set => set.includes('FAULT_FLAG_VMA_LOCK')) === true;
  return always ? 'the VMA lock' : 'the lock (mmap_lock or the VMA lock)';
}

const OPERATIONS: ReadonlySet<string> = new Set(LOCK_OPERATIONS.map(({ name }) => name));

const MODES: Readonly<Record<LockMode, string>> = {
  read: 'held for reading',
  write: 'held for writing',
  held: 'held',
  vma: 'only a VMA lock is held',
  none: 'not held',
  caller: 'as the caller left it',
  unknown: 'not known',
};

const OUTCOMES: Readonly<Record<Exclude<FaultOutcome, 'none'>, string>> = {
  done: 'a handled fault',
  retry: 'VM_FAULT_RETRY',
  completed: 'VM_FAULT_COMPLETED',
  oom: 'VM_FAULT_OOM',
  sigbus: 'VM_FAULT_SIGBUS',
  sigsegv: 'VM_FAULT_SIGSEGV',
};

/**
 * The lock before and after a call of a lock function in the path of a fault, and the results of the fault that lead
 * there. Markdown; null for every other word, and where the lock is not known.
 */
export function hoverLockOperation(file: AnalysedFile, word: Span): string | null {
  const name = file.textOf(word);
  if (!OPERATIONS.has(name)) return null;
  const fn = faultFunction(file, word);
  const call = fn?.callAt(word.start) ?? null;
  if (fn === null || call === null) return null;
  const mm = LOCK_OPERATIONS.filter(operation => operation.name === name)
    .map(operation => mmOfOperation(operation, call.args, fn.aliases))
    .find(found => found !== null);
  if (mm === undefined || mm === null) return null;
  const tags =
    faultFlowOf(fn)
      ?.before(call)
      .map(({ tag }) => tag) ?? [];
  const before = possible(fn.lockBefore(call, mm), tags);
  const after = fn.lockAfter(call, mm);
  const isKnown = (state: LockState): boolean =>
    state.length > 0 && state.every(({ mode }) => mode !== 'unknown');
  if (!isKnown(before) || !isKnown(after)) return null;
  const head = `**${code(name)}** · mmap_lock of ${code(mm)} before: ${stateText(file, before)}; after: ${stateText(file, after)}`;
  const calls = [...new Set(tags.map(tag => tag.call))].filter(at => at >= 0).sort((a, b) => a - b);
  const lines = calls.map(at => {
    const met = new Set(tags.filter(tag => tag.call === at).map(({ outcome }) => outcome));
    const names = Object.entries(OUTCOMES).filter(([outcome]) => met.has(outcome as FaultOutcome));
    return `Reached after ${code('handle_mm_fault()')} (line ${file.lineOf(at)}) with ${names.map(([, text]) => text).join(', ')}.`;
  });
  return [head, ...lines].join('  \n');
}

/**
 * The paths of the lock without those on which a fault dropped it, where no result that drops it leads here: a test of
 * VM_FAULT_ERROR tells that, and the flow of the lock does not know it.
 */
function possible(state: LockState, tags: readonly FaultTag[]): LockState {
  if (tags.length === 0) return state;
  const dropping = tags.filter(({ outcome }) => outcome === 'retry' || outcome === 'completed');
  const calls = new Set(tags.map(({ call }) => call));
  const left = state.filter(
    ({ mode, origins }) =>
      mode !== 'none' ||
      origins.length === 0 ||
      origins.some(({ start }) => !calls.has(start) || dropping.some(({ call }) => call === start)),
  );
  return left.length === 0 ? state : left;
}

function stateText(file: AnalysedFile, state: LockState): string {
  const texts = state.map(({ mode, origins }) => {
    const lines = lineRanges(origins.map(({ start }) => file.lineOf(start)));
    return lines === '' ? MODES[mode] : `${MODES[mode]} (${lines})`;
  });
  return texts.join(' or ');
}

/** The function around a word if it has a fault entry. */
function faultFunction(file: AnalysedFile, { start }: Span): FunctionAnalysis | null {
  const around = file.analysis?.functions.find(({ item }) => item.start <= start && start < item.end);
  return around?.sites.some(({ kind }) => kind === 'fault-entry') === true ? around : null;
}
