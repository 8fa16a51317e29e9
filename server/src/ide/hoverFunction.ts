/** The explanation of a function's name outside a call: its contract in this release, and when that changed. */

import type { AnalysedFile } from './analysedFile.js';
import { explainFunction } from './explain/explanation.js';
import { changedLine, sectionMarkdown } from './explain/markdown.js';
import { sectionsOf } from './explain/sections.js';
import { code, literal } from './flagText.js';
import { kernelText } from './kernelText.js';

/** Markdown, or null if the tables have no such function. */
export function hoverFunction(file: AnalysedFile, name: string): string | null {
  const explanation = explainFunction(name, file.profile);
  if (explanation === null) return null;
  const { head, meaning, brief, details } = sectionsOf(explanation, false);
  const kernel = kernelText(file.input.kernel);
  const where = explanation.present ? kernel : `not in ${kernel}`;
  const stands =
    explanation.present || explanation.described === null
      ? null
      : `*Described as in Linux ${explanation.described}.*`;
  return [
    [`**${code(name)}** · ${where}`, ...head].join(' · '),
    literal(meaning),
    stands,
    ...brief.map(sectionMarkdown),
    changedLine(explanation),
    details.length === 0 ? null : '---',
    ...details.filter(({ title }) => !TITLES_ELSEWHERE.has(title)).map(sectionMarkdown),
  ]
    .filter(part => part !== null && part !== '')
    .join('\n\n');
}

/** Left to the command line and the release pages. */
const TITLES_ELSEWHERE: ReadonlySet<string> = new Set(['evidence', 'see']);

/**
 * What stands below the explanation of a call: the form of this release in a line, and when the contract changed; null:
 * nothing is known. The types are left to clangd, which shows them at every call.
 */
export function contractBelow(file: AnalysedFile, name: string): string | null {
  const explanation = explainFunction(name, file.profile);
  const fn = explanation?.fn ?? null;
  if (explanation === null || fn === null) return null;
  const form = `${fn.name}(${fn.parameters.map(parameter => parameter.name).join(', ')})`;
  return [`Form: ${code(form)}`, changedLine(explanation)].filter(part => part !== null).join('  \n');
}
