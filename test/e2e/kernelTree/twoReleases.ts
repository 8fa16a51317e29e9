/** Two trees of Debian's source in one window, each with its own release; and one of them is deleted while it is open. */

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { sites } from '../callSites.js';
import { hovering, status, textMatching } from '../pageChecks.js';
import type { Report } from '../report.js';
import type { VsCode } from '../vscode.js';
import { LIMIT, repeat, TRY, until } from '../wait.js';
import { KERNEL_FOLDER } from '../workbench.js';
import { FILES, goTo } from './kernelFile.js';

/** The folder of the older tree. */
export const OLD_FOLDER = 'linux-6.1';

/** What a person reads in the driver of a tree: its release, the hints at its call, and the value that a flag has there. */
interface Told {
  readonly folder: string;
  readonly release: RegExp;
  readonly hint: RegExp;
  readonly flag: RegExp;
}

const TOLD: readonly [Told, Told] = [
  {
    folder: KERNEL_FOLDER,
    release: /Linux 6\.12 \(Makefile\)/,
    hint: /gup_flags\s*LONGTERM\s±WRITE\s·\s\+PIN/,
    flag: /0x100 in Linux 6\.12 \(Makefile\)/,
  },
  {
    folder: OLD_FOLDER,
    release: /Linux 6\.1 \(Makefile\)/,
    hint: /gup_flags\s\|\sFOLL_LONGTERM\s*WRITE\|LONGTERM\s±FORCE\s·\s\+PIN/,
    flag: /0x10000 in Linux 6\.1 \(Makefile\)/,
  },
];

/** The editor that has the focus. */
const active = (code: VsCode): Locator => code.page.locator('.editor-group-container.active');

/** Opens the driver of a tree by its whole path, which is not that of the other, where flag and call are both to be seen. */
async function openDriver(code: VsCode, folder: string): Promise<void> {
  const path = join(code.pathOf(folder), FILES.usnic);
  const lines = (await readFile(path, 'utf8')).split('\n');
  const lineOf = (text: string): number => lines.findIndex(line => line.includes(text)) + 1;
  const middle = Math.round((lineOf('FOLL_LONGTERM') + lineOf('pin_user_pages(cur_base')) / 2);
  await repeat(async () => {
    await code.page.keyboard.press('Escape');
    await code.page.keyboard.press('Control+p');
    await code.quickInput.fill(`${path}:${middle}`, { timeout: TRY });
    const row = code.page.locator('.quick-input-list .monaco-list-row.focused', { hasText: 'usnic_uiom.c' });
    await row.waitFor({ timeout: TRY });
    await code.quickInput.press('Enter', { timeout: TRY });
    const place = active(code).locator('.breadcrumbs-control');
    await textMatching(place, new RegExp(`^${folder.replace('.', '\\.')}drivers`), TRY);
  });
}

async function isOfItsRelease(code: VsCode, { release, hint, flag }: Told): Promise<void> {
  await textMatching(status(code), release);
  await textMatching(active(code).locator('.view-line'), hint);
  const word = active(code)
    .locator('.view-line', { hasText: 'FOLL_LONGTERM' })
    .first()
    .locator('span > span', { hasText: 'FOLL_LONGTERM' })
    .first();
  await hovering(code, '', flag, word);
  await code.page.keyboard.press('Escape');
}

/** Wants a VS Code that has both trees and in which nothing was opened. */
export async function twoReleases(code: VsCode, report: Report): Promise<void> {
  const { page } = code;
  const [now, old] = TOLD;
  await code.openFolders([now.folder, old.folder], FILES.usnic);
  await report.need('two trees in a window: a driver of 6.12 is read for 6.12', async () => {
    await openDriver(code, now.folder);
    await isOfItsRelease(code, now);
  });
  await report.check(
    'and beside it that of 6.1 for 6.1: its release, its hints, its values of flags',
    async () => {
      await code.command('View: Split Editor Right');
      await openDriver(code, old.folder);
      await isOfItsRelease(code, old);
      await code.picture('kernel-two-releases');
    },
  );
  const root = (name: string): Locator =>
    sites(code).filter({ hasText: new RegExp(`^${name.replace('.', '\\.')}\\s*Linux`) });
  await report.check('each is searched for its own release', async () => {
    await page.locator('.activitybar .action-label[aria-label="GUP Lens"]').click();
    await textMatching(root(now.folder), /Linux 6\.12 \(Makefile\) · \d+ sites in \d+ files/);
    await textMatching(root(old.folder), /Linux 6\.1 \(Makefile\) · \d+ sites in \d+ files/);
    await code.picture('kernel-two-releases-sites');
  });
  await report.check('the release of one of them can be chosen without the other', async () => {
    await code.command('GUP Lens: Choose the kernel release');
    await code.choose('Linux 5.10');
    await textMatching(root(old.folder), /Linux 5\.10 \(setting\)/);
    await textMatching(root(now.folder), /Linux 6\.12 \(Makefile\)/);
    await code.command('GUP Lens: Choose the kernel release');
    await code.choose('From the tree');
    await textMatching(root(old.folder), /Linux 6\.1 \(Makefile\)/);
  });
  await report.check(
    'a tree that is deleted while it is open says so, and the other is searched',
    async () => {
      await rm(code.pathOf(old.folder), { recursive: true });
      await code.command('GUP Lens: Find call sites');
      await textMatching(sites(code), /cannot be searched to the end: .*no such file or directory/);
      await textMatching(root(now.folder), /Linux 6\.12 \(Makefile\) · \d+ sites in \d+ files/);
      await code.picture('kernel-deleted-tree');
    },
  );
  await code.command('View: Show Explorer');
  await report.check('and hovers, hints and findings of the other go on as it is edited', async () => {
    const underlined = active(code).locator('.squiggly-warning');
    await goTo(code, FILES.usnic, 'pin_user_pages(cur_base');
    await underlined.first().waitFor();
    await page.keyboard.press('Control+Shift+K');
    await until('nothing is underlined', async () => (await underlined.count()) === 0, LIMIT);
    await page.keyboard.press('Control+Z');
    await underlined.first().waitFor();
    await openDriver(code, now.folder);
    await isOfItsRelease(code, now);
  });
}
