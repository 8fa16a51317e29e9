/** The files of the VSIX, as they are meant to be. */

import { readFileSync } from 'node:fs';
import { RULES } from '../../server/src/rules/index.js';

/** Run by node. */
export const NODE_BUNDLES = ['dist/extension.js', 'dist/server.js', 'dist/cli.js'] as const;

/** Run in VS Code for the Web. */
export const WEB_BUNDLES = ['dist/webExtension.js', 'dist/webServer.js'] as const;

/** Run by node and in a browser: what the two servers and the command line are made on. */
export const ENGINE_BUNDLE = 'dist/engine.js';

/** Run in the simulator panel. */
export const PANEL_BUNDLES = ['dist/panel.js'] as const;

/** The pictures of README.md: the extension's page in VS Code shows it. */
const PICTURES = [...readFileSync('README.md', 'utf8').matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].map(
  match => match[1] ?? '',
);

/** What the walkthrough shows. */
const WALKTHROUGH = ['read', 'simulate', 'races', 'sites', 'release', 'findings'].map(
  name => `docs/walkthrough/${name}.svg`,
);

/** Everything. */
export const shipped = [
  'package.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  ...PICTURES,
  ...NODE_BUNDLES,
  ...WEB_BUNDLES,
  ENGINE_BUNDLE,
  ...PANEL_BUNDLES,
  'dist/panel.css',
  'dist/litmus.json',
  'dist/web-tree-sitter.wasm',
  'dist/tree-sitter-c.wasm',
  'media/activity.svg',
  'syntaxes/gup-lens.injection.json',
  'schemas/gup-lens.schema.json',
  'schemas/litmus.schema.json',
  'schemas/scenario.schema.json',
  ...WALKTHROUGH,
  'docs/lint.md',
  'docs/web.md',
  'docs/rules/README.md',
  ...RULES.map(rule => `docs/rules/${rule.id}.md`),
] as const;
