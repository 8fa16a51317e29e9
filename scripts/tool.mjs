// `node scripts/tool.mjs FILE.ts [ARG…]`: bundles a TypeScript tool of this repository and runs its `main(argv)`.
// Node 20 does not run TypeScript; the bundle goes to .cache/ and packages stay where they are.
import { basename, join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { ensureInstalled, root } from './install.mjs';

ensureInstalled();
const { build } = await import('esbuild');

const [file, ...argv] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('usage: node scripts/tool.mjs FILE.ts [ARG…]\n');
  process.exit(2);
}
const outfile = join(root, '.cache', 'tools', `${basename(file, '.ts')}.mjs`);
await build({
  absWorkingDir: root,
  entryPoints: [file],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  logLevel: 'warning',
});
const { main } = await import(pathToFileURL(outfile).href);
process.exitCode = await main(argv);
