/**
 * What a kernel tree says of flags and functions, read from its text. It is a small reader for a few headers that
 * are written alike in every release; it is no C parser, and it shares nothing with the analysis that it helps to
 * check.
 */

/** A flag as a tree defines it. */
export interface TreeFlag {
  readonly name: string;
  /** Null: it is defined, but by an expression that was not understood. */
  readonly value: number | null;
  /** The file that defines it. */
  readonly file: string;
}

/** A prototype or definition as a tree has it. */
export interface TreeSignature {
  /** Normalised C text; parameters that a prototype leaves without a name have none. */
  readonly text: string;
  readonly file: string;
}

/** Paths from the top of a tree to their text. */
export type TreeText = ReadonlyMap<string, string>;

/** Text without comments; as many lines as before. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, comment => comment.replace(/[^\n]/g, ' '));
}

const FLAG_NAME = /^(?:FOLL|FAULT_FLAG|VM_FAULT)_[A-Z0-9_]+$/;

/**
 * Every FOLL_, FAULT_FLAG_ and VM_FAULT_ name that is defined as a macro or an enumerator. A name that is defined
 * more than once (under #ifdef) is there once for each value.
 */
export function treeFlags(files: TreeText): TreeFlag[] {
  const found: { name: string; expression: string; file: string }[] = [];
  for (const [file, raw] of files) {
    const text = withoutComments(raw).replace(/\\\n/g, ' ');
    for (const match of text.matchAll(/^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+([^\n]+)$/gm)) {
      found.push({ name: match[1] ?? '', expression: match[2] ?? '', file });
    }
    for (const match of text.matchAll(
      /^[ \t]*(?:enum[^{;]*\{[ \t]*)?(\w+)[ \t]*=([^,;{}=]+?)(?:,|\n?\s*\})/gm,
    )) {
      found.push({ name: match[1] ?? '', expression: match[2] ?? '', file });
    }
  }
  const flags = found.filter(({ name }) => FLAG_NAME.test(name));
  const values = new Map<string, number>();
  // An expression may name flags that stand below it: two rounds settle every mask of the kernel.
  for (let round = 0; round < 2; round += 1) {
    for (const { name, expression } of flags) {
      const value = evaluate(expression, values);
      if (value !== null && !values.has(name)) values.set(name, value);
    }
  }
  const seen = new Set<string>();
  return flags.flatMap(({ name, expression, file }) => {
    const value = evaluate(expression, values);
    const key = `${name} ${value}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ name, value, file }];
  });
}

/** The value of an expression of numbers, shifts, BIT() and names joined by `|`; null: not of this form. */
export function evaluate(expression: string, values: ReadonlyMap<string, number>): number | null {
  const plain = expression
    .replace(/\(\s*__force\s+\w+\s*\)/g, '')
    .replace(/\bBIT\s*\(\s*(\w+)\s*\)/g, '1<<$1')
    .replace(/[()\s]/g, '');
  let total = 0;
  for (const part of plain.split('|')) {
    const value = operand(part, values);
    if (value === null) return null;
    total |= value;
  }
  return total >>> 0;
}

function operand(text: string, values: ReadonlyMap<string, number>): number | null {
  const shift = /^(\w+)<<(\w+)$/.exec(text);
  if (shift) {
    const [base, by] = [integer(shift[1] ?? ''), integer(shift[2] ?? '')];
    return base === null || by === null ? null : (base << by) >>> 0;
  }
  return integer(text) ?? values.get(text) ?? null;
}

function integer(text: string): number | null {
  return /^(?:0x[0-9a-f]+|\d+)[ul]*$/i.test(text) ? Number(text.replace(/[ul]+$/i, '')) : null;
}

/** Words of a declaration that say nothing of the type. */
const DECLARATION_WORDS =
  /\b(?:extern|static|inline|__always_inline|__inline__?|noinline|noinline_for_stack|__must_check|__maybe_unused|__ref|__sched|asmlinkage|notrace)\b/g;

/** Every prototype and definition of these functions at file scope. */
export function treeSignatures(files: TreeText, names: ReadonlySet<string>): Map<string, TreeSignature[]> {
  const found = new Map<string, TreeSignature[]>();
  for (const [file, raw] of files) {
    const text = withoutComments(raw);
    // A declaration begins in the first column; a call never does.
    for (const match of text.matchAll(
      /^([A-Za-z_][\w\s*]*?[\s*])(\w+)\s*\(([^()]*)\)\s*(?:__\w+\s*)*[;{]/gm,
    )) {
      const [, before = '', name = '', parameters = ''] = match;
      if (!names.has(name) || /\b(?:return|else|goto|typedef)\b/.test(before)) continue;
      const signature = normalisedSignature(before, name, parameters);
      const known = found.get(name) ?? [];
      if (!known.some(other => other.text === signature)) known.push({ text: signature, file });
      found.set(name, known);
    }
  }
  return found;
}

function normalisedSignature(before: string, name: string, parameters: string): string {
  const list = parameters.split(',').map(parameter => tidy(parameter));
  return `${tidy(`${before} ${name}`)}(${list.join(', ')})`;
}

/** C declaration text with one way of spacing. */
export function tidy(text: string): string {
  return text
    .replace(DECLARATION_WORDS, ' ')
    .replace(/\s+/g, ' ')
    .replace(/\s*\*\s*/g, '*')
    .replace(/(\w)\*/g, '$1 *')
    .trim();
}

/** The names of flags in the value of a macro, such as INTERNAL_GUP_FLAGS; null: no such macro. */
export function macroMembers(files: TreeText, macro: string): { members: string[]; file: string } | null {
  for (const [file, raw] of files) {
    const text = withoutComments(raw).replace(/\\\n/g, ' ');
    const match = new RegExp(`^[ \\t]*#[ \\t]*define[ \\t]+${macro}\\b([^\\n]*)$`, 'm').exec(text);
    if (match) return { members: (match[1] ?? '').match(/\b[A-Z][A-Z0-9_]+\b/g) ?? [], file };
  }
  return null;
}

/** The body of the longest definition of a function (a stub for another configuration is short); null: none. */
function bodyOf(text: string, fn: string): string | null {
  const plain = withoutComments(text);
  let longest: string | null = null;
  for (const start of plain.matchAll(
    new RegExp(`^[A-Za-z_][\\w\\s*]*?[\\s*]${fn}\\s*\\([^()]*\\)\\s*\\{`, 'gm'),
  )) {
    const rest = plain.slice(start.index);
    const body = rest.slice(0, rest.search(/^\}/m));
    if (longest === null || body.length > longest.length) longest = body;
  }
  return longest;
}

/** The flags that a function lets through: those of its `WARN_ON_ONCE(gup_flags & ~(…))`; null: it has no such test. */
export function acceptedMask(text: string, fn: string): string[] | null {
  const mask = /WARN_ON_ONCE\(gup_flags & ~\(([^()]*)\)/.exec(bodyOf(text, fn) ?? '');
  return mask === null ? null : ((mask[1] ?? '').match(/\bFOLL_[A-Z0-9_]+\b/g) ?? []);
}

/**
 * The flags that a wrapper's own body adds: what it joins with `|` or `|=`, and what it hands to
 * is_valid_gup_args(). What the routines that it calls add is not among them.
 */
export function addedInBody(text: string, fn: string): string[] {
  const body = (bodyOf(text, fn) ?? '').replace(/WARN_ON_ONCE\(gup_flags & ~\([^()]*\)/g, '');
  const added = new Set<string>();
  for (const match of body.matchAll(/\|=?\s*(FOLL_[A-Z0-9_]+)/g)) added.add(match[1] ?? '');
  for (const match of body.matchAll(/is_valid_gup_args\(([^;{]*)/g)) {
    for (const name of (match[1] ?? '').match(/\bFOLL_[A-Z0-9_]+\b/g) ?? []) added.add(name);
  }
  return [...added];
}
