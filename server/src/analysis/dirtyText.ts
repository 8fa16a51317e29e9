/** What a text says of dirty pages, read or not. */

/** Whether code marks pages dirty somehow, or keeps account of it: comments and `…_dirty_lock(…, false)` do not count. */
export function speaksOfDirty(text: string): boolean {
  if (!/dirty/i.test(text)) return false;
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '');
  // From the beginning of a word: else it is looked for anew behind every letter of every word.
  return /dirty/i.test(code.replace(/\b\w*_dirty_lock\b[^;]*\bfalse\s*\)/g, ''));
}
