/**
 * Variants of a litmus file: axes, each with choices that set fields of the file. An axis is written as a path with a
 * list of values, or as a name with choices by name, each of which sets several paths.
 */

import { type FieldProblem, type Fields, isFields } from '../fieldReader.js';

/** One choice of each axis, and the file with what they set. */
export interface VariantValue {
  readonly choice: Readonly<Record<string, string>>;
  readonly value: Fields;
}

/** More than this of one file are refused. */
const MAX_VARIANTS = 512;

type Choices = ReadonlyMap<string, Fields>;

/** Every variant of the file: one without choices where it has no axes. Problems are added to `problems`. */
export function variantsOf(file: Fields, problems: FieldProblem[]): readonly VariantValue[] {
  const axes = axesOf(file.variants, problems);
  let found: VariantValue[] = [{ choice: {}, value: file }];
  for (const [axis, choices] of axes) {
    found = found.flatMap(({ choice, value }) =>
      [...choices].map(([name, sets]) => ({
        choice: { ...choice, [axis]: name },
        value: withFields(value, sets, `variants.${axis}.${name}`, problems),
      })),
    );
    if (found.length > MAX_VARIANTS) {
      problems.push({
        field: 'variants',
        message: `more than ${MAX_VARIANTS} variants; divide the file`,
      });
      return [];
    }
  }
  return found;
}

/** The axes by name, each with its choices by name and what they set. */
export function axesOf(value: unknown, problems: FieldProblem[]): ReadonlyMap<string, Choices> {
  const axes = new Map<string, Choices>();
  if (value === undefined) return axes;
  if (!isFields(value)) {
    const message = 'an object is needed, e.g. {"memory.page_state":["write_populated","swapped_out"]}';
    problems.push({ field: 'variants', message });
    return axes;
  }
  for (const [axis, given] of Object.entries(value)) {
    const choices = choicesOf(axis, given);
    if (choices === null || choices.size === 0) {
      const message =
        'a list of values of that field is needed, or an object of choices, e.g. {"thp":{"memory.vma.kind":"anon_thp"}}';
      problems.push({ field: `variants.${axis}`, message });
    } else axes.set(axis, choices);
  }
  return axes;
}

function choicesOf(axis: string, given: unknown): Choices | null {
  if (Array.isArray(given))
    return new Map(given.map((item: unknown) => [choiceName(item), { [axis]: item }]));
  if (!isFields(given)) return null;
  const choices = new Map<string, Fields>();
  for (const [name, sets] of Object.entries(given)) {
    if (!isFields(sets)) return null;
    choices.set(name, sets);
  }
  return choices;
}

function choiceName(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The file with the fields set that the paths in `sets` name. */
function withFields(file: Fields, sets: Fields, where: string, problems: FieldProblem[]): Fields {
  let result: unknown = file;
  for (const [path, value] of Object.entries(sets)) {
    const set = withField(result, path.split('.'), value);
    if (set === null) {
      const message = `there is no ${path}: write the path of a field of this file, such as tasks.writer.does.0.page`;
      problems.push({ field: where, message });
    } else result = set.value;
  }
  return isFields(result) ? result : file;
}

/** null: what holds the field is not there. */
function withField(
  target: unknown,
  path: readonly string[],
  value: unknown,
): { readonly value: unknown } | null {
  const [first, ...rest] = path;
  if (first === undefined) return { value };
  if (Array.isArray(target)) {
    const index = Number(first);
    if (!Number.isInteger(index) || index < 0 || index >= target.length) return null;
    const inner = withField(target[index], rest, value);
    return inner === null ? null : { value: target.with(index, inner.value) };
  }
  if (!isFields(target) || (rest.length > 0 && !(first in target))) return null;
  const inner = withField(target[first], rest, value);
  return inner === null ? null : { value: { ...target, [first]: inner.value } };
}
