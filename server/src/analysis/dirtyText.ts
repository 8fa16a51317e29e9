/** What a text says of dirty pages, read or not. */

/** Whether code marks pages dirty somehow, or keeps account of it: comments and `…_dirty_lock(…, false)` do not count. */
export function speaksOfDirty(text: string): boolean {
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '');
  return /dirty/i.test(code.replace(/\w*_dirty_lock\b[^;]*\bfalse\s*\)/g, ''));
}
