/** The programs that the real editors need, and the source that they open. On Debian as root they are installed; elsewhere what is missing is named. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import process from 'node:process';
import { findProgram, run } from './commands.js';
import { archiveOf, LINUX_6_1, LINUX_6_12 } from './kernelTree/kernelSource.js';

interface Tool {
  readonly programs: readonly string[];
  readonly debian: string;
  /** What the package has besides programs. */
  readonly file?: string;
  /** Something that the first program may come with or not: arguments with which it succeeds if it has that. */
  readonly probe?: readonly string[];
}

const TOOLS: readonly Tool[] = [
  { programs: ['chromium', 'chromium-browser', 'google-chrome'], debian: 'chromium' },
  { programs: ['nvim'], debian: 'neovim' },
  { programs: ['emacs'], debian: 'emacs-nox' },
  {
    programs: ['emacs'],
    debian: 'elpa-eglot',
    probe: ['--batch', '--eval', "(progn (require 'package) (package-initialize) (require 'eglot))"],
  },
  { programs: ['rg'], debian: 'ripgrep' },
  { programs: ['python3'], debian: 'python3' },
  { programs: ['make'], debian: 'make' },
  { programs: ['g++'], debian: 'g++' },
  { programs: ['tar'], debian: 'tar' },
  ...[LINUX_6_1, LINUX_6_12].map(
    (source): Tool => ({ programs: ['xz'], debian: source.name, file: archiveOf(source) }),
  ),
];

function isMissing({ programs, probe, file }: Tool): boolean {
  if (file !== undefined && !existsSync(file)) return true;
  const program = findProgram(programs);
  if (probe === undefined) return program === null;
  // Whether it is needed shows when the program is there: Emacs has eglot from 29 on, and Debian's package then goes.
  return program !== null && spawnSync(program, probe, { stdio: 'ignore' }).status !== 0;
}

const missing = (): string[] => TOOLS.filter(isMissing).map(({ debian }) => debian);

/** The browser that drives VS Code. */
export function browserPath(): string {
  const path = findProgram(TOOLS[0]?.programs ?? []);
  if (path === null) throw new Error('chromium is not installed');
  return path;
}

/** Makes sure that all is there. Null when it is, else one line that says what is missing and how to get it. */
export async function ensureTools(note: (text: string) => void): Promise<string | null> {
  let lack = missing();
  const mayInstall =
    process.getuid?.() === 0 && existsSync('/etc/debian_version') && findProgram(['apt-get']) !== null;
  const tried = new Set<string>();
  // What a program comes with is known once it is installed: then once more.
  while (mayInstall && lack.some(name => !tried.has(name))) {
    note(`installing ${lack.join(' ')}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    try {
      await run('apt-get', ['update', '-qq'], { env });
      await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...lack], { env });
    } catch (error) {
      const output = error instanceof Error ? error.message : String(error);
      return `apt-get could not install ${lack.join(' ')}: ${output.trim().split('\n').at(-1)}`;
    }
    for (const name of lack) tried.add(name);
    lack = missing();
  }
  return lack.length === 0
    ? null
    : `missing: ${lack.join(', ')}; on Debian or Ubuntu: sudo apt-get install ${lack.join(' ')}`;
}
