/** Uses of a VMA that was looked up, or given by a fault, under a lock which is gone: mmap_lock or that of the VMA. */

import { siteFunction } from '../../../kernel/src/index.js';
import type { Call, Expression, Span } from '../syntax/index.js';
import type { CfgElement } from './cfg.js';
import { calleeName, lvalueText, plainSpan, valueExpression, walk } from './expressions.js';
import type { FunctionAnalysis } from './functionAnalysis.js';
import { NO_FACT, NON_ZERO, refineBits, signFact, withFact, ZERO } from './lattices/factLattice.js';
import type { LockPath } from './lattices/lockLattice.js';
import { mmOfOperation, OPERATIONS } from './lockFlow.js';
import { lockedVariable } from './lockTransfer.js';
import { FINDS_VMA } from './mmAliases.js';
import { solveTagged, type TaggedPath, type TaggedState } from './taggedFlow.js';

/** One use, the first on its way. */
export interface StaleVmaUse {
  readonly span: Span;
  /** The variable. */
  readonly vma: string;
  /** The call that gave the lock up, or may have. */
  readonly dropped: Call;
  /** Whether a lock was taken again before the use. */
  readonly retaken: boolean;
}

type VmaTag = {
  readonly state: 'unset' | 'fresh' | 'stale';
  /** Where the call starts that gave the lock up; -1: none did. */
  readonly dropped: number;
  /** Whether that was a release of the lock, which always gives it up. */
  readonly released: boolean;
  /** Whether the lock was taken again since: what comes then is meant to go on. */
  readonly retaken: boolean;
};

const UNSET: VmaTag = { state: 'unset', dropped: -1, released: false, retaken: false };
const FRESH: VmaTag = { state: 'fresh', dropped: -1, released: false, retaken: false };

const known = new WeakMap<FunctionAnalysis, readonly StaleVmaUse[]>();

/** The uses in a function. Empty where it could not be followed. */
export function staleVmaUses(fn: FunctionAnalysis): readonly StaleVmaUse[] {
  let uses = known.get(fn);
  if (uses === undefined) {
    uses = fn.sites.length > 0 || GIVES_UP.test(textOf(fn)) ? usesIn(fn) : [];
    known.set(fn, uses);
  }
  return uses;
}

/** Where a way may lead back in the text. */
const LOOPS = /\b(?:for|while|goto)\b|for_each/;

function textOf({ file, item }: FunctionAnalysis): string {
  return file.text.slice(item.body.start, item.body.end);
}

/** Names the calls that may give a lock up, beside those of the tables: a function without any is not parsed for it. */
const GIVES_UP = new RegExp(
  `\\b(?:${[...OPERATIONS].flatMap(([name, all]) => (all.some(({ does }) => does.endsWith('-unlock')) ? [name] : [])).join('|')})\\b|_fault\\b|->\\s*fault\\b|\\bhandle_userfault\\b`,
);

function usesIn(fn: FunctionAnalysis): readonly StaleVmaUse[] {
  const { cfg } = fn;
  if (!cfg.complete) return [];
  // Without a call that gives the lock up nothing gets stale, nor what is not named behind the first of them.
  const drops = cfg
    .elements()
    .flatMap(({ element }) =>
      element.kind === 'call' && mayGiveUp(fn, element.node) ? [element.node.start] : [],
    );
  if (drops.length === 0) return [];
  const rest = fn.file.text.slice(
    LOOPS.test(textOf(fn)) ? fn.item.body.start : Math.min(...drops),
    fn.item.body.end,
  );
  const isNamed = (vma: string): boolean => rest.includes(vma);
  const variables = new Set<string>();
  const ofFault = vmasOfFault(fn);
  let fixesUp = false;
  for (const { element } of cfg.elements()) {
    if (element.kind === 'assignment' && ofFault.size > 0 && isOneOf(ofFault, element.node.right)) {
      if (element.node.left.kind === 'identifier') variables.add(element.node.left.name);
    } else if (element.kind === 'declare' && isOneOf(ofFault, element.node.init)) {
      variables.add(element.node.name);
    } else if (element.kind === 'assignment' && finds(fn, element.node.right)) {
      const name = lvalueText(element.node.left);
      if (name !== null && element.node.left.kind === 'identifier') variables.add(name);
    } else if (element.kind === 'declare' && element.node.init !== null && finds(fn, element.node.init)) {
      variables.add(element.node.name);
    }
    // Holds the VMA by itself, whatever becomes of mmap_lock.
    if (element.kind === 'call' && /^vma_start_read/.test(calleeName(element.node) ?? '')) return [];
    if (element.kind === 'call' && calleeName(element.node) === 'fixup_user_fault') fixesUp = true;
  }
  // A VMA that the caller found: it is no longer what it was if the lock was dropped here in between. Where the lock is
  // released for good the caller may have had another hold on it, so only a lock that is back again counts.
  const given =
    fixesUp || dropsCallersLock(fn) || endsFault(fn)
      ? fn.ast.parameters.flatMap(({ name, type }) =>
          name !== null && type === 'struct vm_area_struct' && !variables.has(name) ? [name] : [],
        )
      : [];
  return [
    ...[...variables].filter(isNamed).flatMap(vma => usesOf(fn, vma, UNSET)),
    ...[...ofFault].filter(vma => isNamed(`${vma}->`)).flatMap(vma => usesOf(fn, vma, FRESH)),
    ...given
      .filter(isNamed)
      .flatMap(vma =>
        usesOf(fn, vma, FRESH).filter(
          use =>
            calleeName(use.dropped) === 'fixup_user_fault' ||
            isCallersLock(fn, use) ||
            (endsFault(fn) && !use.retaken && unlocks(fn, use.dropped)),
        ),
      ),
  ].sort((a, b) => a.span.start - b.span.start);
}

/** The VMAs that a fault handler is told of, as `vmf->vma`: mmap_lock, or their own, is held when it is called. */
function vmasOfFault({ ast }: FunctionAnalysis): ReadonlySet<string> {
  return new Set(
    ast.parameters.flatMap(({ name, type }) =>
      name !== null && type === 'struct vm_fault' ? [`${name}->vma`] : [],
    ),
  );
}

function isOneOf(places: ReadonlySet<string>, value: Expression | null): boolean {
  return value !== null && places.has(lvalueText(valueExpression(value)) ?? '');
}

/** Whether a function releases the lock of its caller and takes it again, as madvise_remove() does round its vfs_fallocate(). */
function dropsCallersLock(fn: FunctionAnalysis): boolean {
  let releases = false;
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'call') continue;
    const isTaken = MMAP_LOCK_TAKEN.test(calleeName(element.node) ?? '');
    if (isTaken && !releases) return false;
    if (isTaken) return true;
    releases ||= unlocks(fn, element.node);
  }
  return false;
}

/** Whether a function is given the registers of a fault: then its VMA is one that was found for it, which nothing but the lock keeps. */
function endsFault({ ast }: FunctionAnalysis): boolean {
  return ast.parameters.some(({ type }) => type === 'struct pt_regs');
}

/** Whether a use is between the release of the lock that the caller holds and where it is taken again for the caller. */
function isCallersLock(fn: FunctionAnalysis, { span, dropped, retaken }: StaleVmaUse): boolean {
  if (retaken || !unlocks(fn, dropped)) return false;
  const back = fn.cfg
    .elements()
    .some(
      ({ element }) =>
        element.kind === 'call' &&
        MMAP_LOCK_TAKEN.test(calleeName(element.node) ?? '') &&
        element.node.start > span.start,
    );
  return (
    back &&
    [...fn.lockedMms].every(mm =>
      fn.lockAtExit(mm).every(({ mode }) => mode === 'caller' || mode === 'read' || mode === 'write'),
    )
  );
}

/** Whether a value is a VMA that was looked up: by a function of mm/, or by another named for it under a lock taken here. */
function finds(fn: FunctionAnalysis, value: Expression): boolean {
  const node = valueExpression(value);
  // The head of the list of VMAs, until v6.0.
  if (node.kind === 'member' && node.name === 'mmap' && node.arrow)
    return fn.lockedMms.has(fn.aliases.mm(node.object) ?? '');
  const name = node.kind === 'call' ? (calleeName(node) ?? '') : '';
  if (node.kind !== 'call' || FINDS_VMA.has(name)) return node.kind === 'call';
  // The gate VMA is nobody's to free.
  if (!/^\w*(?:find|lookup|get)\w*_vma$/.test(name) || name === 'get_gate_vma') return false;
  return [...fn.lockedMms].some(mm => {
    if (!node.args.some(arg => fn.aliases.mm(arg) === mm)) return false;
    const state = fn.lockBefore(node, mm);
    const isHeld = ({ mode, source }: LockPath): boolean =>
      (mode === 'read' || mode === 'write') && source === 'local';
    return state.length > 0 && state.every(isHeld) && fn.lockAfter(node, mm).every(isHeld);
  });
}

/** Whether the value of a variable is the VMA beside the one that it holds. */
function stepsOn(value: Expression, vma: string): boolean {
  const node = valueExpression(value);
  return node.kind === 'member' && /^vm_(?:next|prev)$/.test(node.name) && lvalueText(node.object) === vma;
}

/** @param entry what is known of the VMA where the function starts */
function usesOf(fn: FunctionAnalysis, vma: string, entry: VmaTag): StaleVmaUse[] {
  const { cfg } = fn;
  const told = cfg.elements().flatMap(({ element }) => {
    const variable = element.kind === 'call' ? lockedArgument(fn, element.node) : null;
    return variable === null ? [] : [variable];
  });
  const solution = solveTagged(cfg, fn.profile, {
    entry,
    facts: told,
    element: (element, path) => after(fn, vma, element, path),
  });
  if (!solution.complete) return [];
  const found = new Map<number, StaleVmaUse>();
  const look = (expression: Expression, state: TaggedState<VmaTag>, isPassed = false): void => {
    // Where there is no VMA nothing is used.
    const ways = state.filter(({ facts }) => facts.get(vma)?.signs !== ZERO);
    const tag = ways
      .map(path => path.tag)
      .filter(one => one.state === 'stale')
      .sort((a, b) => b.dropped - a.dropped)[0];
    // A release is meant for all that comes behind it: where only some ways have it, something tells them apart.
    const isMixed = ways.some(({ tag: { state: one } }) => one !== 'stale');
    if (tag?.released === true && !tag.retaken && isMixed) return;
    if (tag === undefined) return;
    const dropped = cfg
      .elements()
      .find(({ element }) => element.kind === 'call' && element.node.start === tag.dropped)?.element;
    // What a fault that drops the lock leaves of its result is not followed as far as each call that is given the VMA.
    const counts =
      tag.released || (dropped?.kind === 'call' && calleeName(dropped.node) === 'fixup_user_fault');
    const use = isPassed && counts && lvalueText(expression) === vma ? expression : useIn(expression, vma);
    const known = found.get(tag.dropped);
    if (
      use !== null &&
      dropped?.kind === 'call' &&
      (known === undefined || isSooner(use, known.span, dropped.node))
    )
      found.set(tag.dropped, { span: plainSpan(use), vma, dropped: dropped.node, retaken: tag.retaken });
  };
  for (const { element, at } of cfg.elements()) {
    const isPassed = element.kind === 'call' && looksAt(calleeName(element.node));
    for (const expression of evaluatedBy(element)) look(expression, solution.before(at), isPassed);
  }
  for (const id of cfg.order) {
    const label = cfg.blocks[id]?.out[0]?.label;
    if (label?.kind === 'branch') look(label.condition, solution.atEnd(id));
  }
  return [...found.values()].sort((a, b) => a.span.start - b.span.start);
}

/** Whether a place comes before another one behind a call: what stands before the call comes only round a loop. */
function isSooner(place: Span, other: Span, call: Call): boolean {
  const isBehind = place.start > call.start;
  return isBehind === other.start > call.start ? place.start < other.start : isBehind;
}

/** What an element reads itself: the operands that are elements of their own are looked at there. */
function evaluatedBy(element: CfgElement): readonly Expression[] {
  switch (element.kind) {
    case 'call':
      return element.node.args;
    case 'assignment':
      return [element.node.left, element.node.right];
    case 'declare':
      return element.node.init === null ? [] : [element.node.init];
    case 'return':
      return element.node.value === null ? [] : [element.node.value];
    default:
      return [];
  }
}

/** These are given a VMA for its address only, or are the release of its own lock, which others speak of. */
const ONLY_NAMES_IT =
  /^(?:pr_\w+|\w*print\w*|dev_\w+|trace_\w+|\w*(?:WARN|BUG)\w*|(?:un)?likely|IS_ERR\w*|PTR_ERR\w*|vma_end_\w+)$/;

/** Whether a function that is given a VMA may look into it. */
function looksAt(name: string | null): boolean {
  return name === null || !ONLY_NAMES_IT.test(name);
}

/** Where an expression reaches through the variable; null: nowhere. Its value alone may be compared and printed. */
function useIn(expression: Expression, vma: string): Expression | null {
  let use: Expression | null = null;
  const left: Span[] = [];
  walk(expression, node => {
    if (use !== null || left.some(({ start, end }) => start <= node.start && node.start < end)) return;
    // Evaluated before, as an element of its own; or, of an arm, maybe not at all.
    if (node.kind === 'call' || node.kind === 'assignment') left.push(node);
    else if (node.kind === 'conditional') left.push({ start: node.test.end, end: node.end });
    else if (node.kind === 'member' && node.arrow && lvalueText(node.object) === vma) use = node;
  });
  return use;
}

const MMAP_LOCK_TAKEN = /^(?:mmap_(?:read|write)_lock(?:_killable)?|down_(?:read|write)(?:_killable)?)$/;

function after(
  fn: FunctionAnalysis,
  vma: string,
  element: CfgElement,
  path: TaggedPath<VmaTag>,
): readonly TaggedPath<VmaTag>[] {
  switch (element.kind) {
    case 'assignment':
      if (lvalueText(element.node.left) !== vma) return [path];
      if (stepsOn(element.node.right, vma)) return [path];
      return [{ ...path, tag: isFound(fn, element.node.right) ? FRESH : UNSET }];
    case 'declare':
      if (element.node.name !== vma) return [path];
      return [{ ...path, tag: element.node.init !== null && isFound(fn, element.node.init) ? FRESH : UNSET }];
    case 'macro-loop':
    case 'unknown':
    case 'asm':
      return [{ ...path, tag: UNSET }];
    case 'call':
      if (path.tag.released && MMAP_LOCK_TAKEN.test(calleeName(element.node) ?? ''))
        return [{ ...path, tag: { ...path.tag, retaken: true } }];
      return path.tag.state === 'fresh' ? called(fn, element.node, path) : [path];
    default:
      return [path];
  }
}

function isFound(fn: FunctionAnalysis, value: Expression): boolean {
  return finds(fn, value) || isOneOf(vmasOfFault(fn), value);
}

function unlocks(fn: FunctionAnalysis, call: Call): boolean {
  return (OPERATIONS.get(calleeName(call) ?? '') ?? []).some(
    operation => /-unlock$/.test(operation.does) && mmOfOperation(operation, call.args, fn.aliases) !== null,
  );
}

/** Functions of mm/ that are given a fault whole, and have dropped the lock where they return VM_FAULT_RETRY. */
const HANDLES_FAULT =
  /^(?:filemap_fault|__do_fault|do_(?:read|cow|shared)_fault|(?:hugetlb_)?handle_userfault)$/;

/** Whether a call hands the fault that the function is told of on to one that may drop the lock: these, and `->fault()`. */
function isFaultOf(fn: FunctionAnalysis, call: Call): boolean {
  const name = call.callee.kind === 'member' ? call.callee.name : (calleeName(call) ?? '');
  if (call.callee.kind === 'member' ? name !== 'fault' : !HANDLES_FAULT.test(name)) return false;
  const [vmf] = call.args;
  const given = vmf === undefined ? null : lvalueText(valueExpression(vmf));
  return given !== null && vmasOfFault(fn).has(`${given}->vma`);
}

/** Whether a call may leave the lock given up, in a way that {@link called} follows. */
function mayGiveUp(fn: FunctionAnalysis, call: Call): boolean {
  if (calleeName(call) === 'handle_mm_fault') return fn.mayDropLock(call);
  if (isFaultOf(fn, call)) return true;
  return unlocks(fn, call) || lockedArgument(fn, call) !== null;
}

function called(fn: FunctionAnalysis, call: Call, path: TaggedPath<VmaTag>): readonly TaggedPath<VmaTag>[] {
  const name = calleeName(call) ?? '';
  const stale: VmaTag = { state: 'stale', dropped: call.start, released: false, retaken: false };
  if (unlocks(fn, call)) return [{ ...path, tag: { ...stale, released: true } }];
  if (name === 'handle_mm_fault' || isFaultOf(fn, call)) {
    if (name === 'handle_mm_fault' && !fn.mayDropLock(call)) return [path];
    const key = `#${call.start}`;
    // Only handle_mm_fault() says that all is done without the lock.
    const completes = name === 'handle_mm_fault' && fn.profile.switches.faultCompleted;
    const bits = completes ? ['VM_FAULT_COMPLETED', 'VM_FAULT_RETRY'] : ['VM_FAULT_RETRY'];
    return [
      { ...path, facts: withFact(path.facts, key, refineBits(NO_FACT, bits, false)) },
      { tag: stale, facts: withFact(path.facts, key, refineBits(NO_FACT, bits, true)) },
    ];
  }
  const variable = lockedArgument(fn, call);
  if (variable === null) return [path];
  // fixup_user_fault() says that the lock was dropped, the others that it is still held.
  const [kept, gone] = name === 'fixup_user_fault' ? [ZERO, NON_ZERO] : [NON_ZERO, ZERO];
  return [
    { ...path, facts: withFact(path.facts, variable, signFact(kept)) },
    { tag: stale, facts: withFact(path.facts, variable, signFact(gone)) },
  ];
}

/** The variable by which a call of the tables tells what became of the lock; null: it is given none. */
function lockedArgument(fn: FunctionAnalysis, call: Call): string | null {
  const callee = siteFunction(fn.profile, calleeName(call) ?? '');
  // What mm/ calls inside says what became of the lock in other ways too.
  if (callee?.visibility !== 'public') return null;
  const index = [callee.argument('locked'), callee.argument('unlocked')].find(at => at >= 0);
  const variable = index === undefined ? null : lockedVariable(call.args[index]);
  return variable === 'NULL' ? null : variable;
}
