import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SWITCHES } from '../../kernel/src/index.js';
import { readersOfSwitches, readersSource, switchesReadIn } from '../../scripts/generate/switchReaders.js';

const ROOT = join(import.meta.dirname, '../..');

describe('what reads a switch', () => {
  const readers = readersOfSwitches(ROOT);

  it('is in the tables as the code has it (if not: npm run gen)', () => {
    const wrong = SWITCHES.filter(fact => fact.reads !== readers.get(fact.name)).map(
      fact => `${fact.name}: says ${fact.reads}, is ${readers.get(fact.name)}`,
    );
    expect(wrong).toEqual([]);
  });

  it('is found in every form in which the code reads one', () => {
    const simulator = switchesReadIn(join(ROOT, 'simulator/src'));
    expect(simulator).toContain('unlockableFlag');
    expect(simulator).toContain('gupFastRefusesNullMapping');
    expect(switchesReadIn(join(ROOT, 'kernel/src'))).toContain('killableFaults');
  });

  it('is nothing but the documentation for a change that no model has', () => {
    expect(readers.get('longtermLoopsOnEagain')).toBe('documentation');
    expect(readersSource(readers)).not.toContain('longtermLoopsOnEagain');
  });
});
