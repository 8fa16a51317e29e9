/** The field of a structure that pages were in which a function gives back. */

import type { FileAnalysis, PageRelease } from '../analysis/index.js';
import { isNull, lastField, valueExpression } from '../analysis/index.js';
import { assignedTo } from './assignments.js';

/**
 * As `lastField()` has it; null if it is none. A variable that only ever gets what a member holds stands for the member:
 * who takes pages out of a structure under its lock clears the member before the pages are given back.
 *
 * @param name the function that gives back
 */
export function releasedField({ place }: PageRelease, name: string, file: FileAnalysis): string | null {
  const field = lastField(place);
  if (field !== null) return field;
  const fn = file.functionNamed(name);
  if (fn === null || fn.ast.parameters.some(parameter => parameter.name === place.root)) return null;
  const [value, ...others] = assignedTo(fn, place.root).filter(given => !isNull(given));
  const member = value === undefined || others.length > 0 ? null : valueExpression(value);
  return member?.kind === 'member' ? [`.${member.name}`, ...place.steps].join(' ') : null;
}
