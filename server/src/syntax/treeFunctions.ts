/** The functions of web-tree-sitter's WebAssembly that walk a tree, without its classes around them. */

import { Parser, type Tree } from 'web-tree-sitter';

/** Takes the address of a tree. The cursor, like the node that a function leaves behind, is in memory that all share. */
type TreeFunction = (tree: number) => number;

const FUNCTIONS = [
  '_ts_tree_root_node_wasm',
  '_ts_tree_cursor_new_wasm',
  '_ts_tree_cursor_delete_wasm',
  '_ts_tree_cursor_goto_first_child_wasm',
  '_ts_tree_cursor_goto_next_sibling_wasm',
  '_ts_tree_cursor_goto_parent_wasm',
  '_ts_tree_cursor_current_node_type_id_wasm',
  '_ts_tree_cursor_current_node_is_missing_wasm',
  '_ts_tree_cursor_current_field_id_wasm',
  '_ts_tree_cursor_start_index_wasm',
  '_ts_tree_cursor_end_index_wasm',
] as const;

/**
 * What a `TreeCursor` of web-tree-sitter 0.27 calls. It writes its own copy of the cursor to the shared memory before each
 * call, field by field, and reads it back; as long as nobody else walks meanwhile the functions find what the last one
 * left. A function body has some thousand nodes: walking them takes a third of the time so.
 */
export type TreeFunctions = Readonly<Record<(typeof FUNCTIONS)[number], TreeFunction>>;

interface EmscriptenOptions {
  readonly wasmBinary: Uint8Array;
  readonly locateFile: (name: string) => string;
}

/** The one module of the process, as web-tree-sitter has it too; null before the first call and after one that failed. */
let loaded: Promise<TreeFunctions> | null = null;

/**
 * Loads the WebAssembly of tree-sitter, once in a process.
 * Rejects if it is not what it should be, or lacks one of the functions; the message names it.
 */
export function loadTreeFunctions(core: Uint8Array): Promise<TreeFunctions> {
  loaded ??= load(core).catch((error: unknown) => {
    loaded = null;
    throw error;
  });
  return loaded;
}

async function load(wasmBinary: Uint8Array): Promise<TreeFunctions> {
  // A name is never looked up: the module is given. Without `locateFile` a browser's worker fails on its own URL.
  const module: Partial<TreeFunctions> & EmscriptenOptions = { wasmBinary, locateFile: name => name };
  // Emscripten makes the module of this very object: the exported functions are added to it.
  await Parser.init(module);
  const missing = FUNCTIONS.find(name => typeof module[name] !== 'function');
  if (missing !== undefined)
    throw new TypeError(`web-tree-sitter has no ${missing}: use the release that is locked`);
  return module as TreeFunctions;
}

/** Where a tree lies in the memory of the module. */
export function addressOf(tree: Tree): number {
  return (tree as unknown as { readonly 0: number })[0];
}
