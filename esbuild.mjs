// Bundles everything that runs into dist/, or into the directory of `--outdir=DIR`. `--dev` keeps names and adds source maps;
// `--watch` rebuilds.
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { context } from 'esbuild';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('.', import.meta.url));
const dev = process.argv.includes('--dev') || process.argv.includes('--watch');
const watch = process.argv.includes('--watch');
const DIST = join(root, 'dist');
const OUTDIR = '--outdir=';
const dist = resolve(process.argv.find(word => word.startsWith(OUTDIR))?.slice(OUTDIR.length) ?? DIST);

/** @type {import('esbuild').BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  minify: !dev,
  sourcemap: dev ? 'linked' : false,
  legalComments: 'none',
  logLevel: 'warning',
  outdir: dist,
};

/** @type {import('esbuild').BuildOptions} */
const node = { ...common, platform: 'node', format: 'cjs', target: 'node20' };

/** @type {import('esbuild').BuildOptions} */
const browser = { ...common, platform: 'browser', format: 'iife', target: 'es2022' };

/** What the server in node, the server in a browser and the command line are made on; a bundle by itself, shipped once. */
const ENGINE = [
  'kernel/src',
  'simulator/src',
  'server/src/syntax',
  'server/src/analysis',
  'server/src/rules',
  'server/src/config',
  'server/src/ide',
  'server/src/workspace/content',
];

/** The variable of the engine where scripts have no exports. */
const ENGINE_GLOBAL = 'gupLensEngine';

/** Takes the layers of the engine from its bundle: other layers import them through their index. @type {(from: string) => import('esbuild').Plugin} */
const engineFrom = from => ({
  name: 'engine',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/index\.js$/ }, ({ path, resolveDir }) => {
      const layer = ENGINE.find(one => resolve(root, one, 'index.js') === resolve(resolveDir, path));
      return layer === undefined ? null : { path: layer, namespace: 'engine' };
    });
    onResolve({ filter: /^\.\/engine\.js$/, namespace: 'engine' }, ({ path }) => ({ path, external: true }));
    onLoad({ filter: /.*/, namespace: 'engine' }, ({ path }) => ({
      contents: `module.exports = ${from}[${JSON.stringify(path)}];`,
      resolveDir: root,
    }));
  },
});

const nodeEngine = engineFrom("require('./engine.js')");

/** The command line takes the server from its own bundle, which lies beside it. @type {import('esbuild').Plugin} */
const serverBundle = {
  name: 'server-bundle',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.\/lsp\/index\.js$/ }, () => ({ path: './server.js', external: true }));
  },
};

const builds = [
  {
    ...browser,
    stdin: {
      contents: ENGINE.map(layer => `export * as ${JSON.stringify(layer)} from './${layer}/index.ts';`).join(
        '\n',
      ),
      resolveDir: root,
      sourcefile: 'engine.js',
    },
    entryNames: 'engine',
    globalName: ENGINE_GLOBAL,
    // In a bundle the ESM entry of web-tree-sitter would find import.meta.url undefined and throw.
    alias: { 'web-tree-sitter': require.resolve('web-tree-sitter') },
    footer: { js: `if (typeof module === 'object') module.exports = ${ENGINE_GLOBAL};` },
  },
  { ...node, entryPoints: { extension: 'client/src/desktop/main.ts' }, external: ['vscode'] },
  { ...node, entryPoints: { server: 'server/src/lsp/node/main.ts' }, plugins: [nodeEngine] },
  {
    ...node,
    entryPoints: { cli: 'server/src/cli/main.ts' },
    banner: { js: '#!/usr/bin/env node' },
    plugins: [serverBundle, nodeEngine],
  },
  // VS Code wraps the extension as node does, in a browser too.
  {
    ...browser,
    format: 'cjs',
    entryPoints: { webExtension: 'client/src/web/main.ts' },
    external: ['vscode'],
  },
  {
    ...browser,
    entryPoints: { webServer: 'server/src/lsp/browser/main.ts' },
    plugins: [engineFrom(`globalThis.${ENGINE_GLOBAL}`)],
  },
  { ...browser, entryPoints: { panel: 'client/webview/main.ts' } },
  { ...browser, entryPoints: { panel: 'client/webview/panel.css' } },
];

const wasm = {
  'web-tree-sitter.wasm': require.resolve('web-tree-sitter/web-tree-sitter.wasm'),
  'tree-sitter-c.wasm': require.resolve('tree-sitter-c/tree-sitter-c.wasm'),
};

await mkdir(dist, { recursive: true });
await Promise.all(Object.entries(wasm).map(([to, from]) => copyFile(from, join(dist, to))));

// The litmus tests, in one file: `gup-lens explore NAME` works wherever the bundle lies.
const LITMUS = join(root, 'test/litmus');
const paths = (await readdir(LITMUS, { recursive: true }))
  .filter(path => path.endsWith('.litmus.json'))
  .sort();
const tests = await Promise.all(
  paths.map(async path => ({
    path: path.replaceAll('\\', '/'),
    litmus: JSON.parse(await readFile(join(LITMUS, path), 'utf8')),
  })),
);
await writeFile(join(dist, 'litmus.json'), `${JSON.stringify(tests)}\n`);

// What an older build left behind would be packed into the VSIX. Whatever runs from dist/ meanwhile keeps its files.
const made = new Set([...Object.keys(wasm), 'litmus.json', 'engine.js']);
for (const { entryPoints = {} } of builds) {
  for (const [name, from] of Object.entries(entryPoints)) {
    made.add(`${name}${from.endsWith('.css') ? '.css' : '.js'}`);
  }
}
if (dev) for (const file of [...made]) made.add(`${file}.map`);
// Of another directory nobody knows what else is in it.
for (const name of dist === DIST ? await readdir(dist) : []) {
  if (!made.has(name) && !name.endsWith('.vsix')) await rm(join(dist, name), { recursive: true });
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
