/** VS Code for the Web with the packaged extension: the server in a worker, files by the client, the panel in its web view. */

import { message, sites } from './callSites.js';
import { codeActions } from './codeActions.js';
import { faultPathHovers } from './hovers.js';
import { marks, reach } from './navigation.js';
import { textMatching } from './pageChecks.js';
import { pages } from './pages.js';
import { races } from './races.js';
import { expectMatch, expectNone, expectTrue, type Report } from './report.js';
import { inWindow, THEMES } from './themes.js';
import { panel, problems, source } from './vscodeE2e.js';
import { ensureVsCodeWeb, VsCodeWeb } from './vscodeWeb.js';
import { packageVsix } from './vsix.js';

const SAMPLE = 'drivers/misc/sample.c';

/** What cannot work is told to a person who has not been told; behind a reload it was. */
async function limits(code: VsCodeWeb, report: Report): Promise<void> {
  const notice = code.page.locator('.notification-toast', { hasText: 'not the whole tree' });
  await report.check('what a browser leaves out is said', async () => {
    await code.open('tree', SAMPLE);
    await notice.waitFor();
    await code.picture('web-limits');
    await notice.getByText('What that means').click();
    await textMatching(code.webview().locator('h1'), /VS Code for the Web/);
  });
  // Two web views at a time could not be told apart.
  await code.command('View: Close Editor');
  await code.page.locator('iframe.webview.ready').waitFor({ state: 'hidden' });
  await report.check('and is not said again', async () => {
    await code.reload();
    await code.page.waitForSelector('.squiggly-error, .squiggly-warning');
    expectTrue((await notice.count()) === 0, 'it was said again');
  });
}

/** The view of the activity bar: the whole of a small tree is searched, beyond the open file's directory. */
async function view(code: VsCodeWeb, report: Report, theme: string): Promise<void> {
  await report.check(
    `${theme}: the view has the call sites of the folder, in directories of no open file too`,
    async () => {
      await code.page.locator('.activitybar .action-label[aria-label="GUP Lens"]').click();
      await textMatching(sites(code), /drivers\/misc\s*3/);
      await textMatching(message(code), /5 sites in 2 files · Linux 6\.12 \(Makefile\)/);
      await code.picture(`sites-${theme}`);
    },
  );
  await code.command('View: Show Explorer');
}

/** The log of the extension, from the Output view (a browser has no file of it), and all consoles; `read` is in the log. */
export async function webLog(code: VsCodeWeb, report: Report, theme: string, read: RegExp): Promise<void> {
  await report.check(
    `${theme}: the log has no error, and the files beside the open one were read`,
    async () => {
      await code.command('GUP Lens: Show the log');
      const lines = code.page.locator('[id="workbench.panel.output"] .view-line');
      await textMatching(lines, read);
      const text = (await lines.allTextContents()).join('\n').replaceAll('\u00a0', ' ');
      expectMatch(text, /language server: Running/);
      expectTrue(!/\[error\]/i.test(text), text);
      await code.picture(`log-${theme}`);
    },
  );
  await report.check(`${theme}: no console has an error of the extension`, async () => {
    expectNone(code.complaints);
  });
}

/** Runs the checks in dark and in light. */
export async function webE2e(report: Report): Promise<void> {
  const packages = await ensureVsCodeWeb(text => report.note(text));
  const vsix = await packageVsix();
  for (const colours of ['dark', 'light'] as const) {
    const theme = `web-${colours}`;
    const starting = VsCodeWeb.start({ packages, vsix, theme: THEMES[colours] });
    await inWindow(starting, { report, name: theme }, async code => {
      if (colours === 'dark') await limits(code, report);
      await source(code, report, theme);
      await marks(code, report, theme);
      await view(code, report, theme);
      if (colours === 'dark') {
        await problems(code, report);
        await codeActions(code, report, theme);
        await faultPathHovers(code, report, theme);
        await reach(code, report, theme);
        await pages(code, report, theme);
      }
      await panel(code, report, theme);
      await races(code, report, theme);
      await webLog(code, report, theme, /drivers\/misc:\s1\sfiles\sread\sin/);
    });
  }
}
