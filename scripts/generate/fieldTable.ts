/** Tables of the fields of a JSON schema, for pages of docs/. */

import type { JsonSchema } from '../../simulator/src/index.js';

/**
 * A page with a table between `<!-- name:begin -->` and `<!-- name:end -->`.
 * @param path the page's, for the message
 * @throws Error where it has no markers
 */
export function withTable(page: string, path: string, name: string, table: readonly string[]): string {
  const [open, close] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const begin = page.indexOf(open);
  const end = page.indexOf(close);
  if (begin < 0 || end < begin)
    throw new Error(`${path}: no place for the ${name}; put ${open} and ${close} on lines of their own`);
  return `${page.slice(0, begin + open.length)}\n${table.join('\n')}\n${page.slice(end)}`;
}

/** The table of a schema's fields, those of objects in it included, but not those of the fields in `closed`. */
export function fieldTable(schema: JsonSchema, closed: readonly string[] = []): string[] {
  return ['| field | value | default | meaning |', '|---|---|---|---|', ...rows(schema, '', closed)];
}

function rows(schema: JsonSchema, path: string, closed: readonly string[]): string[] {
  const required = (schema.required ?? []) as readonly string[];
  const properties = Object.entries((schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>);
  return properties.flatMap(([name, field]) => {
    const full = `${path}${name}`;
    const fallback = field.default === undefined ? '' : code(field.default);
    const cells = [
      code(full, true),
      valueText(field),
      required.includes(name) ? 'needed' : fallback,
      describeField(field),
    ];
    const inner = closed.includes(full) ? null : innerOf(field);
    const below = inner === null ? [] : rows(inner.schema, `${full}${inner.path}.`, closed);
    return [`| ${cells.join(' | ')} |`, ...below];
  });
}

/** The object that a field is or holds, and how its fields are reached; null: none with fields. */
function innerOf({
  items,
  additionalProperties: named,
  ...field
}: JsonSchema): { readonly schema: JsonSchema; readonly path: string } | null {
  const found: readonly [unknown, string][] = [
    [field, ''],
    [items, '[]'],
    [named, '.NAME'],
  ];
  for (const [schema, path] of found) {
    if (typeof schema === 'object' && schema !== null && 'properties' in schema)
      return { schema: schema as JsonSchema, path };
  }
  return null;
}

/** More values than this are not listed. */
const LISTED = 20;

function valueText(field: JsonSchema): string {
  const { enum: values, anyOf, type } = field;
  if (Array.isArray(values))
    return values.length > LISTED ? 'name' : values.map(value => code(value)).join(', ');
  if (field.$ref !== undefined) return 'condition';
  if (Array.isArray(anyOf)) return anyOf.map(valueText).join(' or ');
  const types = (Array.isArray(type) ? type : [type]).map(name => TYPES[String(name)] ?? String(name));
  return types.join(' or ');
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  boolean: 'true, false',
  array: 'list',
  object: 'object',
  null: 'null',
};

function describeField({ description, examples }: JsonSchema): string {
  const shown = Array.isArray(examples) ? examples.flat().map(example => code(example)) : [];
  const text = String(description ?? '').replaceAll('|', '\\|');
  return [text, shown.length === 0 ? '' : `E.g. ${[...new Set(shown)].join(', ')}.`]
    .filter(part => part !== '')
    .join(' ');
}

function code(value: unknown, bare = false): string {
  return `\`${bare || typeof value === 'string' ? String(value) : JSON.stringify(value)}\``;
}
