/** Macros that a file defines itself to ask for the version of the kernel by another name. */

import { type Condition, callOf, namesVersion, readCondition, sizeOf } from './condition.js';

const NEVER: Condition = { kind: 'number', value: 0 };

/** A meaning of more parts than this is not kept. */
const LARGEST = 300;

interface Known {
  /** When it is defined. */
  readonly defined: Condition;
  /** When `#if NAME` holds. */
  readonly holds: Condition;
}

/** A macro with parameters, such as `#define KERNEL_AT_LEAST(a, b) (LINUX_VERSION_CODE >= KERNEL_VERSION(a, b, 0))`. */
interface Parametric {
  readonly parameters: readonly string[];
  readonly meaning: Condition;
}

/** Told of the directives of a file in order, it puts the meaning of such macros into later conditions. */
export class FileMacros {
  /** null: defined in a way that does not hang on the version alone, so nothing is said of it. */
  readonly #known = new Map<string, Known | null>();
  /** What a name stands for in a comparison, where it has one definition and that always; null: not so. */
  readonly #values = new Map<string, Condition | null>();
  #key: string | null = null;
  /** null: defined more than once. */
  readonly #parametric = new Map<string, Parametric | null>();

  /** All that is known, as a text that is the same for the same definitions. */
  key(): string {
    this.#key ??= JSON.stringify([...this.#known, ...this.#values, ...this.#parametric]);
    return this.#key;
  }

  /**
   * Takes note of a `#define` or `#undef`.
   *
   * @param words the directive without its `#`
   * @param around when it is read
   */
  onDirective(words: string, around: Condition): void {
    this.#key = null;
    const gone = /^undef (\w+)/.exec(words);
    if (gone !== null) this.#forget(gone[1] ?? '');
    const parametric = /^define (\w+)\(([\w\s,]*)\)(.*)$/.exec(words);
    if (parametric !== null) {
      const [, name = '', parameters = '', body = ''] = parametric;
      this.#defineParametric(name, parameters, body);
      return;
    }
    const match = /^define (\w+)(?: (.*))?$/.exec(words);
    if (match === null) return;
    const [, name = '', value = ''] = match;
    const meaning = this.putInto(readCondition(`if ${value}`));
    const isOnly = around.kind === 'number' && around.value !== 0 && !this.#values.has(name);
    this.#values.set(name, isOnly && isNumeric(meaning) ? meaning : null);
    const before = this.#known.get(name);
    if (before === null) return;
    const byValue = meaning.kind === 'number' || namesVersion(meaning);
    if (!namesVersion(around) && !namesVersion(meaning)) {
      this.#known.set(name, null);
      return;
    }
    const holds: Condition = byValue ? { kind: 'binary', op: '&&', left: around, right: meaning } : around;
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
      case 'call':
        return this.#called(condition.name, condition.args) ?? condition;
      case 'not':
        return { kind: 'not', operand: this.putInto(condition.operand) };
      case 'binary': {
        const isLogical = condition.op === '&&' || condition.op === '||';
        const into = (side: Condition): Condition => (isLogical ? this.putInto(side) : this.#value(side));
        return { ...condition, left: into(condition.left), right: into(condition.right) };
      }
      default:
        return condition;
    }
  }

  #forget(name: string): void {
    this.#known.set(name, null);
    this.#values.set(name, null);
    this.#parametric.set(name, null);
  }

  #defineParametric(name: string, parameters: string, body: string): void {
    const meaning = this.putInto(readCondition(`if ${body}`));
    const kept = !this.#parametric.has(name) && namesVersion(meaning) && sizeOf(meaning, LARGEST) < LARGEST;
    const names = parameters.split(',').map(parameter => parameter.trim());
    this.#parametric.set(name, kept ? { parameters: names, meaning } : null);
  }

  /** A side of a comparison. */
  #value(side: Condition): Condition {
    if (side.kind === 'name') return this.#values.get(side.name) ?? side;
    if (side.kind === 'call') return this.#called(side.name, side.args) ?? side;
    return side;
  }

  #called(name: string, args: readonly Condition[]): Condition | null {
    const macro = this.#parametric.get(name);
    if (macro === null || macro === undefined || macro.parameters.length !== args.length) return null;
    const given = new Map(macro.parameters.map((parameter, index) => [parameter, args[index]]));
    return withArguments(macro.meaning, given);
  }
}

/** A condition with names replaced by what a macro was called with. */
function withArguments(meaning: Condition, given: ReadonlyMap<string, Condition | undefined>): Condition {
  const into = (part: Condition): Condition => withArguments(part, given);
  switch (meaning.kind) {
    case 'name':
      return given.get(meaning.name) ?? meaning;
    case 'call':
      return callOf(meaning.name, meaning.args.map(into));
    case 'not':
      return { kind: 'not', operand: into(meaning.operand) };
    case 'binary':
      return { ...meaning, left: into(meaning.left), right: into(meaning.right) };
    default:
      return meaning;
  }
}

/** Whether it is a number, the version's own included, rather than an answer. */
function isNumeric(meaning: Condition): boolean {
  return meaning.kind === 'number' || (meaning.kind === 'name' && meaning.name === 'LINUX_VERSION_CODE');
}

function either(left: Condition, right: Condition): Condition {
  return left === NEVER ? right : { kind: 'binary', op: '||', left, right };
}
