/** The integer types of expressions, as far as a comparison asks for them: signed or not, and how wide. */

import type { Expression, FunctionAst } from '../../syntax/index.js';
import type { FileAnalysis } from '../analyseFile.js';
import type { Cfg } from '../cfg.js';
import { calleeName, lvalueText, rootOf } from '../expressions.js';
import { type StructMembers, structMembersOf } from '../structMembers.js';

/** A type of an LP64 kernel: `long` has 64 bits. */
export interface IntegerType {
  readonly signed: boolean;
  readonly bits: 8 | 16 | 32 | 64;
}

const INT: IntegerType = { signed: true, bits: 32 };
const ULONG: IntegerType = { signed: false, bits: 64 };

const NAMED: ReadonlyMap<string, IntegerType> = new Map<string, IntegerType>([
  ['int', INT],
  ['signed', INT],
  ['signed int', INT],
  ['unsigned', { signed: false, bits: 32 }],
  ['unsigned int', { signed: false, bits: 32 }],
  ['uint', { signed: false, bits: 32 }],
  ['long', { signed: true, bits: 64 }],
  ['long int', { signed: true, bits: 64 }],
  ['signed long', { signed: true, bits: 64 }],
  ['long long', { signed: true, bits: 64 }],
  ['unsigned long', ULONG],
  ['unsigned long int', ULONG],
  ['unsigned long long', ULONG],
  ['ulong', ULONG],
  ['short', { signed: true, bits: 16 }],
  ['unsigned short', { signed: false, bits: 16 }],
  ['ushort', { signed: false, bits: 16 }],
  ['unsigned char', { signed: false, bits: 8 }],
  ['bool', { signed: false, bits: 8 }],
  ['size_t', ULONG],
  ['ssize_t', { signed: true, bits: 64 }],
  ['loff_t', { signed: true, bits: 64 }],
  ['pgoff_t', ULONG],
  ['uintptr_t', ULONG],
  ['dma_addr_t', ULONG],
  ['phys_addr_t', ULONG],
]);

/** The type that a declaration names; null for pointers, structures and what is not known. */
export function integerTypeOf(type: string): IntegerType | null {
  const plain = type
    .replace(/\b(?:const|volatile|static|register|__user|__iomem|extern)\b/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const fixed = /^(?:__)?([us])(8|16|32|64)$/.exec(plain) ?? /^(u?)int(8|16|32|64)_t$/.exec(plain);
  if (fixed !== null) {
    const signed = fixed[1] !== 'u';
    return { signed, bits: Number(fixed[2]) as IntegerType['bits'] };
  }
  return NAMED.get(plain) ?? null;
}

/** The types of the expressions of one function. */
export class TypeScope {
  readonly #variables = new Map<string, string | null>();
  readonly #structs: Pick<StructMembers, 'get'>;

  constructor(ast: FunctionAst, cfg: Cfg, structs: Pick<StructMembers, 'get'>) {
    this.#structs = structs;
    for (const { name, type, pointers } of ast.parameters) {
      if (name !== null) this.#declare(name, pointers > 0 ? `${type} *` : type);
    }
    for (const { element } of cfg.elements()) {
      if (element.kind !== 'declare') continue;
      const { name, pointers, array } = element.node;
      const type = element.declaration.type;
      this.#declare(name, pointers > 0 || array ? `${type} *` : type);
    }
  }

  /** A name that is declared twice with different types is not known. */
  #declare(name: string, type: string): void {
    const old = this.#variables.get(name);
    this.#variables.set(name, old === undefined || old === type ? type : null);
  }

  /** The declared type of a variable or a member, as text, with ` *` for a pointer; null if it is not known. */
  declared(node: Expression): string | null {
    if (node.kind === 'identifier') return this.#variables.get(node.name) ?? null;
    if (node.kind !== 'member') return null;
    const object = this.declared(node.object);
    const struct = object === null ? null : /^(?:const )?struct ([\w.]+)(?: \*)?$/.exec(object);
    return struct === null ? null : (this.#structs.get(struct[1] ?? '')?.get(node.name) ?? null);
  }

  /** The integer type of an expression before promotion; null where it is not known to be one. */
  of(node: Expression): IntegerType | null {
    switch (node.kind) {
      case 'number':
        return INT;
      case 'type-query':
        return ULONG;
      case 'identifier':
      case 'member': {
        // `(_AC(1, UL) << PAGE_SHIFT)` on every architecture.
        if (node.kind === 'identifier' && node.name === 'PAGE_SIZE') return ULONG;
        const type = this.declared(node);
        return type === null ? null : integerTypeOf(type);
      }
      case 'cast':
        return integerTypeOf(node.type);
      case 'unary':
        if (node.op === '-' || node.op === '~' || node.op === '+') return this.of(node.operand);
        return node.op === '!' ? INT : null;
      case 'update':
        return this.of(node.operand);
      case 'assignment':
        return this.of(node.left);
      case 'comma':
        return this.of(node.right);
      case 'conditional':
        return usual(this.of(node.then ?? node.test), this.of(node.otherwise));
      case 'binary':
        if (/^(?:[<>]=?|[!=]=|&&|\|\|)$/.test(node.op)) return INT;
        if (node.op === '<<' || node.op === '>>') return this.of(node.left);
        return usual(this.of(node.left), this.of(node.right));
      case 'call':
        return this.#ofCall(calleeName(node), node.args);
      default:
        return null;
    }
  }

  #ofCall(name: string | null, args: readonly Expression[]): IntegerType | null {
    if (name === 'ARRAY_SIZE' || name === 'PFN_UP') return ULONG;
    const first = args[0];
    const second = args[1];
    if ((name === 'min' || name === 'max' || name === 'DIV_ROUND_UP') && first !== undefined) {
      return second === undefined ? null : usual(this.of(first), this.of(second));
    }
    return (name === 'likely' || name === 'unlikely') && first !== undefined ? this.of(first) : null;
  }

  /** Whether a comparison of two expressions is made without sign. False where a type is not known. */
  comparesUnsigned(left: Expression, right: Expression): boolean {
    const type = usual(this.of(left), this.of(right));
    return type !== null && !type.signed;
  }

  /** Whether a variable or a member loses the sign of a negative `int` or `long`. */
  losesSign(target: Expression): boolean {
    const type = lvalueText(target) === null ? null : this.of(target);
    return type !== null && !type.signed && type.bits >= 32;
  }
}

/** C's usual arithmetic conversions; null if a side is not known. */
function usual(a: IntegerType | null, b: IntegerType | null): IntegerType | null {
  if (a === null || b === null) return null;
  const left = a.bits < 32 ? INT : a;
  const right = b.bits < 32 ? INT : b;
  if (left.bits === right.bits) return left.signed ? right : left;
  return left.bits > right.bits ? left : right;
}

/** The types of the variables of one function, by their text. */
export interface VariableTypes {
  /** The width of an integer variable or member in bits; null where it is not known to be one. */
  bitsOf(text: string): number | null;
  /** Whether an integer variable or member can be negative; null where it is not known to be one. */
  isSigned(text: string): boolean | null;
  /** Whether it is a parameter, or a member of what a parameter points to. */
  isFromCaller(text: string): boolean;
}

/** The types of a function of a file; null for a function that could not be read. */
export function integerTypesOf(file: FileAnalysis, name: string): VariableTypes | null {
  const fn = file.functionNamed(name);
  if (fn === null || !fn.cfg.complete) return null;
  const types = new TypeScope(fn.ast, fn.cfg, structMembersOf(file.source.text));
  const parameters = new Set(fn.ast.parameters.map(parameter => parameter.name));
  return {
    bitsOf: text => types.of(expressionOf(text))?.bits ?? null,
    isSigned: text => types.of(expressionOf(text))?.signed ?? null,
    isFromCaller: text => parameters.has(rootOf(text)),
  };
}

/** A variable with members behind it, as an expression. */
function expressionOf(text: string): Expression {
  const root = rootOf(text);
  let node: Expression = { kind: 'identifier', name: root, start: 0, end: 0 };
  for (const [, arrow, name = ''] of text.slice(root.length).matchAll(/(->|\.)(\w+)/g)) {
    node = { kind: 'member', object: node, name, arrow: arrow === '->', start: 0, end: 0 };
  }
  return node;
}
