/** Places in files of the kernel, by what is written there: line numbers change with each update of the package. */

import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Locator } from 'playwright-core';
import { textMatching } from '../pageChecks.js';
import { repeat, TRY } from '../wait.js';
import { KERNEL_FOLDER, type Workbench } from '../workbench.js';

/** The files that are looked at, each for what is typical of it. */
export const FILES = {
  /** Both findings are of the kernel: a leak on an error path, and pages released below a spinlock. */
  usnic: 'drivers/infiniband/hw/usnic/usnic_uiom.c',
  /** A call that may drop the lock, and tells by `locked`. */
  asyncPf: 'virt/kvm/async_pf.c',
  gup: 'mm/gup.c',
  fault: 'arch/x86/mm/fault.c',
} as const;

/** The number, from 1, of the first line of a file that has a text; the first behind another that has `after` if that is given. */
export async function lineOf(code: Workbench, file: string, text: string, after?: string): Promise<number> {
  const lines = (await readFile(join(code.pathOf(KERNEL_FOLDER), file), 'utf8')).split('\n');
  const from = after === undefined ? 0 : lines.findIndex(line => line.includes(after));
  const index = from < 0 ? -1 : lines.findIndex((line, at) => at >= from && line.includes(text));
  if (index < 0) throw new Error(`${file} of this version has no line with ${after ?? ''} … ${text}`);
  return index + 1;
}

const cursor = (code: Workbench): Locator => code.page.locator('#status\\.editor\\.selection');

/** Waits until the cursor is in a line. */
export async function cursorIn(code: Workbench, line: number, limit?: number): Promise<void> {
  await textMatching(cursor(code), new RegExp(`Ln ${line},`), limit);
}

/** Loads the window with a file of the kernel, at a line that has a text. */
export async function openAt(code: Workbench, file: string, text: string, after?: string): Promise<void> {
  const line = await lineOf(code, file, text, after);
  await code.open(KERNEL_FOLDER, file, line);
  await cursorIn(code, line);
}

/** Goes to another line of a file that has a tab, which is then in the middle. */
export async function goTo(code: Workbench, file: string, text: string, after?: string): Promise<number> {
  const line = await lineOf(code, file, text, after);
  const input = code.quickInput;
  const tab = code.page.locator('.editor-group-container.active .tab', { hasText: basename(file) }).first();
  const inFront = tab.and(code.page.locator('.active'));
  await repeat(async () => {
    await code.page.keyboard.press('Escape');
    await code.page.keyboard.press('Control+1');
    // A slow answer to what was done before may have put another file in front, whose line would do as well.
    if (!(await inFront.isVisible())) await tab.click({ timeout: TRY });
    await code.page.keyboard.press('Control+g');
    await input.fill(`:${line}`, { timeout: TRY });
    await input.press('Enter', { timeout: TRY });
    await cursorIn(code, line, TRY);
    await inFront.waitFor({ timeout: TRY });
  });
  return line;
}

/** The first line that the editor shows of those that have a text. */
export function shownLine(code: Workbench, text: string | RegExp): Locator {
  return code.page.locator('.monaco-editor .view-line', { hasText: text }).first();
}

/** A word of the first line that is shown and has a text. Hints stand in the line too: a word of theirs can be meant. */
export function wordIn(code: Workbench, line: string | RegExp, word: string | RegExp): Locator {
  return shownLine(code, line).locator('span > span', { hasText: word }).first();
}

/** Where the mouse has to be for a word of a line: what is coloured alike is one element, blanks and all. */
export async function middleOf(
  line: Locator,
  word: string,
): Promise<{ readonly x: number; readonly y: number }> {
  const middle = await line.evaluate((element, wanted) => {
    const texts = element.ownerDocument.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
      const at = (node.textContent ?? '').search(new RegExp(`\\b${wanted}\\b`));
      if (at < 0) continue;
      const range = element.ownerDocument.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + wanted.length);
      const { x, y, width, height } = range.getBoundingClientRect();
      return { x: x + width / 2, y: y + height / 2 };
    }
    return null;
  }, word);
  if (middle === null) throw new Error(`the line shows no ${word}`);
  return middle;
}
