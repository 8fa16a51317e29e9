import { readFileSync } from 'node:fs';

/** The objects of a fixture with one JSON object a line. */
export function readLines<T>(name: string): readonly T[] {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as T);
}
