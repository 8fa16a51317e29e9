/** Running text for a terminal of 80 columns. */

/** What everything that is written for people fits in. */
export const WIDTH = 80;

/**
 * Text as lines of at most {@link WIDTH} columns, if its words allow it.
 *
 * @param first what the first line begins with
 * @param rest what the other lines begin with; as the first if absent
 * @returns no line for a text without words
 */
export function wrap(first: string, text: string, rest = first): readonly string[] {
  const lines: string[] = [];
  let start = first;
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (word === '') continue;
    if (line !== '' && start.length + line.length + 1 + word.length > WIDTH) {
      lines.push(start + line);
      start = rest;
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '') lines.push(start + line);
  return lines;
}
