/** A VS Code with the extension installed, served on this machine and driven in a headless browser. */

import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { type Browser, chromium, type FrameLocator, type Page } from 'playwright-core';
import { run } from './commands.js';
import { browserPath } from './ensureTools.js';
import { fixtures } from './places.js';

/** Each wait is for something that appears; this is when it counts as never. */
export const LIMIT = 30_000;

const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null
          ? resolve(address.port)
          : reject(new Error('no free port')),
      );
    });
  });
}

/** Resolves when the server says that it listens; rejects with its output if it ends before. */
function listening(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
      if (/listening on/i.test(output)) resolve();
    };
    server.stdout?.on('data', collect);
    server.stderr?.on('data', collect);
    server.on('error', reject);
    server.on('exit', status => reject(new Error(`the VS Code server ended with ${status}:\n${output}`)));
  });
}

export interface VsCodeOptions {
  /** VS Code's server, see codeServer.ts. */
  readonly vscode: string;
  readonly vsix: string;
  readonly theme: string;
}

/** A running VS Code. Close it, whatever happened. */
export class VsCode {
  readonly page: Page;
  /** The copy of the folder that is open. */
  workspace = '';
  readonly #browser: Browser;
  readonly #server: ChildProcess;
  readonly #home: string;
  readonly #port: number;

  private constructor(page: Page, browser: Browser, server: ChildProcess, home: string, port: number) {
    this.page = page;
    this.#browser = browser;
    this.#server = server;
    this.#home = home;
    this.#port = port;
  }

  /** Installs the extension into a fresh profile, starts the server and a browser. No page is loaded yet. */
  static async start(options: VsCodeOptions): Promise<VsCode> {
    const home = await mkdtemp(join(tmpdir(), 'gup-lens-vscode-'));
    const entry = join(options.vscode, 'out/server-main.js');
    const folders = ['server-data', 'extensions', 'user-data'].map(name => join(home, name));
    const [serverData = '', extensions = '', userData = ''] = folders;
    const dirs = [
      '--server-data-dir',
      serverData,
      '--extensions-dir',
      extensions,
      '--user-data-dir',
      userData,
    ];
    await cp(fixtures, join(home, 'fixtures'), { recursive: true });
    await mkdir(join(userData, 'User'), { recursive: true });
    const settings = {
      'workbench.colorTheme': options.theme,
      'workbench.startupEditor': 'none',
      'workbench.tips.enabled': false,
      'security.workspace.trust.enabled': false,
      'chat.commandCenter.enabled': false,
      'editor.minimap.enabled': false,
      'editor.stickyScroll.enabled': false,
      'editor.scrollBeyondLastLine': false,
      'telemetry.telemetryLevel': 'off',
    };
    await writeFile(join(userData, 'User/settings.json'), JSON.stringify(settings));
    await run(process.execPath, [
      entry,
      '--accept-server-license-terms',
      ...dirs,
      '--install-extension',
      options.vsix,
    ]);

    const port = await freePort();
    const server = spawn(
      process.execPath,
      [
        entry,
        ...['--host', '127.0.0.1', '--port', String(port), '--without-connection-token'],
        ...['--accept-server-license-terms', '--disable-telemetry', '--disable-workspace-trust'],
        ...dirs,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    try {
      await listening(server);
      const browser = await chromium.launch({
        executablePath: browserPath(),
        headless: true,
        args: CHROMIUM_ARGS,
      });
      const context = await browser.newContext({ viewport: { width: 1500, height: 950 } });
      await context.grantPermissions(['clipboard-read', 'clipboard-write']);
      const page = await context.newPage();
      page.setDefaultTimeout(LIMIT);
      return new VsCode(page, browser, server, home, port);
    } catch (error) {
      server.kill();
      throw error;
    }
  }

  /** Loads the window with a folder of the fixtures and a file in it open, and waits for its text. */
  async open(folder: string, file: string): Promise<void> {
    this.workspace = join(this.#home, 'fixtures', folder);
    const path = join(this.workspace, file);
    const payload = JSON.stringify([['openFile', `vscode-remote://127.0.0.1:${this.#port}${path}`]]);
    const query = new URLSearchParams({ folder: this.workspace, payload });
    await this.page.goto(`http://127.0.0.1:${this.#port}/?${query}`);
    await this.page.waitForSelector('.monaco-workbench');
    await this.page.waitForSelector('.monaco-editor .view-line');
  }

  /** Loads the window again with what was open in it. */
  async reopen(): Promise<void> {
    await this.page.goto(
      `http://127.0.0.1:${this.#port}/?${new URLSearchParams({ folder: this.workspace })}`,
    );
    await this.page.waitForSelector('.monaco-workbench');
  }

  /** Runs a command by its title, through the palette. */
  async command(title: string): Promise<void> {
    await this.page.keyboard.press('F1');
    const input = this.page.locator('.quick-input-widget .quick-input-box input');
    await input.fill(`>${title}`);
    // The list is drawn again as it is filtered: a click may miss its row, Enter takes the one that has the focus.
    const rows = this.page.locator('.quick-input-list .monaco-list-row');
    const wanted = rows.filter({ has: this.page.getByText(title, { exact: true }) }).first();
    await wanted.waitFor();
    for (let down = 0; down < 10; down++) {
      if (((await wanted.getAttribute('class')) ?? '').includes('focused')) break;
      await input.press('ArrowDown');
    }
    await input.press('Enter');
  }

  /**
   * Shows the extension's log, which activates the extension if nothing else has. A window that is still loading may
   * forget to show the channel, so it is asked again until it does.
   */
  async showLog(): Promise<void> {
    const panel = this.page.locator('.output-view-container, [id="workbench.panel.output"]').first();
    for (let attempt = 1; ; attempt++) {
      await this.command('GUP Lens: Show the log');
      try {
        return await panel.waitFor({ timeout: 5_000 });
      } catch (error) {
        if (attempt === 5) throw error;
      }
    }
  }

  /** The content of the webview that is shown. */
  webview(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
  }

  /** The text of the extension's output channel, as VS Code wrote it to disk. Empty if there is none. */
  async log(): Promise<string> {
    const files = await readdir(this.#home, { recursive: true });
    const logs = files.filter(name => name.endsWith('GUP Lens.log'));
    const texts = await Promise.all(logs.map(name => readFile(join(this.#home, name), 'utf8')));
    return texts.join('');
  }

  /** Ends the browser and the server and removes the profile. */
  async close(): Promise<void> {
    await this.#browser.close();
    const ended = new Promise<void>(resolve => {
      this.#server.once('exit', () => resolve());
    });
    if (this.#server.kill()) await ended;
    await rm(this.#home, { recursive: true, force: true, maxRetries: 5 });
  }
}
