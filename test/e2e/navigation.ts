/** Going places in VS Code: from a flag to its definition, from a call to what reaches it; and the marks on calls. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hovering, textMatching, token } from './pageChecks.js';
import { expectTrue, type Report } from './report.js';
import { repeat, TRY, until } from './wait.js';
import type { Workbench } from './workbench.js';

const SAMPLE = 'drivers/misc/sample.c';

/** The one call that may drop the lock has a line of dots below it. */
export async function marks(code: Workbench, report: Report, theme: string): Promise<void> {
  const { page } = code;
  await report.check(`${theme}: the call that may drop the lock is marked, and no other`, async () => {
    const dotted = (): Promise<number[]> =>
      page
        .locator('.monaco-editor .view-overlays .cdr')
        .evaluateAll(elements =>
          elements
            .filter(element => getComputedStyle(element).borderBottomStyle === 'dotted')
            .map(element => element.getBoundingClientRect().y),
        );
    await until('a mark', async () => (await dotted()).length > 0, TRY * 2);
    const call = (await token(code, 'get_user_pages_remote').boundingBox())?.y ?? Number.NaN;
    const found = await dotted();
    expectTrue(
      found.length === 1 && Math.abs((found[0] ?? 0) - call) < 4,
      `marks at ${found}, call at ${call}`,
    );
  });
}

/** Opens the sample; leaves it open. */
export async function reach(code: Workbench, report: Report, theme: string): Promise<void> {
  const { page } = code;
  const position = page.locator('#status\\.editor\\.selection');
  await code.open('tree', SAMPLE);
  const lines = (await readFile(join(code.workspace, SAMPLE), 'utf8')).split('\n');
  const lineOf = (text: string): number => lines.findIndex(line => line.includes(text)) + 1;
  const goTo = (text: string): Promise<void> =>
    repeat(async () => {
      await page.keyboard.press('Escape');
      await token(code, text).click({ timeout: TRY });
      await textMatching(position, new RegExp(`Ln ${lineOf(`= ${text}`)},`), TRY);
    });
  await report.check(`${theme}: what reaches a call is a list that leads to the places`, async () => {
    await goTo('get_user_pages_remote');
    await code.command('GUP Lens: Show what reaches this call');
    const rows = page.locator('.quick-input-list .monaco-list-row');
    await textMatching(rows, /sample_peek/);
    await textMatching(rows, /passes .*mmap_lock/);
    await textMatching(rows, /sample_ops\.peek of sample_ops.*entry point/s);
    await code.picture(`reach-${theme}`);
    await repeat(async () => {
      await code.quickInput.press('ArrowDown', { timeout: TRY });
      await page.locator('.monaco-list-row.focused', { hasText: 'sample_ops' }).waitFor({ timeout: 500 });
    });
    await page.keyboard.press('Enter');
    await textMatching(position, new RegExp(`Ln ${lineOf('.peek = sample_peek')},`));
  });
  await report.check(`${theme}: the hover on a call leads to that list too`, async () => {
    await hovering(code, 'get_user_pages_remote', /What reaches it/);
    await code.picture(`hover-links-${theme}`);
    await page.locator('.monaco-hover:visible a', { hasText: 'What reaches it' }).click();
    await textMatching(page.locator('.quick-input-list .monaco-list-row'), /\.peek of sample_ops/);
    await code.quickInput.press('Escape');
    await code.quickInput.waitFor({ state: 'hidden' });
  });
  await report.check(`${theme}: a flag leads to its definition in the tree`, async () => {
    await repeat(async () => {
      await page.keyboard.press('Escape');
      await token(code, 'FOLL_LONGTERM').click({ timeout: TRY });
      await page.keyboard.press('F12');
      await page.locator('.tab.active', { hasText: 'mm_types.h' }).waitFor({ timeout: TRY });
    });
    await code.picture(`definition-${theme}`);
  });
  await code.open('tree', SAMPLE);
}
