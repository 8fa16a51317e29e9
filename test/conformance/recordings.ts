/** Reads recordings of real kernels: one JSON object a line, gzip. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A recorded call: the input fields of a scenario and the outcome fields, as test/oracle/README.md names them. */
export interface Recording {
  readonly id: string | number;
  readonly kernel: string;
  readonly variant: string;
  readonly fn: string;
  readonly vma: { readonly kind: string };
  readonly page_state: string;
  readonly [field: string]: unknown;
}

/** The recordings of a file; lines that describe the machine are left out. */
export function readRecordings(file: string): Recording[] {
  return gunzipSync(readFileSync(file))
    .toString('utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))
    .filter(row => row.meta === undefined);
}

/** Files of recordings in a folder, in order of name. */
export function recordingFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter(name => name.endsWith('.jsonl.gz'))
    .sort()
    .map(name => join(folder, name));
}
