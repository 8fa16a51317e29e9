import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  compareProfiles,
  profileFor,
  RELEASES,
  type Release,
  releaseBefore,
  SWITCHES,
  type SwitchFact,
  type SwitchName,
  type TableChange,
} from '../../kernel/src/index.js';
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

  it('is found in the tables, and in the comparison of releases', () => {
    expect(readers.get('expandStackRelocks')).not.toBe('documentation');
    expect(readers.get('nowaitRefusesVmaLock')).not.toBe('documentation');
  });
});

/** The releases in which a switch is on and was off before, or the other way round. */
function edgesOf(fact: SwitchFact): readonly Release[] {
  const isOn = (release: Release): boolean => profileFor(release).switches[fact.name as SwitchName];
  return RELEASES.filter(release => {
    const before = releaseBefore(release);
    return before !== null && isOn(before) !== isOn(release);
  });
}

/** Whether the tables change so in this release. */
function changes(change: TableChange, at: Release): boolean {
  const before = releaseBefore(at);
  const [subject, name] = 'flag' in change ? ['flag', change.flag] : ['function', change.function];
  return (
    before !== null &&
    compareProfiles(before, at).some(
      one => one.subject === subject && one.name === name && one.change === change.change,
    )
  );
}

describe('a switch that no code asks for, the tables being enough,', () => {
  const toldByTables = SWITCHES.flatMap(fact =>
    fact.unread !== null && 'tables' in fact.unread ? [[fact.name, fact, fact.unread.tables] as const] : [],
  );

  it.each(toldByTables)('%s goes on and off where the tables change', (_, fact, tables) => {
    const edges = edgesOf(fact);
    expect(edges.filter(at => !tables.some(change => changes(change, at)))).toEqual([]);
    expect(tables.filter(change => !edges.some(at => changes(change, at)))).toEqual([]);
  });
});
