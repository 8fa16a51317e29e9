/** Every generated text of the repository, and what it would replace. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configFileSchema, contributedSettings } from '../../server/src/config/index.js';
import { RULE_FAMILIES, RULES } from '../../server/src/rules/index.js';
import { LITMUS_SCHEMA, SCENARIO_SCHEMA } from '../../simulator/src/index.js';
import { UNSHARE_PAGE, withDesigns } from './discussionPage.js';
import { fieldTable, withTable } from './fieldTable.js';
import { LITMUS_PAGE, withLitmusTables } from './litmusPage.js';
import { releasePages } from './releasePages.js';
import { rulePage, rulesIndex, rulesTable } from './rulePages.js';
import { SELFTESTS_PAGE, withSelftests } from './selftestsPage.js';
import { READERS_FILE, readersOfSwitches, readersSource } from './switchReaders.js';

/** One file: what it should hold, and what it holds. `text` null: it should not be there; `current` null: it is not. */
export interface Output {
  readonly path: string;
  readonly text: string | null;
  readonly current: string | null;
}

const BEGIN = '<!-- rules:begin -->';
/** Where `contributes.jsonValidation` finds the schema of the configuration file. */
const CONFIG_SCHEMA = 'schemas/gup-lens.schema.json';

/** What `gup-lens simulate` reads. */
const SCENARIO_SCHEMA_FILE = 'schemas/scenario.schema.json';
const SCENARIO_PAGE = 'docs/scenarios.md';

/** What `gup-lens explore` reads. */
const LITMUS_SCHEMA_FILE = 'schemas/litmus.schema.json';

const END = '<!-- rules:end -->';

/**
 * What should be where.
 * @param root the repository
 * @throws Error with the file and the remedy, where a file that is only partly generated has no place for its part
 */
export function outputs(root: string): Output[] {
  const read = (path: string): string | null =>
    existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : null;
  const rulePages = new Map(RULES.map(rule => [`docs/rules/${rule.id}.md`, rulePage(rule)]));
  rulePages.set('docs/rules/README.md', rulesIndex(RULE_FAMILIES));

  const readers = readersOfSwitches(root);
  const found: Output[] = [{ path: READERS_FILE, text: readersSource(readers), current: read(READERS_FILE) }];
  for (const [folder, pages] of [
    ['docs/rules', rulePages],
    ['docs/releases', releasePages(readers)],
  ] as const) {
    for (const [path, text] of pages) found.push({ path, text, current: read(path) });
    for (const name of existsSync(join(root, folder)) ? readdirSync(join(root, folder)).sort() : []) {
      const path = `${folder}/${name}`;
      if (!pages.has(path)) found.push({ path, text: null, current: read(path) });
    }
  }
  for (const [path, schema] of [
    [CONFIG_SCHEMA, configFileSchema()],
    [SCENARIO_SCHEMA_FILE, SCENARIO_SCHEMA],
    [LITMUS_SCHEMA_FILE, LITMUS_SCHEMA],
  ] as const) {
    found.push({ path, text: `${JSON.stringify(schema, null, 2)}\n`, current: read(path) });
  }
  for (const [path, complete] of [
    [SCENARIO_PAGE, withScenarioFields],
    [LITMUS_PAGE, withLitmusTables],
    [UNSHARE_PAGE, (page: string) => withDesigns(page, root)],
    [SELFTESTS_PAGE, (page: string) => withSelftests(page, root)],
  ] as const) {
    const page = read(path);
    if (page !== null) found.push({ path, text: complete(page), current: page });
  }
  const readme = read('README.md');
  if (readme !== null) found.push({ path: 'README.md', text: withRulesTable(readme), current: readme });
  const manifest = read('package.json');
  if (manifest !== null)
    found.push({ path: 'package.json', text: withSettings(manifest), current: manifest });
  return found;
}

/** docs/scenarios.md with the table of fields between its markers. */
export function withScenarioFields(page: string): string {
  return withTable(page, SCENARIO_PAGE, 'fields', fieldTable(SCENARIO_SCHEMA));
}

/** The outputs that differ from what is there. */
export function stale(all: readonly Output[]): Output[] {
  return all.filter(output => output.text !== output.current);
}

/** README.md with the table of rules between its markers. */
export function withRulesTable(readme: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) {
    throw new Error(
      `README.md: no place for the table of rules; put ${BEGIN} and ${END} on lines of their own`,
    );
  }
  const table = rulesTable(RULES, 'docs/rules/').join('\n');
  return `${readme.slice(0, begin + BEGIN.length)}\n${table}\n${readme.slice(end)}`;
}

/** package.json with the settings of server/src/config. */
export function withSettings(manifest: string): string {
  const parsed = JSON.parse(manifest) as Record<string, unknown> & { contributes?: Record<string, unknown> };
  parsed.contributes = { ...parsed.contributes, configuration: contributedSettings() };
  return `${JSON.stringify(parsed, null, 2)}\n`;
}
