/** Findings of the rules, with the severities that the settings ask for. */

import type { AnalysedFile } from './analysedFile.js';
import type { Diagnostic } from './types.js';

/** What is to be reported of a file, in order of position; nothing where diagnostics are switched off. */
export function diagnosticsOf(file: AnalysedFile): Diagnostic[] {
  const { settings, profile } = file;
  if (!settings.diagnosticsEnable) return [];
  const diagnostics: Diagnostic[] = [];
  for (const { rule, span, message, related, confidence, fix, severity } of file.findings) {
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
    });
  }
  return diagnostics;
}
