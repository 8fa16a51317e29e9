/** The documentation of the rules as Markdown, from the rules themselves. */

import { prose } from '../../server/src/ide/pages/prose.js';
import { type Rule, type RuleFamily, releasesText } from '../../server/src/rules/index.js';

const GENERATED = '<!-- Written by scripts/generate.ts from server/src/rules. Edit the rule instead. -->';

/** The page of one rule: docs/rules/ID.md. */
export function rulePage(rule: Rule): string {
  const lines = [
    GENERATED,
    '',
    `# ${rule.id}`,
    '',
    prose(rule.summary),
    '',
    `Severity: ${rule.severity} · Linux ${releasesText(rule.releases)}`,
    '',
    '## Why',
    '',
    prose(rule.why),
    '',
    '## What to do',
    '',
    prose(rule.remedy),
    '',
    '## What is not reported',
    '',
    prose(rule.unreported),
    '',
  ];
  for (const [index, example] of rule.examples.entries()) {
    const number = rule.examples.length === 1 ? '' : ` ${index + 1}`;
    const release = example.release === undefined ? '' : ` (Linux ${example.release})`;
    lines.push(`## Example${number}${release}`, '');
    lines.push('Reported:', '', '```c', example.bad.trimEnd(), '```', '');
    lines.push('Right:', '', '```c', example.good.trimEnd(), '```', '');
  }
  lines.push(
    '## Not wanted here?',
    '',
    `Say why in a comment, \`/* gup-lens: ignore ${rule.id} -- REASON */\` ([how](../lint.md#silencing-a-finding)), or set`,
    `\`"gupLens.diagnostics.rules": { "${rule.id}": "off" }\`.`,
    '',
  );
  const related = rule.related ?? [];
  if (related.length > 0) {
    lines.push('## Related', '');
    for (const name of related)
      lines.push(name.includes('/') ? `- \`${name}\` (kernel tree)` : `- [${name}](${name}.md)`);
    lines.push('');
  }
  return lines.join('\n');
}

/** The index of the rules: docs/rules/README.md. Families without rules are left out. */
export function rulesIndex(families: readonly RuleFamily[]): string {
  const sections = families
    .filter(family => family.rules.length > 0)
    .flatMap(family => [`## ${family.title}`, '', ...rulesTable(family.rules, ''), '']);
  return [GENERATED, '', '# Rules', '', ...sections].join('\n');
}

/**
 * The table of the rules, line by line.
 * @param folder where the pages are, seen from the file that holds the table; '' or ending in '/'
 */
export function rulesTable(rules: readonly Rule[], folder: string): string[] {
  return [
    '| Rule | What it reports | Severity | Linux |',
    '|---|---|---|---|',
    ...rules.map(
      rule =>
        `| [${rule.id}](${folder}${rule.id}.md) | ${prose(rule.summary)} | ${rule.severity} | ${releasesText(rule.releases)} |`,
    ),
  ];
}
