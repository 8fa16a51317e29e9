/** From what a caller passes to what the callee works with, and on to what reaches handle_mm_fault(). */

import type { AddedWhen, Refusal } from './facts.js';
import type { Profile, ResolvedFunction } from './profile.js';

/** Whether a pointer argument is there: `none` if the function has no such argument. */
export type PointerArgument = 'given' | 'null' | 'unknown' | 'none';

/** What is known of the arguments of a call besides its flags. */
export interface CallArguments {
  /** The `locked` pointer; for fixup_user_fault() the `unlocked` pointer. */
  readonly locked: PointerArgument;
  readonly pages: PointerArgument;
  /** What `locked` points to on entry, where that is known. */
  readonly lockedValue?: number;
  /** The truth of an int or bool `write` argument, where the function has one. */
  readonly write?: boolean | 'unknown';
  readonly force?: boolean | 'unknown';
}

/** The flags of a call, on its way into the callee. */
export interface FlagsOfCall {
  /** What every call of the function adds, whatever its flags; with a `locked` pointer what it adds for that too. */
  readonly implied: readonly string[];
  /**
   * The set the slow walk starts with (__get_user_pages() entered for the first time); for functions that never
   * take the slow path, the set of the fast walk. An addition that hangs on an argument of unknown value is in it,
   * as if the pointer were given, and in `undecided` too.
   */
  readonly effective: readonly string[];
  /** Members of `effective` that depend on an argument of unknown value. Empty if all is known. */
  readonly undecided: readonly string[];
}

type Verdict = 'yes' | 'no' | 'unknown';

/** A member that stands for flags read elsewhere: `param:NAME` or `field:EXPR`. */
export function isSymbolic(name: string): boolean {
  return name.startsWith('param:') || name.startsWith('field:');
}

/** The names with FAULT_FLAG_DEFAULT and other stand-ins of the same namespace replaced by their members. */
export function expandFlags(profile: Profile, names: readonly string[]): readonly string[] {
  const out: string[] = [];
  for (const name of names) {
    const flag = profile.flags.get(name);
    const members = (flag?.implies ?? []).filter(
      member => profile.flags.get(member)?.namespace === flag?.namespace,
    );
    if (members.length > 0) out.push(...expandFlags(profile, members));
    else out.push(name);
  }
  return sortFlags(profile, out);
}

/** The names without repetition, by bit value; names this release does not have, then symbolic ones, last. */
export function sortFlags(profile: Profile, names: readonly string[]): readonly string[] {
  const rank = (name: string): number => {
    if (isSymbolic(name)) return Number.MAX_SAFE_INTEGER;
    return profile.flags.get(name)?.value ?? Number.MAX_SAFE_INTEGER - 1;
  };
  const unique = [...new Set(names)];
  return unique.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

/**
 * What a call of `fn` with these flags works with. `caller` are the names at the call site; symbolic ones are
 * passed through. FOLL_NUMA, which __get_user_pages() adds to itself until 6.0, is not part of the result.
 */
export function flagsOfCall(
  profile: Profile,
  fn: ResolvedFunction,
  caller: readonly string[],
  args: CallArguments,
): FlagsOfCall {
  const own = expandFlags(profile, caller);
  const isImplied = ({ when }: { readonly when?: AddedWhen }): boolean =>
    when === undefined || (when === 'locked-given' && args.locked === 'given');
  const implied = fn.adds.filter(isImplied).flatMap(add => add.flags);
  const before = new Set([...own, ...implied]);
  const effective = new Set(before);
  const undecided = new Set<string>();
  for (const add of fn.adds) {
    if (add.when === undefined) continue;
    const verdict = decide(add.when, before, args);
    if (verdict === 'no') continue;
    for (const flag of add.flags) {
      if (verdict === 'unknown' && !effective.has(flag)) undecided.add(flag);
      if (verdict === 'yes') undecided.delete(flag);
      effective.add(flag);
    }
  }
  return {
    implied: sortFlags(profile, implied),
    effective: sortFlags(profile, [...effective]),
    undecided: sortFlags(profile, [...undecided]),
  };
}

function decide(when: AddedWhen, set: ReadonlySet<string>, args: CallArguments): Verdict {
  switch (when) {
    case 'locked-given':
      return ofPointer(args.locked);
    case 'pages-given':
      return set.has('FOLL_PIN') ? 'no' : ofPointer(args.pages);
    case 'write-given':
      return ofTruth(args.write);
    case 'force-given':
      return ofTruth(args.force);
    case 'without-longterm':
      return set.has('FOLL_LONGTERM') ? 'no' : 'yes';
    case 'slow-path':
      return set.has('FOLL_FAST_ONLY') ? 'no' : 'yes';
    case 'slow-path-without-longterm':
      return set.has('FOLL_FAST_ONLY') || set.has('FOLL_LONGTERM') ? 'no' : 'yes';
    // After the set was handed to the slow walk, or of the fast walk alone.
    case 'in-walk':
    case 'fast-walk':
      return 'no';
    // Nothing at the call site tells what the address or the iterator is.
    case 'vma-private-writable':
    case 'vma-accessible':
    case 'iter-user-backed':
    case 'iter-destination':
    case 'iter-p2pdma':
    case 'iter-nofault':
      return 'no';
  }
}

function ofPointer(pointer: PointerArgument): Verdict {
  if (pointer === 'unknown') return 'unknown';
  return pointer === 'given' ? 'yes' : 'no';
}

function ofTruth(value: boolean | 'unknown' | undefined): Verdict {
  if (value === undefined || value === false) return 'no';
  return value === 'unknown' ? 'unknown' : 'yes';
}

/** The refusals that are certain from the flags and arguments alone, in the order the function tests them. */
export function refusalsOf(
  fn: ResolvedFunction,
  caller: readonly string[],
  args: Pick<CallArguments, 'locked' | 'pages' | 'lockedValue'>,
): readonly Refusal[] {
  const set = new Set(caller);
  return fn.refuses.filter(refusal => {
    const { flags, together, outside, when } = refusal;
    if (flags === undefined && together === undefined && outside === undefined && when === undefined)
      return false;
    if (flags !== undefined && !flags.some(flag => set.has(flag))) return false;
    if (together !== undefined && !together.every(flag => set.has(flag))) return false;
    if (outside !== undefined && !caller.some(flag => !isSymbolic(flag) && !outside.includes(flag)))
      return false;
    if (when === 'locked-given' && args.locked !== 'given') return false;
    if (when === 'locked-not-one' && (args.lockedValue ?? 1) === 1) return false;
    if (when === 'pages-null' && args.pages !== 'null') return false;
    return true;
  });
}
