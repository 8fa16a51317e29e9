/** The tables of docs/litmus.md: fields, actions, properties. */

import { ACTIONS, LITMUS_SCHEMA, PROPERTIES } from '../../simulator/src/index.js';
import { fieldTable, withTable } from './fieldTable.js';

export const LITMUS_PAGE = 'docs/litmus.md';

/** Fields that docs/scenarios.md tells of. */
const OF_SCENARIOS = ['memory.vma', 'memory.pte_before'];

/**
 * The page with its tables between their markers.
 * @throws Error where it has no markers
 */
export function withLitmusTables(page: string): string {
  const tables: readonly [string, readonly string[]][] = [
    ['fields', fieldTable(LITMUS_SCHEMA, OF_SCENARIOS)],
    ['actions', actionTable()],
    ['properties', propertyTable()],
  ];
  return tables.reduce((text, [name, table]) => withTable(text, LITMUS_PAGE, name, table), page);
}

function actionTable(): string[] {
  const rows = [...ACTIONS].map(([name, { about, takes, needs = [], gives }]) => {
    const fields = takes.map(field => `\`${field}\`${needs.includes(field) ? ' (needed)' : ''}`);
    return `| \`${name}\` | ${fields.join(', ')} | ${about} | ${gives ?? ''} |`;
  });
  return ['| `do` | fields | what it does | what `as` names |', '|---|---|---|---|', ...rows];
}

function propertyTable(): string[] {
  const rows = PROPERTIES.map(({ id, about }) => `| \`${id}\` | ${about} |`);
  return ['| property | what has to hold |', '|---|---|', ...rows];
}
