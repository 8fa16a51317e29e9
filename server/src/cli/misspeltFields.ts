/** Fields of a scenario that look like misspelt ones: unknown names are let through, and a misspelt one would count for nothing. */

import { SCENARIO_FIELDS } from '../../../simulator/src/index.js';
import { editDistance } from './nearest.js';

/** A problem text for each unknown field, of the scenario or of an object in it, that is nearly one that is missing. */
export function misspeltFields(value: unknown): string[] {
  return SCENARIO_FIELDS.flatMap(({ path, fields }) => {
    const object = at(value, path);
    if (object === null) return [];
    return Object.keys(object).flatMap(name => {
      if (fields.includes(name)) return [];
      const meant = fields.find(field => !(field in object) && isNear(name, field));
      const full = path === '' ? name : `${path}.${name}`;
      return meant === undefined ? [] : [`${full}: no field of a scenario; did you mean ${meant}?`];
    });
  });
}

/** One letter of a short name, two of a longer one. */
function isNear(name: string, field: string): boolean {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[-_]/g, '');
  // Shorter names are all alike: nr, mm, fn and the id of a recording.
  if (field.length <= 2) return plain(name) === field;
  return editDistance(plain(name), plain(field)) <= (field.length <= 6 ? 1 : 2);
}

function at(value: unknown, path: string): object | null {
  let found: unknown = value;
  for (const name of path === '' ? [] : path.split('.')) {
    if (typeof found !== 'object' || found === null) return null;
    found = (found as Readonly<Record<string, unknown>>)[name];
  }
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? found : null;
}
