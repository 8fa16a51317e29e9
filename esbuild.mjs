// Bundles everything that runs into dist/. `--dev` keeps names and adds source maps; `--watch` rebuilds.
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import process from 'node:process';
import { context } from 'esbuild';

const require = createRequire(import.meta.url);
const dev = process.argv.includes('--dev') || process.argv.includes('--watch');
const watch = process.argv.includes('--watch');

/** @type {import('esbuild').BuildOptions} */
const common = {
  bundle: true,
  minify: !dev,
  sourcemap: dev ? 'linked' : false,
  legalComments: 'none',
  logLevel: 'warning',
  outdir: 'dist',
};

/** @type {import('esbuild').BuildOptions} */
const node = {
  ...common,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // In a CommonJS bundle the ESM entry of web-tree-sitter would find import.meta.url undefined and throw.
  alias: { 'web-tree-sitter': require.resolve('web-tree-sitter') },
};

/** The command line takes the server from its own bundle, which lies beside it. @type {import('esbuild').Plugin} */
const serverBundle = {
  name: 'server-bundle',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.\/lsp\/index\.js$/ }, () => ({ path: './server.js', external: true }));
  },
};

/** @type {import('esbuild').BuildOptions} */
const browser = { ...common, platform: 'browser', format: 'iife', target: 'es2022' };

const builds = [
  { ...node, entryPoints: { extension: 'client/src/extension.ts' }, external: ['vscode'] },
  { ...node, entryPoints: { server: 'server/src/lsp/main.ts' } },
  {
    ...node,
    entryPoints: { cli: 'server/src/cli/main.ts' },
    banner: { js: '#!/usr/bin/env node' },
    plugins: [serverBundle],
  },
  { ...browser, entryPoints: { panel: 'client/webview/main.ts' } },
  { ...browser, entryPoints: { panel: 'client/webview/panel.css' } },
];

const wasm = {
  'dist/web-tree-sitter.wasm': require.resolve('web-tree-sitter/web-tree-sitter.wasm'),
  'dist/tree-sitter-c.wasm': require.resolve('tree-sitter-c/tree-sitter-c.wasm'),
};

await mkdir('dist', { recursive: true });
await Promise.all(Object.entries(wasm).map(([to, from]) => copyFile(from, to)));

// The litmus tests, in one file: `gup-lens explore NAME` works wherever the bundle lies.
const LITMUS = 'test/litmus';
const paths = (await readdir(LITMUS, { recursive: true }))
  .filter(path => path.endsWith('.litmus.json'))
  .sort();
const tests = await Promise.all(
  paths.map(async path => ({
    path: path.replaceAll('\\', '/'),
    litmus: JSON.parse(await readFile(`${LITMUS}/${path}`, 'utf8')),
  })),
);
await writeFile('dist/litmus.json', `${JSON.stringify(tests)}\n`);

// What an older build left behind would be packed into the VSIX. Whatever runs from dist/ meanwhile keeps its files.
const made = new Set([...Object.keys(wasm), 'dist/litmus.json']);
for (const { entryPoints } of builds) {
  for (const [name, from] of Object.entries(entryPoints)) {
    const file = `dist/${name}${from.endsWith('.css') ? '.css' : '.js'}`;
    made.add(file);
    if (dev) made.add(`${file}.map`);
  }
}
for (const name of await readdir('dist')) {
  if (!made.has(`dist/${name}`) && !name.endsWith('.vsix')) await rm(`dist/${name}`, { recursive: true });
}

for (const options of builds) {
  const build = await context(options);
  if (watch) {
    await build.watch();
  } else {
    await build.rebuild();
    await build.dispose();
  }
}
