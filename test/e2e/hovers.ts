/** Hovers that speak of what a call comes to: on `locked`, on results of a fault, and on lock functions behind it. */

import type { Locator } from 'playwright-core';
import { hovering, textMatching } from './pageChecks.js';
import { expectMatch, type Report } from './report.js';
import { repeat, TRY } from './wait.js';
import type { Workbench } from './workbench.js';

const SAMPLE = 'drivers/misc/sample.c';
const FAULT = 'arch/demo/mm/fault.c';

/** A word of the first line that holds a text. */
function wordOn(code: Workbench, line: string, word: RegExp): Locator {
  return code.page
    .locator('.monaco-editor .view-line', { hasText: line })
    .first()
    .locator('span > span', { hasText: word })
    .first();
}

/** Leaves the file of the fault path open. */
export async function faultPathHovers(code: Workbench, report: Report, theme: string): Promise<void> {
  const { page } = code;
  const hover = async (line: string, word: RegExp, text: RegExp, picture: string): Promise<string> => {
    const told = await hovering(code, line, text, wordOn(code, line, word));
    await code.picture(`${picture}-${theme}`);
    await page.keyboard.press('Escape');
    return told;
  };
  await code.open('tree', SAMPLE);
  await report.check(`${theme}: a hover on locked tells when it is 0`, async () => {
    const told = await hover('&locked', /^\W*locked\W*$/, /of get_user_pages_remote/, 'hover-locked');
    expectMatch(told, /0: it was dropped and is not held.*Simulated: .*userfaultfd/s);
  });
  await report.check(`${theme}: a lens tells how many situations drop the lock`, async () => {
    await textMatching(page.locator('.codelens-decoration a'), /^\d+ of \d+ situations drop mmap_lock$/);
  });
  await report.check(`${theme}: that lens opens the simulator in one of them`, async () => {
    const lens = page.locator('.codelens-decoration a', { hasText: 'situations drop mmap_lock' });
    await repeat(async () => {
      await lens.click({ timeout: TRY });
      await textMatching(code.webview().locator('.result'), /\*locked = 0/, TRY);
    });
  });
  await code.command('View: Close Editor');
  await page.locator('iframe.webview.ready').waitFor({ state: 'hidden' });
  await code.open('tree', FAULT);
  await report.check(
    `${theme}: a hover on a result of the fault tells what becomes of the lock`,
    async () => {
      const told = await hover('fault & VM_FAULT_COMPLETED', /VM_FAULT/, /Here:/, 'hover-vm-fault');
      expectMatch(told, /returns it with mmap_lock dropped: no unlock/);
    },
  );
  await report.check(`${theme}: a hover on an unlock tells which results lead there`, async () => {
    const line = 'mmap_read_unlock(mm);';
    const last = code.page
      .locator('.monaco-editor .view-line', { hasText: line })
      .last()
      .locator('span > span', { hasText: 'mmap_read_unlock' });
    const told = await hovering(code, line, /Reached after/, last);
    expectMatch(told, /before: held for reading.*with a handled fault, VM_FAULT_OOM/s);
    await code.picture(`hover-unlock-${theme}`);
  });
  await page.keyboard.press('Escape');
}
