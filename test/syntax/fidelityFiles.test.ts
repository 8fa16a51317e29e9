/** Nothing of a body may vanish on the way to the tree: over whole files of kernel-style C, as they are and damaged. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { fidelityLosses, type KernelCParser, readSource } from '../../server/src/syntax/index.js';
import { loadParser } from './support.js';

let parser: KernelCParser;
beforeAll(async () => {
  parser = await loadParser();
});

const FILES = ['examples', 'test/bugs'].flatMap(folder =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.c'))
    .map(name => join(folder, name)),
);

/** Of every function: the places that could not be read, and what the tree does not account for. */
function read(text: string): { errors: number; losses: string[] }[] {
  const file = readSource(text);
  return file.functions.map(item => {
    const ast = parser.parseFunction(file, item);
    return {
      errors: ast.errors.length,
      losses: fidelityLosses(file, item, ast).map(loss => `${item.name}: ${loss.text} (${loss.reason})`),
    };
  });
}

describe('whole files', () => {
  it.each(FILES)('%s is read whole', name => {
    const functions = read(readFileSync(name, 'utf8'));
    expect(functions.length).toBeGreaterThan(0);
    expect(functions.flatMap(({ losses }) => losses)).toEqual([]);
    expect(functions.filter(({ errors }) => errors > 0)).toEqual([]);
  });

  it('a damaged file says where it could not be read; what it claims to have read, it has', () => {
    const texts = FILES.map(name => readFileSync(name, 'utf8'));
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 40 }),
        fc.constantFrom('', ';', '(', '}', ' x ', '\n#if 0\n', '/*', '"'),
        (text, at, cut, put) => {
          const start = Math.floor(at * text.length);
          for (const { errors, losses } of read(text.slice(0, start) + put + text.slice(start + cut))) {
            if (errors === 0) expect(losses).toEqual([]);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
