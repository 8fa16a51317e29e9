/** `gup-lens explain RULE`: what a rule reports, why it matters, what to do, and its examples. */

import { ruleSections } from '../ide/index.js';
import type { Rule } from '../rules/index.js';
import type { Style } from './io.js';
import { wrap } from './wrap.js';

/** The page of a rule, relative to the repository. */
function pageOf({ id }: Rule): string {
  return `docs/rules/${id}.md`;
}

/** The rule as plain data; the order of the keys is part of the format. */
export function ruleJson(rule: Rule): Readonly<Record<string, unknown>> {
  const { id, severity, releases, summary, why, remedy, unreported, examples, related = [] } = rule;
  const spans = releases.map(({ since, until = null }) => ({ since, until }));
  const pairs = examples.map(({ release = null, bad, good }) => ({ release, bad, good }));
  return {
    name: id,
    kind: 'rule',
    severity,
    releases: spans,
    summary,
    why,
    remedy,
    unreported,
    examples: pairs,
    related,
    see: pageOf(rule),
  };
}

/** The rule as lines, of at most 80 columns but for the code of its examples. */
export function explainedRule(rule: Rule, style: Style): string {
  const code = (title: string, text: string): readonly string[] => [
    '',
    `  ${style.dim(`${title}:`)}`,
    ...text
      .trimEnd()
      .split('\n')
      .map(line => (line === '' ? '' : `    ${line}`)),
  ];
  const lines = [
    style.bold(rule.id),
    ...ruleSections(rule).flatMap(({ title, items }) => {
      const heading = title === '' ? '' : `${title}: `;
      const [first = '', ...rest] = wrap('  ', `${heading}${items.join(' ')}`, '    ');
      return [heading === '' ? first : first.replace(heading, style.dim(heading)), ...rest];
    }),
    ...rule.examples.flatMap(({ release, bad, good }) => {
      const where = release === undefined ? '' : ` (Linux ${release})`;
      return [...code(`reported${where}`, bad), ...code(`right${where}`, good)];
    }),
    '',
    `  ${style.dim('see:')} ${pageOf(rule)}`,
  ];
  return `${lines.join('\n')}\n`;
}
