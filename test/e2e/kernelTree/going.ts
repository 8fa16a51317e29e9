/** Going places in the kernel's tree: definitions, references, links, callers; and what can be done about a finding. */

import type { Locator } from 'playwright-core';
import { takeAction } from '../codeActions.js';
import { textMatching } from '../pageChecks.js';
import type { Report } from '../report.js';
import { LIMIT, repeat, TRY, until } from '../wait.js';
import type { Workbench } from '../workbench.js';
import { cursorIn, FILES, goTo, lineOf, wordIn } from './kernelFile.js';

const FLAGS = 'include/linux/mm_types.h';

/** A flag in a line of a file. */
interface FlagPlace {
  readonly file: string;
  readonly line: string;
  readonly flag: string;
}

/** Where the driver names a flag. */
const LONGTERM: FlagPlace = { file: FILES.usnic, line: 'gup_flags = FOLL_LONGTERM', flag: 'FOLL_LONGTERM' };

/** Puts the cursor on a flag and presses a key, until something is done. The file is in front. */
async function atFlag(
  code: Workbench,
  { file, line, flag }: FlagPlace,
  key: string,
  done: () => Promise<unknown>,
): Promise<void> {
  await goTo(code, file, line);
  await repeat(async () => {
    await code.page.keyboard.press('Escape');
    await wordIn(code, line, flag).click({ timeout: TRY });
    await code.page.keyboard.press(key);
    await done();
  });
}

const picture = (code: Workbench, name: string, theme: string): Promise<unknown> =>
  code.picture(`kernel-${name}-${theme}`);

/** A flag, and files that name it: of the whole tree, and of the directory of mm/gup.c. */
export const NAMED = {
  inTree: { ...LONGTERM, files: [/vfio_iommu_type1\.c/, /umem\.c/, /usnic_uiom\.c/] },
  inDirectory: {
    file: FILES.gup,
    line: 'FOLL_PIN | FOLL_TOUCH | FOLL_REMOTE',
    // A list shows a dozen rows: one that mm/gup.c names oftener would hide the other file.
    flag: 'FOLL_REMOTE',
    files: [/gup\.c/, /internal\.h/],
  },
} as const;

/** From a flag of the file in front to the files that name it. */
export async function references(
  code: Workbench,
  report: Report,
  theme: string,
  { files, ...place }: FlagPlace & { readonly files: readonly RegExp[] },
): Promise<void> {
  const { page } = code;
  await report.check(`${theme}: references of a flag are those of the tree`, async () => {
    const peek = page.locator('.reference-zone-widget');
    await atFlag(code, place, 'Shift+F12', () => peek.waitFor({ timeout: 2 * TRY }));
    for (const file of files) await textMatching(peek.locator('.ref-tree .monaco-list-row'), file);
    await picture(code, 'references', theme);
    await page.keyboard.press('Escape');
    await peek.waitFor({ state: 'detached' });
  });
}

/** From the call of the driver, which is in front, to what reaches it. */
export async function reach(code: Workbench, report: Report, theme: string): Promise<void> {
  const { page } = code;
  const file = FILES.usnic;
  await report.check(`${theme}: what reaches the call is found in the files of the driver`, async () => {
    await goTo(code, file, 'pin_user_pages(cur_base');
    await repeat(async () => {
      await wordIn(code, 'ret = pin_user_pages(cur_base', 'pin_user_pages').click({ timeout: TRY });
      await cursorIn(code, await lineOf(code, file, 'pin_user_pages(cur_base'), TRY);
    });
    await code.command('GUP Lens: Show what reaches this call');
    const rows = page.locator('.quick-input-list .monaco-list-row');
    await textMatching(rows, /usnic_uiom_reg_get/);
    await textMatching(rows, /usnic_ib_reg_mr/);
    await picture(code, 'reach', theme);
    await code.quickInput.press('Escape');
    await code.quickInput.waitFor({ state: 'hidden' });
  });
}

/** From a flag of the driver, which is in front, to the headers of the tree, and back. */
export async function definition(code: Workbench, report: Report, theme: string): Promise<void> {
  const { page } = code;
  await report.check(`${theme}: a flag leads to its definition in the headers of the tree`, async () => {
    const header = page.locator('.tab.active', { hasText: 'mm_types.h' });
    await atFlag(code, LONGTERM, 'F12', () => header.waitFor({ timeout: TRY }));
    await cursorIn(code, await lineOf(code, FLAGS, 'FOLL_LONGTERM ='));
    await picture(code, 'definition', theme);
    await code.command('View: Close Editor');
    await page.locator('.tab.active', { hasText: 'usnic_uiom.c' }).waitFor();
  });
}

/** The link in a comment of mm/gup.c leads to the page of the tree. */
export async function link(code: Workbench, report: Report, theme: string): Promise<void> {
  const { page } = code;
  await report.check(`${theme}: a page of the documentation that a comment names is opened`, async () => {
    const text = 'Documentation/core-api/pin_user_pages.rst';
    const line = await lineOf(code, FILES.gup, text, 'pin_user_pages_remote() - pin pages');
    await goTo(code, FILES.gup, text, 'pin_user_pages_remote() - pin pages');
    await repeat(async () => {
      await cursorIn(code, line, TRY);
      await page.mouse.move(1, 1);
      const word = page
        .locator('.monaco-editor .view-line .detected-link', { hasText: 'pin_user_pages' })
        .last();
      await word.click({ modifiers: ['Control'], timeout: TRY });
      await page.locator('.tab.active', { hasText: 'pin_user_pages.rst' }).waitFor({ timeout: TRY });
    });
  });
}

/** The place of the leak: of the lines that are alike the last. */
function leak(code: Workbench): Locator {
  return code.page
    .locator('.monaco-editor .view-line', { hasText: 'goto out;' })
    .last()
    .locator('span > span', { hasText: 'goto' })
    .first();
}

/** A finding of the kernel in the driver, which is in front, is explained, and silenced with a reason. Leaves the file as it was. */
export async function finding(code: Workbench, report: Report, theme: string): Promise<void> {
  const { page } = code;
  const file = FILES.usnic;
  const rule = 'gup-error-path-leak';
  await repeat(async () => {
    await goTo(code, file, 'goto out;', 'if (!chunk) {');
    await page.waitForSelector('.squiggly-warning', { timeout: 2 * TRY });
  });
  await report.check(`${theme}: a finding of the kernel is silenced by a comment with a reason`, async () => {
    const line = await goTo(code, file, 'goto out;', 'if (!chunk) {');
    await takeAction(code, leak(code), `Suppress ${rule} here with a reason`, () =>
      picture(code, 'actions', theme),
    );
    await page.locator('.monaco-editor .view-line', { hasText: 'gup-lens: ignore' }).waitFor();
    // Its reason belongs behind the two dashes.
    await textMatching(page.locator('#status\\.editor\\.selection'), new RegExp(`Ln ${line}, Col [5-9]\\d`));
    await page.keyboard.type('known, and to be fixed');
    await textMatching(
      page.locator('.monaco-editor .view-line'),
      /gup-lens:\signore\sgup-error-path-leak\s--\sknown,\sand\sto\sbe\sfixed\s\*\//,
    );
    const underlined = page.locator('.squiggly-warning');
    await until('nothing is underlined', async () => (await underlined.count()) === 0, LIMIT);
    await picture(code, 'suppressed', theme);
  });
  await code.command('File: Revert File');
  await page.waitForSelector('.squiggly-warning');
  await report.check(`${theme}: its rule is explained beside the code`, async () => {
    await goTo(code, file, 'goto out;', 'if (!chunk) {');
    await takeAction(code, leak(code), `Explain ${rule}`, async () => undefined);
    await textMatching(code.webview().locator('h1'), /gup-error-path-leak/);
    await picture(code, 'explained', theme);
  });
  // Two web views at a time could not be told apart.
  await code.command('View: Close Editor');
  await page.locator('iframe.webview.ready').waitFor({ state: 'hidden' });
}
