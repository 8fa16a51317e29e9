/**
 * `npm run test:kernel -- TREE…`: the checks that need a whole kernel tree, which is never committed.
 * For each tree: every function with a call site parses clean and loses no operand (corpus.ts); for a 6.1 tree the
 * call sites are those that were listed by hand and by Coccinelle (gold.ts); for a 6.12 tree the answers about each
 * are those of a reviewer (annotated.ts).
 */

import { main as annotated } from './annotated.js';
import { main as corpus } from './corpus.js';
import { main as gold } from './gold.js';

/**
 * @param argv kernel trees, and options that corpus.ts understands
 * @returns 0 if every check holds, 1 if one fails, 2 for bad usage
 */
export async function main(argv: readonly string[]): Promise<number> {
  const trees = argv.filter(argument => !argument.startsWith('-'));
  if (trees.length === 0) {
    process.stderr.write('usage: npm run test:kernel -- TREE…  (an unpacked Linux source tree)\n');
    return 2;
  }
  let worst = await corpus([...argv]);
  for (const tree of trees) worst = Math.max(worst, await gold([tree]), annotated(tree));
  return worst;
}
