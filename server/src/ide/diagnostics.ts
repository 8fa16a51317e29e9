/** Findings of the rules, with the severities that the settings ask for. */

import type { AnalysedFile } from './analysedFile.js';
import type { Diagnostic } from './types.js';

/**
 * What the rules found in a file, in order of position, with what comments silence; nothing where diagnostics are
 * switched off.
 */
export function diagnosticsOf(file: AnalysedFile): Diagnostic[] {
  const { settings, profile } = file;
  if (!settings.diagnosticsEnable) return [];
  const diagnostics: Diagnostic[] = [];
  for (const { rule, span, message, related, confidence, fix, severity, suppression } of file.findings) {
    const level = settings.diagnosticsRules.get(rule.id) ?? severity ?? rule.severity;
    if (level === 'off') continue;
    diagnostics.push({
      span,
      rule: rule.id,
      severity: level,
      message,
      why: rule.why,
      remedy: rule.remedy,
      related,
      confidence,
      fix,
      release: profile.release,
      suppression: suppression === null ? null : { span: suppression.span, reason: suppression.reason },
    });
  }
  return diagnostics;
}
