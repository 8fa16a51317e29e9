/** FOLL_WRITE is set, and lost before the call. */

import { siteFunction } from '../../../../kernel/src/index.js';
import type { CfgElement, FileAnalysis, FunctionAnalysis } from '../../analysis/index.js';
import { lvalueText } from '../../analysis/index.js';
import type { Assignment, Expression, Span } from '../../syntax/ast.js';
import { callTokens, namesIdentifier, spanOf, walk } from '../../syntax/index.js';
import { assignedTo } from '../assignments.js';
import { callsOf } from '../callers.js';
import { defineRule, type Finding } from '../rule.js';
import { conditionsInto } from '../writeChoice.js';

/** Take FOLL_ flags as their last argument, since v4.9. */
const ACCESSES: ReadonlySet<string> = new Set([
  'access_process_vm',
  'access_remote_vm',
  '__access_remote_vm',
  'ptrace_access_vm',
]);
const SETS: ReadonlySet<string> = new Set(['=', '|=']);
/** Says that nothing is written after all. */
const READS = /(?:^|_|>|\.)(?:ro|readonly|read_only|rdonly|read)$/i;

export const gupWriteFlagCleared = defineRule({
  id: 'gup-write-flag-cleared',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary:
    'FOLL_WRITE is put into the flags and lost before a call sees it, or taken away once COW is broken.',
  why:
    'A plain assignment, or a mask that keeps other flags, throws away what was set before. The pages are then taken for reading, and what is ' +
    'written to them reaches the zero page, the page cache, or pages that other processes share. To drop it behind a fault that ' +
    'reported VM_FAULT_WRITE, so that the copy may be found through its read-only entry, was CVE-2016-5195: the copy may be gone by then.',
  remedy: 'Add with `|=`, take away with `&= ~`, and assign only first.',
  unreported:
    'A variable that is looked at in between, flags that are not all known, a mask that takes nothing else away, or a zero, which mean it, and a condition that is the same as, or within, the one that chose it.',
  examples: [
    {
      bad: `static int hold(unsigned long uaddr, int n, bool write, struct page **pages)
{
	unsigned int flags = 0;

	if (write)
		flags |= FOLL_WRITE;
	flags = FOLL_HWPOISON;
	return get_user_pages_unlocked(uaddr, n, pages, flags);
}
`,
      good: `static int hold(unsigned long uaddr, int n, bool write, struct page **pages)
{
	unsigned int flags = FOLL_HWPOISON;

	if (write)
		flags |= FOLL_WRITE;
	return get_user_pages_unlocked(uaddr, n, pages, flags);
}
`,
    },
  ],
  related: ['gup-write-param-ignored', 'gup-flag-type'],
  check({ file, profile }) {
    const findings: Finding[] = [];
    for (const fn of new Set([...file.functions, ...accessing(file)])) {
      findings.push(...clearedByCow(fn));
      for (const name of flagVariables(
        fn,
        callee => siteFunction(profile, callee)?.argument('flags') ?? -1,
      )) {
        for (const { set, lost } of lostWrites(fn, name)) {
          findings.push({
            span: spanOf(lost),
            message: `FOLL_WRITE is set in \`${name}\` and lost here, before any call sees it: use ${lost.op === '=' ? '`|=`' : '`&= ~` with the flag to take away'}`,
            related: [{ span: set, message: 'FOLL_WRITE is set here' }],
            confidence: 'high',
            fix: null,
          });
        }
      }
    }
    return findings;
  },
});

/**
 * Where FOLL_WRITE is taken out of flags because the fault has broken COW. Another task, or madvise(MADV_DONTNEED), may take the copy
 * away before the page is looked up again: then the page of the file is found, and written to. Upstream has FOLL_COW for it
 * since v4.9 (19be0eaffa3a), and looks at the page itself since v5.19.
 */
function clearedByCow(fn: FunctionAnalysis): readonly Finding[] {
  const findings: Finding[] = [];
  if (!fn.complete) return findings;
  for (const { element, at } of fn.cfg.elements()) {
    if (element.kind !== 'assignment' || !clearsWrite(element.node)) continue;
    const cow = conditionsInto(fn, at.block).find(condition => namesIdentifier(condition, 'VM_FAULT_WRITE'));
    if (cow === undefined) continue;
    findings.push({
      span: spanOf(element.node),
      message:
        'FOLL_WRITE is taken away after the fault has broken COW: if the copy goes before the page is looked up again, the page of the file is written to',
      related: [{ span: spanOf(cow), message: 'COW is broken here' }],
      confidence: 'high',
      fix: null,
    });
  }
  return findings;
}

/** `flags &= ~FOLL_WRITE`, and the same with `=`. */
function clearsWrite({ left, op, right }: Assignment): boolean {
  const mask = op === '=' && right.kind === 'binary' && right.op === '&' ? right.right : right;
  if (op !== '&=' && mask === right) return false;
  const place = lvalueText(left);
  const same = mask === right || (right.kind === 'binary' && lvalueText(right.left) === place);
  return (
    place !== null && same && mask.kind === 'unary' && mask.op === '~' && namesIdentifier(mask, 'FOLL_WRITE')
  );
}

/** The functions of a file that read or write the memory of another task by a helper of mm/memory.c or kernel/ptrace.c. */
function accessing(file: FileAnalysis): readonly FunctionAnalysis[] {
  return callTokens(file.source, ACCESSES).flatMap(token => {
    const item = file.source.functions[token.function];
    return item === undefined || item.alternative !== null ? [] : (file.functionNamed(item.name) ?? []);
  });
}

/** The variables of a function that are flags of a call. */
function flagVariables(fn: FunctionAnalysis, argument: (callee: string) => number): ReadonlySet<string> {
  const names = new Set<string>();
  if (!fn.complete) return names;
  for (const site of fn.sites) {
    const flags = site.args[argument(site.callee)];
    if (flags !== undefined) addVariables(flags, names);
  }
  for (const { args } of callsOf(fn, ACCESSES)) {
    const flags = args.at(-1);
    if (flags !== undefined) addVariables(flags, names);
  }
  return names;
}

/** The variables that an argument is put together from. */
function addVariables(flags: Expression, names: Set<string>): void {
  if (flags.kind === 'identifier') names.add(flags.name);
  if (flags.kind !== 'binary') return;
  addVariables(flags.left, names);
  addVariables(flags.right, names);
}

/**
 * Where FOLL_WRITE is set and thrown away again before any use: on every path; or on some, if the function chose it by one
 * condition, and other flags are put in its place by one that has nothing to do with it.
 */
function lostWrites(fn: FunctionAnalysis, name: string): { readonly set: Span; readonly lost: Assignment }[] {
  const found: { readonly set: Span; readonly lost: Assignment }[] = [];
  for (const { element, at } of fn.cfg.elements()) {
    const value = valueGiven(element, name);
    if (value === null || !namesIdentifier(value.right, 'FOLL_WRITE')) continue;
    const next = nextUses(fn, at.block, at.index + 1, name);
    const lost = next.thrown.find(({ node, block }) => {
      if (node.start < value.span.start) return false;
      if (next.everywhere && value.adds) return true;
      return (
        hasFlag(node.right) &&
        (node.op === '=' || losesMore(fn, name, node)) &&
        isOtherChoice(fn, { ...value, block: at.block }, block)
      );
    });
    if (lost !== undefined) found.push({ set: value.span, lost: lost.node });
  }
  return found;
}

/** What an element puts into the variable; null if nothing. */
function valueGiven(
  element: CfgElement,
  name: string,
): { readonly right: Expression; readonly adds: boolean; readonly span: Span } | null {
  if (element.kind === 'declare') {
    const { init } = element.node;
    return element.node.name === name && init !== null
      ? { right: init, adds: false, span: spanOf(init) }
      : null;
  }
  if (element.kind !== 'assignment') return null;
  const { left, op, right } = element.node;
  if (left.kind !== 'identifier' || left.name !== name || (op !== '=' && op !== '|=')) return null;
  return { right, adds: op === '|=', span: spanOf(element.node) };
}

/** Whether a mask takes away another flag that the function sets, too: who means FOLL_WRITE alone takes that. */
function losesMore(fn: FunctionAnalysis, name: string, mask: Assignment): boolean {
  return assignedTo(fn, name, SETS).some(value => {
    let more = false;
    walk(value, node => {
      if (node.kind !== 'identifier' || !node.name.startsWith('FOLL_') || node.name === 'FOLL_WRITE') return;
      more ||= !namesIdentifier(mask.right, node.name);
    });
    return more;
  });
}

/** Whether FOLL_WRITE was a choice, and what is done in the other block does not go by the same condition. */
function isOtherChoice(
  fn: FunctionAnalysis,
  set: { readonly right: Expression; readonly block: number },
  block: number,
): boolean {
  const [before, after] = [conditionsInto(fn, set.block), conditionsInto(fn, block)];
  const choice = new Set<string>();
  if (set.right.kind === 'conditional') for (const word of placesIn(set.right.test)) choice.add(word);
  if (reachesWithout(fn, block, set.block)) {
    for (const condition of before) {
      if (!after.includes(condition)) for (const word of placesIn(condition)) choice.add(word);
    }
  }
  const other = after.filter(condition => !before.includes(condition)).flatMap(placesIn);
  if (other.some(word => READS.test(word))) return false;
  return choice.size > 0 && !other.some(word => choice.has(word));
}

/** Whether some way from the start leads to a block and not through another. */
function reachesWithout(fn: FunctionAnalysis, block: number, without: number): boolean {
  const seen = new Set<number>([without]);
  const work = [fn.cfg.entry];
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    if (at === block) return true;
    if (seen.has(at)) continue;
    seen.add(at);
    for (const { to } of fn.cfg.blocks[at]?.out ?? []) work.push(to);
  }
  return false;
}

/** The variables and members that a condition looks at, the longest names only: `ctx->mode`, not `ctx`. */
function placesIn(condition: Expression): readonly string[] {
  const places: string[] = [];
  walk(condition, node => {
    const text = node.kind === 'member' || node.kind === 'identifier' ? lvalueText(node) : null;
    if (text === null) return undefined;
    places.push(text);
    return false;
  });
  return places;
}

/** The assignments that throw the flags away and are the first to name them on some path from here. */
function nextUses(
  fn: FunctionAnalysis,
  block: number,
  index: number,
  name: string,
): {
  readonly thrown: readonly { readonly node: Assignment; readonly block: number }[];
  /** Nothing else is met first on any path, and no path ends without. */
  readonly everywhere: boolean;
} {
  const thrown = new Map<Assignment, number>();
  let everywhere = true;
  const seen = new Set<number>();
  const work: { readonly block: number; readonly index: number }[] = [{ block, index }];
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    const elements = fn.cfg.blocks[at.block]?.elements.slice(at.index) ?? [];
    const use = elements.find(element => usesOrSets(element, name));
    if (use !== undefined) {
      const lost = throwsAway(use, name);
      if (lost === null) everywhere = false;
      else thrown.set(lost, at.block);
      continue;
    }
    for (const { to, label } of fn.cfg.blocks[at.block]?.out ?? []) {
      // A condition that looks at the flags is a use.
      if (to === fn.cfg.exit || (label.kind === 'branch' && namesIdentifier(label.condition, name))) {
        everywhere = false;
        continue;
      }
      if (!seen.has(to)) work.push({ block: to, index: 0 });
      seen.add(to);
    }
  }
  return {
    thrown: [...thrown].map(([node, block]) => ({ node, block })),
    everywhere: everywhere && thrown.size === 1,
  };
}

/** An assignment after which nothing is left of what the variable had of FOLL_WRITE. */
function throwsAway(element: CfgElement, name: string): Assignment | null {
  if (element.kind !== 'assignment') return null;
  const { left, op, right } = element.node;
  if (lvalueText(left) !== name || namesIdentifier(right, 'FOLL_WRITE')) return null;
  return (op === '=' || op === '&=') && isOfFlags(right) ? element.node : null;
}

/** FOLL_ constants and nothing else, so that it is certain what is kept. */
function isOfFlags(node: Expression): boolean {
  if (node.kind === 'binary') return node.op === '|' && isOfFlags(node.left) && isOfFlags(node.right);
  return (node.kind === 'identifier' && node.name.startsWith('FOLL_')) || node.kind === 'number';
}

/** Whether a value has flags, not zero alone. */
function hasFlag(node: Expression): boolean {
  return node.kind === 'binary' ? hasFlag(node.left) || hasFlag(node.right) : node.kind === 'identifier';
}

function usesOrSets(element: CfgElement, name: string): boolean {
  if (element.kind === 'declare')
    return element.node.init !== null && namesIdentifier(element.node.init, name);
  return element.kind !== 'cleanup' && namesIdentifier(element.node, name);
}
