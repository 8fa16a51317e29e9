// `npm test [-- vitest arguments]`: installs, builds, and runs every test that needs nothing but npm packages.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { build, ensureInstalled, root } from './install.mjs';

ensureInstalled();
build();

const report = join(root, '.cache', 'vitest.json');
mkdirSync(join(root, '.cache'), { recursive: true });
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const args = [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...process.argv.slice(2),
];
const result = spawnSync(process.execPath, [vitest, ...args], { cwd: root, stdio: 'inherit' });

const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(
  readFileSync(report, 'utf8'),
);
const skipped = numPendingTests + numTodoTests;
if (skipped > 0)
  process.stdout.write(`${skipped} tests were skipped: a skipped test counts as a failure here\n`);
process.stdout.write('The real editors are tested by: npm run test:e2e\n');
process.stdout.write(`${numPassedTests} passed, ${numFailedTests} failed\n`);
process.exitCode = result.status !== 0 ? (result.status ?? 1) : skipped > 0 ? 1 : 0;
