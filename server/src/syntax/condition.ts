/** Preprocessor conditions: read into a tree once, then decided for any kernel version. */

import { type VersionCodes, versionCode } from './versionCodes.js';

/** 1 yes, 0 no, null cannot tell. */
export type Truth = 0 | 1 | null;

/** What the names in a condition stand for. */
export interface ConditionNames {
  /** null: any version. */
  readonly version: VersionCodes | null;
  /** Whether a macro is set, as `defined(NAME)`, `IS_ENABLED(NAME)` or the bare name ask. */
  isSet(name: string): Truth;
  /** Whether a macro is surely absent: its name is 0 then. */
  isAbsent(name: string): boolean;
}

/** A condition as a tree. `unknown` is what could not be read. */
export type Condition =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'set'; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Condition[] }
  | { readonly kind: 'not'; readonly operand: Condition }
  | { readonly kind: 'binary'; readonly op: string; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'unknown' };

const UNKNOWN: Condition = { kind: 'unknown' };

/** Binding strength of the operators of conditions; those of arithmetic only as far as versions are written so. */
const STRENGTH: ReadonlyMap<string, number> = new Map([
  ['||', 1],
  ['&&', 2],
  ['|', 3],
  ['==', 4],
  ['!=', 4],
  ['<', 5],
  ['<=', 5],
  ['>', 5],
  ['>=', 5],
  ['<<', 6],
  ['+', 7],
  ['-', 7],
  ['*', 8],
]);

const TOKEN = /\s*(\w+|\|\||&&|==|!=|<=|>=|<<|[-+*|<>!(),])/y;

/** Deeper and longer conditions than this are unknown: they come from generators or from malice. */
const DEEPEST = 100;
const LONGEST = 2000;

/**
 * Reads the words of a directive: `if A && B`, `elif defined(X)`, `ifdef X`, `ifndef X`. Never throws: what is not
 * understood becomes `unknown`, and the rest is still decided where it can be.
 */
export function readCondition(words: string): Condition {
  const defined = /^(?:el)?(ifn?def)\s+(\w+)/.exec(words);
  if (defined !== null) {
    const set: Condition = { kind: 'set', name: defined[2] ?? '' };
    return defined[1] === 'ifdef' ? set : { kind: 'not', operand: set };
  }
  return new Reader(words.replace(/^(el)?if\b/, '')).whole();
}

class Reader {
  readonly #tokens: string[] = [];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    let last = 0;
    TOKEN.lastIndex = 0;
    for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
      this.#tokens.push(match[1] ?? '');
      last = TOKEN.lastIndex;
    }
    // A character that no condition above is written with: whatever stands around it cannot be decided.
    if (text.slice(last).trim() !== '') this.#tokens.push('?');
    if (this.#tokens.length > LONGEST) this.#tokens.splice(0, LONGEST, '?');
  }

  whole(): Condition {
    const condition = this.#expression(0);
    return this.#at === this.#tokens.length ? condition : UNKNOWN;
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #expression(above: number): Condition {
    if (++this.#depth > DEEPEST) {
      this.#at = this.#tokens.length;
      return UNKNOWN;
    }
    let left = this.#operand();
    for (;;) {
      const op = this.#tokens[this.#at] ?? '';
      const strength = STRENGTH.get(op) ?? 0;
      if (strength <= above) break;
      this.#at++;
      left = { kind: 'binary', op, left, right: this.#expression(strength) };
    }
    this.#depth--;
    return left;
  }

  #operand(): Condition {
    const token = this.#tokens[this.#at++] ?? '';
    if (token === '!') {
      return { kind: 'not', operand: this.#expression(8) };
    }
    if (token === '(') {
      const inner = this.#expression(0);
      return this.#take(')') ? inner : UNKNOWN;
    }
    if (/^\d/.test(token)) {
      const value = Number(token.replace(/[uUlL]+$/, ''));
      return Number.isNaN(value) ? UNKNOWN : { kind: 'number', value };
    }
    if (!/^\w/.test(token)) return UNKNOWN;
    if (token === 'defined') {
      const bracketed = this.#take('(');
      const name = this.#tokens[this.#at++] ?? '';
      if (bracketed && !this.#take(')')) return UNKNOWN;
      return /^\w/.test(name) ? { kind: 'set', name } : UNKNOWN;
    }
    return this.#take('(') ? this.#call(token) : { kind: 'name', name: token };
  }

  #call(name: string): Condition {
    const args: Condition[] = [];
    if (!this.#take(')')) {
      do args.push(this.#expression(0));
      while (this.#take(','));
      if (!this.#take(')')) return UNKNOWN;
    }
    const [first] = args;
    if (/^IS_(ENABLED|BUILTIN|REACHABLE|MODULE)$/.test(name)) {
      return first?.kind === 'name' && args.length === 1 ? { kind: 'set', name: first.name } : UNKNOWN;
    }
    return callOf(name, args);
  }
}

const VERSION: Condition = { kind: 'name', name: 'LINUX_VERSION_CODE' };

/**
 * What the call of a macro says, if it is one that is known everywhere: KERNEL_VERSION(), and those that the
 * linux-backports project and drivers after its manner compare versions with.
 */
export function callOf(name: string, args: readonly Condition[]): Condition {
  const code = (from: number): Condition => callOf('KERNEL_VERSION', args.slice(from, from + 3));
  switch (`${name} ${args.length}`) {
    case 'KERNEL_VERSION 3': {
      const [a, b, c] = args.map(part => (part.kind === 'number' ? part.value : null));
      if (typeof a !== 'number' || typeof b !== 'number' || typeof c !== 'number') break;
      return { kind: 'number', value: versionCode(a, b, c) };
    }
    case 'LINUX_VERSION_IS_GEQ 3':
      return { kind: 'binary', op: '>=', left: VERSION, right: code(0) };
    case 'LINUX_VERSION_IS_LESS 3':
      return { kind: 'binary', op: '<', left: VERSION, right: code(0) };
    case 'LINUX_VERSION_IN_RANGE 6': {
      const left: Condition = { kind: 'binary', op: '>=', left: VERSION, right: code(0) };
      return {
        kind: 'binary',
        op: '&&',
        left,
        right: { kind: 'binary', op: '<', left: VERSION, right: code(3) },
      };
    }
  }
  return { kind: 'call', name, args };
}

/** The number of parts of a condition; counting stops a little above `limit`. */
export function sizeOf(condition: Condition, limit: number): number {
  if (limit <= 0) return 1;
  if (condition.kind === 'not') return 1 + sizeOf(condition.operand, limit - 1);
  if (condition.kind !== 'binary') return 1;
  const left = sizeOf(condition.left, limit - 1);
  return 1 + left + sizeOf(condition.right, limit - 1 - left);
}

/** Whether a condition names the version of the kernel. */
export function namesVersion(condition: Condition): boolean {
  switch (condition.kind) {
    case 'name':
      return condition.name === 'LINUX_VERSION_CODE';
    case 'not':
      return namesVersion(condition.operand);
    case 'binary':
      return namesVersion(condition.left) || namesVersion(condition.right);
    default:
      return false;
  }
}

/** Whether a condition names a macro that is neither the kernel's configuration nor its version. */
export function namesForeignMacro(condition: Condition): boolean {
  switch (condition.kind) {
    case 'name':
    case 'set':
    case 'call':
      return !/^(CONFIG_\w+|LINUX_VERSION_CODE|BITS_PER_LONG)$/.test(condition.name);
    case 'not':
      return namesForeignMacro(condition.operand);
    case 'binary':
      return namesForeignMacro(condition.left) || namesForeignMacro(condition.right);
    case 'number':
      return false;
    case 'unknown':
      return true;
  }
}

/** Whether a condition holds. */
export function truthOf(condition: Condition, names: ConditionNames): Truth {
  switch (condition.kind) {
    case 'number':
      return condition.value === 0 ? 0 : 1;
    case 'set':
      return names.isSet(condition.name);
    case 'name':
      if (condition.name === 'LINUX_VERSION_CODE') return 1;
      return names.isSet(condition.name);
    case 'not':
      return opposite(truthOf(condition.operand, names));
    case 'call':
    case 'unknown':
      return null;
    case 'binary':
  }
  const { op, left, right } = condition;
  if (op === '||') return either(truthOf(left, names), truthOf(right, names));
  if (op === '&&') return both(truthOf(left, names), truthOf(right, names));
  const a = numberOf(left, names);
  const b = numberOf(right, names);
  if (a === null || b === null) return null;
  switch (op) {
    case '<':
      return less(a, b);
    case '>':
      return less(b, a);
    case '>=':
      return opposite(less(a, b));
    case '<=':
      return opposite(less(b, a));
    case '==':
      return equal(a, b);
    case '!=':
      return opposite(equal(a, b));
    default: {
      const value = numberOf(condition, names);
      return value === null ? null : opposite(equal(value, { low: 0, high: 0 }));
    }
  }
}

/** `a` and, as far as it decides, `b`. */
export function both(a: Truth, b: Truth): Truth {
  if (a === 0 || b === 0) return 0;
  return a === 1 && b === 1 ? 1 : null;
}

function either(a: Truth, b: Truth): Truth {
  return opposite(both(opposite(a), opposite(b)));
}

/** What is so if the other is not. */
export function opposite(truth: Truth): Truth {
  if (truth === null) return null;
  return truth === 1 ? 0 : 1;
}

function less(a: VersionCodes, b: VersionCodes): Truth {
  if (a.high < b.low) return 1;
  return a.low >= b.high ? 0 : null;
}

function equal(a: VersionCodes, b: VersionCodes): Truth {
  if (a.low === a.high && b.low === b.high) return a.low === b.low ? 1 : 0;
  return a.high < b.low || b.high < a.low ? 0 : null;
}

/** The number that an expression is, as a range; null: cannot tell. */
function numberOf(condition: Condition, names: ConditionNames): VersionCodes | null {
  switch (condition.kind) {
    case 'number':
      return { low: condition.value, high: condition.value };
    case 'name':
      if (condition.name === 'LINUX_VERSION_CODE') return names.version;
      if (names.isAbsent(condition.name)) return { low: 0, high: 0 };
      return condition.name === 'BITS_PER_LONG' ? { low: 64, high: 64 } : null;
    case 'binary':
      break;
    case 'call':
      // RHEL_RELEASE_VERSION(9, 4) where there is none: drivers define it as the vendor does, over a code of 0.
      return names.isAbsent(condition.name) ? { low: 1, high: 2 ** 32 } : null;
    default: {
      const truth = truthOf(condition, names);
      return truth === null ? null : { low: truth, high: truth };
    }
  }
  const a = numberOf(condition.left, names);
  const b = numberOf(condition.right, names);
  if (a === null || b === null) return null;
  switch (condition.op) {
    case '+':
      return { low: a.low + b.low, high: a.high + b.high };
    case '-':
      return { low: a.low - b.high, high: a.high - b.low };
    default: {
      if (a.low !== a.high || b.low !== b.high) return shifted(condition.op, a, b);
      const value = calculate(condition.op, a.low, b.low);
      return value === null ? null : { low: value, high: value };
    }
  }
}

/** `LINUX_VERSION_CODE >> 8` and the like are not used; a range only grows by a constant factor. */
function shifted(op: string, a: VersionCodes, b: VersionCodes): VersionCodes | null {
  if (b.low !== b.high || b.low < 0) return null;
  const factor = op === '<<' ? 2 ** b.low : op === '*' ? b.low : null;
  return factor === null ? null : { low: a.low * factor, high: a.high * factor };
}

function calculate(op: string, a: number, b: number): number | null {
  switch (op) {
    case '*':
      return a * b;
    case '<<':
      return b >= 0 && b < 32 ? a * 2 ** b : null;
    case '|':
      return a >= 0 && b >= 0 && a < 2 ** 31 && b < 2 ** 31 ? a | b : null;
    default:
      return null;
  }
}
