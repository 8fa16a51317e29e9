/** Runs rules over one analysed file; a rule that fails costs only its own findings. */

import { inRange, type Range, type Release } from '../../../kernel/src/index.js';
import type { Finding, Rule, RuleContext } from './rule.js';

/**
 * Whether a release lies in one of the ranges.
 * @param release the release to look for
 * @param ranges ranges with both ends included; without `until`, up to the newest known release
 */
export function appliesTo(release: Release, ranges: readonly Range[]): boolean {
  return ranges.some(range => inRange(release, range));
}

/**
 * The findings of all rules that apply to the profile's release.
 * @param context the file, the profile, and the path if there is one
 * @param rules the rules to run
 * @param onError told of a rule that threw; that rule then reports nothing
 * @returns findings in order of position, then of rule id; one for each rule and place
 */
export function runRules(
  context: RuleContext,
  rules: readonly Rule[],
  onError: (rule: Rule, error: unknown) => void,
): (Finding & { readonly rule: Rule })[] {
  const findings: (Finding & { readonly rule: Rule })[] = [];
  const seen = new Set<string>();
  for (const rule of rules) {
    if (!appliesTo(context.profile.release, rule.releases)) continue;
    try {
      for (const finding of rule.check(context)) {
        const key = `${rule.id}:${finding.span.start}:${finding.span.end}`;
        if (seen.has(key)) continue;
        seen.add(key);
        findings.push({ ...finding, rule });
      }
    } catch (error) {
      onError(rule, error);
    }
  }
  return findings.sort((a, b) => a.span.start - b.span.start || (a.rule.id < b.rule.id ? -1 : 1));
}
