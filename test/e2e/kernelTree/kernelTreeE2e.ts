/** The packaged extension on Debian's source of Linux, in VS Code and in VS Code for the Web. */

import { ensureCodeServer } from '../codeServer.js';
import { expectNone, type Report } from '../report.js';
import { inWindow, THEMES } from '../themes.js';
import { VsCode } from '../vscode.js';
import { ensureVsCodeWeb, VsCodeWeb } from '../vscodeWeb.js';
import { packageVsix } from '../vsix.js';
import { webLog } from '../webE2e.js';
import { KERNEL_FOLDER } from '../workbench.js';
import { FIRST_SETTINGS, firstFile, firstStart } from './firstStart.js';
import { definition, finding, link, NAMED, reach, references } from './going.js';
import { ensureKernelSource, type KernelSource, LINUX_6_1, LINUX_6_12 } from './kernelSource.js';
import { driver, droppedLock, faultPath, gup } from './reading.js';
import { panel } from './simulating.js';
import { OLD_FOLDER, twoReleases } from './twoReleases.js';
import { callSites, releases } from './views.js';

/** A way to have the sources of this run, with what is to be known of their unpacking in the report. */
const sourcesFor =
  (report: Report) =>
  (source: KernelSource): Promise<string> =>
    ensureKernelSource(source, text => report.note(text));

async function noComplaint(code: VsCode, report: Report, theme: string): Promise<void> {
  await report.check(`${theme}: no channel has an error`, async () => {
    await code.logMatching(/language server: Running/);
    expectNone(await code.complaints());
  });
}

/** Runs the checks in VS Code, in dark and in light; in high contrast those of the panel. */
export async function kernelTreeE2e(report: Report): Promise<void> {
  const kernels = { [KERNEL_FOLDER]: await sourcesFor(report)(LINUX_6_12) };
  const vscode = await ensureCodeServer(text => report.note(text));
  const vsix = await packageVsix();
  for (const theme of ['dark', 'light', 'contrast'] as const) {
    const starting = VsCode.start({ vscode, vsix, theme: THEMES[theme], kernels });
    await inWindow(starting, { report, name: `kernel-${theme}` }, async code => {
      if (theme !== 'contrast') await wholeTree(code, report, theme);
      await droppedLock(code, report, theme);
      await panel(code, report, theme);
      await noComplaint(code, report, theme);
    });
  }
}

async function wholeTree(code: VsCode, report: Report, theme: string): Promise<void> {
  await driver(code, report, theme);
  await callSites(code, report, theme);
  await releases(code, report, theme);
  await references(code, report, theme, NAMED.inTree);
  await reach(code, report, theme);
  await definition(code, report, theme);
  await finding(code, report, theme);
  await gup(code, report, theme);
  await link(code, report, theme);
  await faultPath(code, report, theme);
}

/** What a person sees who has just installed the extension and opens a kernel tree, with VS Code's own settings. */
export async function kernelStartE2e(report: Report): Promise<void> {
  const kernels = { [KERNEL_FOLDER]: await sourcesFor(report)(LINUX_6_12) };
  const vscode = await ensureCodeServer(text => report.note(text));
  const vsix = await packageVsix();
  for (const theme of ['dark', 'light', 'contrast'] as const) {
    const starting = VsCode.start({ vscode, vsix, theme: THEMES[theme], kernels, settings: FIRST_SETTINGS });
    await inWindow(starting, { report, name: `start-${theme}` }, async code => {
      await firstStart(code, report, theme);
      if (theme === 'contrast') return;
      await firstFile(code, report, theme);
      await noComplaint(code, report, theme);
    });
  }
}

/** Two releases in one window. */
export async function kernelRootsE2e(report: Report): Promise<void> {
  const source = sourcesFor(report);
  const kernels = { [KERNEL_FOLDER]: await source(LINUX_6_12), [OLD_FOLDER]: await source(LINUX_6_1) };
  const vscode = await ensureCodeServer(text => report.note(text));
  const starting = VsCode.start({ vscode, vsix: await packageVsix(), theme: THEMES.light, kernels });
  await inWindow(starting, { report, name: 'kernel-roots' }, async code => {
    await twoReleases(code, report);
    await noComplaint(code, report, 'two releases');
  });
}

/** Runs the checks in VS Code for the Web: all of them in dark, the source and the panel in light. */
export async function kernelTreeWebE2e(report: Report): Promise<void> {
  const kernels = { [KERNEL_FOLDER]: await sourcesFor(report)(LINUX_6_12) };
  const packages = await ensureVsCodeWeb(text => report.note(text));
  const vsix = await packageVsix();
  for (const colours of ['dark', 'light'] as const) {
    const theme = `web-${colours}`;
    const starting = VsCodeWeb.start({ packages, vsix, theme: THEMES[colours], kernels });
    await inWindow(starting, { report, name: `kernel-${theme}` }, async code => {
      await driver(code, report, theme);
      if (colours === 'dark') {
        await callSites(code, report, theme);
        await releases(code, report, theme);
        await reach(code, report, theme);
        await definition(code, report, theme);
        await finding(code, report, theme);
        await gup(code, report, theme);
        await references(code, report, theme, NAMED.inDirectory);
        await faultPath(code, report, theme);
      }
      await droppedLock(code, report, theme);
      await panel(code, report, theme);
      await webLog(code, report, theme, /virt\/kvm:\s\d+\sfiles\sread\sin/);
    });
  }
}
