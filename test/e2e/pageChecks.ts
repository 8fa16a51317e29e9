/** What checks of VS Code's page have in common. */

import type { Locator } from 'playwright-core';
import { LIMIT, repeat, TRY } from './wait.js';
import type { Workbench } from './workbench.js';

/** The release in the status bar. */
export const status = (code: Workbench): Locator =>
  code.page.locator('.statusbar-item[id*="gupLens.kernel"]');

/** The first word of a text that the editor shows, for the mouse. */
export function token(code: Workbench, text: string): Locator {
  return code.page.locator('.monaco-editor .view-line span > span', { hasText: text }).first();
}

/** Rests the mouse on a word (`word`: if not the first of its text) until its hover shows the text. The source may still move while hints and lenses arrive. */
export function hovering(
  code: Workbench,
  text: string,
  pattern: RegExp,
  word = token(code, text),
): Promise<string> {
  return repeat(async () => {
    await code.page.mouse.move(1, 1);
    await word.hover({ timeout: TRY });
    return await textMatching(code.page.locator('.monaco-hover:visible'), pattern, TRY);
  });
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
