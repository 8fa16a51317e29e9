/** The races of the simulator panel: a litmus test chosen by name, explored, and its run followed by keyboard. */

import { graveFindings } from './accessibility.js';
import { copy, textMatching } from './pageChecks.js';
import { panelPicture } from './pictures.js';
import { expectMatch, expectNone, expectTrue, type Report } from './report.js';
import type { Workbench } from './workbench.js';

/** Opens a litmus test by the command, takes a guard away, and looks at what is found. */
export async function races(code: Workbench, report: Report, theme: string): Promise<void> {
  const { page } = code;
  const view = code.webview();
  await report.need(`${theme}: a litmus test is opened by its name and explored`, async () => {
    await code.command('GUP Lens: Explore a discussion…');
    await code.choose('gup-fast-fork');
    await textMatching(view.locator('#races .result'), /forbidden, as expected.*states, complete/);
  });
  await report.need(`${theme}: without its guard it shows the schedule`, async () => {
    await view.locator('#race-release').selectOption('5.15');
    await view.locator('#check-without-gupFastForkSeq').check();
    await view.locator('#explore').click();
    await textMatching(view.locator('#races .result'), /allowed, as expected/);
    await textMatching(view.locator('#races-run'), /B4 A5/);
  });
  await report.check(`${theme}: the keyboard goes through its steps, with a lane a task`, async () => {
    const list = view.locator('#run-steps');
    await list.press('End');
    await list.locator('.step:last-child[aria-selected="true"]').waitFor();
    await page.keyboard.press('Home');
    for (let down = 0; down < 4; down++) await page.keyboard.press('ArrowDown');
    expectMatch((await list.locator('.step[aria-selected="true"]').textContent()) ?? '', /^5Apinner/);
    expectTrue((await view.locator('.lanes-legend .lane').count()) === 3, 'there are not three lanes');
    // Beside the pinner's fifth step the forker holds mmap_lock for writing.
    await list.locator('.step[aria-selected="true"] .half:nth-child(2) .lane.write').waitFor();
  });
  await report.check(
    `${theme}: the order beside it on the release as it is, the first difference marked`,
    async () => {
      await textMatching(view.locator('.plain-kernel'), /on Linux 5\.15 as it is: the question is not true/);
      await textMatching(view.locator('.first-difference'), /first difference/);
    },
  );
  await report.check(`${theme}: axe-core finds nothing grave in the races`, async () => {
    expectNone(await graveFindings(code));
  });
  await code.picture(`races-${theme}`);
  if (theme === 'dark') {
    await report.check('a picture of the races is taken', () =>
      panelPicture(code, 'races-dark', '#races-run'),
    );
  }
  if (theme === 'dark') await racesKept(code, report);
}

async function racesKept(code: Workbench, report: Report): Promise<void> {
  const { page } = code;
  const view = code.webview();
  await report.check('the run can be copied as a command line', async () => {
    await copy(code, 'Copy command line of this run', 'command line copied');
    expectMatch(
      await page.evaluate(() => navigator.clipboard.readText()),
      /gup-lens explore gup-fast-fork --kernel 5\.15 --without gupFastForkSeq --schedule 'B4 A5'/,
    );
  });
  await report.check('the races come back after a reload of the window, at the chosen step', async () => {
    await code.reload();
    await textMatching(view.locator('#races .result'), /allowed, as expected/);
    await view.locator('#run-steps .step:nth-child(5)[aria-selected="true"]').waitFor();
  });
  await report.check('a discussion is explored test by test', async () => {
    await code.command('GUP Lens: Explore a discussion…');
    await code.choose('lock-dropped');
    await textMatching(view.locator('.verdicts'), /gup-swap-unmap.*swap-fault-unmap.*uffd-signal/s);
    await view.locator('#explore').waitFor();
    expectNone(await graveFindings(code));
    await code.picture('races-discussion');
  });
  await report.check('an exploration is called off', async () => {
    await view.locator('#race').selectOption('unshare-gup-fast');
    await view.locator('#race-release').selectOption('');
    await view.locator('#explore').click();
    await view.locator('#cancel').click();
    await textMatching(view.locator('#races-outcome'), /Cancelled: \d+ of \d+ were looked at/);
  });
}
