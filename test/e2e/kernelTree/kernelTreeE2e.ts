/** The packaged extension on Debian's source of Linux 6.12, in VS Code and in VS Code for the Web. */

import { join } from 'node:path';
import { ensureCodeServer } from '../codeServer.js';
import { screenshots } from '../places.js';
import { expectNone, type Report } from '../report.js';
import { VsCode } from '../vscode.js';
import { ensureVsCodeWeb, VsCodeWeb } from '../vscodeWeb.js';
import { packageVsix } from '../vsix.js';
import { webLog } from '../webE2e.js';
import { definition, finding, link, navigation } from './going.js';
import { ensureKernelSource } from './kernelSource.js';
import { driver, droppedLock, faultPath, gup } from './reading.js';
import { panel } from './simulating.js';
import { callSites, releases } from './views.js';

const THEMES = {
  dark: 'Default Dark Modern',
  light: 'Default Light Modern',
  contrast: 'Default High Contrast',
} as const;

/** Runs the checks in VS Code, in dark and in light; in high contrast those of the panel. */
export async function kernelTreeE2e(report: Report): Promise<void> {
  const kernelSource = await ensureKernelSource(text => report.note(text));
  const vscode = await ensureCodeServer(text => report.note(text));
  const vsix = await packageVsix();
  for (const theme of ['dark', 'light', 'contrast'] as const) {
    const code = await VsCode.start({ vscode, vsix, theme: THEMES[theme], kernelSource });
    report.onFailure = number =>
      code.page.screenshot({ path: join(screenshots, `failed-kernel-${theme}-${number}.png`) });
    try {
      if (theme !== 'contrast') await wholeTree(code, report, theme);
      await droppedLock(code, report, theme);
      await panel(code, report, theme);
      await report.check(`${theme}: no channel has an error`, async () => {
        await code.logMatching(/language server: Running/);
        expectNone(await code.complaints());
      });
    } finally {
      report.onFailure = null;
      await code.close();
    }
  }
}

async function wholeTree(code: VsCode, report: Report, theme: string): Promise<void> {
  await driver(code, report, theme);
  await callSites(code, report, theme);
  await releases(code, report, theme);
  await navigation(code, report, theme);
  await definition(code, report, theme);
  await finding(code, report, theme);
  await gup(code, report, theme);
  await link(code, report, theme);
  await faultPath(code, report, theme);
}

/** Runs the checks in VS Code for the Web: all that does not ask for the whole tree in dark, the source and the panel in light. */
export async function kernelTreeWebE2e(report: Report): Promise<void> {
  const kernelSource = await ensureKernelSource(text => report.note(text));
  const packages = await ensureVsCodeWeb(text => report.note(text));
  const vsix = await packageVsix();
  for (const theme of ['dark', 'light'] as const) {
    const name = `web-${theme}`;
    const code = await VsCodeWeb.start({ packages, vsix, theme: THEMES[theme], kernelSource });
    report.onFailure = number =>
      code.page.screenshot({ path: join(screenshots, `failed-kernel-${name}-${number}.png`) });
    try {
      await driver(code, report, name);
      if (theme === 'dark') {
        await releases(code, report, name);
        await definition(code, report, name);
        await finding(code, report, name);
        await gup(code, report, name);
        await faultPath(code, report, name);
      }
      await droppedLock(code, report, name);
      await panel(code, report, name);
      await webLog(code, report, name, /virt\/kvm:\s\d+\sfiles\sread\sin/);
    } finally {
      report.onFailure = null;
      await code.close();
    }
  }
}
