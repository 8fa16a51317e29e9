/** The constant expressions that define flags in kernel headers: `0x10`, `1 << 4`, `BIT(4)`, `(A | B)`. */

const TOKEN = /\s*(?:(0[xX][\da-fA-F]+|\d+)[uUlL]*\b|([A-Za-z_]\w*)|(<<|>>|[|&^~+\-()]))/y;
/** `(__force vm_fault_t)`, `(unsigned int)`: names in lower case alone in parentheses. */
const CAST = /\(\s*[a-z_][a-z0-9_]*(?:\s+[a-z_][a-z0-9_]*)*\s*\)/g;
const BIT_MACROS: ReadonlySet<string> = new Set(['BIT', 'BIT_ULL', '_BITUL', '_BITULL', 'BIT_MASK']);
/** Deeper than any header nests; a limit so that no text can exhaust the stack. */
const DEEPEST = 64;

/**
 * The value of a constant expression over 32 bits, without a sign.
 *
 * @param lookup the value of a name, null if it is not known
 * @returns null if it is not such an expression, or a name in it is not known
 */
export function evaluateConstant(text: string, lookup: (name: string) => number | null): number | null {
  const tokens = tokensOf(text);
  if (tokens === null) return null;
  const reader = new Reader(tokens, lookup);
  const value = reader.or();
  return reader.atEnd ? value : null;
}

/** The names of an expression that is nothing but names joined by `|`, in their order; null for any other. */
export function orOfNames(text: string): readonly string[] | null {
  if (!/^[\w\s|()]+$/.test(text)) return null;
  const names = text.match(/\w+/g) ?? [];
  const bars = text.split('|').length - 1;
  return names.length === bars + 1 && names.every(name => /^[A-Za-z_]/.test(name)) ? names : null;
}

/** Numbers as numbers, names and operators as text; null if something else is in it. */
function tokensOf(text: string): readonly (string | number)[] | null {
  const plain = text.replace(CAST, ' ').trim();
  const tokens: (string | number)[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < plain.length) {
    const match = TOKEN.exec(plain);
    if (match === null) return null;
    const [, number, name, operator] = match;
    if (number !== undefined) tokens.push(numberOf(number));
    else tokens.push(name ?? operator ?? '');
  }
  return tokens;
}

function numberOf(text: string): number {
  return /^0\d/.test(text) ? Number.parseInt(text, 8) : Number(text);
}

/** Reads tokens by the precedence of C. Every member gives null where it cannot go on. */
class Reader {
  readonly #tokens: readonly (string | number)[];
  readonly #lookup: (name: string) => number | null;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly (string | number)[], lookup: (name: string) => number | null) {
    this.#tokens = tokens;
    this.#lookup = lookup;
  }

  get atEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  or(): number | null {
    return this.#chain(['|'], () => this.#chain(['^'], () => this.#and()));
  }

  #and(): number | null {
    return this.#chain(['&'], () => this.#chain(['<<', '>>'], () => this.#sum()));
  }

  #sum(): number | null {
    return this.#chain(['+', '-'], () => this.#unary());
  }

  #chain(operators: readonly string[], operand: () => number | null): number | null {
    let left = operand();
    while (left !== null) {
      const operator = this.#tokens[this.#at];
      if (typeof operator !== 'string' || !operators.includes(operator)) break;
      this.#at++;
      const right = operand();
      left = right === null ? null : apply(operator, left, right);
    }
    return left;
  }

  #unary(): number | null {
    if (this.#take('~')) {
      const value = this.#nested(() => this.#unary());
      return value === null ? null : ~value >>> 0;
    }
    const token = this.#tokens[this.#at];
    if (typeof token === 'number') {
      this.#at++;
      return token <= 0xffffffff ? token : null;
    }
    if (this.#take('(')) {
      const value = this.#nested(() => this.or());
      return this.#take(')') ? value : null;
    }
    if (token === undefined || !/^\w/.test(token)) return null;
    this.#at++;
    if (!BIT_MACROS.has(token)) return this.#lookup(token);
    if (!this.#take('(')) return null;
    const bit = this.#nested(() => this.or());
    return bit !== null && this.#take(')') ? apply('<<', 1, bit) : null;
  }

  #nested(read: () => number | null): number | null {
    if (this.#depth === DEEPEST) return null;
    this.#depth++;
    const value = read();
    this.#depth--;
    return value;
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }
}

function apply(operator: string, left: number, right: number): number | null {
  switch (operator) {
    case '|':
      return (left | right) >>> 0;
    case '^':
      return (left ^ right) >>> 0;
    case '&':
      return (left & right) >>> 0;
    case '+':
      return (left + right) >>> 0;
    case '-':
      return (left - right) >>> 0;
    case '<<':
      return right < 32 ? (left << right) >>> 0 : null;
    default:
      return right < 32 ? left >>> right : null;
  }
}
