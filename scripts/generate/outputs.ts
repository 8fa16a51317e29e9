/** Every generated text of the repository, and what it would replace. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contributedSettings } from '../../server/src/config/index.js';
import { RULES } from '../../server/src/rules/index.js';
import { rulePage, rulesIndex, rulesTable } from './rulePages.js';

/** One file: what it should hold, and what it holds. `text` null: it should not be there; `current` null: it is not. */
export interface Output {
  readonly path: string;
  readonly text: string | null;
  readonly current: string | null;
}

const BEGIN = '<!-- rules:begin -->';
const END = '<!-- rules:end -->';

/**
 * What should be where.
 * @param root the repository
 * @throws Error with the file and the remedy, where a file that is only partly generated has no place for its part
 */
export function outputs(root: string): Output[] {
  const read = (path: string): string | null =>
    existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : null;
  const pages = new Map(RULES.map(rule => [`docs/rules/${rule.id}.md`, rulePage(rule)]));
  pages.set('docs/rules/README.md', rulesIndex(RULES));

  const found: Output[] = [];
  for (const [path, text] of pages) found.push({ path, text, current: read(path) });
  const folder = join(root, 'docs/rules');
  for (const name of existsSync(folder) ? readdirSync(folder).sort() : []) {
    const path = `docs/rules/${name}`;
    if (!pages.has(path)) found.push({ path, text: null, current: read(path) });
  }
  const readme = read('README.md');
  if (readme !== null) found.push({ path: 'README.md', text: withRulesTable(readme), current: readme });
  const manifest = read('package.json');
  if (manifest !== null)
    found.push({ path: 'package.json', text: withSettings(manifest), current: manifest });
  return found;
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
