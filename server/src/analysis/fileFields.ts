/** Which fields of structures a file assigns: what it never assigns was put there by somebody else. */

import type { SourceFile } from '../syntax/index.js';

const known = new WeakMap<SourceFile, Map<string, boolean>>();

/**
 * Whether a file assigns to a field of this name, of whatever structure: `x->name = …`, `x.name |= …`, `.name = …` in
 * an initialiser. The address of the field being taken counts too, since it may be assigned through it.
 */
export function assignsField(file: SourceFile, name: string): boolean {
  if (!/^\w+$/.test(name)) return false;
  let fields = known.get(file);
  if (fields === undefined) {
    fields = new Map();
    known.set(file, fields);
  }
  let assigned = fields.get(name);
  if (assigned === undefined) {
    const field = `(?:->|\\.)\\s*${name}\\b`;
    const assignment = `${field}\\s*(?:\\[[^\\]\\n]*\\]\\s*)?(?:[-+*/%&^|]|<<|>>)?=(?!=)`;
    const address = `[(,=]\\s*&\\s*[\\w.>\\[\\]-]*${field}\\s*[,)]`;
    assigned = new RegExp(`${assignment}|${address}`).test(file.text);
    fields.set(name, assigned);
  }
  return assigned;
}
