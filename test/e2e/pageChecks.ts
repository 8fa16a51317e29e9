/** What checks of VS Code's page have in common. */

import type { Locator } from 'playwright-core';
import { LIMIT, repeat, TRY } from './wait.js';
import type { Workbench } from './workbench.js';

/** The first word of a text that the editor shows, for the mouse. */
export function token(code: Workbench, text: string): Locator {
  return code.page.locator('.monaco-editor .view-line span > span', { hasText: text }).first();
}

/** Waits until a locator's text matches; the text is returned. */
export async function textMatching(locator: Locator, pattern: RegExp, limit = LIMIT): Promise<string> {
  const found = locator.filter({ hasText: pattern }).first();
  await found.waitFor({ timeout: limit });
  return (await found.textContent({ timeout: limit })) ?? '';
}

/** Presses one of the panel's copy buttons until it is seen that it was copied: the message goes by itself. */
export async function copy(code: Workbench, label: string, message: string): Promise<void> {
  await repeat(async () => {
    await code.webview().getByText(label, { exact: true }).click({ timeout: TRY });
    await code.page.locator('.statusbar-item', { hasText: message }).waitFor({ timeout: TRY });
  });
}
