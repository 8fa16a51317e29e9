/** Arrays of pages of which the file asks each element whether it is there. */

import type { FileAnalysis, PageCall } from '../../analysis/index.js';

/**
 * Whether a function of the file asks the elements of the member that the pages were put into for NULL, directly or by a variable that
 * one was read into: an array that was zeroed says itself how many it has.
 */
export function asksEach({ names: { member, raw } }: PageCall, { source: { text } }: FileAnalysis): boolean {
  if (member === null || raw) return false;
  const element = `(?:->|\\.)${member}\\s*\\[[^\\]]*\\]`;
  const asked = new RegExp(
    `(?:\\bif\\s*\\(|&&|\\|\\||!)\\s*[\\w.>-]*${element}\\s*(?:\\)|&&|\\|\\||[!=]=\\s*NULL)`,
  );
  if (asked.test(text)) return true;
  const read = new RegExp(`\\b(\\w+)\\s*=\\s*[\\w.>-]*${element}\\s*;`, 'g');
  return Array.from(text.matchAll(read)).some(([, name = '']) =>
    new RegExp(`\\bif\\s*\\(\\s*(?:!\\s*)?${name}\\s*(?:\\)|&&|\\|\\||[!=]=\\s*NULL)`).test(text),
  );
}
