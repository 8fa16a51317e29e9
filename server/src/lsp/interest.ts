/** Which documents are ours: all others cost nothing and get nothing. */

import { SITE_FUNCTIONS } from '../../../kernel/src/index.js';
import type { Tree } from './runtime.js';

const FAMILY = new RegExp(`\\b(?:${[...SITE_FUNCTIONS.keys(), 'vm_operations_struct'].join('|')})\\b`);

/** Whether a document is C. Editors call kernel headers C++, and some (Neovim without a file type) say nothing. */
export function isC(document: { readonly uri: string; readonly languageId: string }): boolean {
  const { uri, languageId } = document;
  if (languageId === '') return /\.[ch]$/.test(uri);
  return languageId === 'c' || (languageId === 'cpp' && uri.endsWith('.h'));
}

/** Whether there can be anything to say about a C text: it is of a kernel tree, or names the family. */
export function isOfInterest(text: string, tree: Tree | null): boolean {
  return tree !== null || FAMILY.test(text);
}
