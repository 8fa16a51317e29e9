/** The pages that the product can show: what every release promises, and all that is known of a name. */

import { profileFor, RELEASES, type Release } from '../../../../kernel/src/index.js';
import { explanationPage } from './explanationPage.js';
import { releasePage, releasesIndex } from './releasePage.js';

/** The path of the page of a release. */
export const releasePath = (release: Release): string => `releases/${release}.md`;

/** The path of the page of a name in a release. */
export const explanationPath = (name: string, release: Release): string => `explain/${release}/${name}.md`;

/**
 * A page as Markdown, by its path: `releases/6.12.md`, `releases/README.md`, `explain/6.12/FOLL_PIN.md`; null: there is none.
 * Its links are relative, and lead to such paths and to `rules/ID.md`.
 */
export function pageAt(path: string): string | null {
  if (path === 'releases/README.md') return releasesIndex();
  const [, folder, first = '', second = ''] = /^(releases|explain)\/(.+?)(?:\/(\w+))?\.md$/.exec(path) ?? [];
  const release = RELEASES.find(each => each === first);
  if (release === undefined) return null;
  if (folder === 'releases') return second === '' ? releasePage(release) : null;
  return explanationPage(second, profileFor(release));
}
