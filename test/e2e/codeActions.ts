/** What VS Code offers at a finding: a comment that silences it once it has a reason, and the page of its rule. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { textMatching, token } from './pageChecks.js';
import type { Report } from './report.js';
import { repeat, TRY, until } from './wait.js';
import type { Workbench } from './workbench.js';

const SAMPLE = 'drivers/misc/sample.c';

/** Opens the menu at the finding of a word and takes an entry; `seen` is called while the menu is open. */
export async function takeAction(
  code: Workbench,
  word: Locator,
  title: string,
  seen: () => Promise<unknown>,
): Promise<void> {
  const { page } = code;
  const entry = page.locator('.action-widget .monaco-list-row', { hasText: title });
  await repeat(async () => {
    await page.keyboard.press('Escape');
    await word.click({ timeout: TRY });
    await page.keyboard.press('Control+Period');
    await entry.waitFor({ timeout: TRY });
  });
  await seen();
  // The list lies below what guards the editor from the mouse.
  const hasFocus = async (): Promise<boolean> =>
    ((await entry.getAttribute('class', { timeout: TRY })) ?? '').split(' ').includes('focused');
  await repeat(async () => {
    if (!(await hasFocus())) await page.keyboard.press('ArrowDown');
    await until(`"${title}" has the focus`, hasFocus, 500);
  });
  await page.keyboard.press('Enter');
  await entry.waitFor({ state: 'hidden' });
}

/** Leaves the file as it was, with the page of the rule beside it. */
export async function codeActions(code: Workbench, report: Report, theme: string): Promise<void> {
  const { page } = code;
  const picture = (name: string): Promise<void> => code.picture(`${name}-${theme}`).then(() => undefined);
  const finding = token(code, 'put_page');
  await code.open('tree', SAMPLE);
  await page.waitForSelector('.squiggly-error');
  await report.check(`${theme}: a comment silences a finding once it has a reason`, async () => {
    const lines = (await readFile(join(code.workspace, SAMPLE), 'utf8')).split('\n');
    const line = lines.findIndex(text => text.includes('put_page(page)')) + 1;
    await takeAction(code, finding, 'Suppress gup-pin-put-mismatch here with a reason', () =>
      picture('code-actions'),
    );
    await textMatching(page.locator('#status\\.editor\\.selection'), new RegExp(`Ln ${line},`));
    await page.waitForSelector('.squiggly-warning');
    await page.keyboard.type('the caller holds a reference');
    await textMatching(
      page.locator('.monaco-editor .view-line'),
      /gup-lens:\signore\sgup-pin-put-mismatch\s--\sthe\scaller\sholds\sa\sreference\s\*\//,
    );
    await page.locator('.squiggly-error').waitFor({ state: 'detached' });
    await picture('suppressed');
  });
  await code.command('File: Revert File');
  await page.waitForSelector('.squiggly-error');
  await report.check(`${theme}: the page of the rule opens beside the code`, async () => {
    await takeAction(code, finding, 'Explain gup-pin-put-mismatch', async () => undefined);
    await textMatching(code.webview().locator('h1'), /gup-pin-put-mismatch/);
    await picture('explained');
  });
  // Two web views at a time could not be told apart.
  await code.command('View: Close Editor');
  await page.locator('iframe.webview.ready').waitFor({ state: 'hidden' });
}
