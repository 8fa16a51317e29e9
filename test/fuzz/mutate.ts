/** Damages C files in the ways in which a file is damaged while somebody types, merges or copies. */

/** Numbers that look like chance and are the same for the same seed. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to below `limit` (mulberry32). */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * limit);
  }

  /** One of a list that is not empty. */
  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

const ODD = [
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  ';',
  ',',
  '"',
  "'",
  '/*',
  '*/',
  '//',
  '\\\n',
  '\0',
  '\ufeff',
  '😀',
  '#if X\n',
  '\n#else\n',
  '\n#endif\n',
  '\n#define X(y) do {\n',
  'case 1 ... 2:',
  'default:',
  'goto ',
  'return',
  'label:',
  '&&',
  '||',
  '?',
  ':',
  '?:',
  '->',
  '({',
  '})',
  'do',
  'while (0)',
  'switch (x)',
  'for (;;)',
  'guard(mmap_read_lock)(mm);',
  'scoped_guard(mmap_read_lock, mm)',
  '__free(kfree)',
  'static',
  'struct',
  'sizeof',
  'asm volatile("" : : )',
  '0x',
  '1e',
  '999999999999999999999ULL',
  '*',
  '&',
  '~',
  '!',
  'mmap_read_lock(mm);',
  'mmap_read_unlock(mm);',
  'get_user_pages(',
  'handle_mm_fault(',
  'put_page(',
  '\r\n',
  '\t',
];

type Mutation = (text: string, chance: Chance, other: string) => string;

const TOKEN = /[A-Za-z_]\w*|\d\w*|\s+|[^\w\s]/g;

/** Applies a change to some tokens in the middle of a text. */
function inTokens(text: string, chance: Chance, change: (tokens: string[]) => void): string {
  const start = chance.below(text.length + 1);
  const end = Math.min(text.length, start + 20 + chance.below(400));
  const tokens = text.slice(start, end).match(TOKEN) ?? [];
  change(tokens);
  return text.slice(0, start) + tokens.join('') + text.slice(end);
}

function inLines(text: string, chance: Chance, change: (lines: string[], at: number) => void): string {
  const lines = text.split('\n');
  change(lines, chance.below(lines.length));
  return lines.join('\n');
}

/** By name, so that a failure can say what was done. */
const MUTATIONS: readonly (readonly [name: string, mutation: Mutation])[] = [
  ['truncate', (text, chance) => text.slice(0, chance.below(text.length + 1))],
  ['behead', (text, chance) => text.slice(chance.below(text.length + 1))],
  [
    'cut',
    (text, chance) => {
      const start = chance.below(text.length + 1);
      return text.slice(0, start) + text.slice(start + chance.below(300));
    },
  ],
  [
    'insert',
    (text, chance) => {
      const at = chance.below(text.length + 1);
      return text.slice(0, at) + chance.of(ODD) + text.slice(at);
    },
  ],
  [
    'shuffle tokens',
    (text, chance) =>
      inTokens(text, chance, tokens => {
        for (let i = tokens.length - 1; i > 0; i--) {
          const j = chance.below(i + 1);
          [tokens[i], tokens[j]] = [tokens[j] ?? '', tokens[i] ?? ''];
        }
      }),
  ],
  [
    'drop tokens',
    (text, chance) => {
      return inTokens(text, chance, tokens => {
        for (let i = tokens.length - 1; i >= 0; i--) if (chance.below(8) === 0) tokens.splice(i, 1);
      });
    },
  ],
  [
    'odd tokens',
    (text, chance) => {
      return inTokens(text, chance, tokens => {
        for (let i = tokens.length - 1; i >= 0; i--) if (chance.below(12) === 0) tokens[i] = chance.of(ODD);
      });
    },
  ],
  [
    'drop lines',
    (text, chance) => inLines(text, chance, (lines, at) => lines.splice(at, 1 + chance.below(5))),
  ],
  [
    'repeat lines',
    (text, chance) => {
      return inLines(text, chance, (lines, at) => {
        lines.splice(at, 0, ...lines.slice(at, at + 1 + chance.below(20)));
      });
    },
  ],
  [
    'swap lines',
    (text, chance) => {
      return inLines(text, chance, (lines, at) => {
        const to = chance.below(lines.length);
        [lines[at], lines[to]] = [lines[to] ?? '', lines[at] ?? ''];
      });
    },
  ],
  [
    'conflict',
    (text, chance) => inLines(text, chance, (lines, at) => lines.splice(at, 0, '<<<<<<< HEAD', '=======')),
  ],
  [
    'graft',
    (text, chance, other) => {
      const at = chance.below(text.length + 1);
      const from = chance.below(other.length + 1);
      return text.slice(0, at) + other.slice(from, from + chance.below(2000)) + text.slice(at);
    },
  ],
  [
    'nest',
    (text, chance) => {
      const at = chance.below(text.length + 1);
      return (
        text.slice(0, at) +
        chance.of(['(', '{', 'if (x) {', '((', '!', '({ ']).repeat(chance.below(2000)) +
        text.slice(at)
      );
    },
  ],
];

/** One to four mutations of a text, and their names. `other` is a file to take pieces from. */
export function mutate(
  text: string,
  chance: Chance,
  other: string,
): { readonly text: string; readonly how: string } {
  const how: string[] = [];
  let mutated = text;
  for (let left = 1 + chance.below(4); left > 0; left--) {
    const [name, mutation] = chance.of(MUTATIONS);
    mutated = mutation(mutated, chance, other);
    how.push(name);
  }
  return { text: mutated, how: how.join(', ') };
}
