/** The pages of the releases as files of docs/. What is in them, the product tells too. */

import { RELEASES, type SwitchReader } from '../../kernel/src/index.js';
import { releasePage, releasesIndex } from '../../server/src/ide/pages/releasePage.js';

const GENERATED = '<!-- Written by scripts/generate.ts from kernel/src. Edit the tables instead. -->';

/**
 * Every page by its path, the index included.
 * @param readers who acts on each switch, as the code has it now
 */
export function releasePages(readers: ReadonlyMap<string, SwitchReader>): Map<string, string> {
  const pages = RELEASES.map(release => [`${release}.md`, releasePage(release, readers)] as const);
  return new Map(
    [...pages, ['README.md', releasesIndex()] as const].map(([name, text]) => [
      `docs/releases/${name}`,
      `${GENERATED}\n\n${text}`,
    ]),
  );
}
