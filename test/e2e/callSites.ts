/** The views of the activity bar: the call sites of the workspace, and what another release means for a file. */

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { textMatching } from './pageChecks.js';
import { expectMatch, expectTrue, type Report } from './report.js';
import type { VsCode } from './vscode.js';
import { LIMIT, repeat, TRY, until } from './wait.js';
import type { Workbench } from './workbench.js';

const SAMPLE = 'drivers/misc/sample.c';

/** Enough that a search is seen at work, and can be stopped. */
const MANY = 300;

const rows = (code: Workbench, view: string): Locator =>
  code.page
    .locator('.split-view-view', { has: code.page.locator(`.pane-header[aria-label*="${view}"]`) })
    .locator('.monaco-list-row');

/** The rows of the view of call sites. */
export const sites = (code: Workbench): Locator => rows(code, 'Call sites');
/** The rows of the view of what another release means. */
export const compared = (code: Workbench): Locator => rows(code, 'Compare releases');

/** What the views say above their rows. */
export const message = (code: Workbench): Locator =>
  code.page.locator('.tree-explorer-viewlet-tree-view .message');

/** The line of the cursor is that of a text of the sample. */
async function cursorAt(code: VsCode, text: string): Promise<void> {
  const lines = (await readFile(join(code.workspace, SAMPLE), 'utf8')).split('\n');
  const line = lines.findIndex(each => each.includes(text)) + 1;
  await textMatching(code.page.locator('#status\\.editor\\.selection'), new RegExp(`Ln ${line},`));
}

/** Clicks a row until something comes of it: a list that is drawn again may swallow a click. */
export async function clickRow(row: Locator, done: () => Promise<unknown>): Promise<void> {
  await repeat(async () => {
    await row.first().click({ timeout: TRY });
    await done();
  });
}

/** Opens a group of the view of call sites. */
export async function openGroup(code: Workbench, group: RegExp): Promise<void> {
  const row = sites(code).filter({ hasText: group });
  await clickRow(row, () =>
    until('it is open', async () => (await row.first().getAttribute('aria-expanded')) === 'true', TRY),
  );
}

/** Leaves the file in front, and the view of the explorer. */
export async function callSites(code: VsCode, report: Report, theme: string): Promise<void> {
  const { page } = code;
  await code.open('tree', SAMPLE);
  await page.waitForSelector('.squiggly-error');
  await report.need(`${theme}: the activity bar has a view of the call sites, which are found`, async () => {
    await page.locator('.activitybar .action-label[aria-label="GUP Lens"]').click();
    await textMatching(sites(code), /drivers\/misc\s*3/);
    await textMatching(message(code), /5 sites in 2 files · Linux 6\.12 \(Makefile\)/);
  });
  await report.check(`${theme}: a click on a call site opens it`, async () => {
    await openGroup(code, /drivers\/misc/);
    await clickRow(sites(code).filter({ hasText: /get_user_pages_remote/ }), () =>
      cursorAt(code, '= get_user_pages_remote('),
    );
    await code.picture(`sites-${theme}`);
  });
  await report.check(`${theme}: grouped by finding it shows what rules found`, async () => {
    await code.command('GUP Lens: Group call sites by finding');
    await textMatching(sites(code), /gup-pin-put-mismatch\s*1/);
    await openGroup(code, /gup-pin-put-mismatch/);
    await clickRow(sites(code).filter({ hasText: /sample\.c:\d+/ }), () => cursorAt(code, 'put_page(page)'));
    await code.picture(`sites-findings-${theme}`);
  });
  if (theme === 'dark') await filters(code, report);
  await code.command('GUP Lens: Group call sites by subsystem');
  await compare(code, report, theme);
  if (theme === 'dark') await longSearch(code, report, { file: SAMPLE, count: 3 });
  await code.command('View: Show Explorer');
}

async function filters(code: VsCode, report: Report): Promise<void> {
  const { page } = code;
  await report.check('grouped by flag it counts each flag', async () => {
    await code.command('GUP Lens: Group call sites by flag');
    await textMatching(sites(code), /FOLL_LONGTERM\s*2/);
    await textMatching(sites(code), /FOLL_WRITE\s*3/);
    await code.picture('sites-flags');
  });
  await report.check('the audit of FOLL_LONGTERM leaves out what does not pass it', async () => {
    await code.command('GUP Lens: Audit FOLL_LONGTERM');
    await textMatching(message(code), /FOLL_LONGTERM audit: 2 sites in 1 file, of 5 sites/);
  });
  await report.check('where the filter leaves out everything the view says what to do', async () => {
    await code.command('GUP Lens: Audit FOLL_FORCE');
    const welcome = page.locator('.welcome-view-content');
    await textMatching(welcome, /the filter leaves them out/);
    await code.picture('sites-hidden');
    await welcome.getByText('Show All Call Sites').click();
    await textMatching(sites(code), /FOLL_WRITE\s*3/);
  });
  await report.check('kinds and flags are chosen from a list with counts', async () => {
    await code.command('GUP Lens: Filter call sites…');
    await textMatching(page.locator('.quick-input-list .monaco-list-row'), /give pages back\s*0/);
    await code.picture('sites-filter');
    await code.quickInput.press('Escape');
  });
  await report.check('it is copied as a Markdown table', async () => {
    await code.command('GUP Lens: Copy call sites as a Markdown table');
    await until(
      'the table is in the clipboard',
      async () => (await page.evaluate(() => navigator.clipboard.readText())).startsWith('| Site |'),
      LIMIT,
    );
    expectMatch(
      await page.evaluate(() => navigator.clipboard.readText()),
      /\| `drivers\/misc\/sample\.c:\d+` \| `sample_peek` \| `get_user_pages_remote` \| `WRITE/,
    );
  });
}

async function compare(code: VsCode, report: Report, theme: string): Promise<void> {
  await report.check(
    `${theme}: releases are compared for the file, as a list that leads to the calls`,
    async () => {
      await code.command('GUP Lens: Compare releases…');
      await code.choose('5.10');
      await code.quickInput.waitFor();
      await code.choose('6.12');
      await textMatching(message(code), /5\.10 → 6\.12, drivers\/misc\/sample\.c/);
      await textMatching(compared(code), /Behaves differently/);
      await clickRow(compared(code).filter({ hasText: /pin_user_pages_fast in sample_write_once/ }), () =>
        cursorAt(code, '= pin_user_pages_fast('),
      );
      await code.picture(`compare-${theme}`);
    },
  );
}

/** A search over hundreds of copies of a file that has some sites. They are gone afterwards. */
export async function longSearch(
  code: Workbench,
  report: Report,
  { file, count }: { readonly file: string; readonly count: number },
): Promise<void> {
  const folder = join(code.workspace, 'drivers/many');
  const text = await readFile(join(code.workspace, file), 'utf8');
  await mkdir(folder);
  await Promise.all(
    Array.from({ length: MANY }, (_, at) =>
      writeFile(join(folder, `f${String(at).padStart(3, '0')}.c`), text),
    ),
  );
  await report.check('a long search shows first rows and how far it is, and can be stopped', async () => {
    await code.command('GUP Lens: Find call sites');
    await textMatching(message(code), /Searching \w+: \d+ of \d+ files/);
    await textMatching(sites(code), /drivers\/many\s*\d+/);
    await code.picture('sites-searching');
    await code.command('GUP Lens: Stop searching for call sites');
    await textMatching(message(code), /The search was stopped: not all files were read\./);
    const row =
      (await sites(code)
        .filter({ hasText: /drivers\/many/ })
        .textContent()) ?? '';
    expectTrue(Number(/(\d+)$/.exec(row)?.[1]) < count * MANY, `all was read: ${row}`);
  });
  await report.check('files that go away leave the view', async () => {
    await rm(folder, { recursive: true });
    await code.command('GUP Lens: Find call sites');
    await sites(code)
      .filter({ hasText: /drivers\/many/ })
      .waitFor({ state: 'detached' });
  });
}
