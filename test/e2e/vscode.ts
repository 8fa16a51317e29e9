/** A VS Code with the extension installed, served on this machine and driven in a headless browser. */

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import process from 'node:process';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type ProcessGroup, startGroup, type TemporaryFolder, temporaryFolder } from './atExit.js';
import { run } from './commands.js';
import { browserOptions, freePort, listening } from './serving.js';
import { LIMIT, repeat, TRY, until } from './wait.js';
import { copyFolders, type KernelCopies, openPayload, SETTINGS, VIEWPORT, Workbench } from './workbench.js';

export interface VsCodeOptions {
  /** VS Code's server, see codeServer.ts. */
  readonly vscode: string;
  readonly vsix: string;
  readonly theme: string;
  readonly kernels?: KernelCopies;
  /** Instead of {@link SETTINGS}. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

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
  const settings = { ...(options.settings ?? SETTINGS), 'workbench.colorTheme': options.theme };
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
export class VsCode extends Workbench {
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
    super(page);
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
      await copyFolders(join(home.path, 'fixtures'), options.kernels);
      const port = await freePort();
      server = await startServer(options, home.path, port);
      const browser = await chromium.launch(browserOptions(join(home.path, 'tmp')));
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

  pathOf(folder: string): string {
    return join(this.#home.path, 'fixtures', folder);
  }

  async open(folder: string, file: string, line = 1): Promise<void> {
    this.workspace = this.pathOf(folder);
    const path = join(this.workspace, file);
    const payload = openPayload(`vscode-remote://127.0.0.1:${this.#port}${path}`, line);
    const query = new URLSearchParams({ folder: this.workspace, payload });
    await this.load(`http://127.0.0.1:${this.#port}/?${query}`);
  }

  /** Loads the window with a folder of the fixtures as VS Code opens it by itself: with no file. */
  async openFolder(folder: string): Promise<void> {
    this.workspace = this.pathOf(folder);
    await this.page.goto(
      `http://127.0.0.1:${this.#port}/?${new URLSearchParams({ folder: this.workspace })}`,
    );
    await this.page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
  }

  /** As {@link open}, with several folders of the fixtures in one window; the file is of the first. */
  async openFolders(folders: readonly string[], file: string): Promise<void> {
    const [first = ''] = folders;
    const top = join(this.#home.path, 'fixtures');
    const workspaceFile = join(top, 'several.code-workspace');
    await writeFile(
      workspaceFile,
      JSON.stringify({ folders: folders.map(name => ({ name, path: join(top, name) })) }),
    );
    this.workspace = join(top, first);
    const path = join(this.workspace, file);
    const payload = JSON.stringify([['openFile', `vscode-remote://127.0.0.1:${this.#port}${path}`]]);
    const query = new URLSearchParams({ workspace: workspaceFile, payload });
    // A window sometimes comes up before it has read which folders are its own, and then has none.
    await repeat(async () => {
      await this.load(`http://127.0.0.1:${this.#port}/?${query}`);
      const last = this.page.locator('.explorer-folders-view .monaco-list-row', {
        hasText: folders.at(-1) ?? '',
      });
      await last.first().waitFor({ timeout: 2 * TRY });
    });
  }

  /** The text of the extension's output channel, as VS Code wrote it to disk. Empty if there is none. */
  async log(): Promise<string> {
    const files = await readdir(this.#home.path, { recursive: true });
    const logs = files.filter(name => name.endsWith('GUP Lens.log'));
    const texts = await Promise.all(logs.map(name => readFile(join(this.#home.path, name), 'utf8')));
    return texts.join('');
  }

  /**
   * What any channel of the extension, and the log of the host of extensions where it names the extension, says of errors.
   * Entries of the logs, each with the name of its file.
   */
  async complaints(): Promise<readonly string[]> {
    const files = (await readdir(this.#home.path, { recursive: true })).filter(name => name.endsWith('.log'));
    const own = files.filter(name => /\bgup-lens\b/.test(name));
    const hosts = files.filter(name => name.endsWith('exthost.log'));
    if (own.length === 0 || hosts.length === 0) throw new Error('there is no channel to read');
    const found: string[] = [];
    for (const name of [...own, ...hosts]) {
      const entries = (await readFile(join(this.#home.path, name), 'utf8')).split(/\n(?=\d{4}-\d\d-\d\d )/);
      for (const [at, entry] of entries.entries()) {
        // By its id: folders of the run have the name too, and rows that go while they are opened are VS Code's to report.
        const isOurs = own.includes(name) || entry.includes('gup-lens.gup-lens');
        // A window that is left while a question is under way has no channel any more to say so.
        const isTheEnd = `${entry}${entries[at + 1] ?? ''}`.includes('Channel has been closed');
        if (/\[error\]/i.test(entry) && isOurs && !isTheEnd) found.push(`${basename(name)}: ${entry}`);
      }
    }
    return found;
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
