/** Each guard is there for something: without it a litmus test comes out differently. */

import { describe, expect, it } from 'vitest';
import { SWITCHES } from '../../kernel/src/index.js';
import { expectedCases } from '../../simulator/src/litmus/expectations.js';
import { LITMUS_PATHS, litmusFile } from './files.js';

/** Switches without which a file expects another verdict than with them, alone or together with others. */
function shown(path: string): string[] {
  const cases = expectedCases(litmusFile(path));
  return cases.flatMap(each => {
    if (each.without.length === 0) return [];
    const plain = cases.find(
      ({ litmus, release, with: on, without }) =>
        litmus === each.litmus && release === each.release && on.length === 0 && without.length === 0,
    );
    return plain === undefined || plain.expectation.verdict === each.expectation.verdict ? [] : each.without;
  });
}

describe('guards', () => {
  const guards = SWITCHES.filter(({ kind }) => kind === 'guard').map(({ name }) => name as string);
  const seen = new Set(LITMUS_PATHS.flatMap(shown));

  it('fail a litmus test each where they are left out', () => {
    expect(guards.length).toBeGreaterThan(15);
    expect(guards.filter(name => !seen.has(name))).toEqual([]);
  });

  it('are kept by write_protect_seq and its like too, which came with a release', () => {
    for (const name of ['gupFastForkSeq', 'forkWriteProtectSeq', 'forkCopiesPinned', 'unshareBeforePin'])
      expect(seen).toContain(name);
  });
});
