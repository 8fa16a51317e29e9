/** What the analysis says about one call site or installed handler: the row of `gup-lens sites`, with offsets. */

import type { FunctionKind, Release } from '../../../kernel/src/index.js';
import type { Expression, Span } from '../syntax/ast.js';
import type { ChecksShort } from './shortReturn.js';

export type SiteKind = Exclude<FunctionKind, 'other'> | 'handler';

/** An `.op` of `struct vm_operations_struct` whose functions are fault handlers. */
export type HandlerOp = 'fault' | 'page_mkwrite' | 'pfn_mkwrite' | 'huge_fault' | 'map_pages';

/** Where the set of flags at a site comes from. */
export type FlagsFrom = 'const' | 'conditional' | 'param' | 'field' | 'none' | 'unknown';

/**
 * The flags argument at a site, before the callee adds any. An element is a flag's name, `param:NAME` for what the
 * caller brings in a parameter (or in a field of one that this file never assigns), or `field:EXPR` for what was
 * read from another structure.
 */
export interface FlagsAtSite {
  /** The argument as written. */
  readonly text: string;
  readonly namespace: 'FOLL' | 'FAULT_FLAG';
  /** The distinct sets, each sorted by bit value; null if they are unknown or more than 64. */
  readonly possible: readonly (readonly string[])[] | null;
  /** In every set. */
  readonly must: readonly string[];
  /** In some set; includes `must`. */
  readonly may: readonly string[];
  readonly from: FlagsFrom;
  /** For each flag of `may`, the places that bring it in. */
  readonly origins: ReadonlyMap<string, readonly Span[]>;
}

export type LockBefore =
  | 'held-read'
  | 'held-write'
  | 'held'
  | 'not-held'
  | 'caller-dependent'
  | 'vma-lock'
  | 'unknown';

export type LockAfter =
  | 'held'
  | 'not-held'
  | 'depends-on-locked'
  | 'held-unless-retry-or-completed'
  | 'caller-dependent'
  | 'unknown';

/**
 * Why `before` is believed: an operation in this function, an assertion in it, the callee's contract. `caller`: it is
 * up to the callers. `none`: nothing is believed.
 */
export type LockEvidence = 'local' | 'assert' | 'contract' | 'caller' | 'none';

export interface LockAtSite {
  readonly before: LockBefore;
  readonly after: LockAfter;
  readonly evidence: LockEvidence;
  /** The operations of this function that took or released the lock last on the ways here, in order of position. */
  readonly origins: readonly Span[];
}

/**
 * Who has the pages when the function returns. `local`: nobody, it releases them. `stored`: a structure or a global
 * variable; `returned`: the caller, as the value or through a pointer; `out-param`: the caller, in its array.
 * `consumed`: nobody, another function took the reference over. `none`: the call gets no pages.
 */
export type ReleaseKind = 'local' | 'stored' | 'returned' | 'out-param' | 'consumed' | 'none' | 'unknown';

export interface ReleaseAtSite {
  /** The functions to release with in this release of the kernel, the most usual first. */
  readonly how: readonly string[];
  readonly kind: ReleaseKind;
  /**
   * The lvalue that has the pages, or the function that keeps, consumes or releases them, as `name()`; `return` for
   * the returned value. Where that is unknown: the function that was given them, and of which nothing is known. Null if
   * they are not known to be anywhere.
   */
  readonly where: string | null;
  /** Whether the function notices a short count; see {@link ChecksShort}. */
  readonly checksShort: ChecksShort;
}

export interface CallSite {
  /** The callee's name token (for an installed handler: the handler's name in the initialiser). */
  readonly span: Span;
  /** The whole call, or the whole `.op = handler`. */
  readonly callSpan: Span;
  /** null at file scope. A `SYSCALL_DEFINEn(name, …)` body has the bare name. */
  readonly function: string | null;
  readonly callee: string;
  readonly kind: SiteKind;
  /** Handlers only. */
  readonly handler: { readonly role: 'install' | 'direct-call'; readonly op: HandlerOp } | null;
  /** The arguments as parsed; empty for an installed handler or when the call could not be parsed. */
  readonly args: readonly Expression[];
  readonly flags: FlagsAtSite | null;
  readonly implied: readonly string[];
  /** For each possible set: what the callee works with. Empty if unknown. */
  readonly effective: readonly (readonly string[])[];
  /** For each effective set, what reaches handle_mm_fault() first; duplicates removed. Empty if unknown or none does. */
  readonly fault: readonly (readonly string[])[];
  readonly locked: { readonly text: string } | null;
  readonly lock: LockAtSite;
  readonly release: ReleaseAtSite;
  /**
   * Set where a condition on the version rules the call out for the release of the analysis: the nearest release
   * that it admits, which this row is for.
   */
  readonly otherRelease?: Release;
}

/** A function that holds a call site but could not be analysed, and why. Never silent. */
export interface NotAnalysed {
  readonly function: string | null;
  readonly span: Span;
  readonly reason: string;
}
