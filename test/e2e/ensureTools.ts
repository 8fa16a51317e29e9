/** The programs that the real editors need. On Debian as root they are installed; elsewhere what is missing is named. */

import { existsSync } from 'node:fs';
import process from 'node:process';
import { findProgram, run } from './commands.js';

interface Tool {
  readonly programs: readonly string[];
  readonly debian: string;
}

const TOOLS: readonly Tool[] = [
  { programs: ['chromium', 'chromium-browser', 'google-chrome'], debian: 'chromium' },
  { programs: ['nvim'], debian: 'neovim' },
  { programs: ['rg'], debian: 'ripgrep' },
  { programs: ['python3'], debian: 'python3' },
  { programs: ['make'], debian: 'make' },
  { programs: ['g++'], debian: 'g++' },
];

const missing = (): Tool[] => TOOLS.filter(tool => findProgram(tool.programs) === null);

/** The browser that drives VS Code. */
export function browserPath(): string {
  const path = findProgram(TOOLS[0]?.programs ?? []);
  if (path === null) throw new Error('chromium is not installed');
  return path;
}

/** Makes sure that all is there. Null when it is, else one line that says what is missing and how to get it. */
export async function ensureTools(note: (text: string) => void): Promise<string | null> {
  if (missing().length === 0) return null;
  const packages = missing().map(tool => tool.debian);
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version') && findProgram(['apt-get']) !== null) {
    note(`installing ${packages.join(' ')}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    try {
      await run('apt-get', ['update', '-qq'], { env });
      await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env });
    } catch (error) {
      const output = error instanceof Error ? error.message : String(error);
      return `apt-get could not install ${packages.join(' ')}: ${output.trim().split('\n').at(-1)}`;
    }
  }
  const still = missing().map(tool => tool.debian);
  return still.length === 0
    ? null
    : `missing: ${still.join(', ')}; on Debian or Ubuntu: sudo apt-get install ${still.join(' ')}`;
}
