/** The window of a VS Code in a headless browser, wherever its extensions run: what a person does in it. */

import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { fixtures, screenshots } from './places.js';
import { repeat, TRY, until } from './wait.js';

/** High enough for the whole of a fixture: an editor draws no more lines than can be seen. */
export const VIEWPORT = { width: 1500, height: 1250 } as const;

/** The settings of every window. */
export const SETTINGS = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  // What is found stands in the same order in each run, and stays open while a view takes the focus.
  'workbench.commandPalette.history': 0,
  'workbench.quickOpen.closeOnFocusLost': false,
  // Of a file that was saved, as a browser does after a second, nothing could be reverted.
  'files.autoSave': 'off',
  'security.workspace.trust.enabled': false,
  'chat.commandCenter.enabled': false,
  'editor.minimap.enabled': false,
  'editor.stickyScroll.enabled': false,
  'editor.scrollBeyondLastLine': false,
  'editor.inlayHints.maximumLength': 0,
  'editor.hover.above': false,
  'telemetry.telemetryLevel': 'off',
};

/** The folder of the kernel source that most checks open, beside those of the fixtures. */
export const KERNEL_FOLDER = 'linux';

/** Kernel sources that are copied beside the fixtures, by the names that the copies get. */
export type KernelCopies = Readonly<Record<string, string>>;

/** Copies what windows open to below a folder: each may change its own. */
export async function copyFolders(to: string, kernels: KernelCopies = {}): Promise<void> {
  await cp(fixtures, to, { recursive: true });
  for (const [name, source] of Object.entries(kernels)) await cp(source, join(to, name), { recursive: true });
}

/** What VS Code's address says of a file that is to be opened at a line. */
export function openPayload(uri: string, line: number): string {
  return JSON.stringify([
    ['gotoLineMode', 'true'],
    ['openFile', `${uri}:${line}:1`],
  ]);
}

/** A window with a folder of the fixtures open. */
export abstract class Workbench {
  readonly page: Page;
  /** The copy of the folder that is open, as a path of this machine. */
  workspace = '';

  protected constructor(page: Page) {
    this.page = page;
  }

  /** Loads the window with a folder of the fixtures and a file in it open at a line, the first if none is given, and waits for its text. */
  abstract open(folder: string, file: string, line?: number): Promise<void>;

  /** Where the copy of a folder of the fixtures lies on this machine. */
  abstract pathOf(folder: string): string;

  /** Keeps a picture of the window as `<name>.png`; what is only about to appear is drawn as it will be. */
  async picture(name: string): Promise<void> {
    await this.page.screenshot({ path: join(screenshots, `${name}.png`), animations: 'disabled' });
  }

  /** Ends what was started and removes the profile. */
  abstract close(): Promise<void>;

  /** Loads the window from an address that opens a file, and waits for its text. */
  protected async load(address: string): Promise<void> {
    await this.page.goto(address);
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
}
