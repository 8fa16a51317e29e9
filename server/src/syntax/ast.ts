/**
 * The syntax tree the rest of the engine works on: plain objects, owned by us, so that no tree-sitter
 * memory outlives a parse.
 *
 * Every node carries its range as UTF-16 offsets into the *original* file text (never the rewritten one),
 * so `file.text.slice(node.start, node.end)` is what the author wrote.
 */

import type { Release } from '../../../kernel/src/index.js';

/** A half-open range of UTF-16 offsets into the original file. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Identifier extends Span {
  readonly kind: 'identifier';
  readonly name: string;
}

/** `value` is null where the literal is not an integer that fits a double (floats, `1ULL << 63` stays an expression). */
export interface NumberLiteral extends Span {
  readonly kind: 'number';
  readonly value: number | null;
}

export interface StringLiteral extends Span {
  readonly kind: 'string';
}

export interface CharLiteral extends Span {
  readonly kind: 'char';
}

export interface Call extends Span {
  readonly kind: 'call';
  readonly callee: Expression;
  readonly args: readonly Expression[];
}

/** `object.name` or, with `arrow`, `object->name`. */
export interface Member extends Span {
  readonly kind: 'member';
  readonly object: Expression;
  readonly name: string;
  readonly arrow: boolean;
}

export interface Index extends Span {
  readonly kind: 'index';
  readonly object: Expression;
  readonly index: Expression;
}

export interface Unary extends Span {
  readonly kind: 'unary';
  readonly op: '!' | '~' | '-' | '+' | '*' | '&';
  readonly operand: Expression;
}

export interface Update extends Span {
  readonly kind: 'update';
  readonly op: '++' | '--';
  readonly prefix: boolean;
  readonly operand: Expression;
}

export interface Binary extends Span {
  readonly kind: 'binary';
  readonly op: string;
  readonly left: Expression;
  readonly right: Expression;
}

/** `op` is '=' or a compound operator such as '|='. */
export interface Assignment extends Span {
  readonly kind: 'assignment';
  readonly op: string;
  readonly left: Expression;
  readonly right: Expression;
}

/** `then` is null for the GNU form `a ?: b`, whose value is then `test` itself. */
export interface Conditional extends Span {
  readonly kind: 'conditional';
  readonly test: Expression;
  readonly then: Expression | null;
  readonly otherwise: Expression;
}

export interface Cast extends Span {
  readonly kind: 'cast';
  readonly type: string;
  readonly operand: Expression;
}

export interface Comma extends Span {
  readonly kind: 'comma';
  readonly left: Expression;
  readonly right: Expression;
}

/** `sizeof`, `_Alignof`, `offsetof`, `typeof`, a type given as a macro argument: nothing is evaluated. */
export interface TypeQuery extends Span {
  readonly kind: 'type-query';
}

/** GNU `({ … })`; its value is that of the last statement. */
export interface StatementExpression extends Span {
  readonly kind: 'statement-expression';
  readonly body: Compound;
}

/** `{ … }` in an initialiser or a compound literal. `designator` is `.name` or `[index]` as written, or null. */
export interface InitializerList extends Span {
  readonly kind: 'initializer-list';
  readonly items: readonly { readonly designator: string | null; readonly value: Expression }[];
}

/** What the parser could not read. Its children that could be read are kept: they are evaluated in some order. */
export interface UnknownExpression extends Span {
  readonly kind: 'unknown-expression';
  readonly children: readonly Expression[];
}

export type Expression =
  | Identifier
  | NumberLiteral
  | StringLiteral
  | CharLiteral
  | Call
  | Member
  | Index
  | Unary
  | Update
  | Binary
  | Assignment
  | Conditional
  | Cast
  | Comma
  | TypeQuery
  | StatementExpression
  | InitializerList
  | UnknownExpression;

export interface Compound extends Span {
  readonly kind: 'compound';
  readonly body: readonly Statement[];
}

export interface ExpressionStatement extends Span {
  readonly kind: 'expression-statement';
  readonly expression: Expression;
}

export interface Declarator extends Span {
  readonly name: string;
  /** Number of `*` before the name. */
  readonly pointers: number;
  /** True for `name[…]`. */
  readonly array: boolean;
  readonly init: Expression | null;
  /** What `__free(name)` or `__cleanup(name)` says is called at the end of the variable's scope; null: nothing. */
  readonly cleanup: string | null;
}

/** `type` is the declaration specifiers as written, white space folded (`unsigned int`, `struct page`). */
export interface Declaration extends Span {
  readonly kind: 'declaration';
  readonly type: string;
  readonly isStatic: boolean;
  readonly declarators: readonly Declarator[];
}

export interface If extends Span {
  readonly kind: 'if';
  readonly test: Expression;
  readonly then: Statement;
  readonly otherwise: Statement | null;
}

export interface While extends Span {
  readonly kind: 'while';
  readonly test: Expression;
  readonly body: Statement;
}

export interface DoWhile extends Span {
  readonly kind: 'do-while';
  readonly body: Statement;
  readonly test: Expression;
}

export interface For extends Span {
  readonly kind: 'for';
  readonly init: Declaration | Expression | null;
  readonly test: Expression | null;
  readonly update: Expression | null;
  readonly body: Statement;
}

/**
 * A loop written with a macro (`for_each_vma(vmi, vma) { … }`): runs zero or more times; the macro may
 * assign any of its arguments.
 */
export interface MacroLoop extends Span {
  readonly kind: 'macro-loop';
  readonly macro: string;
  readonly args: readonly Expression[];
  readonly body: Statement;
}

/**
 * `guard(class)(args);` and `ACQUIRE(class, variable)(args);` hold to the end of the enclosing block;
 * `scoped_guard(class, args) body` for its body, and `scoped_cond_guard(class, otherwise, args) body` too, if the lock is got.
 */
export interface Guard extends Span {
  readonly kind: 'guard';
  readonly class: string;
  readonly args: readonly Expression[];
  /** By what ACQUIRE_ERR() tells whether an ACQUIRE() got its lock; null for the others. */
  readonly variable: string | null;
  /** null for `guard()` and `ACQUIRE()`, the statement for `scoped_guard()`. */
  readonly body: Statement | null;
  /** What is done where a `scoped_cond_guard()` does not get its lock; null for the others. */
  readonly otherwise: Statement | null;
}

export interface Switch extends Span {
  readonly kind: 'switch';
  readonly subject: Expression;
  readonly body: Statement;
}

/** `case a:` or `case a ... b:`; `value` null is `default:`. */
export interface Case extends Span {
  readonly kind: 'case';
  readonly value: Expression | null;
  readonly to: Expression | null;
}

/** `target` is null for a computed goto. */
export interface Goto extends Span {
  readonly kind: 'goto';
  readonly target: string | null;
}

export interface Label extends Span {
  readonly kind: 'label';
  readonly name: string;
}

export interface Return extends Span {
  readonly kind: 'return';
  readonly value: Expression | null;
}

export interface Break extends Span {
  readonly kind: 'break';
}

export interface Continue extends Span {
  readonly kind: 'continue';
}

export interface Empty extends Span {
  readonly kind: 'empty';
}

/** Inline assembly: reads and writes its operands in an unknown way. */
export interface Asm extends Span {
  readonly kind: 'asm';
  /** The labels that an `asm goto` may jump to. */
  readonly targets: readonly string[];
  /** The names in the operands that are written. */
  readonly outputs: readonly string[];
}

/** What the parser could not read; see {@link UnknownExpression}. A function that holds one is never "clean". */
export interface UnknownStatement extends Span {
  readonly kind: 'unknown-statement';
  readonly children: readonly (Statement | Expression)[];
}

/** `case` and `label` are markers in a statement list, as in the source, not containers of what follows them. */
export type Statement =
  | Compound
  | ExpressionStatement
  | Declaration
  | If
  | While
  | DoWhile
  | For
  | MacroLoop
  | Guard
  | Switch
  | Case
  | Goto
  | Label
  | Return
  | Break
  | Continue
  | Empty
  | Asm
  | UnknownStatement;

export interface Parameter extends Span {
  /** null for an unnamed or unreadable parameter. */
  readonly name: string | null;
  readonly type: string;
  readonly pointers: number;
}

/**
 * What was taken out of the text, or put as one word into it, before the parser read it: `attribute` (`__user`,
 * `__releases(x)`), `cleanup` (`__free(kfree)`), `type` (a type given as an argument or made by `typeof`),
 * `type-query` (`sizeof(…)`), `string` (a literal pasted from parts), `asm`, `struct-body` (members of a local
 * struct), `storage` (`static` before a declaring macro), `operator` (an operator given as an argument),
 * `label-declaration` (`__label__ a;`), `computed-goto` (`goto *address`).
 */
export type AnnotationKind =
  | 'attribute'
  | 'cleanup'
  | 'type'
  | 'type-query'
  | 'string'
  | 'asm'
  | 'struct-body'
  | 'storage'
  | 'operator'
  | 'label-declaration'
  | 'computed-goto';

/** A place whose words are no node of the tree, though the author wrote them. */
export interface Annotation extends Span {
  readonly kind: AnnotationKind;
}

/** A part of a function that an `if` or `?:` leaves to some versions of the kernel. */
export interface VersionPart extends Span {
  /** The releases that reach it, oldest first, as far as this one condition decides. */
  readonly releases: readonly Release[];
  /** Whether the version that the function was read for never does. */
  readonly ruledOut: boolean;
}

/** One function definition, parsed. */
export interface FunctionAst extends Span {
  readonly name: string;
  readonly returnType: string;
  readonly isStatic: boolean;
  readonly parameters: readonly Parameter[];
  readonly body: Compound;
  /** Places where the parser had to guess; empty for a function that was read whole. */
  readonly errors: readonly Span[];
  /** What the tree does not hold, in no particular order. */
  readonly annotations: readonly Annotation[];
  /** What conditions on the version in C itself decide about, in no particular order; one may be inside another. */
  readonly versionParts: readonly VersionPart[];
}
