/** A VS Code with the extension installed, served on this machine and driven in a headless browser. */

import type { ChildProcess } from 'node:child_process';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { type Browser, chromium, type FrameLocator, type Locator, type Page } from 'playwright-core';
import { type ProcessGroup, startGroup, type TemporaryFolder, temporaryFolder } from './atExit.js';
import { run } from './commands.js';
import { browserPath } from './ensureTools.js';
import { fixtures } from './places.js';
import { LIMIT, repeat, TRY, until } from './wait.js';

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

/** High enough for the whole of a fixture: an editor draws no more lines than can be seen. */
export const VIEWPORT = { width: 1500, height: 1250 } as const;

const SETTINGS = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  // What is found stands in the same order in each run, and stays open while a view takes the focus.
  'workbench.commandPalette.history': 0,
  'workbench.quickOpen.closeOnFocusLost': false,
  'security.workspace.trust.enabled': false,
  'chat.commandCenter.enabled': false,
  'editor.minimap.enabled': false,
  'editor.stickyScroll.enabled': false,
  'editor.scrollBeyondLastLine': false,
  'editor.inlayHints.maximumLength': 0,
  'editor.hover.above': false,
  'telemetry.telemetryLevel': 'off',
};

/** The server with the extension in a fresh profile; resolves when it listens. */
async function startServer(options: VsCodeOptions, home: string, port: number): Promise<ProcessGroup> {
  const entry = join(options.vscode, 'out/server-main.js');
  const [serverData = '', extensions = '', userData = '', temporary = ''] = [
    'server-data',
    'extensions',
    'user-data',
    'tmp',
  ].map(name => join(home, name));
  const folders = [
    ...['--server-data-dir', serverData],
    ...['--extensions-dir', extensions],
    ...['--user-data-dir', userData],
  ];
  const env = { ...process.env, TMPDIR: temporary, XDG_RUNTIME_DIR: temporary };
  await mkdir(temporary, { recursive: true });
  await mkdir(join(userData, 'User'), { recursive: true });
  const settings = { ...SETTINGS, 'workbench.colorTheme': options.theme };
  await writeFile(join(userData, 'User/settings.json'), JSON.stringify(settings));
  const install = ['--accept-server-license-terms', ...folders, '--install-extension', options.vsix];
  await run(process.execPath, [entry, ...install], { env });
  const server = startGroup(
    process.execPath,
    [
      entry,
      ...['--host', '127.0.0.1', '--port', String(port), '--without-connection-token'],
      ...['--accept-server-license-terms', '--disable-telemetry', '--disable-workspace-trust'],
      ...folders,
    ],
    { env, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  try {
    await listening(server.leader);
    return server;
  } catch (error) {
    await server.end();
    throw error;
  }
}

/** A running VS Code. Close it, whatever happened. */
export class VsCode {
  readonly page: Page;
  /** The copy of the folder that is open. */
  workspace = '';
  readonly #browser: Browser;
  readonly #server: ProcessGroup;
  readonly #home: TemporaryFolder;
  readonly #port: number;

  private constructor(
    page: Page,
    browser: Browser,
    server: ProcessGroup,
    home: TemporaryFolder,
    port: number,
  ) {
    this.page = page;
    this.#browser = browser;
    this.#server = server;
    this.#home = home;
    this.#port = port;
  }

  /** Installs the extension into a fresh profile, starts the server and a browser. No page is loaded yet. */
  static async start(options: VsCodeOptions): Promise<VsCode> {
    const home = await temporaryFolder('gup-lens-vscode');
    let server: ProcessGroup | null = null;
    try {
      await cp(fixtures, join(home.path, 'fixtures'), { recursive: true });
      const port = await freePort();
      server = await startServer(options, home.path, port);
      const browser = await chromium.launch({
        executablePath: browserPath(),
        headless: true,
        args: CHROMIUM_ARGS,
        env: { ...process.env, TMPDIR: join(home.path, 'tmp') },
        handleSIGINT: false,
        handleSIGTERM: false,
        handleSIGHUP: false,
      });
      const context = await browser.newContext({ viewport: VIEWPORT });
      await context.grantPermissions(['clipboard-read', 'clipboard-write']);
      const page = await context.newPage();
      page.setDefaultTimeout(LIMIT);
      return new VsCode(page, browser, server, home, port);
    } catch (error) {
      await server?.end();
      await home.remove();
      throw error;
    }
  }

  /** Loads the window with a folder of the fixtures and a file in it open, and waits for its text. */
  async open(folder: string, file: string): Promise<void> {
    this.workspace = join(this.#home.path, 'fixtures', folder);
    const path = join(this.workspace, file);
    const payload = JSON.stringify([['openFile', `vscode-remote://127.0.0.1:${this.#port}${path}`]]);
    const query = new URLSearchParams({ folder: this.workspace, payload });
    await this.page.goto(`http://127.0.0.1:${this.#port}/?${query}`);
    await this.page.waitForSelector('.monaco-workbench');
    await this.page.waitForSelector('.monaco-editor .view-line');
    // The file was wanted once: a reload brings back what is open then.
    await this.page.evaluate(() => {
      const url = new URL(location.href);
      url.searchParams.delete('payload');
      history.replaceState(null, '', url);
    });
  }

  /**
   * Reloads the window by its command. A reload by the browser would be another thing: VS Code's window cannot
   * finish writing its state while the page is taken from it.
   */
  async reload(): Promise<void> {
    const loaded = this.page.waitForEvent('load');
    await Promise.all([loaded, this.command('Developer: Reload Window')]);
    await this.page.waitForSelector('.monaco-workbench');
  }

  /** The input of the palette and of every other list that can be chosen from. */
  get quickInput(): Locator {
    return this.page.locator('.quick-input-widget:visible .quick-input-box input');
  }

  /** Runs a command by its title, through the palette. */
  async command(title: string): Promise<void> {
    await this.#take(title, `>${title}`, () => this.page.keyboard.press('F1'));
  }

  /** Chooses the entry with this label from the list that is open. */
  async choose(label: string): Promise<void> {
    await this.quickInput.waitFor();
    await this.#take(label, label, async () => undefined);
  }

  /**
   * Types into the quick input, waits until the entry with this label has the focus, and takes it with Enter: the
   * list is drawn again as it is filtered, a click may miss its row. A key that a busy window swallows is given again.
   */
  async #take(label: string, typed: string, open: () => Promise<void>): Promise<void> {
    const input = this.quickInput;
    const rows = this.page.locator('.quick-input-list .monaco-list-row');
    const wanted = rows.filter({ has: this.page.getByText(label, { exact: true }) }).first();
    const hasFocus = async (): Promise<boolean> =>
      ((await wanted.getAttribute('class', { timeout: TRY })) ?? '').split(' ').includes('focused');
    const taken = async (): Promise<boolean> =>
      !(await input.isVisible()) || (await input.inputValue({ timeout: TRY }).catch(() => '')) !== typed;
    let entered = false;
    await repeat(async () => {
      if (entered && (await taken())) return;
      if (!(await input.isVisible())) await open();
      await input.fill(typed, { timeout: TRY });
      await wanted.waitFor({ timeout: TRY });
      for (let down = 0; down < 10 && !(await hasFocus()); down++)
        await input.press('ArrowDown', { timeout: TRY });
      await until(`"${label}" has the focus`, hasFocus, TRY);
      await input.press('Enter', { timeout: TRY });
      entered = true;
      await until(`"${label}" is taken`, taken, TRY);
    });
  }

  /** The content of the webview that is shown. */
  webview(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
  }

  /** The text of the extension's output channel, as VS Code wrote it to disk. Empty if there is none. */
  async log(): Promise<string> {
    const files = await readdir(this.#home.path, { recursive: true });
    const logs = files.filter(name => name.endsWith('GUP Lens.log'));
    const texts = await Promise.all(logs.map(name => readFile(join(this.#home.path, name), 'utf8')));
    return texts.join('');
  }

  /** Waits until the log has a text: it is written to disk a little after it was logged. Returns the log. */
  async logMatching(pattern: RegExp): Promise<string> {
    await until(`the log has ${pattern}`, async () => pattern.test(await this.log()), LIMIT);
    return this.log();
  }

  /** Ends the browser and the server and removes the profile. */
  async close(): Promise<void> {
    await this.#browser.close();
    await this.#server.end();
    await this.#home.remove();
  }
}
