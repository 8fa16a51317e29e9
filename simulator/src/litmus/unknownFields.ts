/** Fields that a litmus file may not have: a misspelt one would count for nothing. */

import type { FieldReader } from '../fieldReader.js';

/** Notes each field of the object that is not among `known`. */
export function unknownFields(read: FieldReader, known: readonly string[]): void {
  for (const name of Object.keys(read.fields)) {
    if (!known.includes(name)) read.problem(name, `no such field; it may have ${known.join(', ')}`);
  }
}
