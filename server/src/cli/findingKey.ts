/** What a finding is known by from one state of the code to the next. */

import type { LintFinding } from './report.js';

/**
 * A key for each finding, the same after edits elsewhere: the rule, the function, and the statement it is in. Line
 * numbers, comments and the layout of the code have no part in it; equal ones of a file are numbered in order.
 *
 * @param findings of one file or of several
 */
export function findingKeys(findings: readonly LintFinding[]): Map<LintFinding, string> {
  const seen = new Map<string, number>();
  const keys = new Map<LintFinding, string>();
  for (const finding of findings) {
    const key = contextKey(finding);
    const inFile = `${finding.file}\0${key}`;
    const nth = (seen.get(inFile) ?? 0) + 1;
    seen.set(inFile, nth);
    keys.set(finding, `${key}:${nth}`);
  }
  return keys;
}

/** As {@link findingKeys}, without the number: the same for equal statements of a function. */
export function contextKey(finding: Pick<LintFinding, 'rule' | 'function' | 'statement'>): string {
  return hash([finding.rule, finding.function ?? '', finding.statement].join('\0'));
}

/** FNV-1a, 2 × 32 bits: it only has to be the same tomorrow. */
function hash(text: string): string {
  let low = 0x811c9dc5;
  let high = 0xc2b2ae35;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x01000193) >>> 0;
    high = Math.imul(high ^ unit, 0x01000197) >>> 0;
  }
  return low.toString(16).padStart(8, '0') + high.toString(16).padStart(8, '0');
}
