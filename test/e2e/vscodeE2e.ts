/** VS Code with the packaged extension: what a person sees in the source, the status bar and the simulator panel. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { graveFindings } from './accessibility.js';
import { callSites } from './callSites.js';
import { codeActions } from './codeActions.js';
import { ensureCodeServer } from './codeServer.js';
import { faultPathHovers } from './hovers.js';
import { marks, reach } from './navigation.js';
import { copy, hovering, status, textMatching, token } from './pageChecks.js';
import { pages } from './pages.js';
import { panelPicture, takePicture } from './pictures.js';
import { races } from './races.js';
import { expectMatch, expectNone, expectTrue, type Report } from './report.js';
import { inWindow, THEMES, type Theme } from './themes.js';
import { VsCode } from './vscode.js';
import { packageVsix } from './vsix.js';
import { repeat, TRY } from './wait.js';
import { VIEWPORT, type Workbench } from './workbench.js';

const SAMPLE = 'drivers/misc/sample.c';

/** A lens stands on the line above its call: nearer than two lines of the text. Pixels. */
const TWO_LINES = 40;

/** Clicks the lens of a call, once it stands right above its line: lenses move while they arrive. */
export async function clickLens(code: Workbench, call: string): Promise<void> {
  const lenses = code.page.locator('.codelens-decoration a', { hasText: 'Simulate this call' });
  const top = async (locator: Locator): Promise<number> =>
    (await locator.boundingBox({ timeout: TRY }))?.y ?? Number.NaN;
  await repeat(async () => {
    const line = await top(token(code, call));
    const all = await Promise.all(
      (await lenses.all()).map(async lens => ({ lens, above: line - (await top(lens)) })),
    );
    const own = all.find(({ above }) => above > 0 && above < TWO_LINES);
    if (own === undefined) throw new Error(`no lens stands above ${call}`);
    await own.lens.click({ timeout: TRY });
  });
}

/** The file is opened: findings, release, hints, lenses and a hover are there. */
export async function source(code: Workbench, report: Report, theme: string): Promise<void> {
  const { page } = code;
  await report.need(`${theme}: the file opens and the mismatch is underlined`, async () => {
    await code.open('tree', SAMPLE);
    await page.waitForSelector('.squiggly-error, .squiggly-warning');
  });
  await report.check(`${theme}: the status bar names the release and its source`, async () => {
    await textMatching(status(code), /Linux 6\.12 \(Makefile\)/);
  });
  await report.check(`${theme}: inlay hints show what the callee adds`, async () => {
    await textMatching(page.locator('.monaco-editor .view-line'), /\+PIN/);
  });
  await report.need(`${theme}: a lens stands above the call`, async () => {
    await textMatching(page.locator('.codelens-decoration a'), /Simulate this call/);
  });
  await report.check(`${theme}: hover on a call tells its contract for 6.12`, async () => {
    expectMatch(await hovering(code, 'get_user_pages_remote', /get_user_pages_remote.*mmap_lock/s), /6\.12/);
    await code.picture(`hover-${theme}`);
  });
  await page.keyboard.press('Escape');
}

/** The picture of README.md: hints, lenses, a finding and the whole of a hover, denser than on a plain screen. */
async function picture(code: VsCode, report: Report, theme: string): Promise<void> {
  const { page } = code;
  await report.check(`${theme}: flags that only some paths pass are told apart in the hover`, async () => {
    await code.command('View: Close Primary Side Bar');
    await takePicture(
      page,
      `editor-${theme}`,
      // A hover takes up to a quarter of the editor's height; what is not of the picture is cut away.
      { size: { width: 1560, height: 4000 }, quality: 72 },
      async () => {
        await textMatching(page.locator('.monaco-editor .view-line'), /±WRITE/);
        await page.locator('.codelens-decoration a').nth(2).waitFor();
        expectMatch(
          await hovering(code, 'pin_user_pages_remote', /pin_user_pages_remote/),
          /WRITE if writable/,
        );
        const group = await page.locator('.editor-group-container').boundingBox();
        const hover = await page.locator('.monaco-hover:visible').boundingBox();
        if (group === null || hover === null) return null;
        return { ...group, height: hover.y + hover.height + 24 - group.y };
      },
    );
  });
  await page.setViewportSize(VIEWPORT);
  await page.keyboard.press('Escape');
}

/** The Problems view lists what is found. */
export async function problems(code: Workbench, report: Report): Promise<void> {
  const { page } = code;
  await report.check('the finding is in the Problems view with its rule', async () => {
    await code.command('View: Focus Problems');
    await textMatching(page.locator('.markers-panel-container .monaco-list-row'), /gup-pin-put-mismatch/);
    await code.command('View: Toggle Panel Visibility');
    await page.locator('.markers-panel-container').waitFor({ state: 'hidden' });
  });
}

/** A lens opens the simulator panel, which works by keyboard. */
export async function panel(code: Workbench, report: Report, theme: string): Promise<void> {
  const { page } = code;
  const view = code.webview();
  await report.need(`${theme}: the lens opens the simulator with a result`, async () => {
    await clickLens(code, 'get_user_pages_remote');
    await textMatching(view.locator('h1'), /get_user_pages_remote\(.*FOLL_WRITE.*&locked\)/);
    await textMatching(view.locator('.result'), /returns 1/);
  });
  await report.check(`${theme}: the steps are a list that the keyboard moves in`, async () => {
    const list = view.locator('.steps');
    expectTrue((await list.locator('.step').count()) > 3, 'there are hardly any steps');
    await list.press('End');
    await view.locator('.step:last-child[aria-selected="true"]').waitFor();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await view.locator('.step:nth-child(2)[aria-selected="true"]').waitFor();
    await textMatching(view.locator('.step:nth-child(2) dl'), /held for reading.*page table entry\s*none/);
  });
  await report.check(`${theme}: the slider and the player go through the steps`, async () => {
    await view.locator('.player input').fill('4');
    await view.locator('.step:nth-child(4)[aria-selected="true"]').waitFor();
    await view.getByRole('button', { name: 'One step back' }).click();
    await view.locator('.step:nth-child(3)[aria-selected="true"]').waitFor();
    await view.getByRole('button', { name: 'Play' }).click();
    await view.locator('.step:last-child[aria-selected="true"]').waitFor();
    await view.getByRole('button', { name: 'Play' }).waitFor();
    await view.locator('.player input').fill('2');
  });
  await report.check(`${theme}: the flags that the kernel adds stand below those of the caller`, async () => {
    await textMatching(view.locator('#added-flags'), /adds.*\+REMOTE.*handle_mm_fault\(\) gets WRITE/);
  });
  await report.check(`${theme}: it runs in a worker under the page's policy`, async () => {
    await view.locator('footer').waitFor();
    expectTrue(
      !/not in a worker/.test((await view.locator('footer').textContent()) ?? ''),
      'the worker did not start',
    );
  });
  await report.check(`${theme}: axe-core finds nothing grave in the panel`, async () => {
    expectNone(await graveFindings(code));
  });
  await code.picture(`panel-${theme}`);
}

/** Another release beside the call, in the panel that {@link panel} left open. */
async function compared(code: VsCode, report: Report, theme: string): Promise<void> {
  const view = code.webview();
  await report.check(`${theme}: the outcome is compared with that of another release`, async () => {
    await view.locator('#memory').selectOption('forked');
    await view.locator('#compare').selectOption('6.1');
    await textMatching(view.locator('.comparison th'), /GUP flags/);
    await textMatching(view.locator('.first-difference'), /first difference/);
    // 6.12 looks at the arguments first, of which nothing comes; 6.1 tells by VM_FAULT_WRITE that the fault wrote.
    await textMatching(view.locator('.step.differs-first[aria-selected="true"]'), /returns 0/);
    expectNone(await graveFindings(code));
    await code.picture(`panel-compare-${theme}`);
    if (theme === 'dark') await panelPicture(code, 'compare-dark', '#outcome');
    await view.locator('#compare').selectOption('6.12');
    await textMatching(view.locator('.comparison'), /The same outcome on Linux 6\.12/);
    await textMatching(view.locator('#outcome h2'), /the same on both/);
    await view.locator('#compare').selectOption('');
    await view.locator('.comparison').waitFor({ state: 'detached' });
  });
}

async function panelForm(code: VsCode, report: Report): Promise<void> {
  const { page } = code;
  const view = code.webview();
  await report.need('another memory situation gives another course', async () => {
    await view.locator('#memory').selectOption('uffd-copy');
    await textMatching(view.locator('.result'), /\*locked = 0/);
    await textMatching(view.locator('.step'), /release read/);
    await code.picture('panel-userfaultfd');
  });
  await report.check('a flag is toggled by keyboard and keeps the focus', async () => {
    const flag = view.locator('#check-FOLL_NOWAIT');
    await flag.press('Space');
    await textMatching(view.locator('h1'), /FOLL_NOWAIT/);
    await view.locator('#check-FOLL_NOWAIT:focus:checked').waitFor();
    await page.keyboard.press('Space');
    await view.locator('#check-FOLL_NOWAIT:focus:not(:checked)').waitFor();
  });
  await report.check('what is not modelled says so, with the reason', async () => {
    // Before v4.10 get_user_pages_remote() had no `locked`, which this call passes.
    await view.locator('#kernel').selectOption('4.8');
    await textMatching(view.locator('.not-modelled'), /Not modelled: a locked argument/);
    await code.picture('panel-not-modelled');
    await view.locator('#kernel').selectOption('6.12');
    await view.locator('.result').waitFor();
  });
  await compared(code, report, 'dark');
  await report.check('the scenario and the command line can be copied', async () => {
    await copy(code, 'Copy as scenario JSON', 'scenario copied');
    const copied: unknown = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
    expectMatch(JSON.stringify(copied), /"fn":"get_user_pages_remote"/);
    await copy(code, 'Copy command line', 'command line copied');
    expectMatch(await page.evaluate(() => navigator.clipboard.readText()), /gup-lens simulate --jsonl/);
  });
  await report.check('the panel keeps its scenario while hidden', async () => {
    await view.locator('#memory').selectOption('uffd-copy');
    await textMatching(view.locator('.result'), /\*locked = 0/);
    await code.command('File: New Untitled Text File');
    await page.locator('iframe.webview.ready').waitFor({ state: 'hidden' });
    await page.locator('.tab', { hasText: 'Simulate' }).click();
    await textMatching(code.webview().locator('.result'), /\*locked = 0/);
  });
  await report.check('the panel comes back after a reload of the window', async () => {
    await code.reload();
    await textMatching(code.webview().locator('.result'), /\*locked = 0/);
  });
  await report.check('"Show the call" leads to the source line', async () => {
    await code.webview().getByText('Show the call').click();
    const lines = (await readFile(join(code.workspace, SAMPLE), 'utf8')).split('\n');
    const line = lines.findIndex(text => text.includes('= get_user_pages_remote(')) + 1;
    await textMatching(page.locator('#status\\.editor\\.selection'), new RegExp(`Ln ${line},`));
  });
}

async function release(code: VsCode, report: Report): Promise<void> {
  await report.check('a click on the status item chooses another release', async () => {
    await status(code).locator('a').click();
    await code.quickInput.waitFor();
    await code.picture('choose-release');
    await code.choose('Linux 6.1');
    await textMatching(status(code), /Linux 6\.1 \(setting\)/);
  });
  await report.check('and back to what the tree says', async () => {
    await status(code).locator('a').click();
    await code.choose('From the tree');
    await textMatching(status(code), /Linux 6\.12 \(Makefile\)/);
  });
}

async function otherProject(code: VsCode, report: Report): Promise<void> {
  await report.check('a C project that is no kernel gets no server', async () => {
    await code.open('plain', 'plain.c');
    // The command wakes the extension if the file has not; its question is then the first thing that needs the server.
    await code.command('GUP Lens: Choose the kernel release');
    await textMatching(code.page.locator('.quick-input-list .monaco-list-row'), /Linux 6\.12/);
    await code.quickInput.press('Escape');
    await code.quickInput.waitFor({ state: 'hidden' });
    const log = await code.logMatching(/starting the language server: a release is to be chosen/);
    expectTrue(!/starting the language server: plain\.c/.test(log), log);
    expectTrue((await status(code).count()) === 0, 'a release is shown for a file that is not of a kernel');
  });
  await report.check('"Show the log" opens the channel', async () => {
    await code.command('GUP Lens: Show the log');
    await textMatching(
      code.page.locator('[id="workbench.panel.output"] .view-line'),
      /language\sserver:\sRunning/,
    );
  });
}

async function quiet(code: VsCode, report: Report, theme: string): Promise<void> {
  await report.check(`${theme}: the log has no error`, async () => {
    const log = await code.logMatching(/language server: Running/);
    expectTrue(!/\[error\]/i.test(log), log);
  });
}

/** Runs the checks in VS Code, all of them in dark, the visible ones in light and high contrast too. */
export async function vscodeE2e(report: Report): Promise<void> {
  const vscode = await ensureCodeServer(text => report.note(text));
  const vsix = await packageVsix();
  const withTheme = (theme: Theme, tests: (code: VsCode) => Promise<void>): Promise<void> =>
    inWindow(VsCode.start({ vscode, vsix, theme: THEMES[theme] }), { report, name: theme }, tests);
  await withTheme('dark', async code => {
    await source(code, report, 'dark');
    await marks(code, report, 'dark');
    await reach(code, report, 'dark');
    await pages(code, report, 'dark');
    await faultPathHovers(code, report, 'dark');
    await code.open('tree', SAMPLE);
    await picture(code, report, 'dark');
    await problems(code, report);
    await panel(code, report, 'dark');
    await panelForm(code, report);
    await release(code, report);
    await codeActions(code, report, 'dark');
    await races(code, report, 'dark');
    await callSites(code, report, 'dark');
    await otherProject(code, report);
    await quiet(code, report, 'dark');
  });
  await withTheme('light', async code => {
    await source(code, report, 'light');
    await marks(code, report, 'light');
    await reach(code, report, 'light');
    await pages(code, report, 'light');
    await faultPathHovers(code, report, 'light');
    await code.open('tree', SAMPLE);
    await picture(code, report, 'light');
    await panel(code, report, 'light');
    await compared(code, report, 'light');
    await races(code, report, 'light');
    await callSites(code, report, 'light');
    await quiet(code, report, 'light');
  });
  await withTheme('contrast', async code => {
    await source(code, report, 'contrast');
    await panel(code, report, 'contrast');
    await races(code, report, 'contrast');
  });
}
