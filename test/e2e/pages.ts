/** Pages of the product in VS Code: from the hover on a flag to all that is known of it, and on to its release. */

import { hovering, textMatching } from './pageChecks.js';
import type { Report } from './report.js';
import type { Workbench } from './workbench.js';

const SAMPLE = 'drivers/misc/sample.c';

/** Opens the sample; leaves it open, and no page beside it. */
export async function pages(code: Workbench, report: Report, theme: string): Promise<void> {
  const { page } = code;
  const heading = code.webview().locator('h1');
  await code.open('tree', SAMPLE);
  await report.check(`${theme}: the hover on a flag leads to all about it`, async () => {
    await hovering(code, 'FOLL_LONGTERM', /All about it.*Linux 6\.12/);
    await page.locator('.monaco-hover:visible a', { hasText: 'All about it' }).click();
    await textMatching(heading, /FOLL_LONGTERM/);
    await textMatching(code.webview().locator('p'), /Rules that speak of it/);
    await code.picture(`page-flag-${theme}`);
  });
  await report.check(`${theme}: and from there to its release`, async () => {
    await code.webview().locator('a', { hasText: 'All of Linux 6.12' }).click();
    await textMatching(heading, /^Linux 6\.12$/);
    await code.picture(`page-release-${theme}`);
  });
  await code.command('View: Close Editor');
  await page.locator('iframe.webview.ready').waitFor({ state: 'hidden' });
  await code.open('tree', SAMPLE);
}
