/** The release that a file or folder is read for, in words. */

import { type KernelInfo, PAGE_COMMAND } from '../../server/protocol/index.js';

const SOURCES: Readonly<Record<KernelInfo['source'], string>> = {
  'command-line': 'command line',
  setting: 'setting',
  makefile: 'Makefile',
  default: 'newest known',
};

/** The path of the page of a release, for {@link PAGE_COMMAND}; of `README` it is the list of all. */
export function releasePage(release: string): string {
  return `releases/${release}.md`;
}

/** The release and how it is known: `Linux 6.12 (Makefile)`. */
export function kernelText({ release, source }: Pick<KernelInfo, 'release' | 'source'>): string {
  return `Linux ${release} (${SOURCES[source]})`;
}

/** All of it, in paragraphs of Markdown: the release, where its flags are from, and what a person should know. */
export function kernelMarkdown({ release, source, text, note, headers }: KernelInfo): string {
  return [
    `GUP Lens reads this file for **Linux ${release}** (${SOURCES[source]}: \`${text}\`).`,
    headers.length > 0
      ? `Flags and their values come from the headers of this tree: ${headers.map(path => `\`${path}\``).join(', ')}.`
      : 'Flags and their values come from the tables of the release.',
    ...(note === null ? [] : [note]),
    `Click to choose, or read [what Linux ${release} promises](command:${PAGE_COMMAND}?${encodeURIComponent(JSON.stringify([releasePage(release)]))}).`,
  ].join('\n\n');
}
