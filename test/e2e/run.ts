/**
 * `npm run test:e2e [-- vscode|web|kernel-start|kernel-tree|kernel-roots|kernel-tree-web|neovim|emacs…] [--pictures]`: the product in real editors, installed as a person would.
 * Editors are put into a cache outside the repository (GUP_LENS_E2E_CACHE). Prints a line a check and
 * `N passed, N failed`. With --pictures those of README.md and docs/ are made anew from a run without a failure.
 */

import { mkdir, rm } from 'node:fs/promises';
import process from 'node:process';
import { handleSignals } from './atExit.js';
import { run } from './commands.js';
import { emacsE2e } from './emacsE2e.js';
import { ensureTools } from './ensureTools.js';
import {
  kernelRootsE2e,
  kernelStartE2e,
  kernelTreeE2e,
  kernelTreeWebE2e,
} from './kernelTree/kernelTreeE2e.js';
import { neovimE2e } from './neovimE2e.js';
import { keepPictures } from './pictures.js';
import { root, screenshots } from './places.js';
import { Report } from './report.js';
import { vscodeE2e } from './vscodeE2e.js';
import { webE2e } from './webE2e.js';

const EDITORS: Readonly<Record<string, (report: Report) => Promise<void>>> = {
  neovim: neovimE2e,
  emacs: emacsE2e,
  vscode: vscodeE2e,
  web: webE2e,
  'kernel-start': kernelStartE2e,
  'kernel-tree': kernelTreeE2e,
  'kernel-roots': kernelRootsE2e,
  'kernel-tree-web': kernelTreeWebE2e,
};

/** Asks for the pictures below docs/images/. */
const PICTURES_OPTION = '--pictures';

/** Runs the editors named, or all. Returns the exit code: 0 all passed, 1 something failed or is missing, 2 bad usage. */
export async function main(argv: readonly string[]): Promise<number> {
  const wanted = argv.filter(word => word !== PICTURES_OPTION);
  const unknown = wanted.filter(name => !(name in EDITORS));
  if (unknown.length > 0) {
    process.stderr.write(
      `test:e2e: no editor ${unknown.join(', ')}; there are: ${Object.keys(EDITORS).join(', ')}\n`,
    );
    return 2;
  }
  handleSignals();
  const setup = new Report('setup');
  const lack = await ensureTools(text => setup.note(text));
  if (lack !== null) {
    process.stderr.write(`test:e2e: ${lack}\n`);
    return 1;
  }
  await setup.check('the product is built', () => run(process.execPath, ['esbuild.mjs'], { cwd: root }));
  const reports = [setup];
  // A picture of an earlier run would look like one of this.
  await rm(screenshots, { recursive: true, force: true });
  await mkdir(screenshots, { recursive: true });
  if (setup.failed === 0) {
    for (const [name, test] of Object.entries(EDITORS)) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      const report = new Report(name);
      reports.push(report);
      await report.check('the editor could be run to the end', () => test(report));
    }
  }
  const passed = reports.reduce((sum, report) => sum + report.passed, 0);
  const failed = reports.reduce((sum, report) => sum + report.failed, 0);
  if (argv.includes(PICTURES_OPTION) && failed === 0) await keepPictures();
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}
