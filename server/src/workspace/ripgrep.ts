/** Finding and running ripgrep: on PATH, or the one that VS Code ships. */

import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, dirname, isAbsolute, join } from 'node:path';

const EXECUTABLE = process.platform === 'win32' ? 'rg.exe' : 'rg';

/** Where VS Code has kept ripgrep, relative to its application root. */
const IN_VSCODE = [
  'node_modules/@vscode/ripgrep/bin',
  'node_modules.asar.unpacked/@vscode/ripgrep/bin',
  'node_modules/vscode-ripgrep/bin',
  'node_modules.asar.unpacked/vscode-ripgrep/bin',
];

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The path of a ripgrep executable, or null. Looked for in this order: every directory of PATH, then the
 * application root of VS Code (`vscodeRoot` and the environment's VSCODE_APP_ROOT), then the directories around
 * the running executable, which in VS Code's own node is inside the application. Only absolute directories
 * count: a program in the directory one happens to be in is never run.
 *
 * @param env environment to read PATH and VSCODE_APP_ROOT from
 * @param vscodeRoot VS Code's application root where the caller knows it
 */
export function findRipgrep(
  env: Readonly<Record<string, string | undefined>>,
  vscodeRoot?: string,
): string | null {
  const directories = (env.PATH ?? '').split(delimiter);
  for (const root of [vscodeRoot, env.VSCODE_APP_ROOT, ...around(dirname(process.execPath))]) {
    if (root !== undefined && root !== '')
      for (const inside of IN_VSCODE) directories.push(join(root, inside));
  }
  for (const directory of directories) {
    if (!isAbsolute(directory)) continue;
    const path = join(directory, EXECUTABLE);
    if (isExecutable(path)) return path;
  }
  return null;
}

function around(directory: string): string[] {
  return [
    directory,
    dirname(directory),
    join(directory, 'resources', 'app'),
    join(dirname(directory), 'app'),
  ];
}

/** What a ripgrep run gave. `complaints`: files and directories it could not read, as it said so. */
export interface RipgrepResult {
  readonly paths: readonly string[];
  readonly complaints: readonly string[];
}

/** What to look for, and where. */
export interface RipgrepQuery {
  readonly executable: string;
  readonly directory: string;
  readonly needles: readonly string[];
  readonly glob: string;
  readonly signal?: AbortSignal | undefined;
  /** Called with each path as it is found, relative to `directory`. */
  readonly onPath?: ((path: string) => void) | undefined;
}

/**
 * The files under `directory` that hold any of the literal needles, relative to it and in no order. Ignore
 * files, hidden names and binary content are searched like the rest (a build's .gitignore must not hide a
 * source), symbolic links are followed. Rejects if ripgrep cannot be run or gives up; with the signal's reason
 * when aborted.
 */
export function runRipgrep(query: RipgrepQuery): Promise<RipgrepResult> {
  const args = ['--no-config', '--files-with-matches', '--null', '--fixed-strings', '--text', '--no-ignore'];
  args.push('--hidden', '--follow', '--color=never', '--glob', query.glob, '--glob', '!.git');
  for (const needle of query.needles) args.push('-e', needle);
  args.push('--', './');
  return new Promise((resolve, reject) => {
    const { signal } = query;
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const child = spawn(query.executable, args, { cwd: query.directory, stdio: ['ignore', 'pipe', 'pipe'] });
    const onAbort = (): void => {
      child.kill();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    const paths: string[] = [];
    let rest = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\0');
      rest = parts.pop() ?? '';
      for (const part of parts) {
        const path = part.replace(/^\.[\\/]/, '');
        paths.push(path);
        query.onPath?.(path);
      }
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      errors += chunk;
    });
    child.on('error', error => {
      signal?.removeEventListener('abort', onAbort);
      reject(error);
    });
    child.on('close', code => {
      signal?.removeEventListener('abort', onAbort);
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const complaints = errors.split('\n').filter(line => line !== '');
      // 1: nothing found; 2: something could not be read (then stdout still counts) or the call was wrong.
      const wrongCall = code !== 0 && code !== 1 && paths.length === 0 && !complaints.every(isAboutFile);
      if (code === null || wrongCall) reject(new Error(`ripgrep failed: ${errors.trim() || 'killed'}`));
      else resolve({ paths, complaints: complaints.map(line => line.replace(/^rg: /, '')) });
    });
  });
}

/** Complaints about one file: `rg: ./a: Permission denied (os error 13)`, or a loop of symbolic links. */
function isAboutFile(line: string): boolean {
  return /\(os error \d+\)/.test(line) || /File system loop/.test(line);
}
