/** Reads fields of an object that came from outside; what is wrong with one becomes a problem that names it. */

/** One thing wrong with what was read. `field` is a path such as `vma.prot`; the message names reason and remedy. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

export type Fields = Readonly<Record<string, unknown>>;

/** Reads fields of one object; a field of the wrong form becomes a problem and its default. `prefix` is the path of the object. */
export class FieldReader {
  constructor(
    readonly fields: Fields,
    readonly prefix: string,
    readonly problems: FieldProblem[],
  ) {}

  /** Notes what is wrong with a field. */
  problem(name: string, message: string): void {
    this.problems.push({ field: this.prefix + name, message });
  }

  /** A text that is not empty. `otherwise` null: the field must be there. */
  text(name: string, otherwise: string | null, example = otherwise): string {
    const value = this.fields[name];
    if (typeof value === 'string' && value !== '') return value;
    if (value === undefined && otherwise !== null) return otherwise;
    this.problem(name, `a text is needed${example === null ? '' : `, e.g. ${JSON.stringify(example)}`}`);
    return otherwise ?? '';
  }

  texts(name: string, example = 'FOLL_WRITE'): readonly string[] {
    const value = this.fields[name];
    if (value === undefined) return [];
    if (isTexts(value)) return value;
    this.problem(name, `a list of names is needed, e.g. [${JSON.stringify(example)}]`);
    return [];
  }

  integer(name: string, otherwise: number, most: number): number {
    const value = this.fields[name];
    if (value === undefined) return otherwise;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) return value;
    this.problem(name, `a whole number from 0 to ${most} is needed`);
    return otherwise;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[], otherwise: T): T {
    const value = this.fields[name];
    if (value === undefined) return otherwise;
    const found = allowed.find(item => item === value);
    if (found === undefined)
      this.problem(name, `${JSON.stringify(value)} is not one of ${allowed.join(', ')}`);
    return found ?? otherwise;
  }

  /** null, 0 or 1; `meaning` is what null stands for. */
  nullOrBit(name: string, meaning: string): 0 | 1 | null {
    const value = this.fields[name];
    if (value === undefined || value === null) return null;
    if (value === 0 || value === 1) return value;
    this.problem(name, `null (${meaning}), 1 or 0 (pointer to that value) is needed`);
    return null;
  }
}

/** A text that is not empty. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** A list of texts. */
export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(item => typeof item === 'string');
}

/** An object that is no list. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
