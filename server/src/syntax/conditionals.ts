/**
 * The `#if` groups of a file, and which branch of each is read. One branch of a group is read; the choice is the
 * usual one (options on, 64 bit, `#if 0` off), remembered, and can be overridden to read a dropped branch.
 */

import type { Span } from './ast.js';
import {
  type Condition,
  type ConditionNames,
  namesForeignMacro,
  namesVersion,
  readCondition,
  type Truth,
  truthOf,
} from './condition.js';
import { FileMacros } from './fileMacros.js';
import type { Directive, Tokens } from './scan.js';
import { RELEASE_CODES, type VersionCodes } from './versionCodes.js';

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
  /** When it is read, as far as its own group decides: its condition, and none of those before it. */
  readonly when: Condition;
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
  /** Branches (one byte each, 1 = so) that the version of the kernel rules out, themselves or one around them. */
  readonly excluded: Uint8Array;
  /** Whether a condition of the file names the version of the kernel. */
  readonly versioned: boolean;
  /** What the file defines in terms of the version. */
  readonly macros: FileMacros;
}

const UNUSUAL =
  /^(CONFIG_(X86_32|32BIT|CPU_BIG_ENDIAN|PREEMPT_RT|UML|NOMMU|HIGHMEM|CC_OPTIMIZE_FOR_SIZE)|__BIG_ENDIAN(_BITFIELD)?|__cplusplus|MODULE|DEBUG|NOT_YET|notyet|notdef|NOTYET|__CHECKER__|__GENKSYMS__|__ASSEMBLY__|BUILD_VDSO32|.*_DEBUG|DEBUG_.*)$/;

/** Macros of vendors' kernels: a tree of kernel.org has none of them, another may. */
const VENDOR =
  /^(RHEL_\w+|CENTOS_\w+|OPENSUSE\w*|SLE_\w+|SUSE_\w+|CONFIG_SUSE_\w+|UBUNTU_\w+|UTS_UBUNTU_\w+|EULER_\w+|OPENEULER_\w+|ANDROID_\w+)$/;

/** The usual kernel of 64 bit with its options on, of a version. */
function usualNames(version: VersionCodes | null): ConditionNames {
  return {
    version,
    isSet: name => (UNUSUAL.test(name) || VENDOR.test(name) ? 0 : 1),
    isAbsent: name => VENDOR.test(name),
  };
}

/** Any kernel of a version. */
function anyNames(version: VersionCodes | null): ConditionNames {
  return { version, isSet: () => null, isAbsent: () => false };
}

/** Any kernel of a version that is no vendor's. */
function plainNames(version: VersionCodes): ConditionNames {
  return {
    version,
    isSet: name => (VENDOR.test(name) ? 0 : null),
    isAbsent: name => VENDOR.test(name),
  };
}

const ANY_VERSION = anyNames(null);

interface OpenGroup {
  readonly id: number;
  readonly parent: number;
  readonly opens: number;
  readonly branches: Branch[];
  readonly truths: Truth[];
  readonly guard: boolean;
  /** That no branch so far is read. */
  rest: Condition;
  current: { id: number; condition: string; start: number; from: number; opens: number; when: Condition };
}

/** Of a longer chain of `#elif` it is not asked what the branches before leave over. */
const MOST_BRANCHES = 200;

const ALWAYS: Condition = { kind: 'number', value: 1 };

function andAlso(left: Condition, right: Condition): Condition {
  if (left === ALWAYS) return right;
  return right === ALWAYS ? left : { kind: 'binary', op: '&&', left, right };
}

/**
 * Pairs the directives of a file into groups and says for each token which branch it is in. Never throws.
 *
 * @param version the version that conditions on LINUX_VERSION_CODE are decided for; null: they are left open
 */
export function readConditionals(tokens: Tokens, version: VersionCodes | null = null): Conditionals {
  const groups: Group[] = [];
  const branches: Branch[] = [];
  const branchOf = new Int32Array(tokens.count).fill(-1);
  const groupOf = new Int32Array(tokens.directives.length).fill(-1);
  const unbalanced: Directive[] = [];
  const stack: OpenGroup[] = [];
  const usual = usualNames(version);
  const macros = new FileMacros();
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
      when: open.current.when,
    };
    open.branches.push(branch);
    branches[branch.id] = branch;
  };
  let nextBranch = 0;
  const begin = (
    directive: Directive,
    condition: string,
    opens: number,
    when: Condition,
  ): OpenGroup['current'] => ({
    id: nextBranch++,
    condition,
    start: directive.end,
    from: directive.at,
    opens,
    when,
  });
  /** The condition of a directive, with what the file itself defines put in. */
  const conditionOf = (directive: Directive): Condition => {
    return directive.kind === 'else' ? ALWAYS : macros.putInto(readCondition(directive.text));
  };
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

  // Nearly all directives of a generated header are definitions, and nothing hangs on them: their meaning is put into
  // comparisons and sums, and into what asks for the version.
  const hangsOnMacros =
    tokens.text.includes('LINUX_VERSION_') ||
    tokens.directives.some(({ kind, text }) => kind !== 'other' && /[-+*<>=]|(?<!\|)\|(?!\|)/.test(text));
  tokens.directives.forEach((directive, index) => {
    if (directive.kind === 'other') {
      if (!hangsOnMacros) return;
      const around = stack.map(open => open.current.when).reduce(andAlso, ALWAYS);
      macros.onDirective(directive.text, around);
      return;
    }
    paint(directive.at);
    if (directive.kind === 'if') {
      const id = groups.length;
      groups.length++;
      const parent = stack.at(-1)?.current.id ?? -1;
      const guard = parent < 0 && isGuard(directive, tokens.directives[index + 1]);
      groupOf[index] = id;
      const when = guard ? ALWAYS : conditionOf(directive);
      stack.push({
        id,
        parent,
        opens: index,
        guard,
        branches: [],
        truths: [truthOf(when, usual)],
        rest: { kind: 'not', operand: when },
        current: begin(directive, `#${directive.text}`, index, when),
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
    const own = conditionOf(directive);
    open.truths.push(truthOf(own, usual));
    open.current = begin(directive, condition, index, andAlso(open.rest, own));
    open.rest =
      open.branches.length > MOST_BRANCHES
        ? { kind: 'unknown' }
        : andAlso(open.rest, { kind: 'not', operand: own });
  });
  paint(tokens.count);
  while (stack.length > 0) {
    const open = stack.pop() as OpenGroup;
    const directive = tokens.directives[open.opens] as Directive;
    unbalanced.push(directive);
    closeBranch(open, { start: tokens.text.length, at: tokens.count });
    finish(open, tokens.directives.length);
  }
  const versioned = branches.some(branch => namesVersion(branch.when));
  const excluded = new Uint8Array(branches.length);
  const read = { groups, branches, branchOf, groupOf, unbalanced, excluded, versioned, macros };
  if (versioned && version !== null) {
    // A branch comes after the one around it: ids count openings.
    for (const branch of branches) {
      const parent = (groups[branch.group] as Group).parent;
      excluded[branch.id] = excluded[parent] === 1 || excludes(branch.when, version) ? 1 : 0;
    }
  }
  return read;
}

/**
 * Whether it is the version that rules a condition out. Where a vendor's macro could save it, it is still ruled out if
 * a release without that macro admits it: it is then read for that release, whose calls it is written for.
 */
function excludes(when: Condition, version: VersionCodes): boolean {
  if (!namesVersion(when)) return false;
  const plain = (codes: VersionCodes): Truth => truthOf(when, plainNames(codes));
  if (plain(version) === 0 && RELEASE_CODES.some(([, codes]) => plain(codes) !== 0)) return true;
  return truthOf(when, anyNames(version)) === 0 && truthOf(when, ANY_VERSION) !== 0;
}

/** Whether a kernel of some version may read a branch: no condition on the version rules it or one around it out. */
export function admits(conditionals: Conditionals, branch: number, version: VersionCodes): boolean {
  return !chainOf(conditionals, branch).some(here => excludes(here.when, version));
}

/** The innermost branch that holds an offset of the file; -1 outside all. */
export function branchAt(conditionals: Conditionals, offset: number): number {
  let found = -1;
  for (const branch of conditionals.branches) {
    if (branch.start <= offset && offset < branch.end) found = branch.id;
  }
  return found;
}

/**
 * Whether it hangs on macros that are neither configuration nor version, or on `#if 0`, that a branch is read: its
 * code may be for another kernel than the one of the analysis.
 */
export function isForeign(conditionals: Conditionals, branch: number): boolean {
  if (isNever(conditionals, branch)) return true;
  return chainOf(conditionals, branch).some(here => namesForeignMacro(here.when));
}

/** Whether a branch is the one to read of its group, and the version leaves it in, up to the outermost around it. */
export function isPreferred(conditionals: Conditionals, branch: number): boolean {
  return (
    conditionals.excluded[branch] !== 1 &&
    chainOf(conditionals, branch).every(here => {
      const group = conditionals.groups[here.group];
      return group?.branches[group.preferred] === here;
    })
  );
}

/** Whether no kernel at all reads a branch: `#if 0`. */
export function isNever(conditionals: Conditionals, branch: number): boolean {
  return chainOf(conditionals, branch).some(here => truthOf(here.when, ANY_VERSION) === 0);
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
function prefer(truths: readonly Truth[]): number {
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
