/** The table of fields in docs/scenarios.md, from the schema of scenarios. */

import { type JsonSchema, SCENARIO_SCHEMA } from '../../simulator/src/index.js';

export const SCENARIO_PAGE = 'docs/scenarios.md';

const BEGIN = '<!-- fields:begin -->';
const END = '<!-- fields:end -->';

/**
 * The page with the table of fields between its markers.
 * @throws Error where it has no markers
 */
export function withScenarioFields(page: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin)
    throw new Error(
      `${SCENARIO_PAGE}: no place for the fields; put ${BEGIN} and ${END} on lines of their own`,
    );
  const table = ['| field | value | default | meaning |', '|---|---|---|---|', ...rows(SCENARIO_SCHEMA, '')];
  return `${page.slice(0, begin + BEGIN.length)}\n${table.join('\n')}\n${page.slice(end)}`;
}

function rows(schema: JsonSchema, path: string): string[] {
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
    const inner = (field.items as JsonSchema | undefined) ?? field;
    const below =
      inner.properties === undefined ? [] : rows(inner, inner === field ? `${full}.` : `${full}[].`);
    return [`| ${cells.join(' | ')} |`, ...below];
  });
}

function valueText(field: JsonSchema): string {
  const { enum: values, anyOf, type } = field;
  if (Array.isArray(values)) return values.map(value => code(value)).join(', ');
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
