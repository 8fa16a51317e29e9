/** Every litmus file of the repository gives what it expects, on every release that it speaks of. */

import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RELEASES } from '../../kernel/src/index.js';
import { formatSchedule } from '../../simulator/src/explore/schedule.js';
import { type ExpectedCase, expectedCases, uncovered } from '../../simulator/src/litmus/expectations.js';
import { LitmusRunner } from '../../simulator/src/litmus/litmusRunner.js';
import { finish, LITMUS_PATHS, litmusFile } from './files.js';

/** One exploration of a test takes a moment; a file may have many variants and behaviours. */
const TIMEOUT = 120_000;

function told({ litmus, release, with: on, without }: ExpectedCase): string {
  const choices = Object.entries(litmus.variant).map(([axis, choice]) => `${axis}=${choice}`);
  const switches = [...on.map(name => `with ${name}`), ...without.map(name => `without ${name}`)];
  return [`v${release}`, ...switches, ...choices].join(' ');
}

/** The cases of a file that do not give what is expected, with what they give. */
function unexpected(path: string): string[] {
  const runner = new LitmusRunner({ kind: 'reduced' });
  return expectedCases(litmusFile(path)).flatMap(each => {
    const { verdict, reason, witness } = finish(runner.answering(each.litmus, each));
    if (verdict === each.expectation.verdict) return [];
    const how = witness === null ? (reason ?? '') : formatSchedule(witness.schedule);
    return `${told(each)}: ${verdict}, not ${each.expectation.verdict} ${how}`;
  });
}

describe.each(LITMUS_PATHS)('%s', path => {
  it('is named as its file is', () => {
    expect(`${litmusFile(path).name}.litmus.json`).toBe(basename(path));
  });

  it('expects something of every release that has what it calls', () => {
    const missing = uncovered(litmusFile(path)).map(
      ({ litmus, releases }) => `${JSON.stringify(litmus.variant)}: ${releases.join(' ')}`,
    );
    expect(missing).toEqual([]);
  });

  it(
    'gives what it expects',
    () => {
      expect(unexpected(path)).toEqual([]);
    },
    TIMEOUT,
  );
});

describe('litmus files', () => {
  it('have names of their own', () => {
    const names = LITMUS_PATHS.map(path => basename(path));
    expect(new Set(names).size).toBe(names.length);
  });

  it('one exploration stands for releases that answer alike, and gives what each of them gives', () => {
    const [path] = LITMUS_PATHS.filter(each => each.endsWith('gup-fast-fork.litmus.json'));
    const [litmus] = litmusFile(path ?? '').variants;
    if (litmus === undefined) throw new Error('no variant');
    const shared = new LitmusRunner({ kind: 'reduced' });
    const cases = RELEASES.filter(release => release.startsWith('6.'));
    for (const release of cases) {
      const kernel = { release, with: [], without: [] };
      const own = finish(new LitmusRunner({ kind: 'reduced' }).answering(litmus, kernel));
      expect(finish(shared.answering(litmus, kernel)), release).toEqual(own);
    }
    expect(shared.explored).toBeLessThan(0.7 * cases.length);
  });
});
