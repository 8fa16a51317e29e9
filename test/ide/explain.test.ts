import { describe, expect, it } from 'vitest';
import {
  compareProfiles,
  FLAGS,
  FUNCTIONS,
  profileFor,
  RELEASES,
  type Release,
  SWITCHES,
} from '../../kernel/src/index.js';
import { changesAround, changesOf, namesIn } from '../../server/src/ide/explain/changes.js';
import { CONCERNS, TOLD_BY_THE_CALL } from '../../server/src/ide/explain/concerns.js';
import { FUNCTION_MEANING } from '../../server/src/ide/explain/functionMeaning.js';
import { explain, explainableNames, explanationJson, sectionsOf } from '../../server/src/ide/index.js';

const SOME: readonly Release[] = ['4.8', '4.18', '5.4', '5.15', '6.1', '6.5', '6.12', '7.3'];

describe('explain', () => {
  it.each(SOME)('answers for every name of the tables in %s', release => {
    const profile = profileFor(release);
    const names = explainableNames();
    expect(names).toHaveLength(FLAGS.length + FUNCTIONS.length + SWITCHES.length);
    for (const name of names) {
      const explanation = explain(name, profile);
      expect(explanation?.name).toBe(name);
      if (explanation === null) continue;
      expect(explanation.meaning.length, name).toBeGreaterThan(5);
      const { head, brief, details } = sectionsOf(explanation);
      expect(head.length, name).toBeGreaterThan(0);
      for (const { items } of [...brief, ...details]) expect(items.length, name).toBeGreaterThan(0);
      const json = JSON.parse(JSON.stringify(explanationJson(explanation))) as Record<string, unknown>;
      expect(json.evidence, name).not.toEqual([]);
      const present =
        profile.flags.has(name) ||
        profile.functions.has(name) ||
        new Map(Object.entries(profile.switches)).get(name) === true;
      expect(json.present, name).toBe(present);
    }
  });

  it('has a meaning of its own for every function, and for no other name', () => {
    expect(Object.keys(FUNCTION_MEANING).sort()).toEqual(FUNCTIONS.map(({ name }) => name).sort());
  });

  it('does not know what the tables do not know', () => {
    expect(explain('FOLL_CAKE', profileFor('6.12'))).toBeNull();
    expect(explain('toString', profileFor('6.12'))).toBeNull();
  });

  it('says what a flag makes of the fault', () => {
    const becomes = (name: string, release: Release): unknown => {
      const explanation = explain(name, profileFor(release));
      return explanation?.kind === 'flag' ? explanation.becomes.flags : null;
    };
    expect(becomes('FOLL_WRITE', '6.12')).toEqual(['FAULT_FLAG_WRITE']);
    expect(becomes('FOLL_INTERRUPTIBLE', '6.12')).toEqual(['FAULT_FLAG_INTERRUPTIBLE']);
    expect(becomes('FOLL_UNLOCKABLE', '6.12')).toEqual(['FAULT_FLAG_ALLOW_RETRY', 'FAULT_FLAG_KILLABLE']);
    expect(becomes('FOLL_NOFAULT', '6.12')).toEqual([]);
    expect(becomes('FOLL_PIN', '5.18')).toEqual([]);
    expect(becomes('FOLL_PIN', '5.19')).toEqual(['FAULT_FLAG_UNSHARE']);
    expect(becomes('FOLL_PIN', '5.8')).toEqual(['FAULT_FLAG_WRITE']);
    expect(becomes('FOLL_PIN', '5.9')).toEqual([]);
    expect(becomes('VM_FAULT_RETRY', '6.12')).toEqual([]);
  });
});

describe('changesOf', () => {
  it('gives what a release brought, with the behaviours that speak of the name', () => {
    const texts = changesOf('FOLL_LONGTERM').map(({ release, text }) => `${release}: ${text}`);
    expect(texts).toContain('5.2: new: 0x10000');
    expect(texts).toContain('6.3: 0x100; it was 0x10000');
    expect(texts.some(text => text.startsWith('6.1: FOLL_LONGTERM without FOLL_PIN is refused'))).toBe(true);
    const order = changesOf('FOLL_LONGTERM').map(({ release }) => RELEASES.indexOf(release));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(changesOf('FOLL_CAKE')).toEqual([]);
  });

  it('misses nothing that the comparison of two releases tells', () => {
    for (const [index, release] of RELEASES.entries()) {
      const before = RELEASES[index - 1];
      for (const difference of before === undefined ? [] : compareProfiles(before, release)) {
        expect(changesOf(difference.name).map(change => change.difference)).toContainEqual(difference);
      }
    }
  });

  it('says which parameters came and went', () => {
    expect(changesOf('get_user_pages').map(({ release, text }) => `${release}: ${text}`)).toContain(
      '6.5: no longer struct vm_area_struct **vmas',
    );
  });
});

describe('changesAround', () => {
  it('gives the changes next to a release', () => {
    const around = (name: string, release: Release): (string | undefined)[] => {
      const { last, next } = changesAround(name, release);
      return [last[0]?.release, next[0]?.release];
    };
    expect(around('FOLL_TOUCH', '6.12')).toEqual(['6.7', undefined]);
    expect(around('FOLL_NOFAULT', '6.1')).toEqual(['5.16', '6.3']);
    expect(around('FOLL_NOFAULT', '6.3')[0]).toBe('6.3');
    expect(around('FOLL_CAKE', '6.12')).toEqual([undefined, undefined]);
  });
});

describe('namesIn', () => {
  it('finds flags, functions, and functions in short', () => {
    expect(namesIn('get_user_pages(), _remote() and _fast() refuse FOLL_LONGTERM.')).toEqual([
      'FOLL_LONGTERM',
      'get_user_pages',
      'get_user_pages_remote',
      'get_user_pages_fast',
    ]);
    expect(namesIn('Nothing() of ours.')).toEqual([]);
  });
});

describe('concerns', () => {
  it('speaks of flags and functions of the tables, and of no switch twice', () => {
    const flags = new Set(FLAGS.map(({ name }) => name));
    const functions = new Set(FUNCTIONS.map(({ name }) => name));
    for (const [name, { passes = [], lacks = [], callees = [] }] of Object.entries(CONCERNS)) {
      for (const flag of [...passes, ...lacks]) expect(flags.has(flag), `${name}: ${flag}`).toBe(true);
      for (const callee of callees) expect(functions.has(callee), `${name}: ${callee}`).toBe(true);
    }
    expect([...TOLD_BY_THE_CALL].filter(name => CONCERNS[name] !== undefined)).toEqual([]);
  });
});
