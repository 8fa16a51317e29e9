/** Changes a C file in the ways in which somebody changes it who knows what he does: most of them leave it readable. */

import type { Chance } from './mutate.js';

/** Words of which one may stand for another of the same list. */
const ALIKE: readonly (readonly string[])[] = [
  ['put_page', 'unpin_user_page', 'get_page', 'set_page_dirty_lock', 'use_page'],
  ['get_user_pages_fast', 'pin_user_pages_fast', 'get_user_pages_fast_only'],
  ['get_user_pages', 'pin_user_pages', 'get_user_pages_unlocked', 'pin_user_pages_unlocked'],
  ['get_user_pages_remote', 'pin_user_pages_remote'],
  ['FOLL_WRITE', 'FOLL_FORCE', 'FOLL_LONGTERM', 'FOLL_NOWAIT', 'FOLL_PIN', '0', 'FOLL_MINE'],
  [
    'FAULT_FLAG_WRITE',
    'FAULT_FLAG_DEFAULT',
    'FAULT_FLAG_ALLOW_RETRY',
    'FAULT_FLAG_KILLABLE',
    'FAULT_FLAG_USER',
  ],
  ['VM_FAULT_RETRY', 'VM_FAULT_COMPLETED', 'VM_FAULT_ERROR', 'VM_FAULT_SIGBUS'],
  ['mmap_read_lock', 'mmap_read_unlock', 'mmap_write_lock', 'mmap_write_unlock', 'mmap_assert_locked'],
  ['spin_lock', 'spin_unlock', 'mutex_lock', 'mutex_unlock'],
  ['long', 'int', 'unsigned long', 'unsigned int'],
  ['<', '<=', '>', '!=', '=='],
  ['1', '0', '-1', 'nr', 'nr_pages'],
  ['return ret', 'return 0', 'goto out', 'break', 'continue'],
];

type Edit = (text: string, chance: Chance, other: string) => string;

/** The function definitions of a text with what stands before each, in order; together they are the text. */
function pieces(text: string): string[] {
  return text.split(/(?<=^}\n)/m);
}

function inPieces(text: string, change: (pieces: string[]) => void): string {
  const list = pieces(text);
  change(list);
  return list.join('');
}

/** Puts something at the beginning of a line. */
function atLine(text: string, chance: Chance, insert: string): string {
  const lines = text.split('\n');
  const at = chance.below(lines.length);
  lines[at] = insert + (lines[at] ?? '');
  return lines.join('\n');
}

const EDITS: readonly (readonly [name: string, edit: Edit])[] = [
  ['a comment', (text, chance) => atLine(text, chance, `/* ${chance.below(1000)} */`)],
  ['an empty line', (text, chance) => atLine(text, chance, '\n')],
  ['a comment on top', (text, chance) => `/* ${chance.below(1000)} */\n${text}`],
  [
    'another word',
    (text, chance) => {
      const lists = ALIKE.filter(list => list.some(word => text.includes(word)));
      if (lists.length === 0) return text;
      const words = chance.of(lists);
      const from = chance.of(words.filter(word => text.includes(word)));
      const places = [...text.matchAll(new RegExp(from.replace(/\W/g, '\\$&'), 'g'))];
      const { index } = chance.of(places);
      return text.slice(0, index) + chance.of(words) + text.slice(index + from.length);
    },
  ],
  [
    'a line less',
    (text, chance) => {
      const lines = text.split('\n');
      const statements = lines.flatMap((line, at) => (/^\t.*;$/.test(line) ? [at] : []));
      if (statements.length > 0) lines.splice(chance.of(statements), 1);
      return lines.join('\n');
    },
  ],
  [
    'a line twice',
    (text, chance) => {
      const lines = text.split('\n');
      const statements = lines.flatMap((line, at) => (/^\t.*;$/.test(line) ? [at] : []));
      if (statements.length === 0) return text;
      const at = chance.of(statements);
      lines.splice(at, 0, lines[at] ?? '');
      return lines.join('\n');
    },
  ],
  [
    'a function moved',
    (text, chance) =>
      inPieces(text, list =>
        list.splice(chance.below(list.length), 0, ...list.splice(chance.below(list.length), 1)),
      ),
  ],
  ['a function less', (text, chance) => inPieces(text, list => list.splice(chance.below(list.length), 1))],
  [
    'a function of another file',
    (text, chance, other) =>
      inPieces(text, list => list.splice(chance.below(list.length), 0, chance.of(pieces(other)))),
  ],
  [
    'a function with another name',
    (text, chance) => {
      const names = [...text.matchAll(/^\w[\w \t*]*\b(\w+)\(/gm)].map(([, name = '']) => name);
      if (names.length === 0) return text;
      const name = chance.of(names);
      const everywhere = chance.below(2) === 0;
      return text.replace(new RegExp(`\\b${name}\\b`, everywhere ? 'g' : ''), `${name}_${chance.below(3)}`);
    },
  ],
  [
    'a constant',
    (text, chance) => `#define FOLL_MINE (FOLL_WRITE${chance.of(['', ' | FOLL_FORCE'])})\n${text}`,
  ],
  [
    'a structure',
    (text, chance) => `struct mine {\n\t${chance.of(['int', 'unsigned long'])} nr;\n};\n${text}`,
  ],
];

/** One edit of a text that is not empty, and its name. `other` is a file to take functions from. */
export function edited(
  text: string,
  chance: Chance,
  other: string,
): { readonly text: string; readonly how: string } {
  const [how, edit] = chance.of(EDITS);
  return { text: edit(text, chance, other), how };
}
