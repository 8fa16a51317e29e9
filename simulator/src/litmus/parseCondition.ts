/** The `question` of a litmus file. */

import { PROPERTY_IDS } from '../explore/properties/index.js';
import { type FieldProblem, isFields } from '../fieldReader.js';
import type { Condition, Observed } from './litmus.js';

const FORMS =
  '{"property":…}, {"value":…,"is":…}, {"value":…,"isNot":…}, {"all":[…]}, {"any":[…]} or {"not":…}';

const NEVER: Condition = { any: [] };

/** The condition at the path `field`; `names` are the `as` of the actions. Problems are added to `problems`. */
export function parseCondition(
  value: unknown,
  field: string,
  names: ReadonlySet<string>,
  problems: FieldProblem[],
): Condition {
  const wrong = (message: string): Condition => {
    problems.push({ field, message });
    return NEVER;
  };
  if (!isFields(value)) return wrong(`a condition is needed: ${FORMS}`);
  const keys = Object.keys(value).sort().join(' ');
  switch (keys) {
    case 'property': {
      const { property } = value;
      if (typeof property !== 'string' || !PROPERTY_IDS.includes(property))
        return wrong(`${JSON.stringify(property)} is no property; there are ${PROPERTY_IDS.join(', ')}`);
      return { property };
    }
    case 'is value':
    case 'isNot value': {
      const { value: name } = value;
      const [base] = typeof name === 'string' ? name.split('.') : [];
      if (typeof name !== 'string' || base === undefined || !names.has(base))
        return wrong(
          `${JSON.stringify(name)} is the "as" of no action; there are ${[...names].join(', ') || 'none'}`,
        );
      const wanted = keys === 'is value' ? value.is : value.isNot;
      if (!isObserved(wanted)) return wrong('a text, a number or null is what a value can be');
      return keys === 'is value' ? { value: name, is: wanted } : { value: name, isNot: wanted };
    }
    case 'all':
    case 'any': {
      const list = keys === 'all' ? value.all : value.any;
      if (!Array.isArray(list) || list.length === 0)
        return wrong(`a list of conditions is needed in ${keys}`);
      const parts = list.map((part: unknown, index) =>
        parseCondition(part, `${field}.${keys}[${index}]`, names, problems),
      );
      return keys === 'all' ? { all: parts } : { any: parts };
    }
    case 'not':
      return { not: parseCondition(value.not, `${field}.not`, names, problems) };
    default:
      return wrong(`no condition has the fields ${keys || '(none)'}: ${FORMS}`);
  }
}

function isObserved(value: unknown): value is Observed {
  return value === null || typeof value === 'string' || typeof value === 'number';
}
