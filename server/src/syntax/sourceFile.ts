/** What the front end knows of one file before any function of it is parsed. */

import type { Release } from '../../../kernel/src/index.js';
import type { Span } from './ast.js';
import type { LineIndex } from './lineIndex.js';
import type { VersionCodes } from './versionCodes.js';

/** A function definition found by the splitter. Its text is parsed only when somebody asks. */
export interface FunctionItem extends Span {
  readonly name: string;
  readonly nameSpan: Span;
  /** From `{` to behind `}`. */
  readonly body: Span;
  /** The macro that defines it, e.g. `SYSCALL_DEFINE3`; null for a plain definition. */
  readonly macro: string | null;
  /** The preprocessor conditions that enclose the definition, outermost first, as written. */
  readonly conditions: readonly string[];
  /**
   * null for the reading with the branches that the normaliser chose. Otherwise this is the same function
   * read again with a branch that was dropped, because that branch holds a call.
   */
  readonly alternative: { readonly condition: string; readonly span: Span } | null;
  /** The releases that conditions on the version admit it for, oldest first; absent: there are none such. */
  readonly releases?: readonly Release[];
}

/** An initialiser of a `struct vm_operations_struct` entry: `.fault = handler`. */
export interface OpsEntry {
  readonly op: string;
  readonly opSpan: Span;
  readonly handler: string;
  readonly handlerSpan: Span;
  /** The variable initialised, as written; null for a compound literal or a macro. */
  readonly variable: string | null;
  /** The function whose body holds the initialiser; null at file scope. */
  readonly enclosingFunction: string | null;
}

/** An identifier followed by `(` inside a function body; `name` is the function that it calls, `span` what is written. */
export interface CallToken {
  readonly name: string;
  readonly span: Span;
  /** Index into `functions`, of the reading (main or alternative) that keeps this token. */
  readonly function: number;
}

/** Something the front end could not read, named so that "not analysed" is never silent. */
export interface SyntaxProblem {
  readonly span: Span;
  readonly function: string | null;
  readonly reason: string;
}

export interface SourceFile {
  readonly text: string;
  readonly lines: LineIndex;
  /** In order of `start`; alternatives follow the main reading of their function. */
  readonly functions: readonly FunctionItem[];
  readonly opsEntries: readonly OpsEntry[];
  readonly problems: readonly SyntaxProblem[];
  /**
   * The version that conditions on LINUX_VERSION_CODE were decided for; what it rules out is in none of the lists
   * above. null: left open, as they are where the file has none.
   */
  readonly version: VersionCodes | null;
  /** Whether the file asks for the version, in conditions or in C, so that it reads differently for another. */
  readonly versioned: boolean;
}
