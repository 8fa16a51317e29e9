/** What docs/editors.md tells people to use, as the editors get it. */

import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { root } from './places.js';

/** All code of a language that docs/editors.md has. */
export async function docsSnippet(language: string): Promise<string> {
  const text = await readFile(join(root, 'docs/editors.md'), 'utf8');
  const fence = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms');
  const blocks = [...text.matchAll(fence)].map(([, code]) => code ?? '');
  if (blocks.length === 0) throw new Error(`docs/editors.md has no ${language} block`);
  return blocks.join('\n');
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Puts `gup-lens` into a folder as its installation would, and returns the folder. */
export async function installCommand(home: string): Promise<string> {
  const folder = join(home, 'bin');
  const command = join(folder, 'gup-lens');
  await mkdir(folder);
  const cli = join(root, 'dist/cli.js');
  await writeFile(command, `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(cli)} "$@"\n`);
  await chmod(command, 0o755);
  return folder;
}
