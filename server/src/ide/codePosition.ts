/** Whether a place in a C text is code. */

/** Comments and literals; a literal ends with its line even where its closing quote is missing. */
const NOT_CODE =
  /\/\*[\s\S]*?(?:\*\/|$)|\/\/(?:\\\r?\n|[^\n])*|"(?:\\[\s\S]|[^"\\\n])*"?|'(?:\\[\s\S]|[^'\\\n])*'/g;

/** False inside a comment, a string or a character literal. */
export function isCode(text: string, offset: number): boolean {
  for (const { index, 0: part } of text.matchAll(NOT_CODE)) {
    if (index > offset) return true;
    if (offset < index + part.length) return false;
  }
  return true;
}
