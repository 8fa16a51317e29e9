/** The simulator panel for a call of the kernel. */

import { graveFindings } from '../accessibility.js';
import { textMatching } from '../pageChecks.js';
import { expectNone, type Report } from '../report.js';
import { clickLens } from '../vscodeE2e.js';
import { repeat, TRY } from '../wait.js';
import type { Workbench } from '../workbench.js';
import { cursorIn, FILES, lineOf } from './kernelFile.js';

/** From the lens of a call that may drop the lock, in a file that is in front and stays so. */
export async function panel(code: Workbench, report: Report, theme: string): Promise<void> {
  const { page } = code;
  const view = code.webview();
  const file = FILES.asyncPf;
  await report.need(`${theme}: a lens opens the simulator with the call of the kernel`, async () => {
    await clickLens(code, 'get_user_pages_remote');
    await textMatching(view.locator('h1'), /get_user_pages_remote\(.*FOLL_WRITE.*NULL, &locked\)/);
    await textMatching(view.locator('.result'), /returns 1/);
    await code.picture(`kernel-panel-${theme}`);
  });
  await report.check(`${theme}: axe-core finds nothing grave in it`, async () => {
    expectNone(await graveFindings(code));
  });
  await report.check(`${theme}: "Show the call" leads back to the line of the kernel`, async () => {
    const line = await lineOf(code, file, 'get_user_pages_remote(mm');
    await repeat(async () => {
      await view.getByText('Show the call').click({ timeout: TRY });
      await cursorIn(code, line, TRY);
    });
  });
  await report.check(`${theme}: the other lens opens it in a situation that drops the lock`, async () => {
    await page.locator('.tab', { hasText: 'Simulate' }).click();
    await code.command('View: Close Editor');
    await page.locator('iframe.webview.ready').waitFor({ state: 'hidden' });
    const lens = page.locator('.codelens-decoration a', { hasText: 'situations drop mmap_lock' });
    await repeat(async () => {
      await lens.click({ timeout: TRY });
      await textMatching(code.webview().locator('.result'), /\*locked = 0/, TRY);
    });
    await code.picture(`kernel-panel-dropped-${theme}`);
  });
  await code.command('View: Close Editor');
  await page.locator('iframe.webview.ready').waitFor({ state: 'hidden' });
}
