/** All that is known of a flag, function or switch as a page of Markdown: what a hover has no room for. */

import type { Profile } from '../../../../kernel/src/index.js';
import { RULES } from '../../rules/index.js';
import { type Explanation, explain } from '../explain/explanation.js';
import { sectionMarkdown } from '../explain/markdown.js';
import { sectionsOf } from '../explain/sections.js';
import { code, literal } from '../flagText.js';

/** The page; null for a name that the tables do not have. Its links lead to the pages of {@link pageAt}. */
export function explanationPage(name: string, profile: Profile): string | null {
  const explanation = explain(name, profile);
  if (explanation === null) return null;
  const { head, meaning, brief, details } = sectionsOf(explanation);
  const rules = RULES.filter(({ summary, why, remedy }) => names(name, `${summary} ${why} ${remedy}`));
  const { release } = profile;
  return `${[
    `# ${code(name)}`,
    [presence(explanation), ...head].join(' · '),
    literal(meaning),
    // The link below is what `see` says.
    ...[...brief, ...details].filter(({ title }) => title !== 'see').map(sectionMarkdown),
    rules.length === 0
      ? ''
      : `Rules that speak of it: ${rules.map(({ id }) => `[${id}](../../rules/${id}.md)`).join(', ')}`,
    `[All of Linux ${release}](../../releases/${release}.md) · [All releases](../../releases/README.md)`,
  ]
    .filter(block => block !== '')
    .join('\n\n')}\n`;
}

function presence(explanation: Explanation): string {
  const { profile } = explanation;
  const release = `Linux ${profile.release}`;
  if (explanation.kind === 'switch') return release;
  if (!explanation.present) {
    const described = explanation.described === null ? '' : `, described as in ${explanation.described}`;
    return `not in ${release}${described}`;
  }
  const value = explanation.kind === 'flag' ? explanation.flag?.value : undefined;
  return value === undefined ? release : `${code(`0x${(value >>> 0).toString(16)}`)} in ${release}`;
}

function names(name: string, text: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(text);
}
