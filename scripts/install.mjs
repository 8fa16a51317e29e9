// Makes sure that node_modules holds what package-lock.json names. Plain JavaScript: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The repository's top folder; every script works from there. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The packages of a lockfile that every machine needs, as `path@version`. */
function required(file) {
  const packages = JSON.parse(readFileSync(file, 'utf8')).packages;
  return Object.entries(packages)
    .filter(([path, entry]) => path !== '' && !entry.optional && !entry.devOptional && !entry.link)
    .map(([path, entry]) => `${path}@${entry.version}`);
}

function installed() {
  try {
    const have = new Set(required(join(root, 'node_modules/.package-lock.json')));
    return required(join(root, 'package-lock.json')).every(entry => have.has(entry));
  } catch {
    return false;
  }
}

/** Runs a command in the repository; its exit status becomes ours if it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (result.error) {
    process.stderr.write(`gup-lens: cannot run ${command}: ${result.error.message}\n`);
    process.exit(2);
  }
  if (result.status !== 0) process.exit(result.status ?? 1);
}

/** Installs the packages of the lockfile if they are not there. Exits with a remedy on a node that is too old. */
export function ensureInstalled() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) {
    process.stderr.write(`gup-lens: node ${process.versions.node} is too old; install node 20 or newer\n`);
    process.exit(2);
  }
  if (installed()) return;
  process.stderr.write('gup-lens: installing packages (npm ci)\n');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: ['ignore', 2, 2] });
}

/** Bundles dist/. */
export function build() {
  run(process.execPath, ['esbuild.mjs'], { stdio: ['ignore', 2, 2] });
}

if (process.argv[2] === '--now') ensureInstalled();
