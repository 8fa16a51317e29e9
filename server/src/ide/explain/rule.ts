/** The explanation of a rule, from the rule itself. */

import { RULES, type Rule, releasesText } from '../../rules/index.js';
import type { Section } from './sections.js';

/** The rule of an id; null: there is none. */
export function ruleNamed(id: string): Rule | null {
  return RULES.find(rule => rule.id === id) ?? null;
}

/** What a rule is about, why it matters and what to do, without its examples. Never empty. */
export function ruleSections(rule: Rule): readonly Section[] {
  const { id, severity, releases, summary, why, remedy, unreported, related = [] } = rule;
  const text = (title: string, ...items: readonly string[]): Section => ({ title, items, as: 'text' });
  return [
    text('', summary),
    text('severity', `${severity}, Linux ${releasesText(releases)}`),
    text('why', why),
    text('what to do', remedy),
    text('not reported', unreported),
    text('not wanted here', `/* gup-lens: ignore ${id} -- why it is right here */`),
    ...(related.length === 0 ? [] : [text('related', related.join(', '))]),
  ];
}

/** {@link ruleSections} as lines without a width, under the rule's id: for clients that show plain messages. */
export function ruleText(rule: Rule): string {
  const lines = ruleSections(rule).map(({ title, items }) =>
    [title, items.join(' ')].filter(Boolean).join(': '),
  );
  return [rule.id, ...lines].join('\n');
}
