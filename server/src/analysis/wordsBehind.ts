/** What a value in a function may come from, as far as its text tells: read before anything is parsed. */

const COMMENT = /\/\*[\s\S]*?\*\/|\/\/.*$/gm;
/** An assignment, not a comparison. */
const ASSIGNED = /(?<![=!<>])=(?!=)/g;
const WORD = /[A-Za-z_]\w*/g;
/** A loop that gives its variable what it is told to go through. */
const GIVES_ENTRIES = /\bxa_for_each\w*\s*\(/;

/** A text with blanks for its comments. */
export function withoutComments(text: string): string {
  return text.replace(COMMENT, comment => ' '.repeat(comment.length));
}

/**
 * The words that the arguments of some calls may come from: those of the calls' statements, and of all that is assigned
 * to one of these. Too many rather than too few.
 *
 * @param body the text of a function's body
 * @param calls where in it the calls begin
 */
export function wordsBehind(body: string, calls: readonly number[]): ReadonlySet<string> {
  const text = withoutComments(body);
  const found = new Set<string>();
  for (const start of calls) {
    const end = text.indexOf(';', start);
    for (const word of wordsOf(text.slice(start, end < 0 ? text.length : end))) found.add(word);
  }
  let rest = text.split(/[;{}]/).flatMap(assignmentIn);
  for (let before = -1; found.size > before; ) {
    before = found.size;
    rest = rest.filter(({ to, from }) => {
      if (!to.some(word => found.has(word))) return true;
      for (const word of from) found.add(word);
      return false;
    });
  }
  return found;
}

interface Assignment {
  readonly to: readonly string[];
  readonly from: readonly string[];
}

/** The assignments of a statement as one: what is left of the last, and right of the first. */
function assignmentIn(statement: string): readonly Assignment[] {
  // The entry is what the array has.
  if (GIVES_ENTRIES.test(statement)) return [{ to: wordsOf(statement), from: wordsOf(statement) }];
  const places = Array.from(statement.matchAll(ASSIGNED), ({ index }) => index);
  const [first] = places;
  const last = places.at(-1);
  if (first === undefined || last === undefined) return [];
  return [{ to: wordsOf(statement.slice(0, last)), from: wordsOf(statement.slice(first)) }];
}

function wordsOf(text: string): readonly string[] {
  return text.match(WORD) ?? [];
}
