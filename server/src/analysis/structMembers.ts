/** The structures that a text defines, read off it without a parser: which members they have, and of what types. */

/** By structure, then by member, the type as written, with ` *` for a pointer or an array. */
export type StructMembers = ReadonlyMap<string, ReadonlyMap<string, string>>;

const HEAD = /\bstruct\s+(\w+)\s*\{/g;
const COMMENT = /\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\/|\/\/[^\n]*/g;
/** Says something of a member, as `__counted_by(n)` does; no part of its type. */
const ATTRIBUTE = /\b__\w+\s*\([^()]*\)/g;

/** The name and the text between the braces of every structure that is defined outside of another one. */
function* definitions(text: string): Generator<{ readonly name: string; readonly body: string }> {
  const head = new RegExp(HEAD);
  for (let match = head.exec(text); match !== null; match = head.exec(text)) {
    const end = closingBrace(text, head.lastIndex);
    // Cut off by the end of the text: what is behind may be another one, whole.
    if (end === null) continue;
    yield { name: match[1] ?? '', body: text.slice(head.lastIndex, end).replace(COMMENT, ' ') };
    head.lastIndex = end;
  }
}

/** Where the brace closes that was opened right before an offset; null if it does not. */
function closingBrace(text: string, from: number): number | null {
  const token = /[{}]|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
  token.lastIndex = from;
  let depth = 1;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    if (match[0] === '{') depth++;
    else if (match[0] === '}' && --depth === 0) return match.index;
  }
  return null;
}

/** The members of a structure inside another one are those of the outer one, or, if it has a name, of `outer.name`. */
export function structMembersOf(text: string): StructMembers {
  const structs = new Map<string, Map<string, string>>();
  for (const { name, body } of definitions(text)) readMembers(name, body, structs);
  return structs;
}

/** The text that {@link structMembersOf} reads. */
export function structTextOf(text: string): string {
  return Array.from(definitions(text), ({ name, body }) => `${name} {${body}}`).join('\n');
}

/** The names of the structures of a text that have members there. */
export function structsDefined(text: string): readonly string[] {
  return Array.from(text.matchAll(HEAD), ([, name = '']) => name);
}

function readMembers(owner: string, body: string, structs: Map<string, Map<string, string>>): void {
  const members = structs.get(owner) ?? new Map<string, string>();
  structs.set(owner, members);
  let at = 0;
  while (at < body.length) {
    const semicolon = body.indexOf(';', at);
    const end = semicolon < 0 ? body.length : semicolon;
    const brace = body.indexOf('{', at);
    if (brace < 0 || brace > end) {
      readMember(body.slice(at, end).replace(ATTRIBUTE, ''), members);
      at = end + 1;
      continue;
    }
    const close = closingBrace(body, brace + 1);
    if (close === null) return;
    const after = body.indexOf(';', close);
    const stop = after < 0 ? body.length : after;
    const [, kind, tag = ''] = /(struct|union|enum)\b\s*(\w*)\s*$/.exec(body.slice(at, brace)) ?? [];
    const declarator = body.slice(close + 1, stop).replace(ATTRIBUTE, '');
    const name = /\w+/.exec(declarator.replace(/\b__\w+/g, ''))?.[0] ?? '';
    if (kind === 'struct' || kind === 'union') {
      const inner = name === '' ? owner : kind === 'struct' && tag !== '' ? tag : `${owner}.${name}`;
      readMembers(inner, body.slice(brace + 1, close), structs);
      if (name !== '') members.set(name, `struct ${inner}${/[*[]/.test(declarator) ? ' *' : ''}`);
    }
    at = stop + 1;
  }
}

/** `unsigned int a, *b, c[4]`: the words before the first name are the type of all. */
function readMember(line: string, members: Map<string, string>): void {
  let type = '';
  for (const declarator of line.split(',')) {
    const bound = declarator.search(/[[:]/);
    const words: readonly string[] =
      (bound < 0 ? declarator : declarator.slice(0, bound)).match(/\w+|\*/g) ?? [];
    const name = words.at(-1);
    if (name === undefined || name === '*' || declarator.includes('(')) return;
    if (type === '') type = words.filter((word, at) => word !== '*' && at < words.length - 1).join(' ');
    members.set(name, words.includes('*') || declarator.includes('[') ? `${type} *` : type);
  }
}
