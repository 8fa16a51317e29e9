/**
 * `npm run test:e2e [-- vscode|neovim…]`: the product in real editors, installed as a person would. Editors are
 * put into a cache outside the repository (GUP_LENS_E2E_CACHE). Prints a line a check and `N passed, N failed`.
 */

import { mkdir } from 'node:fs/promises';
import process from 'node:process';
import { run } from './commands.js';
import { ensureTools } from './ensureTools.js';
import { neovimE2e } from './neovimE2e.js';
import { root, screenshots } from './places.js';
import { Report } from './report.js';
import { vscodeE2e } from './vscodeE2e.js';

const EDITORS: Readonly<Record<string, (report: Report) => Promise<void>>> = {
  neovim: neovimE2e,
  vscode: vscodeE2e,
};

/** Runs the editors named, or all. Returns the exit code: 0 all passed, 1 something failed or is missing, 2 bad usage. */
export async function main(argv: readonly string[]): Promise<number> {
  const unknown = argv.filter(name => !(name in EDITORS));
  if (unknown.length > 0) {
    process.stderr.write(
      `test:e2e: no editor ${unknown.join(', ')}; there are: ${Object.keys(EDITORS).join(', ')}\n`,
    );
    return 2;
  }
  const setup = new Report('setup');
  const lack = await ensureTools(text => setup.note(text));
  if (lack !== null) {
    process.stderr.write(`test:e2e: ${lack}\n`);
    return 1;
  }
  await mkdir(screenshots, { recursive: true });
  await setup.check('the product is built', () => run(process.execPath, ['esbuild.mjs'], { cwd: root }));
  const reports = [setup];
  if (setup.failed === 0) {
    for (const [name, test] of Object.entries(EDITORS)) {
      if (argv.length > 0 && !argv.includes(name)) continue;
      const report = new Report(name);
      reports.push(report);
      await report.check('the editor could be run to the end', () => test(report));
    }
  }
  const passed = reports.reduce((sum, report) => sum + report.passed, 0);
  const failed = reports.reduce((sum, report) => sum + report.failed, 0);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}
