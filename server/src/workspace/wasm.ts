/** The parser's two WebAssembly files, which lie beside every bundle. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What `createParser` of the syntax layer needs. */
export interface ParserWasm {
  readonly core: Uint8Array;
  readonly grammar: Uint8Array;
}

/**
 * Reads `web-tree-sitter.wasm` and `tree-sitter-c.wasm` from a directory (that of the running bundle).
 * Rejects with an error that names the missing file and the remedy.
 */
export async function readWasm(dir: string): Promise<ParserWasm> {
  const read = async (name: string): Promise<Uint8Array> => {
    const path = join(dir, name);
    try {
      return await readFile(path);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`the C parser is missing: ${path} cannot be read (${why}); install or build again`);
    }
  };
  const [core, grammar] = await Promise.all([read('web-tree-sitter.wasm'), read('tree-sitter-c.wasm')]);
  return { core, grammar };
}
