/** Plain types of the façade, for an ideal editor: no LSP, no file system, offsets instead of positions. */

import type { Release, TreeFacts } from '../../../kernel/src/index.js';
import type { Fix, Severity, TextEdit } from '../rules/rule.js';
import type { Span } from '../syntax/ast.js';
import type { Position } from '../syntax/index.js';

/** Which release a file is read for, and how that is known. */
export interface KernelChoice {
  readonly release: Release;
  /** What was asked for or found, e.g. `6.1.192` or `5.15.149-android14`. */
  readonly text: string;
  readonly source: 'command-line' | 'setting' | 'makefile' | 'default';
  /** Anything a person should know: that the release is not known, say, and which one stands in for it. */
  readonly note: string | null;
  /** What the headers of the tree say, where the release is that of the tree; see `profileOf()`. */
  readonly tree?: TreeFacts;
}

export interface Diagnostic {
  readonly span: Span;
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  readonly why: string;
  readonly remedy: string;
  readonly related: readonly { readonly span: Span; readonly message: string }[];
  readonly confidence: 'high' | 'medium';
  readonly fix: Fix | null;
  readonly release: Release;
  /** The comment that silences it, and why; null: it is to be shown. */
  readonly suppression: { readonly span: Span; readonly reason: string } | null;
}

/** Something that can be done about a finding. */
export type CodeAction = { readonly title: string; readonly diagnostic: Diagnostic } & (
  | { readonly kind: 'fix'; readonly edits: readonly TextEdit[] }
  /** `reason`: where it is to be written, zero-based and in the text with the edits. */
  | { readonly kind: 'suppress'; readonly edits: readonly TextEdit[]; readonly reason: Position }
  | { readonly kind: 'explain' }
);

export interface Hover {
  readonly span: Span;
  readonly markdown: string;
  /** Offset of the call that the hover is about, if there is more to do with it than to read. */
  readonly call: { readonly at: number; readonly canSimulate: boolean } | null;
  /** Pages of `pageAt()` that say more. */
  readonly pages: readonly { readonly title: string; readonly path: string }[];
}

/** A piece of a hint's label, and the place in the file that brings it, if there is one. */
export interface HintPart {
  readonly text: string;
  readonly target: Span | null;
}

export interface InlayHint {
  readonly offset: number;
  readonly label: string;
  /** The label in pieces: their texts together are the label. */
  readonly parts: readonly HintPart[];
  readonly tooltip: string;
  readonly paddingLeft: boolean;
  readonly kind: 'flags' | 'fault' | 'lock';
}

/** A name that means more than can be seen. */
export interface SemanticMark {
  readonly span: Span;
  readonly kind: 'internal-flag' | 'may-drop-lock';
}

/** A piece of a comment that leads to the page of a rule, or to a file of the tree by its path from the top. */
export interface DocumentLink {
  readonly span: Span;
  readonly target:
    | { readonly kind: 'rule'; readonly rule: string }
    | { readonly kind: 'page'; readonly path: string };
}

export interface CodeLens {
  readonly span: Span;
  readonly title: string;
  /** Offset of the call site to simulate. */
  readonly site: number;
  /** The memory to simulate it in, by the label of the situation; null: never touched. */
  readonly situation: string | null;
}

/** Where the engine tells of what it could not do. Nothing else leaves it by the side. */
export interface Logger {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
