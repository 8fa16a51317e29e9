/** Prose of the tables and rules as Markdown. */

/** Code in prose as it is written: quoted, a member, a call, a pointer, a name of the kernel, several of them ORed. */
const CODE = new RegExp(
  [
    '`[^`]*`',
    '\\w*->\\w+(?:\\(\\))?',
    '\\b[a-z]\\w*_\\w+\\([\\w\\s,&>-]+\\)',
    '[*\\w]*[A-Za-z]\\w*\\*?\\(\\)',
    '\\*\\w+',
    '\\b[A-Z][A-Z0-9]+_[A-Z0-9_]+\\b(?: \\| [A-Z][A-Z0-9]+_[A-Z0-9_]+\\b)*',
    '\\b[a-z][a-z0-9]*_\\w+\\b',
  ].join('|'),
  'g',
);

/** Prose with the kernel's names as code: their `*` and `_` would be read as emphasis. */
export function prose(text: string): string {
  return text.replace(CODE, name => (name.startsWith('`') ? name : `\`${name}\``));
}
