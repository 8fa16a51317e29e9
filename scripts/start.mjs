// `npm start [-- PATH…]`: installs, builds, and does the main job on the examples or on the paths given:
// annotated call sites, diagnostics, and (for the examples) one simulated call.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import process from 'node:process';
import { build, ensureInstalled, root } from './install.mjs';

ensureInstalled();
build();

const given = process.argv.slice(2);
// npm runs scripts in the package's folder; INIT_CWD is where the person is.
const from = process.env.INIT_CWD ?? process.cwd();
const cwd = given.length > 0 ? from : root;
const paths = given.length > 0 ? given : ['examples'];

/** Findings (exit code 1) are a result, not a failure, of a demonstration. */
function gupLens(title, ...args) {
  process.stdout.write(`\n── ${title}: gup-lens ${args.join(' ')}\n\n`);
  const result = spawnSync(process.execPath, [resolve(root, 'dist/cli.js'), ...args], {
    cwd,
    stdio: 'inherit',
  });
  if (result.status !== 0 && result.status !== 1) process.exit(result.status ?? 2);
}

gupLens('call sites', 'sites', ...paths);
gupLens('diagnostics', 'lint', ...paths);
if (given.length === 0) gupLens('one simulated call', 'simulate', 'examples/scenario.json');
