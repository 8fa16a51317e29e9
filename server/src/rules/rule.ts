/** What a rule is, and what it reports. A rule is one file of this folder; see CONTRIBUTING.md for adding one. */

import type { DeclaredFunction, Profile, Range, Release } from '../../../kernel/src/index.js';
import type { FileAnalysis } from '../analysis/index.js';
import type { Span } from '../syntax/ast.js';

/** `error`: wrong on every path. `warning`: wrong on some path. `info`: advice. */
export type Severity = 'error' | 'warning' | 'info';

export interface TextEdit {
  readonly span: Span;
  readonly newText: string;
}

/** Offered only where it is certainly right. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly TextEdit[];
}

export interface Finding {
  readonly span: Span;
  /** What is wrong here, in one sentence that names the functions concerned. */
  readonly message: string;
  /** The way here: "pinned here", "lock taken here". */
  readonly related: readonly { readonly span: Span; readonly message: string }[];
  readonly confidence: 'high' | 'medium';
  readonly fix: Fix | null;
  /** Where this finding is less, or more, severe than the rule's default. */
  readonly severity?: Severity;
}

export interface RuleContext {
  readonly file: FileAnalysis;
  readonly profile: Profile;
  /** The file's path with `/`, if it has one: the kernel's own mm/ may do what others may not. */
  readonly path?: string;
  /** The release is only assumed: nothing says that the file is for it. */
  readonly assumed?: boolean;
  /** What the tree's own headers declare, where it is known: a tree may have another release's functions. */
  readonly declared?: readonly DeclaredFunction[];
}

/** An example of the documentation that is run as a test: `good` must be silent, `bad` must be reported. */
export interface RuleExample {
  /** The release to read it for; by default two recent ones that the rule is for. */
  readonly release?: Release;
  readonly bad: string;
  readonly good: string;
}

export interface Rule {
  readonly id: string;
  readonly severity: Severity;
  /** Where the rule applies; outside, it is not run. */
  readonly releases: readonly Range[];
  /** One line for lists. */
  readonly summary: string;
  /** What goes wrong at run time. */
  readonly why: string;
  /** What to write instead. */
  readonly remedy: string;
  /** What looks like it and is not reported, because it is right or cannot be told. */
  readonly unreported: string;
  readonly examples: readonly RuleExample[];
  /** Where to read on: files of the kernel's documentation, or ids of other rules. */
  readonly related?: readonly string[];
  /** Pure; must not throw, but a rule that does loses only its own findings. */
  check(context: RuleContext): readonly Finding[];
}

/** The releases of a rule: `5.6 and later`, `4.8 to 5.7`; several ranges are joined by commas. */
export function releasesText(ranges: readonly Range[]): string {
  return ranges
    .map(range =>
      range.until === undefined ? `${range.since} and later` : `${range.since} to ${range.until}`,
    )
    .join(', ');
}

/** Identity, so that a rule is checked where it is written. */
export function defineRule(rule: Rule): Rule {
  return rule;
}
