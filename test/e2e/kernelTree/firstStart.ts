/** The first start: a kernel tree is opened right after the installation, with VS Code's own settings. */

import { message, sites } from '../callSites.js';
import { hovering, status, textMatching } from '../pageChecks.js';
import { expectTrue, type Report } from '../report.js';
import type { VsCode } from '../vscode.js';
import { repeat, TRY } from '../wait.js';
import { eachStep } from '../walkthrough.js';
import { KERNEL_FOLDER } from '../workbench.js';
import { FILES, lineOf, shownLine, wordIn } from './kernelFile.js';

/** Nothing of VS Code's is changed but what would make its palette different from run to run. */
export const FIRST_SETTINGS = {
  'workbench.commandPalette.history': 0,
  'workbench.quickOpen.closeOnFocusLost': false,
  'telemetry.telemetryLevel': 'off',
};

const CALL = 'get_user_pages_remote(mm';

/** Wants a VS Code in which nothing was opened. */
export async function firstStart(code: VsCode, report: Report, theme: string): Promise<void> {
  const { page } = code;
  const picture = (name: string): Promise<unknown> => code.picture(`start-${name}-${theme}`);
  await report.need(`${theme}: a folder of kernel source is opened`, async () => {
    await code.openFolder(KERNEL_FOLDER);
    await page.locator('.activitybar .action-label[aria-label="GUP Lens"]').waitFor();
    await picture('folder');
  });
  await report.check(
    `${theme}: the page of first steps leads to the walkthrough, each step of which is shown`,
    async () => {
      await repeat(async () => {
        await code.command('GUP Lens: Get started');
        // VS Code's own first steps are open in the same page.
        const title = page.locator('.gettingStartedContainer .category-title');
        await textMatching(title, /Get started with GUP Lens/, TRY);
      });
      await eachStep(code, id => picture(`step-${id}`));
    },
  );
  await report.check(`${theme}: a step that needs a call says so where no file is open`, async () => {
    const step = page.locator('.gettingStartedContainer .getting-started-step', { hasText: 'Simulate it' });
    await step.click();
    await step.getByText('Show what reaches it').click();
    await textMatching(page.locator('.notification-toast'), /put the cursor on a GUP or page-fault call/);
    await picture('no-call');
    await code.command('Notifications: Clear All Notifications');
  });
}

/** The first file that is opened then, and the view. Wants a window that {@link firstStart} has left. */
export async function firstFile(code: VsCode, report: Report, theme: string): Promise<void> {
  const { page } = code;
  const picture = (name: string): Promise<unknown> => code.picture(`start-${name}-${theme}`);
  await report.check(
    `${theme}: a file of the tree has its release, hints, lenses and hovers at once`,
    async () => {
      const line = await lineOf(code, FILES.asyncPf, CALL);
      await repeat(async () => {
        await page.keyboard.press('Escape');
        await page.keyboard.press('Control+p');
        await code.quickInput.fill(`${FILES.asyncPf}:${line}`, { timeout: TRY });
        await page
          .locator('.quick-input-list .monaco-list-row.focused', { hasText: 'async_pf.c' })
          .waitFor({ timeout: TRY });
        await code.quickInput.press('Enter', { timeout: TRY });
        await page.locator('.tab.active', { hasText: 'async_pf.c' }).waitFor({ timeout: TRY });
      });
      await textMatching(status(code), /Linux 6\.12 \(Makefile\)/);
      await textMatching(page.locator('.codelens-decoration a'), /Simulate this call/);
      await textMatching(shownLine(code, CALL), /FOLL_WRITE/);
      await hovering(code, '', /Simulated/, wordIn(code, CALL, 'get_user_pages_remote'));
      await picture('file');
      await page.keyboard.press('Escape');
    },
  );
  await report.check(`${theme}: the release in the status bar tells where it is from`, async () => {
    await hovering(code, '', /Makefile: 6\.12\.\d+.*headers of this tree/s, status(code).locator('a'));
    await picture('status');
    await page.mouse.move(1, 1);
  });
  await report.check(`${theme}: the activity bar lists call sites by itself`, async () => {
    await page.locator('.activitybar .action-label[aria-label="GUP Lens"]').click();
    await textMatching(message(code), /\d+ sites in \d+ files · Linux 6\.12 \(Makefile\)/);
    await textMatching(sites(code), /^mm\s*\d+$/);
    await picture('views');
  });
  await report.check(`${theme}: no message came by itself`, async () => {
    expectTrue((await page.locator('.notification-toast').count()) === 0, 'a message is shown');
  });
}
