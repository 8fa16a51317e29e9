/**
 * The `#if` groups of a file, and which branch of each is read. One branch of a group is read; the choice is the
 * usual one (options on, 64 bit, `#if 0` off), remembered, and can be overridden to read a dropped branch.
 */

import type { Span } from './ast.js';
import type { Directive, Tokens } from './scan.js';

/** One branch of an `#if` group. */
export interface Branch extends Span {
  readonly id: number;
  readonly group: number;
  /** As written: `CONFIG_X` conditions keep their directive word (`ifdef CONFIG_X`), an else says of what. */
  readonly condition: string;
  /** First token inside, and first token behind. */
  readonly from: number;
  readonly to: number;
  /** The directive that opens it, as an index of `tokens.directives`. */
  readonly opens: number;
}

export interface Group {
  readonly id: number;
  /** Branch that holds the group; -1 at the top. */
  readonly parent: number;
  readonly branches: readonly Branch[];
  /** The `#endif`, as an index of `tokens.directives`; their number if it is missing. */
  readonly closes: number;
  /** The `#ifndef X`, `#define X` of a header: not a condition anybody wants to read about. */
  readonly guard: boolean;
  /** Index into `branches` of the branch to read; -1: none (`#if 0` without else). */
  readonly preferred: number;
}

export interface Conditionals {
  readonly groups: readonly Group[];
  readonly branches: readonly Branch[];
  /** Innermost branch of each token; -1 outside all groups. */
  readonly branchOf: Int32Array;
  /** Group of each directive; -1 for one that is in no group. */
  readonly groupOf: Int32Array;
  /** Directives without a partner. */
  readonly unbalanced: readonly Directive[];
}

const UNUSUAL =
  /^(CONFIG_(X86_32|32BIT|CPU_BIG_ENDIAN|PREEMPT_RT|UML|NOMMU|HIGHMEM|CC_OPTIMIZE_FOR_SIZE)|__BIG_ENDIAN(_BITFIELD)?|__cplusplus|MODULE|DEBUG|NOT_YET|notyet|notdef|NOTYET|__CHECKER__|__GENKSYMS__|__ASSEMBLY__|BUILD_VDSO32|.*_DEBUG|DEBUG_.*)$/;

/** What is usually true of a preprocessor condition: 1 yes, 0 no, null cannot tell. */
export function usualTruth(words: string): 0 | 1 | null {
  const defined = /^(?:el)?(ifdef|ifndef)\s+(\w+)/.exec(words);
  if (defined !== null) {
    const set = UNUSUAL.test(defined[2] as string) ? 0 : 1;
    return defined[1] === 'ifdef' ? set : set === 1 ? 0 : 1;
  }
  const expression = words.replace(/^(el)?if\b/, '').trim();
  return truth(expression);
}

function truth(expression: string): 0 | 1 | null {
  const text = expression.trim();
  const or = splitTop(text, '||');
  if (or.length > 1) {
    const parts = or.map(truth);
    return parts.includes(1) ? 1 : parts.every(part => part === 0) ? 0 : null;
  }
  const and = splitTop(text, '&&');
  if (and.length > 1) {
    const parts = and.map(truth);
    return parts.includes(0) ? 0 : parts.every(part => part === 1) ? 1 : null;
  }
  if (text.startsWith('!') && !text.startsWith('!=')) {
    const inner = truth(text.slice(1));
    return inner === null ? null : inner === 1 ? 0 : 1;
  }
  if (text.startsWith('(') && closing(text, 0) === text.length - 1) return truth(text.slice(1, -1));
  const named = /^(?:defined|IS_ENABLED|IS_BUILTIN|IS_REACHABLE)\s*\(?\s*(\w+)\s*\)?$/.exec(text);
  if (named !== null) return UNUSUAL.test(named[1] as string) ? 0 : 1;
  const number = /^\(?\s*(\d+)[uUlL]*\s*\)?$/.exec(text);
  if (number !== null) return Number(number[1]) === 0 ? 0 : 1;
  const width = /^BITS_PER_LONG\s*(==|!=)\s*(\d+)$/.exec(text);
  if (width !== null) return (width[1] === '==') === (width[2] === '64') ? 1 : 0;
  if (/^\w+$/.test(text)) return UNUSUAL.test(text) ? 0 : 1;
  return null;
}

function closing(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return i;
  }
  return -1;
}

function splitTop(text: string, operator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')') depth--;
    else if (depth === 0 && text.startsWith(operator, i)) {
      parts.push(text.slice(from, i));
      from = i + operator.length;
      i = from - 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}

interface OpenGroup {
  readonly id: number;
  readonly parent: number;
  readonly opens: number;
  readonly branches: Branch[];
  readonly truths: (0 | 1 | null)[];
  readonly guard: boolean;
  current: { id: number; condition: string; start: number; from: number; opens: number };
}

/** Pairs the directives of a file into groups and says for each token which branch it is in. Never throws. */
export function readConditionals(tokens: Tokens): Conditionals {
  const groups: Group[] = [];
  const branches: Branch[] = [];
  const branchOf = new Int32Array(tokens.count).fill(-1);
  const groupOf = new Int32Array(tokens.directives.length).fill(-1);
  const unbalanced: Directive[] = [];
  const stack: OpenGroup[] = [];
  let done = 0;

  const paint = (to: number): void => {
    const inside = stack.at(-1)?.current.id ?? -1;
    if (inside >= 0) branchOf.fill(inside, done, to);
    done = to;
  };
  const closeBranch = (open: OpenGroup, directive: { start: number; at: number }): void => {
    const branch: Branch = {
      id: open.current.id,
      group: open.id,
      condition: open.current.condition,
      start: open.current.start,
      end: directive.start,
      from: open.current.from,
      to: directive.at,
      opens: open.current.opens,
    };
    open.branches.push(branch);
    branches[branch.id] = branch;
  };
  let nextBranch = 0;
  const begin = (directive: Directive, condition: string, opens: number): OpenGroup['current'] => ({
    id: nextBranch++,
    condition,
    start: directive.end,
    from: directive.at,
    opens,
  });
  const finish = (open: OpenGroup, closes: number): void => {
    groups[open.id] = {
      id: open.id,
      parent: open.parent,
      branches: open.branches,
      closes,
      guard: open.guard,
      preferred: prefer(open.truths),
    };
  };

  tokens.directives.forEach((directive, index) => {
    if (directive.kind === 'other') return;
    paint(directive.at);
    if (directive.kind === 'if') {
      const id = groups.length;
      groups.length++;
      const parent = stack.at(-1)?.current.id ?? -1;
      const guard = parent < 0 && isGuard(directive, tokens.directives[index + 1]);
      groupOf[index] = id;
      stack.push({
        id,
        parent,
        opens: index,
        guard,
        branches: [],
        truths: [guard ? 1 : usualTruth(directive.text)],
        current: begin(directive, `#${directive.text}`, index),
      });
      return;
    }
    const open = stack.at(-1);
    if (open === undefined) {
      unbalanced.push(directive);
      return;
    }
    groupOf[index] = open.id;
    closeBranch(open, directive);
    if (directive.kind === 'endif') {
      stack.pop();
      finish(open, index);
      return;
    }
    const first = open.branches[0]?.condition ?? '';
    const condition = directive.kind === 'else' ? `#else of ${first}` : `#${directive.text}`;
    open.truths.push(directive.kind === 'else' ? 1 : usualTruth(directive.text));
    open.current = begin(directive, condition, index);
  });
  paint(tokens.count);
  while (stack.length > 0) {
    const open = stack.pop() as OpenGroup;
    const directive = tokens.directives[open.opens] as Directive;
    unbalanced.push(directive);
    closeBranch(open, { start: tokens.text.length, at: tokens.count });
    finish(open, tokens.directives.length);
  }
  return { groups, branches, branchOf, groupOf, unbalanced };
}

function isGuard(directive: Directive, next: Directive | undefined): boolean {
  const name = /^ifndef\s+(\w+)/.exec(directive.text)?.[1];
  return (
    name !== undefined &&
    next !== undefined &&
    next.text.split(' ')[1] === name &&
    next.text.startsWith('define')
  );
}

/** The first branch that is usually taken; an undecided one counts as taken. */
function prefer(truths: readonly (0 | 1 | null)[]): number {
  const yes = truths.indexOf(1);
  const maybe = truths.indexOf(null);
  if (maybe >= 0 && (yes < 0 || maybe < yes)) return maybe;
  return yes;
}

/** The branches from the outermost to `branch` itself. */
export function chainOf(conditionals: Conditionals, branch: number): Branch[] {
  const chain: Branch[] = [];
  for (let id = branch; id >= 0; ) {
    const here = conditionals.branches[id] as Branch;
    chain.unshift(here);
    id = (conditionals.groups[here.group] as Group).parent;
  }
  return chain;
}

/** The conditions that enclose `branch`, outermost first, as written; the guard of a header is left out. */
export function conditionsOf(conditionals: Conditionals, branch: number): string[] {
  return chainOf(conditionals, branch)
    .filter(here => !(conditionals.groups[here.group] as Group).guard)
    .map(here => here.condition);
}

/**
 * Which branches are read when `branch` must be: it, the branches around it, and inside it the usual ones.
 * Branches of groups elsewhere stay as in `base` (one byte a branch, 1 = read).
 */
export function selectionWith(conditionals: Conditionals, base: Uint8Array, branch: number): Uint8Array {
  const selection = base.slice();
  const inside = new Map<number, Group[]>();
  for (const group of conditionals.groups) {
    const list = inside.get(group.parent);
    if (list === undefined) inside.set(group.parent, [group]);
    else list.push(group);
  }
  const set = (id: number, on: boolean): void => {
    selection[id] = on ? 1 : 0;
    for (const group of inside.get(id) ?? []) {
      group.branches.forEach((child, index) => {
        set(child.id, on && index === group.preferred);
      });
    }
  };
  for (const here of chainOf(conditionals, branch)) {
    for (const sibling of (conditionals.groups[here.group] as Group).branches) {
      if (sibling.id !== here.id) set(sibling.id, false);
    }
    if (selection[here.id] !== 1 || here.id === branch) set(here.id, true);
  }
  return selection;
}
