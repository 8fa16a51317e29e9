/** The views of the activity bar over a kernel tree: the search, groups, filters, audits, tables, and releases compared. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clickRow, compared, longSearch, message, openGroup, sites } from '../callSites.js';
import { textMatching } from '../pageChecks.js';
import { sideBarPicture } from '../pictures.js';
import { expectMatch, expectTrue, type Report } from '../report.js';
import { VsCode } from '../vscode.js';
import { LIMIT, repeat, TRY, until } from '../wait.js';
import type { Workbench } from '../workbench.js';
import { cursorIn, FILES, lineOf } from './kernelFile.js';

/** How many the row of a group says that it has. */
async function countOf(code: Workbench, group: RegExp): Promise<number> {
  return Number(/(\d+)\s*$/.exec(await textMatching(sites(code), group))?.[1]);
}

const clipboard = (code: Workbench): Promise<string> =>
  code.page.evaluate(() => navigator.clipboard.readText());

/** Searches the tree, and looks at it in each way. Wants the driver in front; leaves it there, and the explorer. */
export async function callSites(code: Workbench, report: Report, theme: string): Promise<void> {
  const { page } = code;
  await report.need(`${theme}: the tree is searched once the view is seen`, async () => {
    await page.locator('.activitybar .action-label[aria-label="GUP Lens"]').click();
    await textMatching(message(code), /Searching linux|sites in/);
    await sites(code).first().waitFor();
    await code.picture(`kernel-sites-searching-${theme}`);
  });
  await report.check(`${theme}: it ends with all call sites of the tree, by subsystem`, async () => {
    // In a browser each file comes by itself.
    await textMatching(message(code), /\d+ sites in \d+ files · Linux 6\.12 \(Makefile\)/, 3 * LIMIT);
    expectTrue((await countOf(code, /^mm\s*\d+$/)) > 20, 'mm has hardly any sites');
    await openGroup(code, /drivers\/infiniband/);
    const line = await lineOf(code, FILES.usnic, 'pin_user_pages(cur_base');
    await clickRow(sites(code).filter({ hasText: /usnic_uiom\.c:\d+.*pin_user_pages / }), () =>
      cursorIn(code, line, TRY),
    );
    await code.picture(`kernel-sites-${theme}`);
  });
  await report.check(`${theme}: by callee, by flag and by finding`, async () => {
    await code.command('GUP Lens: Group call sites by callee');
    expectTrue(
      (await countOf(code, /^pin_user_pages_fast\s*\d+$/)) > 1,
      'pin_user_pages_fast() is hardly called',
    );
    await code.picture(`kernel-sites-callee-${theme}`);
    await code.command('GUP Lens: Group call sites by flag');
    expectTrue((await countOf(code, /^FOLL_LONGTERM\s*\d+$/)) > 5, 'FOLL_LONGTERM is hardly passed');
    await code.picture(`kernel-sites-flag-${theme}`);
    await code.command('GUP Lens: Group call sites by finding');
    await openGroup(code, /gup-error-path-leak\s*\d+/);
    const line = await lineOf(code, FILES.usnic, 'goto out;', 'if (!chunk) {');
    await clickRow(sites(code).filter({ hasText: /usnic_uiom\.c:\d+/ }), () => cursorIn(code, line, TRY));
    await code.picture(`kernel-sites-finding-${theme}`);
  });
  await code.command('GUP Lens: Group call sites by subsystem');
  await report.check(`${theme}: a filter leaves those that pass a flag`, async () => {
    await code.command('GUP Lens: Filter call sites…');
    await code.quickInput.waitFor();
    await code.picture(`kernel-sites-filter-${theme}`);
    const row = page.locator('.quick-input-list .monaco-list-row', { hasText: 'FOLL_FORCE' });
    const chosen = page.locator('.quick-input-widget', { hasText: /1\sSelected/ });
    await repeat(async () => {
      await code.quickInput.fill('FOLL_FORCE', { timeout: TRY });
      // A click changes the choice: a second one would take it back.
      if (!(await chosen.isVisible())) await row.click({ timeout: TRY, force: true });
      await chosen.waitFor({ timeout: TRY });
    });
    await code.quickInput.press('Enter');
    await textMatching(message(code), /FOLL_FORCE: \d+ sites? in \d+ files?, of \d+ sites/);
    await code.command('GUP Lens: Show all call sites');
  });
  await report.check(`${theme}: the audits show who forces, and who pins for long`, async () => {
    await code.command('GUP Lens: Audit FOLL_FORCE');
    await textMatching(message(code), /FOLL_FORCE audit: \d+ sites in \d+ files, of \d+ sites/);
    await sites(code)
      .filter({ hasText: /drivers\/infiniband/ })
      .waitFor({ state: 'detached' });
    await code.picture(`kernel-audit-force-${theme}`);
    await code.command('GUP Lens: Audit FOLL_LONGTERM');
    await textMatching(message(code), /FOLL_LONGTERM audit: \d+ sites in \d+ files, of \d+ sites/);
  });
  await report.check(`${theme}: what is shown is copied as a table`, async () => {
    await code.command('GUP Lens: Copy call sites as a Markdown table');
    await until(
      'the table is in the clipboard',
      async () => (await clipboard(code)).startsWith('| Site |'),
      LIMIT,
    );
    expectMatch(
      await clipboard(code),
      /\| `drivers\/infiniband\/hw\/usnic\/usnic_uiom\.c:\d+` \| `usnic_uiom_get_pages` \| `pin_user_pages` \| `LONGTERM/,
    );
  });
  await report.check(`${theme}: and written to a file that is named in the dialog`, async () => {
    await code.command('GUP Lens: Export call sites as a Markdown table…');
    await code.quickInput.waitFor();
    const named = async (): Promise<boolean> =>
      /gup-call-sites\.md$/.test(await code.quickInput.inputValue());
    await until('a name is offered', named, LIMIT);
    await code.picture(`kernel-export-${theme}`);
    await code.quickInput.press('Enter');
    await page.locator('.tab.active', { hasText: 'gup-call-sites.md' }).waitFor();
    await textMatching(page.locator('.monaco-editor .view-line'), /usnic_uiom_get_pages/);
    if (code instanceof VsCode) {
      const written = await readFile(join(code.workspace, 'gup-call-sites.md'), 'utf8');
      expectMatch(written, /^\| Site \|/);
      expectTrue(written.split('\n').length > 5, 'the table has hardly any row');
    }
    await code.command('View: Close Editor');
  });
  await code.command('GUP Lens: Show all call sites');
  // What is written to the disk is not what a window in a browser opens.
  if (theme === 'dark') await longSearch(code, report, { file: FILES.usnic, count: 2 });
}

/** What another release means for the driver in front, as a list that leads to its calls. */
export async function releases(code: Workbench, report: Report, theme: string): Promise<void> {
  await report.check(
    `${theme}: releases are compared for the driver, as a list that leads to the call`,
    async () => {
      await code.command('GUP Lens: Compare releases…');
      await code.choose('5.15');
      await code.quickInput.waitFor();
      await code.choose('6.12');
      await textMatching(message(code), /5\.15 → 6\.12, drivers\/infiniband\/hw\/usnic\/usnic_uiom\.c/);
      const line = await lineOf(code, FILES.usnic, 'pin_user_pages(cur_base');
      await clickRow(compared(code).filter({ hasText: new RegExp(`line ${line}`) }), () =>
        cursorIn(code, line, TRY),
      );
      await code.picture(`kernel-compare-${theme}`);
    },
  );
  if (theme === 'dark') {
    await report.check('a picture of the views is taken', async () => {
      await openGroup(code, /^drivers\/vfio/);
      await openGroup(code, /^drivers\/infiniband/);
      await sideBarPicture(code, 'views-dark', { width: 640, height: 760 });
    });
  }
  await code.command('View: Show Explorer');
}
