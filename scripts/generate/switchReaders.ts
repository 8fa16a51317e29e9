/** Which part of the product reads which switch, found in its code, so that the tables say no more than is so. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SWITCHES, type SwitchReader } from '../../kernel/src/index.js';
import { CONCERNS } from '../../server/src/ide/explain/concerns.js';

/** Where the list is written. */
export const READERS_FILE = 'kernel/src/switches/readers.ts';

/**
 * Names that the code of a folder reads from `switches`, by property or by destructuring, or names in a table whose
 * rows hold `onlyWhile` a switch is on.
 * @param folder an absolute path
 */
export function switchesReadIn(folder: string): Set<string> {
  const names = new Set<string>();
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const code = readFileSync(join(folder, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    for (const match of code.matchAll(/\bswitches\??\.(\w+)/g)) names.add(match[1] ?? '');
    for (const match of code.matchAll(/\bonlyWhile: '(\w+)'/g)) names.add(match[1] ?? '');
    for (const match of code.matchAll(/\{([\w\s,]+)\}\s*=\s*[\w.]*\bswitches\b/g)) {
      for (const name of (match[1] ?? '').split(',')) names.add(name.trim());
    }
  }
  return names;
}

/**
 * Who reads each switch of the tables.
 * @param root the repository
 */
export function readersOfSwitches(root: string): Map<string, SwitchReader> {
  const simulator = switchesReadIn(join(root, 'simulator/src'));
  const server = switchesReadIn(join(root, 'server/src'));
  const kernel = switchesReadIn(join(root, 'kernel/src'));
  return new Map(
    SWITCHES.map(({ name }) => {
      if (simulator.has(name)) return [name, 'simulator'];
      if (server.has(name) || kernel.has(name)) return [name, 'analysis'];
      return [name, CONCERNS[name] === undefined ? 'documentation' : 'comparison'];
    }),
  );
}

/** The text of {@link READERS_FILE}. */
export function readersSource(readers: ReadonlyMap<string, SwitchReader>): string {
  const rows = [...readers]
    .filter(([, reader]) => reader !== 'documentation')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, reader]) => `  ${name}: '${reader}',`);
  return `/**
 * Which switches change what the product does. The others only document what changed, and say so. Written by
 * scripts/generate.ts from the code that reads them.
 */

import type { SwitchReader } from '../facts.js';

const READERS: Readonly<Record<string, SwitchReader>> = {
${rows.join('\n')}
};

/** Who reads the switch of this name. */
export function readerOf(name: string): SwitchReader {
  return READERS[name] ?? 'documentation';
}
`;
}
