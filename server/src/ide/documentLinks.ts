/** What comments name and no other server leads to: our rules where one is silenced, and pages of the tree's documentation. */

import { commentsWith } from '../syntax/index.js';
import type { AnalysedFile } from './analysedFile.js';
import { ruleNamed } from './explain/index.js';
import type { DocumentLink } from './types.js';

/** What begins a comment that silences; see docs/lint.md. */
const MARK = 'gup-lens:';

const PAGE = /\bDocumentation\/[\w./-]+\.(?:rst|txt)\b/g;

/** In order of position. Whether a page is there is for the caller to find out. */
export function documentLinksOf(file: AnalysedFile): DocumentLink[] {
  const links: DocumentLink[] = [];
  for (const { start, text } of commentsWith(file.source, MARK)) {
    const list = /gup-lens:\s*ignore\s+([\w-]+(?:\s*,\s*[\w-]+)*)/.exec(text);
    const [all = '', rules = ''] = list ?? [];
    const from = start + (list?.index ?? 0) + all.length - rules.length;
    for (const { index, 0: rule } of rules.matchAll(/[\w-]+/g)) {
      if (ruleNamed(rule) === null) continue;
      const span = { start: from + index, end: from + index + rule.length };
      links.push({ span, target: { kind: 'rule', rule } });
    }
  }
  for (const { start, text } of commentsWith(file.source, 'Documentation/')) {
    for (const { index, 0: path } of text.matchAll(PAGE)) {
      const span = { start: start + index, end: start + index + path.length };
      links.push({ span, target: { kind: 'page', path } });
    }
  }
  return links.sort((a, b) => a.span.start - b.span.start);
}
