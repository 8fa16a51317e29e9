/** Copies a tree-sitter tree into plain objects in one walk, so that its memory can be freed at once. */

import type { Language, Tree } from 'web-tree-sitter';
import { addressOf, type TreeFunctions } from './treeFunctions.js';

/** A node of the grammar. Offsets are those of the text that was parsed. */
export interface RawNode {
  readonly type: string;
  readonly named: boolean;
  /** The field of the parent that it fills, or ''. */
  readonly field: string;
  readonly start: number;
  readonly end: number;
  readonly missing: boolean;
  readonly children: readonly RawNode[];
}

const NONE: readonly RawNode[] = [];

/** Depth at which the walk stops: the builder is recursive, and nobody writes this. */
const DEEPEST = 1000;

/** The grammar's number for what it could not read. */
const ERROR = 65535;

/** Names of node types and fields by number, looked up once for a language. */
export class GrammarNames {
  readonly types: readonly string[];
  readonly named: readonly boolean[];
  readonly fields: readonly string[];

  constructor(language: Language) {
    const count = language.nodeTypeCount;
    this.types = Array.from({ length: count }, (_, id) => language.nodeTypeForId(id) ?? '');
    this.named = Array.from({ length: count }, (_, id) => language.nodeTypeIsNamed(id));
    this.fields = Array.from(
      { length: language.fieldCount + 1 },
      (_, id) => language.fieldNameForId(id) ?? '',
    );
  }
}

/**
 * The whole tree as plain nodes.
 * @param onError called for every place where the parser skipped something, made something up, or went too deep
 */
export function copyTree(
  tree: Tree,
  functions: TreeFunctions,
  names: GrammarNames,
  onError: (node: RawNode) => void,
): RawNode {
  const at = addressOf(tree);
  functions._ts_tree_root_node_wasm(at);
  functions._ts_tree_cursor_new_wasm(at);
  try {
    const copy = (depth: number): RawNode => {
      const id = functions._ts_tree_cursor_current_node_type_id_wasm(at);
      const start = functions._ts_tree_cursor_start_index_wasm(at);
      const end = functions._ts_tree_cursor_end_index_wasm(at);
      const field = names.fields[functions._ts_tree_cursor_current_field_id_wasm(at)] ?? '';
      // Only a node without width can be one that the parser made up.
      const missing = start === end && functions._ts_tree_cursor_current_node_is_missing_wasm(at) === 1;
      let children = NONE;
      if (depth < DEEPEST && functions._ts_tree_cursor_goto_first_child_wasm(at) === 1) {
        const list: RawNode[] = [];
        do list.push(copy(depth + 1));
        while (functions._ts_tree_cursor_goto_next_sibling_wasm(at) === 1);
        functions._ts_tree_cursor_goto_parent_wasm(at);
        children = list;
      }
      const named = id === ERROR || (names.named[id] ?? false);
      const type = id === ERROR ? 'ERROR' : (names.types[id] ?? '');
      const node: RawNode = { type, named, field, start, end, missing, children };
      if (missing || id === ERROR || depth === DEEPEST) onError(node);
      return node;
    };
    return copy(0);
  } finally {
    functions._ts_tree_cursor_delete_wasm(at);
  }
}
