/** The litmus tests that lie beside the panel's script, in one file. */

import type { StoredLitmus } from '../../../simulator/src/index.js';

const isStored = (value: unknown): value is StoredLitmus =>
  typeof value === 'object' &&
  value !== null &&
  'path' in value &&
  typeof value.path === 'string' &&
  'litmus' in value;

/** The tests as they are stored at `url`. Rejects with the reason if they cannot be read. */
export async function storedLitmus(url: string): Promise<readonly StoredLitmus[]> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`litmus.json could not be read (${response.status})`);
  const stored: unknown = await response.json();
  if (!Array.isArray(stored) || !stored.every(isStored)) throw new Error('litmus.json is no list of tests');
  return stored;
}
