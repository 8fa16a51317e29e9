/** How a function works out how many pages to ask for: from an address, a length, an offset, rounded up or down. */

import { type Cfg, calleeName, lvalueText } from '../../analysis/index.js';
import type { Call, Expression, Span } from '../../syntax/index.js';
import { walkExpressions } from '../../syntax/index.js';
import { CHECKS, hasLookedAt } from './checkedByCaller.js';
import { computed } from './computed.js';
import type { CountSite } from './countSite.js';
import { containsOffset, isInPageMask, isOne, isPageConstant, isZeroTest } from './pageTerms.js';

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
  /** What is counted is asked for in pieces of a constant size: `min(left, BATCH)`. */
  readonly inPieces: boolean;
  /** The variables on the way. */
  readonly through: ReadonlySet<string>;
  /** Where the count is worked out. */
  readonly span: Span;
}

/** Where in a function an lvalue is looked at before a call. */
export interface Guards {
  /** A condition compares it with a limit, or a function keeps it below one. */
  readonly bounded: boolean;
  /** A function that notices an overflow works out the size of an array of so many: of what was cut off before it sees nothing. */
  readonly sized: boolean;
  /** It is only asked whether a sum with it wraps around: it may be as large as the address space for all that. */
  readonly wrapTested: boolean;
  /** A condition asks whether it is zero. */
  readonly zeroTested: boolean;
}

/** `PAGE_SIZE` and the like. */
const CONSTANT = /^[A-Z][A-Z0-9_]*$/;
const PAGE_CONSTANT = /^(?:PAGE_SIZE|PAGE_SHIFT|PAGE_MASK)$/;
const ROUNDS_UP = /^(?:DIV_ROUND_UP(?:_ULL|_SECTOR_T)?|PAGE_ALIGN|PFN_UP|roundup|round_up|ALIGN|howmany)$/;
const ROUNDS_DOWN = /^(?:PFN_DOWN|rounddown|round_down|ALIGN_DOWN|PAGE_ALIGN_DOWN)$/;
/** Of the checks the ones that let pass whatever has an end. */
const WRAP_CHECKS = /^(?:access_ok|check_add_overflow|range_ok|__range_ok)$/;
/** The end of a type: what is compared with it is compared with the room that is left there. */
const LARGEST = /^(?:U64_MAX|ULONG_MAX|ULLONG_MAX|SIZE_MAX)$/;
/** Of these the ones that make a size of a count. */
const SIZES = /^(?:array_size|size_mul|size_add|struct_size|struct_size_t|flex_array_size)$/;
const BOUNDS = /^(?:min|min_t|min3|umin|clamp|clamp_t|clamp_val|array_index_nospec)$/;

/** The count of one call, taken apart. */
export class CountExpression {
  readonly #definitions = new Map<string, Expression[]>();
  readonly #changed = new Set<string>();
  readonly #conditions: readonly Expression[];
  /** What is told apart by a switch: each case is a value of its own. */
  readonly #subjects: readonly Expression[];
  /** Those that a way to the call leaves by one side only, by where they start: what came true is not so at the call. */
  readonly #refused = new Set<number>();
  readonly #calls: readonly Call[];
  readonly #addresses: ReadonlySet<string>;
  readonly #site: CountSite;

  constructor(site: CountSite) {
    this.#site = site;
    const { cfg } = site.fn;
    const leading = blocksLeadingTo(cfg, site.call);
    const conditions: Expression[] = [];
    const subjects: Expression[] = [];
    const calls: Call[] = [];
    for (const id of cfg.order) {
      const block = cfg.blocks[id];
      for (const edge of block?.out ?? []) {
        if (edge.label.kind === 'branch') conditions.push(edge.label.condition);
        else if (edge.label.kind !== 'next') subjects.push(edge.label.subject);
      }
      for (const element of block?.elements ?? []) {
        if (element.kind === 'call') calls.push(element.node);
        // What an error path that leaves the function sets is not what the call gets.
        if (!leading.has(id) || element.node.start > site.call.start) continue;
        if (element.kind === 'declare' && element.node.init !== null)
          this.#define(element.node.name, element.node.init);
        else if (element.kind === 'assignment') {
          const text = lvalueText(element.node.left);
          if (text === null) continue;
          if (element.node.op === '=') this.#define(text, element.node.right);
          else this.#changed.add(text);
        } else if (element.kind === 'update') {
          this.#changed.add(lvalueText(element.node.operand) ?? '');
        }
      }
    }
    this.#conditions = conditions;
    this.#subjects = subjects;
    this.#calls = calls;
    for (const { out } of cfg.blocks) {
      for (const { label, to } of out) {
        if (label.kind === 'branch' && label.truth && !leading.has(to))
          this.#refused.add(label.condition.start);
      }
    }
    this.#addresses = site.start === null ? new Set() : this.#rootsOf(site.start);
  }

  /** `addr = untagged_addr(addr)` changes nothing that matters. */
  #define(text: string, right: Expression): void {
    if (namesItself(right, text)) return;
    const value = computed(this.#site.file, right);
    const known = this.#definitions.get(text);
    if (known === undefined) this.#definitions.set(text, [value]);
    else known.push(value);
  }

  /** The one expression that a variable is worth before the call; null if there are several, or it is counted up. */
  definition(text: string): Expression | null {
    const [only, ...more] = this.#definitions.get(text) ?? [];
    return only === undefined || more.length > 0 || this.#changed.has(text) ? null : only;
  }

  /** Whether an lvalue, by its text, is the address that the call starts from, or one that it is worked out from. */
  isAddress(text: string): boolean {
    return this.#addresses.has(text);
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
    const { lengths, through, address, sum, offset, inPieces, span } = parts;
    return {
      lengths,
      through,
      address,
      sum,
      offset,
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
    if (this.#isOffset(node, 0)) {
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
        else {
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
      if (ROUNDS_UP.test(name) || ROUNDS_DOWN.test(name)) {
        parts.through.add(text);
        if (depth === 0) parts.span = { start: definition.start, end: definition.end };
        this.#read(definition, parts, depth + 1);
        return;
      }
    }
    parts.lengths.add(text);
    if ((this.#definitions.get(text)?.length ?? 0) > 0 || this.#changed.has(text)) parts.known = false;
  }

  #isOffset(node: Expression, depth: number): boolean {
    switch (node.kind) {
      case 'call':
        return /^offset_in_\w+$/.test(calleeName(node) ?? '');
      case 'cast':
        return this.#isOffset(node.operand, depth);
      case 'binary':
        if (node.op === '%') return isPageConstant(node.right, 'PAGE_SIZE');
        return node.op === '&' && (isInPageMask(node.left) || isInPageMask(node.right));
      default: {
        const text = lvalueText(node);
        if (text === null) return false;
        if (/off(?:s|set)?$/i.test(text)) return true;
        const definition = this.definition(text);
        return definition !== null && depth < 4 && this.#isOffset(definition, depth + 1);
      }
    }
  }

  /** What the function asks of an lvalue before the call, or of what was made of it. */
  guardsOf(texts: ReadonlySet<string>): Guards {
    const about = (node: Expression): boolean => {
      let found = false;
      walkExpressions(node, part => {
        const text = lvalueText(part);
        if (text !== null && texts.has(text)) found = true;
      });
      return found;
    };
    let bounded = this.#subjects.some(subject => subject.start < this.#site.call.start && about(subject));
    let sized = false;
    let wrapTested = false;
    let zeroTested = false;
    for (const condition of this.#conditions) {
      if (condition.start >= this.#site.call.start || !about(condition)) continue;
      if (isZeroTest(condition)) zeroTested = true;
      else if (this.#isWrapTest(condition, texts)) wrapTested = true;
      else if (!this.#leavesOpen(condition)) bounded = true;
    }
    for (const call of this.#calls) {
      const name = calleeName(call) ?? '';
      // The size of a piece limits none of the pieces.
      if (call.start === this.#site.request.start) continue;
      if (call.start >= this.#site.call.start) continue;
      if (hasLookedAt(this.#site.file, call, texts)) bounded = true;
      if (!(CHECKS.test(name) || BOUNDS.test(name))) continue;
      if (!call.args.some(about)) continue;
      if (WRAP_CHECKS.test(name)) wrapTested = true;
      else if (SIZES.test(name)) sized = true;
      else bounded = true;
    }
    return { bounded, sized, wrapTested, zeroTested };
  }

  /** Whether a condition only asks for a sum that wraps around: `addr + len < addr`, `len > ULONG_MAX - PAGE_SIZE`. */
  #isWrapTest(condition: Expression, texts: ReadonlySet<string>): boolean {
    if (condition.kind === 'call') return WRAP_CHECKS.test(calleeName(condition) ?? '');
    if (condition.kind !== 'binary' || !/^[<>]=?$/.test(condition.op)) return false;
    let largest = false;
    let own = true;
    let sum = false;
    walkExpressions(condition, part => {
      if (part.kind === 'binary' && part.op === '+') sum = true;
      if (part.kind === 'call' && !ROUNDS_UP.test(calleeName(part) ?? '')) own = false;
      const text = lvalueText(part);
      if (text === null) return;
      if (LARGEST.test(text)) largest = true;
      if (texts.has(text) && this.#sumsUp(text)) sum = true;
      const isPart = [...texts, ...this.#addresses].some(one => one === text || one.startsWith(`${text}-`));
      if (!isPart && !PAGE_CONSTANT.test(text) && !ROUNDS_UP.test(text)) own = false;
    });
    return largest || (own && sum);
  }

  /** Whether a length is compared with the largest number of 64 bits, so that it has as many. */
  isComparedWithLargest(text: string): boolean {
    return this.#conditions.some(condition => {
      const texts = new Set<string>();
      walkExpressions(condition, part => {
        texts.add(lvalueText(part) ?? '');
      });
      return texts.has(text) && [...texts].some(one => LARGEST.test(one));
    });
  }

  /** Whether a variable is the sum of others. */
  #sumsUp(text: string): boolean {
    let sum = false;
    const definition = this.definition(text);
    if (definition !== null)
      walkExpressions(definition, part => {
        if (part.kind === 'binary' && part.op === '+') sum = true;
      });
    return sum;
  }

  /** Whether a condition says nothing of how large a length may be: where in a page it ends, or that it is not another one. */
  #leavesOpen(condition: Expression): boolean {
    if (condition.kind === 'binary' && condition.op === '==') return this.#refused.has(condition.start);
    if (condition.kind === 'call' && /ALIGNED$/.test(calleeName(condition) ?? '')) return true;
    return this.#isOffset(condition, 0);
  }

  /** Whether the function asks anywhere where in its page the address, or a length, begins. */
  asksForAlignment(): boolean {
    const asks = (node: Expression): boolean => {
      let found = false;
      let limit = false;
      walkExpressions(node, part => {
        if (this.#isOffset(part, 0)) found = true;
        if (part.kind === 'call' && /ALIGNED/.test(calleeName(part) ?? '')) found = true;
        const text = lvalueText(part);
        // `len > PAGE_SIZE - offset` keeps all in one page; `len > MOST - offset` does not.
        if (text !== null && CONSTANT.test(text) && !PAGE_CONSTANT.test(text)) limit = true;
      });
      return found && !(limit && node.kind === 'binary' && /^[<>]=?$/.test(node.op));
    };
    return this.#conditions.some(asks) || this.#calls.some(call => /ALIGNED/.test(calleeName(call) ?? ''));
  }

  /** Whether the function works out the offset of an address in its page. */
  knowsOffset(): boolean {
    for (const all of this.#definitions.values()) {
      if (all.some(right => containsOffset(right))) return true;
    }
    return this.#calls.some(
      call => /^offset_in_page$/.test(calleeName(call) ?? '') || call.args.some(containsOffset),
    );
  }
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
  inPieces: boolean;
  up: boolean;
  down: boolean;
  upFromLast: boolean;
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
    inPieces: false,
    up: false,
    down: false,
    upFromLast: false,
    plusOne: false,
    known: true,
    span: { start, end },
  };
}

/** The blocks from which a call can still be reached, with its own. The call may be of an earlier reading of the function. */
function blocksLeadingTo(cfg: Cfg, call: Call): ReadonlySet<number> {
  const at = cfg.firstAt({ start: call.start, end: call.start + 1 });
  if (at === null) return new Set(cfg.order);
  const leading = new Set([at.block]);
  for (const id of leading) for (const edge of cfg.blocks[id]?.in ?? []) leading.add(edge.from);
  return leading;
}
