/** How a function works out how many pages to ask for: from an address, a length, an offset, rounded up or down. */

import { calleeName, lvalueText, rootOf } from '../../analysis/index.js';
import type { Binary, Call, Expression, Span } from '../../syntax/index.js';
import { walkExpressions } from '../../syntax/index.js';
import { blocksBehind } from '../waysBetween.js';
import { FILLS } from './checkedByCaller.js';
import { computed, membersSet } from './computed.js';
import type { CountSite } from './countSite.js';
import { blocksLeadingTo, isOnEveryWay } from './leadingBlocks.js';
import {
  BOUNDS,
  CONSTANT,
  containsOffset,
  isInPageMask,
  isOne,
  isPageConstant,
  PAGE_CONSTANT,
  ROUNDS_UP,
} from './pageTerms.js';

/** What a count is made of. Texts are those of lvalues. */
export interface CountParts {
  /** Lengths and the like: neither the address nor an offset in a page, nor a constant. */
  readonly lengths: ReadonlySet<string>;
  /** The address itself is in it: an end, or a difference of two page numbers. */
  readonly address: boolean;
  /** A length is added to the address, or to the offset. */
  readonly sum: boolean;
  /** The offset of the address in its page is in it. */
  readonly offset: boolean;
  /** `up`: a part of a page counts as a page. `down`: it is cut off. */
  readonly rounded: 'up' | 'down' | 'no';
  /** As many pages are added to what is rounded: `len / PAGE_SIZE + 1`. */
  readonly extra: number;
  /** Two numbers that vary are multiplied, in no wider a type than their own. */
  readonly multiplied: boolean;
  /** What is counted is asked for in pieces of a constant size: `min(left, BATCH)`. */
  readonly inPieces: boolean;
  /** The variables on the way. */
  readonly through: ReadonlySet<string>;
  /** Where the count is worked out. */
  readonly span: Span;
}

const ROUNDS_DOWN = /^(?:PFN_DOWN|rounddown|round_down|ALIGN_DOWN|PAGE_ALIGN_DOWN)$/;

/** Set their last argument to what comes out. */
const OVERFLOW_CHECKS: ReadonlyMap<string, string> = new Map([
  ['check_add_overflow', '+'],
  ['check_sub_overflow', '-'],
  ['check_mul_overflow', '*'],
]);

/** Makes bytes of bits. */
const OTHER_UNIT = /^BITS_TO_(?:BYTES|LONGS)$/;

/** The count of one call, taken apart. */
export class CountExpression {
  readonly #definitions = new Map<string, Expression[]>();
  readonly #changed = new Set<string>();
  /** What is counted up once: `if (len % PAGE_SIZE) n++`. */
  readonly #counted = new Set<string>();
  readonly #addresses: ReadonlySet<string>;
  readonly #site: CountSite;

  constructor(site: CountSite) {
    this.#site = site;
    const { cfg } = site.fn;
    const leading = blocksLeadingTo(cfg, site.call);
    const asked = new Set(
      [site.request, site.start].map(node => rootOf(node === null ? '' : (lvalueText(node) ?? ''))),
    );
    const initial = new Map<string, Expression>();
    const blocks = new Map<string, number>();
    for (const id of cfg.order) {
      const block = cfg.blocks[id];
      for (const element of block?.elements ?? []) {
        // What an error path that leaves the function sets is not what the call gets.
        if (!leading.has(id) || element.node.start > site.call.start) continue;
        if (element.kind === 'call') {
          for (const [text, value] of membersSet(site.file, element.node, asked)) this.#define(text, value);
          this.#given(element.node);
        } else if (element.kind === 'declare' && element.node.init !== null) {
          const { name, init } = element.node;
          if (init.kind === 'number') initial.set(name, init);
          else this.#define(name, init);
          blocks.set(name, id);
        } else if (element.kind === 'assignment') {
          const text = lvalueText(element.node.left);
          if (text === null) continue;
          if (element.node.op === '=') this.#define(text, element.node.right);
          else {
            const { op, right } = element.node;
            this.#change(text, op === '+=' && isOne(right) && !blocksBehind(cfg, id).has(id));
          }
          blocks.set(text, id);
        } else if (element.kind === 'update') {
          const text = lvalueText(element.node.operand) ?? '';
          this.#change(text, element.node.op === '++' && !blocksBehind(cfg, id).has(id));
        }
      }
    }
    // `n = 0` where it is declared does not matter where every way to the call gives it its value.
    for (const [name, value] of initial) {
      const set = this.#definitions.get(name)?.length === 1 && !this.#changed.has(name);
      if (!set || !isOnEveryWay(cfg, blocks.get(name) ?? cfg.entry, site.call)) this.#define(name, value);
    }
    this.#addresses = site.start === null ? new Set() : this.#rootsOf(site.start);
  }

  /** What a call is given by address is worth what the function makes of it; of a sum that is checked that is known. */
  #given(call: Call): void {
    const name = calleeName(call) ?? '';
    if (FILLS.test(name)) return;
    for (const argument of call.args) {
      const text = argument.kind === 'unary' && argument.op === '&' ? lvalueText(argument.operand) : null;
      if (text === null) continue;
      const [left, right] = call.args;
      const op = OVERFLOW_CHECKS.get(name);
      if (op === undefined || left === undefined || right === undefined) this.#changed.add(text);
      else this.#define(text, { kind: 'binary', op, left, right, start: call.start, end: call.end });
    }
  }

  /** @param once it is one more, and no more than once */
  #change(text: string, once: boolean): void {
    if (once && !this.#counted.has(text)) this.#counted.add(text);
    else this.#changed.add(text);
  }

  /** `addr = untagged_addr(addr)` changes nothing that matters. */
  #define(text: string, right: Expression): void {
    if (namesItself(right, text)) {
      if (right.kind === 'binary' && right.op === '+') this.#changed.add(text);
      return;
    }
    const value = computed(this.#site.file, right);
    const known = this.#definitions.get(text);
    if (known === undefined) this.#definitions.set(text, [value]);
    else known.push(value);
  }

  /** The one expression that a variable is worth before the call; null if there are several, or it is counted up. */
  definition(text: string): Expression | null {
    const [only, ...more] = this.#definitions.get(text) ?? [];
    if (only === undefined || more.length > 0 || this.#changed.has(text)) return null;
    const { start, end } = only;
    const one: Expression = { kind: 'number', value: 1, start, end };
    return this.#counted.has(text) ? { kind: 'binary', op: '+', left: only, right: one, start, end } : only;
  }

  /** Whether an lvalue, by its text, is the address that the call starts from, or one that it is worked out from. */
  isAddress(text: string): boolean {
    return this.#addresses.has(text);
  }

  /** The texts of the address and of what it is worked out from. */
  get addresses(): ReadonlySet<string> {
    return this.#addresses;
  }

  #rootsOf(start: Expression): ReadonlySet<string> {
    const roots = new Set<string>();
    const add = (node: Expression, depth: number): void => {
      walkExpressions(node, part => {
        const text = lvalueText(part);
        if (text === null || PAGE_CONSTANT.test(text) || roots.has(text)) return;
        roots.add(text);
        const definition = this.definition(text);
        if (definition !== null && depth < 4) add(definition, depth + 1);
      });
    };
    add(start, 0);
    return roots;
  }

  /** The variable of the function that a member is read into, where there is only one: it may have a type that is known. */
  keptIn(text: string): string | null {
    const names = [...this.#definitions.keys()].filter(name => {
      const definition = this.definition(name);
      return definition !== null && lvalueText(definition) === text;
    });
    const [only] = names;
    return names.length === 1 ? (only ?? null) : null;
  }

  /** The parts of the count; null where it is a constant, or was worked out by something that is not known. */
  parts(): CountParts | null {
    const { request } = this.#site;
    const parts = nothingRead({ start: request.start, end: request.end });
    this.#read(request, parts, 0);
    if (!parts.known) return null;
    const { lengths, through, address, sum, offset, extra, multiplied, inPieces, span } = parts;
    return {
      lengths,
      through,
      address,
      sum,
      offset,
      extra,
      multiplied,
      inPieces,
      span,
      rounded: parts.up ? 'up' : parts.down ? 'down' : 'no',
    };
  }

  /**
   * Where the address of the last byte is rounded up, and not that of the end: one page short where that byte begins a page;
   * null where it is not. How long a buffer is need not be known for that.
   */
  lastByteRoundedUp(): Span | null {
    const { request } = this.#site;
    const parts = nothingRead({ start: request.start, end: request.end });
    this.#read(request, parts, 0);
    return parts.upFromLast && !parts.plusOne ? parts.span : null;
  }

  #read(node: Expression, parts: Mutable, depth: number): void {
    if (this.isOffset(node)) {
      parts.offset = true;
      return;
    }
    const text = lvalueText(node);
    if (text !== null) {
      this.#readVariable(text, parts, depth);
      return;
    }
    switch (node.kind) {
      case 'cast':
        this.#read(node.operand, parts, depth);
        return;
      case 'unary':
        if (node.op === '~') parts.up ||= isPageConstant(node.operand, 'PAGE_MASK');
        else this.#read(node.operand, parts, depth);
        return;
      case 'binary':
        if (node.op === '-' && isPageConstant(node.left, 'PAGE_SIZE') && isOne(node.right)) parts.up = true;
        if (
          (node.op === '>>' && isPageConstant(node.right, 'PAGE_SHIFT')) ||
          (node.op === '/' && isPageConstant(node.right, 'PAGE_SIZE'))
        ) {
          parts.down = true;
        }
        parts.multiplied ||=
          node.op === '*' && [node.left, node.right].every(side => this.#varies(side, depth));
        if (node.op === '+' && isZeroOrOne(node.right)) {
          parts.extra++;
          this.#read(node.left, parts, depth);
          return;
        }
        if (node.op === '+') parts.extra += wholePages(node);
        if (node.op === '+') parts.sum ||= this.#isSum(node.left, node.right, depth);
        if (node.op === '+' && isOne(node.right)) parts.plusOne = true;
        this.#read(node.left, parts, depth);
        this.#read(node.right, parts, depth);
        if (node.op === '+' && isPageConstant(node.left, 'PAGE_SIZE')) parts.up = true;
        if (node.op === '+' && isPageConstant(node.right, 'PAGE_SIZE')) parts.up = true;
        return;
      case 'call': {
        const name = calleeName(node) ?? '';
        if (ROUNDS_UP.test(name)) {
          parts.up = true;
          parts.upFromLast ||= this.#isLastByte(node.args[0], depth);
        } else if (ROUNDS_DOWN.test(name)) parts.down = true;
        else if (!OTHER_UNIT.test(name)) {
          // `min(left, BATCH)`: what is left is asked for in pieces.
          const piece = BOUNDS.test(name) ? pieceOf(name, node.args) : null;
          parts.inPieces = true;
          if (piece === null) parts.known = false;
          else this.#read(piece, parts, depth);
          return;
        }
        for (const argument of node.args) this.#read(argument, parts, depth);
        return;
      }
      case 'number':
      case 'type-query':
        return;
      default:
        parts.known = false;
    }
  }

  /** Whether an expression is the end of what is at the address, or at an offset, less one. */
  #isLastByte(node: Expression | undefined, depth: number): boolean {
    if (node?.kind !== 'binary' || node.op !== '-' || !isOne(node.right)) return false;
    const parts = nothingRead(node.left);
    this.#read(node.left, parts, depth);
    return parts.sum;
  }

  /** Whether an expression is made of lengths; one that is cast has the width that was asked for. */
  #varies(node: Expression, depth: number): boolean {
    if (node.kind === 'cast') return false;
    const parts = nothingRead(node);
    this.#read(node, parts, depth);
    return parts.lengths.size > 0;
  }

  /** Whether one side of a `+` has a length and the other the address, or the offset. */
  #isSum(left: Expression, right: Expression, depth: number): boolean {
    const [a, b] = [left, right].map(side => {
      const parts = nothingRead(side);
      this.#read(side, parts, depth);
      return parts;
    });
    if (a === undefined || b === undefined) return false;
    const place = (parts: Mutable): boolean => parts.address || parts.offset;
    return (place(a) && b.lengths.size > 0) || (place(b) && a.lengths.size > 0);
  }

  #readVariable(text: string, parts: Mutable, depth: number): void {
    if (CONSTANT.test(text)) return;
    if (this.isAddress(text) && this.definition(text) === null) {
      parts.address = true;
      return;
    }
    const definition = this.definition(text);
    if (definition !== null && depth < 6 && definition.kind !== 'call') {
      parts.through.add(text);
      if (depth === 0) parts.span = { start: definition.start, end: definition.end };
      this.#read(definition, parts, depth + 1);
      return;
    }
    if (definition !== null && depth < 6 && definition.kind === 'call') {
      const name = calleeName(definition) ?? '';
      if (ROUNDS_UP.test(name) || ROUNDS_DOWN.test(name) || OTHER_UNIT.test(name)) {
        parts.through.add(text);
        if (depth === 0) parts.span = { start: definition.start, end: definition.end };
        this.#read(definition, parts, depth + 1);
        return;
      }
    }
    parts.lengths.add(text);
    if (this.#definitions.has(text) || this.#changed.has(text) || this.#counted.has(text))
      parts.known = false;
  }

  /** Whether an expression is the offset of something in its page, by what it does or by its name. */
  isOffset(node: Expression, depth = 0): boolean {
    switch (node.kind) {
      case 'call':
        return /^offset_in_\w+$/.test(calleeName(node) ?? '');
      case 'cast':
        return this.isOffset(node.operand, depth);
      case 'binary':
        if (node.op === '%') return isPageConstant(node.right, 'PAGE_SIZE');
        return node.op === '&' && (isInPageMask(node.left) || isInPageMask(node.right));
      default: {
        const text = lvalueText(node);
        if (text === null) return false;
        if (/off(?:s|set)?$/i.test(text)) return true;
        const definition = this.definition(text);
        return definition !== null && depth < 4 && this.isOffset(definition, depth + 1);
      }
    }
  }

  /** Whether a variable is the sum of others. */
  sumsUp(text: string): boolean {
    let sum = false;
    const definition = this.definition(text);
    if (definition !== null)
      walkExpressions(definition, part => {
        if (part.kind === 'binary' && part.op === '+') sum = true;
      });
    return sum;
  }

  /** Whether what the call starts from is the address of the page that the buffer begins in. */
  cutsAddress(): boolean {
    const { start } = this.#site;
    const cuts = (node: Expression, depth: number): boolean => {
      let found = false;
      walkExpressions(node, part => {
        const text = lvalueText(part);
        const definition = text === null || depth > 3 ? null : this.definition(text);
        found ||=
          (part.kind === 'binary' && part.op === '&' && isPageConstant(part.right, 'PAGE_MASK')) ||
          (part.kind === 'call' && ROUNDS_DOWN.test(calleeName(part) ?? '')) ||
          (definition !== null && cuts(definition, depth + 1));
      });
      return found;
    };
    return start !== null && cuts(start, 0);
  }

  /** Whether the function works out the offset of an address in its page, before the call or behind it. */
  knowsOffset(): boolean {
    return this.#site.fn.cfg.elements().some(({ element: { kind, node } }) => {
      if (kind === 'call')
        return /^offset_in_page$/.test(calleeName(node) ?? '') || node.args.some(containsOffset);
      const value = kind === 'declare' ? node.init : kind === 'assignment' ? node.right : null;
      return value !== null && containsOffset(value);
    });
  }
}

/** Whether an expression is a truth, as a number: `!!(len % PAGE_SIZE)`, `rest ? 1 : 0`. */
function isZeroOrOne(node: Expression): boolean {
  if (node.kind === 'unary') return node.op === '!';
  if (node.kind === 'binary') return /^(?:[<>]=?|[!=]=)$/.test(node.op);
  if (node.kind !== 'conditional' || node.then === null) return false;
  return isOne(node.then) && node.otherwise.kind === 'number' && node.otherwise.value === 0;
}

/** The number in a sum with what was cut or rounded to pages. */
function wholePages({ left, right }: Binary): number {
  const [pages, number] = right.kind === 'number' ? [left, right] : [right, left];
  if (number.kind !== 'number') return 0;
  let cut = false;
  walkExpressions(pages, part => {
    const name = part.kind === 'call' ? (calleeName(part) ?? '') : '';
    cut ||= isPageConstant(part, 'PAGE_SHIFT') || isPageConstant(part, 'PAGE_SIZE') || /^PFN_/.test(name);
  });
  return cut ? (number.value ?? 0) : 0;
}

/** Of the arguments of min() and its like the one that is no constant; null if there is not one. */
function pieceOf(name: string, args: readonly Expression[]): Expression | null {
  const values = name.endsWith('_t') ? args.slice(1) : args;
  const [piece, ...others] = values.filter(value => {
    let varies = false;
    walkExpressions(value, part => {
      const text = lvalueText(part);
      if (text !== null && !CONSTANT.test(text)) varies = true;
    });
    return varies;
  });
  return piece === undefined || others.length > 0 ? null : piece;
}

function namesItself(right: Expression, text: string): boolean {
  let found = false;
  walkExpressions(right, part => {
    if (lvalueText(part) === text) found = true;
  });
  return found;
}

interface Mutable {
  lengths: Set<string>;
  through: Set<string>;
  address: boolean;
  sum: boolean;
  offset: boolean;
  multiplied: boolean;
  inPieces: boolean;
  up: boolean;
  down: boolean;
  upFromLast: boolean;
  extra: number;
  plusOne: boolean;
  known: boolean;
  span: Span;
}

function nothingRead({ start, end }: Span): Mutable {
  return {
    lengths: new Set(),
    through: new Set(),
    address: false,
    sum: false,
    offset: false,
    multiplied: false,
    inPieces: false,
    up: false,
    down: false,
    upFromLast: false,
    extra: 0,
    plusOne: false,
    known: true,
    span: { start, end },
  };
}
