/** Pieces of an explanation as Markdown, for hovers. */

import { code, literal } from '../flagText.js';
import { changesAround } from './changes.js';
import type { Explanation } from './explanation.js';
import type { Section } from './sections.js';

/** How much of one change is worth its place in a hover. Characters. */
const LONGEST_CHANGE = 150;

/** How many changes of one release a hover names. */
const MOST_CHANGES = 3;

/** A piece as a paragraph or a list. */
export function sectionMarkdown({ title, items, as }: Section): string {
  const heading = title === '' ? '' : `${title.charAt(0).toUpperCase()}${title.slice(1)}: `;
  switch (as) {
    case 'code':
      return ['```c', ...items.map(wrapPrototype), '```'].join('\n');
    case 'names':
      return `${heading}${items.map(code).join(' ')}`;
    case 'text':
      return `${heading}${literal(items.join(' '))}`;
    case 'list':
      if (items.length === 1) return `${heading}${literal(items[0] ?? '')}`;
      return [heading.trimEnd(), ...items.map(item => `- ${literal(item).replace(/^>/, '\\>')}`)]
        .filter(line => line !== '')
        .join('\n');
  }
}

/** Only the changes next to the release: what brought it to be so, and what comes next. null: it never changed. */
export function changedLine({ name, profile }: Explanation): string | null {
  const { last, next } = changesAround(name, profile.release);
  const parts = [last, next].flatMap(changes => {
    const [first] = changes;
    if (first === undefined) return [];
    const texts = changes.slice(0, MOST_CHANGES).map(({ text }) => shorten(text));
    const more = changes.length > MOST_CHANGES ? '; …' : '';
    return `**${first.release}** (${literal(texts.join('; '))}${more})`;
  });
  return parts.length === 0 ? null : `Changed in ${parts.join(' and ')}.`;
}

function shorten(text: string): string {
  const plain = text.replace(/\.$/, '');
  return plain.length <= LONGEST_CHANGE
    ? plain
    : `${plain.slice(0, LONGEST_CHANGE).replace(/,?\s+\S*$/, '')} …`;
}

/** One parameter a line where the prototype is long. */
function wrapPrototype(prototype: string): string {
  if (prototype.length <= 80) return prototype;
  return prototype.replace('(', '(\n    ').replaceAll(', ', ',\n    ');
}
