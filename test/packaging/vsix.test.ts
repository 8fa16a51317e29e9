/** What is shipped: only what the extension needs, small, and nothing that the manifest names is missing. */

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createVSIX, listFiles, PackageManager } from '@vscode/vsce';
import { afterAll, describe, expect, it } from 'vitest';
import { RULES } from '../../server/src/rules/index.js';
import { ENGINE_BUNDLE, NODE_BUNDLES, PANEL_BUNDLES, shipped, WEB_BUNDLES } from './shipped.js';

interface Manifest {
  readonly main: string;
  readonly browser: string;
  readonly engines: { readonly vscode: string; readonly node: string };
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly activationEvents: readonly string[];
  readonly contributes: {
    readonly commands: readonly {
      readonly command: string;
      readonly title: string;
      readonly category: string;
    }[];
    readonly grammars: readonly {
      readonly path: string;
      readonly scopeName: string;
      readonly injectTo: string[];
    }[];
    readonly menus: Readonly<
      Record<string, readonly { readonly command?: string; readonly submenu?: string }[]>
    >;
    readonly submenus: readonly { readonly id: string }[];
  };
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const folder = mkdtempSync(join(tmpdir(), 'gup-lens-vsix-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** vsce looks through the whole repository, and packs it: seconds, but many where other tests run beside it. */
const PACKING = 120_000;

describe('the VSIX', () => {
  it(
    'holds exactly the files that are meant to be shipped',
    async () => {
      const files = await listFiles({ cwd: process.cwd(), packageManager: PackageManager.None });
      expect(files.sort()).toEqual([...shipped].sort());
    },
    PACKING,
  );

  it(
    'is smaller than 1.5 MB',
    async () => {
      const packagePath = join(folder, 'gup-lens.vsix');
      await createVSIX({
        cwd: process.cwd(),
        packagePath,
        dependencies: false,
        allowMissingRepository: true,
        rewriteRelativeLinks: false,
      });
      expect(statSync(packagePath).size).toBeLessThan(1.5e6);
    },
    PACKING,
  );

  it('has bundles without source maps that need nothing but node and VS Code', () => {
    for (const bundle of [...NODE_BUNDLES, ...WEB_BUNDLES, ENGINE_BUNDLE, ...PANEL_BUNDLES]) {
      const text = readFileSync(bundle, 'utf8');
      expect(text, bundle).not.toMatch(/\/\/# sourceMappingURL=/);
    }
    expect(manifest.dependencies ?? {}).toEqual({});
  });

  it('has bundles for a browser that need nothing but VS Code', () => {
    const needed = [...WEB_BUNDLES, ENGINE_BUNDLE, ...PANEL_BUNDLES].flatMap(bundle =>
      [...readFileSync(bundle, 'utf8').matchAll(/\brequire\("([^"]+)"\)/g)].map(match => match[1]),
    );
    expect(new Set(needed)).toEqual(new Set(['vscode']));
  });

  it('holds the engine once', () => {
    // One that no minifier writes in another way, and that nothing but the engine has a use for.
    const mark = RULES.map(({ why }) => why).find(why => /^[\w ,.;:()]+$/.test(why)) ?? '';
    expect(mark).not.toBe('');
    const holders = [...NODE_BUNDLES, ...WEB_BUNDLES, ENGINE_BUNDLE].filter(bundle =>
      readFileSync(bundle, 'utf8').includes(mark),
    );
    expect(holders).toEqual([ENGINE_BUNDLE]);
  });
});

describe('the manifest', () => {
  it('names files that are there', () => {
    expect(existsSync(manifest.main)).toBe(true);
    expect(existsSync(manifest.browser)).toBe(true);
    for (const { path } of manifest.contributes.grammars) expect(existsSync(path), path).toBe(true);
  });

  it('asks for no newer VS Code than the types it was compiled with', () => {
    expect(manifest.engines.vscode).toBe(`^${manifest.devDependencies['@types/vscode']}`);
  });

  it('contributes the commands that the extension registers, and no others', () => {
    const source = ['extension.ts', 'callSites/siteCommands.ts']
      .map(file => readFileSync(`client/src/${file}`, 'utf8'))
      .join('\n');
    const registered = [...source.matchAll(/registerCommand\(\s*'([^']+)'/g)].map(match => match[1]);
    const contributed = manifest.contributes.commands.map(({ command }) => command);
    expect(registered.sort()).toEqual(contributed.sort());
    for (const { category } of manifest.contributes.commands) expect(category).toBe('GUP Lens');
    const inMenus = Object.values(manifest.contributes.menus).flat();
    const submenus = manifest.contributes.submenus.map(({ id }) => id);
    for (const { command, submenu } of inMenus) {
      if (submenu === undefined) expect(contributed).toContain(command);
      else expect(submenus).toContain(submenu);
    }
  });

  it('wakes the extension for C, for a Linux tree and for a panel of an earlier window', () => {
    const panel = /PANEL_TYPE = '([^']+)'/.exec(readFileSync('client/src/simulatorPanel.ts', 'utf8'))?.[1];
    expect(manifest.activationEvents).toEqual([
      'onLanguage:c',
      'workspaceContains:include/linux/mm.h',
      `onWebviewPanel:${panel}`,
    ]);
  });
});
