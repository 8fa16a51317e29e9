/** Runs rules over one analysed file; a rule that fails costs only its own findings. */

import { inRange, type Range, type Release } from '../../../kernel/src/index.js';
import { isRuledOut } from '../syntax/index.js';
import type { Finding, Rule, RuleContext } from './rule.js';
import { gupLensSuppression } from './suppression/gupLensSuppression.js';
import { type Suppression, suppressionOf, suppressionsOf } from './suppression/index.js';

/**
 * Whether a release lies in one of the ranges.
 * @param release the release to look for
 * @param ranges ranges with both ends included; without `until`, up to the newest known release
 */
export function appliesTo(release: Release, ranges: readonly Range[]): boolean {
  return ranges.some(range => inRange(release, range));
}

/** A finding, the rule it is of, and the comment that silences it, if there is one. */
export type RuleFinding = Finding & { readonly rule: Rule; readonly suppression: Suppression | null };

/**
 * The findings of all rules that apply to the profile's release, those included that a comment silences.
 * @param context the file, the profile, and the path if there is one
 * @param rules the rules to run
 * @param onError told of a rule that threw; that rule then reports nothing
 * @returns findings in order of position, then of rule id; one for each rule and place
 */
export function runRules(
  context: RuleContext,
  rules: readonly Rule[],
  onError: (rule: Rule, error: unknown) => void,
): RuleFinding[] {
  const { suppressions } = suppressionsOf(context.file.source);
  const findings: RuleFinding[] = [];
  const seen = new Set<string>();
  const used = new Set<string>();
  const failed = new Set<string>();
  for (const rule of rules) {
    if (!appliesTo(context.profile.release, rule.releases)) continue;
    try {
      for (const finding of rule.check(context)) {
        const key = `${rule.id}:${finding.span.start}:${finding.span.end}`;
        if (seen.has(key)) continue;
        seen.add(key);
        const suppression = suppressionOf({ span: finding.span, rule: rule.id }, suppressions);
        if (suppression !== null) used.add(useKey(suppression, rule.id));
        findings.push({ ...finding, rule, suppression });
      }
    } catch (error) {
      failed.add(rule.id);
      onError(rule, error);
    }
  }
  const own = rules.find(rule => rule.id === gupLensSuppression.id);
  if (own !== undefined) {
    const isUsed = (suppression: Suppression, id: string): boolean =>
      // Of a rule that failed nothing is known.
      failed.has(id) || used.has(useKey(suppression, id));
    for (const finding of needless(context, suppressions, rules, isUsed)) {
      findings.push({ ...finding, rule: own, suppression: null });
    }
  }
  return findings.sort((a, b) => a.span.start - b.span.start || (a.rule.id < b.rule.id ? -1 : 1));
}

function useKey(suppression: Suppression, rule: string): string {
  return `${suppression.span.start}:${rule}`;
}

/** Of each comment the rules that it names and that are not there, or that found nothing to silence. */
function needless(
  { file, profile }: RuleContext,
  suppressions: readonly Suppression[],
  rules: readonly Rule[],
  isUsed: (suppression: Suppression, id: string) => boolean,
): Finding[] {
  const findings: Finding[] = [];
  for (const suppression of suppressions) {
    // Of code for another release nothing was asked.
    if (isRuledOut(file.source, suppression.scope.start)) continue;
    const { span } = suppression;
    const common = { span, related: [], confidence: 'high', fix: null } as const;
    for (const id of suppression.rules) {
      const rule = rules.find(one => one.id === id);
      if (rule === undefined) {
        findings.push({ ...common, message: `this comment silences nothing: there is no rule ${id}` });
        continue;
      }
      if (!appliesTo(profile.release, rule.releases) || isUsed(suppression, id)) continue;
      const message = `this comment is not needed: ${id} has nothing to report here`;
      findings.push({ ...common, message, severity: 'info' });
    }
  }
  return findings;
}
