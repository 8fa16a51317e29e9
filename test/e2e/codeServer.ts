/**
 * Installs VS Code as code-server: a real node extension host that a headless browser can drive. Its own installer
 * refuses root and downloads prebuilt parts, so the parts are put together here: packages without scripts, then the
 * native modules that matter are compiled. One to three minutes the first time; used again after that.
 */

import { existsSync, realpathSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { findProgram, run } from './commands.js';
import { cache } from './places.js';

const VERSION = '4.100.3';
const QUIET = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
/** Without spdlog the Output view stays empty; the others are loaded when the server starts. */
const NATIVE = ['@vscode/spdlog', 'native-watchdog', 'node-pty'];

const vscodeOf = (folder: string): string => join(folder, 'node_modules/code-server/lib/vscode');

function buildEnvironment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, JOBS: '2', CXXFLAGS: process.env.CXXFLAGS ?? '-O0' };
  // node-gyp would download the headers that lie beside the node binary.
  const node = dirname(dirname(realpathSync(process.execPath)));
  if (existsSync(join(node, 'include/node/node_version.h'))) env.npm_config_nodedir = node;
  return env;
}

async function install(folder: string): Promise<void> {
  const vscode = vscodeOf(folder);
  const env = buildEnvironment();
  const gyp = join((await run('npm', ['root', '-g'])).trim(), 'npm/node_modules/node-gyp/bin/node-gyp.js');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"private":true}\n');
  await run('npm', ['install', ...QUIET, `code-server@${VERSION}`], { cwd: folder, env });
  for (const part of [vscode, join(vscode, 'extensions')]) {
    await run('npm', ['install', ...QUIET, '--omit=dev'], { cwd: part, env });
  }
  await rm(join(vscode, 'node_modules.asar'), { recursive: true, force: true });
  await symlink('node_modules', join(vscode, 'node_modules.asar'));
  for (const name of NATIVE) {
    await run(process.execPath, [gyp, 'rebuild'], { cwd: join(vscode, 'node_modules', name), env });
  }
  const ripgrep = findProgram(['rg']);
  const bin = join(vscode, 'node_modules/@vscode/ripgrep/bin');
  await mkdir(bin, { recursive: true });
  await rm(join(bin, 'rg'), { force: true });
  if (ripgrep !== null) await symlink(ripgrep, join(bin, 'rg'));
}

/** The folder of VS Code's server (`out/server-main.js` is its entry), installed if it is not there yet. */
export async function ensureCodeServer(note: (text: string) => void): Promise<string> {
  const folder = join(cache, `code-server-${VERSION}`);
  // Written last: a folder without it is an installation that was cut short.
  const complete = join(folder, 'complete');
  if (!existsSync(complete)) {
    note(`installing code-server ${VERSION} into ${folder} (once; one to three minutes)`);
    await rm(folder, { recursive: true, force: true });
    await install(folder);
    await writeFile(complete, `${VERSION}\n`);
  }
  return vscodeOf(folder);
}
