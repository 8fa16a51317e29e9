/** What the two halves of the tree builder share. */

import type { Span, Statement } from './ast.js';
import type { CallExpander } from './expandCall.js';
import type { RawNode } from './rawTree.js';
import type { TreeText } from './treeText.js';
import type { VersionQuestions } from './versionQuestions.js';

export interface BuildContext {
  readonly text: TreeText;
  /** Places where the parser had to guess. */
  readonly errors: Span[];
  /** Builds the statements of a `{ … }`; given here because expressions hold statements and the other way round. */
  readonly block: (node: RawNode) => Statement[];
  readonly versions: VersionQuestions;
  readonly macros: CallExpander;
}

/** The child that fills a field, or null. */
export function fieldOf(node: RawNode, field: string): RawNode | null {
  return node.children.find(child => child.field === field) ?? null;
}

/** The children that are neither punctuation nor comments. */
export function namedChildren(node: RawNode): RawNode[] {
  return node.children.filter(child => child.named && child.type !== 'comment');
}
