/** Macros that a file defines itself where the version of the kernel says so, and then asks for with `#ifdef`. */

import { type Condition, namesVersion, readCondition, sizeOf } from './condition.js';

const NEVER: Condition = { kind: 'number', value: 0 };

/** A meaning of more parts than this is not kept. */
const LARGEST = 300;

interface Known {
  /** When it is defined. */
  readonly defined: Condition;
  /** When `#if NAME` holds. */
  readonly holds: Condition;
}

/** Told of the directives of a file in order, it puts the meaning of such macros into later conditions. */
export class FileMacros {
  /** null: defined in a way that does not hang on the version alone, so nothing is said of it. */
  readonly #known = new Map<string, Known | null>();

  /**
   * Takes note of a `#define` or `#undef`.
   *
   * @param words the directive without its `#`
   * @param around when it is read
   */
  onDirective(words: string, around: Condition): void {
    const gone = /^undef (\w+)/.exec(words);
    if (gone !== null) this.#known.set(gone[1] ?? '', null);
    const match = /^define (\w+)(?: (.*))?$/.exec(words);
    if (match === null) return;
    const [, name = '', value = ''] = match;
    const before = this.#known.get(name);
    if (before === null) return;
    const meaning = readCondition(`if ${value}`);
    const byValue = meaning.kind === 'number' || namesVersion(meaning);
    if (!namesVersion(around) && !namesVersion(meaning)) {
      this.#known.set(name, null);
      return;
    }
    const holds: Condition = byValue
      ? { kind: 'binary', op: '&&', left: around, right: this.putInto(meaning) }
      : around;
    const known: Known = {
      defined: either(before?.defined ?? NEVER, around),
      holds: either(before?.holds ?? NEVER, holds),
    };
    this.#known.set(name, sizeOf(known.holds, LARGEST) < LARGEST ? known : null);
  }

  /** A condition in which these macros are replaced by what they stand for. */
  putInto(condition: Condition): Condition {
    switch (condition.kind) {
      case 'set':
        return this.#known.get(condition.name)?.defined ?? condition;
      case 'name':
        return this.#known.get(condition.name)?.holds ?? condition;
      case 'not':
        return { kind: 'not', operand: this.putInto(condition.operand) };
      case 'binary':
        if (condition.op !== '&&' && condition.op !== '||') return condition;
        return { ...condition, left: this.putInto(condition.left), right: this.putInto(condition.right) };
      default:
        return condition;
    }
  }
}

function either(left: Condition, right: Condition): Condition {
  return left === NEVER ? right : { kind: 'binary', op: '||', left, right };
}
