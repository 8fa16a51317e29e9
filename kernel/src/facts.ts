/**
 * The vocabulary of the kernel tables: what one fact about a release looks like. Data lives in the other
 * files of this folder; nothing here depends on a release.
 */

import type { Release } from './release.js';

/** Releases from `since` to `until`, both included. No `until`: up to the newest known release. */
export interface Range {
  readonly since: Release;
  readonly until?: Release;
}

/**
 * How a fact was established. `read`: in a tree of every release of its range that was at hand.
 * `inferred`: the trees before and after agree, the release itself was not read. `uncertain`: sources disagree
 * or only a mail or a changelog says so.
 */
export type Certainty = 'read' | 'inferred' | 'uncertain';

export interface Evidence {
  /** File and function of the kernel where it can be read. */
  readonly where: string;
  /** Commit in mainline, where known. */
  readonly commit?: string;
}

export type FlagNamespace = 'FOLL' | 'FAULT_FLAG' | 'VM_FAULT';

/** One flag over all releases. */
export interface FlagFact {
  readonly name: string;
  readonly namespace: FlagNamespace;
  /** The bit (or, for a mask such as FAULT_FLAG_DEFAULT, the bits) by release. Outside these ranges it does not exist. */
  readonly values: readonly (Range & { readonly value: number; readonly certainty: Certainty })[];
  readonly meaning: string;
  /** Releases in which only mm code may pass it: a caller that does is refused or misbehaves. */
  readonly internal: readonly Range[];
  /** Other names that a set of this flag always brings along (FAULT_FLAG_DEFAULT stands for its members). */
  readonly implies: readonly string[];
  /** Who sets it besides a caller, in words. */
  readonly setBy: readonly string[];
  /** What cannot be combined with it, in words. */
  readonly excludes: readonly string[];
  readonly notes: string;
  readonly evidence: readonly Evidence[];
}

/** What a function of the tables is, as `gup-lens sites` reports it; `other` is known but not a call site. */
export type FunctionKind = 'gup' | 'unpin' | 'fault-entry' | 'other';

/** What an argument means to us; arguments without a role here are not looked at. */
export type ParameterRole =
  | 'task'
  | 'mm'
  | 'vma'
  | 'start'
  | 'count'
  | 'write'
  | 'force'
  | 'flags'
  | 'pages'
  | 'vmas'
  | 'locked'
  | 'unlocked'
  | 'make-dirty';

/** `type` is the declaration as in the kernel, without the name. `role` null: not looked at. */
export interface ParameterFact {
  readonly name: string;
  readonly type: string;
  readonly role: ParameterRole | null;
}

/** A flag that the callee adds before the slow walk (or the fast one) sees the set. */
export interface AddedFlags extends Range {
  readonly flags: readonly string[];
  /** When it is added; absent: always. */
  readonly when?: AddedWhen;
}

/**
 * The conditions under which a function adds flags.
 *
 * Decided from the arguments of a call: `locked-given` (the `locked` or `unlocked` pointer is not NULL),
 * `pages-given` (pages is not NULL and FOLL_PIN is not set), `write-given` and `force-given` (the truth of that
 * argument), `without-longterm`.
 *
 * Decided by the way taken: `slow-path` (a fast variant that falls back), `slow-path-without-longterm`,
 * `fast-walk` (the lockless walk only), `in-walk` (by __get_user_pages() itself, FOLL_FORCE not being set, so
 * after the walk was entered).
 *
 * Decided by what the address or the iterator is: `vma-private-writable`, `vma-accessible`, `iter-user-backed`,
 * `iter-destination`, `iter-p2pdma`, `iter-nofault`. A caller's text alone cannot tell.
 */
export type AddedWhen =
  | 'locked-given'
  | 'pages-given'
  | 'write-given'
  | 'force-given'
  | 'without-longterm'
  | 'slow-path'
  | 'slow-path-without-longterm'
  | 'fast-walk'
  | 'in-walk'
  | 'vma-private-writable'
  | 'vma-accessible'
  | 'iter-user-backed'
  | 'iter-destination'
  | 'iter-p2pdma'
  | 'iter-nofault';

/**
 * What a wrapper refuses and how. The parts that are there must all hold for a call to be refused: `flags`, any of
 * them is in the caller's set; `together`, all of them are; `outside`, some flag of the caller's is not in this
 * list; `when`, the argument is so. An entry with none of them depends on something else than the arguments and is
 * told by `condition` alone.
 */
export interface Refusal extends Range {
  readonly flags?: readonly string[];
  readonly together?: readonly string[];
  readonly outside?: readonly string[];
  readonly when?: 'locked-given' | 'locked-not-one' | 'pages-null';
  /** The same in words. */
  readonly condition: string;
  readonly how: string;
  readonly returns: string | null;
}

/**
 * The lock contract of a function: which lock the caller must hold on entry and what it holds after.
 * `mmap-lock`: held for read or write. `none`: must not be held (it is taken inside, or the function may sleep for
 * it). `irrelevant`: no statement about the lock.
 */
export interface LockContract extends Range {
  readonly before: 'mmap-lock' | 'mmap-lock-or-vma-lock' | 'none' | 'irrelevant';
  /**
   * `kept`: as before. `depends-on-locked`: released if `*locked` is 0 on return. `retaken`: held, but it may have
   * been dropped and retaken (`*unlocked`). `unless-retry-or-completed`: released if the result has VM_FAULT_RETRY
   * (without RETRY_NOWAIT) or, where the release has it, VM_FAULT_COMPLETED. `taken-on-success`: held if the result
   * is not NULL.
   */
  readonly after:
    | 'kept'
    | 'depends-on-locked'
    | 'retaken'
    | 'unless-retry-or-completed'
    | 'taken-on-success'
    | 'irrelevant';
  readonly note?: string;
}

export interface ReturnFact extends Range {
  readonly value: string;
  readonly when: string;
  /** Of a value with NULL: one of these flags has to be passed for it to be NULL. */
  readonly nullNeeds?: readonly string[];
}

/** One function over all releases. */
export interface FunctionFact {
  readonly name: string;
  readonly kind: FunctionKind;
  /** Who may call it: `public` (exported or in a public header), `mm` (mm/ only), `static` (one file). */
  readonly visibility: 'public' | 'mm' | 'static';
  readonly signatures: readonly (Range & {
    readonly returns: string;
    readonly parameters: readonly ParameterFact[];
    readonly certainty: Certainty;
  })[];
  /** Namespace of the flags argument, or of what an integer `write` stands for; null if it has neither. */
  readonly flagsNamespace: 'FOLL' | 'FAULT_FLAG' | null;
  readonly adds: readonly AddedFlags[];
  readonly refuses: readonly Refusal[];
  readonly lock: readonly LockContract[];
  /** What the caller owns afterwards. */
  readonly acquires: 'reference' | 'pin' | 'none' | 'by-flags';
  /** Functions that give back what it acquired, the most usual first. */
  readonly releasedBy: readonly (Range & { readonly functions: readonly string[] })[];
  readonly returns: readonly ReturnFact[];
  readonly notes: string;
  readonly evidence: readonly Evidence[];
}

/** A behaviour that changed at some release, as a name that the rest of the product may test. */
export interface SwitchFact {
  readonly name: string;
  readonly kind: SwitchKind;
  /** What is so while the switch is on, in one sentence. */
  readonly meaning: string;
  readonly on: readonly Range[];
  readonly certainty: Certainty;
  readonly evidence: readonly Evidence[];
  /** Who acts on it. */
  readonly reads: SwitchReader;
  /** Why nobody asks for it; null: somebody does, or no release has it on. */
  readonly unread: Unread | null;
}

/**
 * A `change` came or went with a release; a `proposal` is in no release; a `guard` keeps tasks out of each other's way, in
 * every release that has what it guards, and is there to be left out by tests.
 */
export type SwitchKind = 'change' | 'proposal' | 'guard';

/**
 * Which part of the product acts on a switch: the `simulator`; the `analysis`, that is the flags of calls worked out
 * in kernel/ or anything else in server/; the `comparison` of releases, which picks the calls that it concerns; or
 * none, where it is only `documentation` of what changed.
 */
export type SwitchReader = 'simulator' | 'analysis' | 'comparison' | 'documentation';

/** A flag or function that changes in the release in which a switch goes on or off. */
export type TableChange =
  | { readonly flag: string; readonly change: 'gained' | 'lost' | 'renumbered' }
  | {
      readonly function: string;
      readonly change: 'gained' | 'lost' | 'signature' | 'adds' | 'refuses' | 'lock' | 'returns';
    };

/** Why no code asks for a switch: the `tables` say the same as data, or nothing can be told apart by it, `because` of this. */
export type Unread = { readonly tables: readonly TableChange[] } | { readonly because: string };
