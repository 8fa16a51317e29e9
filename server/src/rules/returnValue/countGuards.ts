/** What a function asks, before a call, of the numbers that the count of pages is worked out from. */

import { calleeName, lvalueText } from '../../analysis/index.js';
import type { Call, Expression } from '../../syntax/index.js';
import { walkExpressions } from '../../syntax/index.js';
import { CHECKS, fills, hasLookedAt } from './checkedByCaller.js';
import type { CountExpression } from './countExpression.js';
import type { CountSite } from './countSite.js';
import { blocksLeadingTo } from './leadingBlocks.js';
import { BOUNDS, CONSTANT, isZeroTest, mentions, PAGE_CONSTANT, ROUNDS_UP } from './pageTerms.js';

/** Where in a function an lvalue is looked at before a call. */
export interface Guards {
  /** A condition compares it with a limit, or a function keeps it below one. */
  readonly bounded: boolean;
  /** A function that notices an overflow works out the size of an array of so many: of what was cut off before it sees nothing. */
  readonly sized: boolean;
  /** It is only asked whether a sum with it wraps around: it may be as large as the address space for all that. */
  readonly wrapTested: boolean;
  /** By a comparison, and not by a function alone. */
  readonly wrapCompared: boolean;
  /** A condition asks whether it is zero. */
  readonly zeroTested: boolean;
}

/** Of the checks the ones that let pass whatever has an end. */
const WRAP_CHECKS = /^(?:access_ok|check_add_overflow|range_ok|__range_ok)$/;
/** The end of a type: what is compared with it is compared with the room that is left there. */
const LARGEST = /^(?:U64_MAX|ULONG_MAX|ULLONG_MAX|SIZE_MAX)$/;
/** Of these the ones that make a size of a count. */
const SIZES = /^(?:array_size|size_mul|size_add|struct_size|struct_size_t|flex_array_size)$/;

/** The conditions and the checks of a function on the way to a call. */
export class CountGuards {
  readonly #conditions: readonly Expression[];
  /** What is told apart by a switch: each case is a value of its own. */
  readonly #subjects: readonly Expression[];
  /** Those that a way to the call leaves by one side only, by where they start: what came true is not so at the call. */
  readonly #refused = new Set<number>();
  /** Those that lead to the call whatever they come to, by where they start. */
  readonly #open = new Set<number>();
  readonly #calls: readonly Call[];
  readonly #site: CountSite;
  readonly #count: CountExpression;

  constructor(site: CountSite, count: CountExpression) {
    this.#site = site;
    this.#count = count;
    const { cfg } = site.fn;
    const leading = blocksLeadingTo(cfg, site.call);
    const conditions: Expression[] = [];
    const subjects: Expression[] = [];
    for (const id of cfg.order) {
      const out = cfg.blocks[id]?.out ?? [];
      const leads = out.every(({ to }) => leading.has(to));
      for (const { label, to } of out) {
        if (label.kind === 'branch' && leads) this.#open.add(label.condition.start);
        if (label.kind === 'branch') {
          conditions.push(label.condition);
          if (label.truth && !leading.has(to)) this.#refused.add(label.condition.start);
        } else if (label.kind !== 'next') subjects.push(label.subject);
      }
    }
    this.#conditions = conditions;
    this.#subjects = subjects;
    this.#calls = cfg.elements().flatMap(({ element }) => (element.kind === 'call' ? [element.node] : []));
  }

  /** What the function asks of an lvalue before the call, or of what was made of it. */
  guardsOf(texts: ReadonlySet<string>): Guards {
    const about = (node: Expression): boolean => mentions(node, texts);
    let bounded = this.#subjects.some(subject => subject.start < this.#site.call.start && about(subject));
    let sized = false;
    let wrapTested = false;
    let wrapCompared = false;
    let zeroTested = false;
    for (const condition of this.#conditions) {
      if (condition.start >= this.#site.call.start || !about(condition) || fills(condition)) continue;
      if (isZeroTest(condition)) zeroTested = true;
      else if (this.#isWrapTest(condition, texts)) {
        wrapTested = true;
        wrapCompared ||= condition.kind === 'binary';
      } else if (!this.#leavesOpen(condition)) bounded = true;
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
    return { bounded, sized, wrapTested, wrapCompared, zeroTested };
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
      const text = lvalueText(part);
      if (text === null) return;
      if (LARGEST.test(text)) largest = true;
      if (texts.has(text) && this.#count.sumsUp(text)) sum = true;
      const isPart = [...texts, ...this.#count.addresses].some(
        one => one === text || one.startsWith(`${text}-`),
      );
      if (!isPart && !PAGE_CONSTANT.test(text) && !ROUNDS_UP.test(text)) own = false;
    });
    return largest || (own && sum);
  }

  /** Whether a condition before the call asks on which side of something else a length is, of zero too. */
  isCompared(text: string): boolean {
    return this.#conditions.some(
      condition =>
        condition.start < this.#site.call.start &&
        condition.kind === 'binary' &&
        /^[<>]=?$/.test(condition.op) &&
        mentions(condition, new Set([text])),
    );
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

  /** Whether a condition says nothing of how large a length may be: where in a page it ends, or that it is not another one. */
  #leavesOpen(condition: Expression): boolean {
    if (condition.kind === 'binary' && condition.op === '==') return this.#refused.has(condition.start);
    if (condition.kind === 'call' && /ALIGNED$/.test(calleeName(condition) ?? '')) return true;
    return this.#count.isOffset(condition);
  }

  /** Whether the function asks anywhere where in its page the address, or a length, begins. */
  asksForAlignment(): boolean {
    const asks = (node: Expression): boolean => {
      let found = false;
      let limit = false;
      // `if (len % PAGE_SIZE) n++` rounds up.
      if (this.#open.has(node.start) && !mentions(node, this.#count.addresses)) return false;
      walkExpressions(node, part => {
        if (this.#count.isOffset(part)) found = true;
        if (part.kind === 'call' && /ALIGNED/.test(calleeName(part) ?? '')) found = true;
        const text = lvalueText(part);
        // `len > PAGE_SIZE - offset` keeps all in one page; `len > MOST - offset` does not.
        if (text !== null && CONSTANT.test(text) && !PAGE_CONSTANT.test(text)) limit = true;
      });
      return found && !(limit && node.kind === 'binary' && /^[<>]=?$/.test(node.op));
    };
    return this.#conditions.some(asks) || this.#calls.some(call => /ALIGNED/.test(calleeName(call) ?? ''));
  }
}
