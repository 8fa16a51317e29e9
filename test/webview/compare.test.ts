/** What a call is compared with, and how two runs stand side by side. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignSteps, firstDifference, type StepTexts } from '../../client/webview/alignSteps.js';
import { comparedKernel, compareOptions } from '../../client/webview/compareTarget.js';
import { runSimulation } from '../../client/webview/runSimulation.js';
import { sideOf } from '../../client/webview/timeline.js';
import { NO_CHANGES } from '../../kernel/src/index.js';
import { scenario } from '../simulator/scenarios.js';

const steps = (text: string): StepTexts[] =>
  [...text].map(letter => ({
    what: letter.toLowerCase(),
    all: letter,
    // An x lets pass, a capital is told otherwise of the same.
    effect: /x/i.test(letter) ? '' : /[A-E]/.test(letter) ? `${letter} does` : letter.toLowerCase(),
  }));

/** `ab` for both, `a-` for what only the left one has. */
const shown = (here: string, there: string): string =>
  alignSteps(steps(here), steps(there))
    .map(line => `${here[line.here ?? -1] ?? '-'}${there[line.there ?? -1] ?? '-'}${line.same ? '' : '!'}`)
    .join(' ');

describe('two runs side by side', () => {
  it('leave a gap for what only one of them does', () => {
    expect(shown('abd', 'abcd')).toBe('aa bb -c! dd');
    expect(shown('axyb', 'azb')).toBe('aa x-! y-! -z! bb');
    expect(shown('', 'a')).toBe('-a!');
  });

  it('part where the same step tells something else', () => {
    expect(shown('abc', 'aBc')).toBe('aa bB! cc');
    expect(firstDifference(alignSteps(steps('abc'), steps('aBd')))).toBe(1);
    expect(firstDifference(alignSteps(steps('abc'), steps('abc')))).toBe(-1);
  });

  it('part where something else is done, not where something else is told', () => {
    expect(firstDifference(alignSteps(steps('xabc'), steps('aBc')))).toBe(2);
    expect(firstDifference(alignSteps(steps('afbc'), steps('aFBc')))).toBe(2);
    expect(firstDifference(alignSteps(steps('axf'), steps('aF')))).toBe(-1);
    expect(firstDifference(alignSteps(steps('axf'), steps('a')))).toBe(2);
  });

  it('have every step once and in order, those in common as many as can be', () => {
    const run = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'A'), maxLength: 12 });
    fc.assert(
      fc.property(run, run, (here, there) => {
        const lines = alignSteps(steps(here), steps(there));
        expect(lines.flatMap(line => line.here ?? [])).toEqual([...here].map((_, index) => index));
        expect(lines.flatMap(line => line.there ?? [])).toEqual([...there].map((_, index) => index));
        const together = lines.filter(line => line.here !== null && line.there !== null).length;
        expect(together).toBe(longestCommon(here.toLowerCase(), there.toLowerCase()));
      }),
    );
  });

  it('of releases part where the kernel does something else', () => {
    const asked = scenario({ fn: 'pin_user_pages', page_state: 'written_then_forked_child_alive' });
    const sides = ['5.15', '6.12'].map(kernel => {
      const run = runSimulation({ ...asked, kernel });
      if (run.kind !== 'simulated' || !run.simulation.modelled) throw new Error(`${kernel} is not modelled`);
      return sideOf(kernel, run.simulation.trace);
    });
    const [here, there] = sides;
    const lines = alignSteps(here?.steps ?? [], there?.steps ?? []);
    const only = lines.map(line => (line.here === null ? there?.steps[line.there ?? -1]?.what : ''));
    expect(only.filter(what => what !== '')).toEqual([
      '0 the arguments are accepted',
      '0 -EMLINK: the page may be shared; a pin needs an exclusive one',
      '0 takes a fault',
      '0 enters',
      '0 copies the page',
      '0 maps the copy, exclusive, read-only',
      '0 returns 0',
    ]);
    // That 6.12 looks at the arguments first changes nothing.
    const first = lines[firstDifference(lines)];
    expect(there?.steps[first?.there ?? -1]?.what).toMatch(/^0 -EMLINK/);
  });
});

/** The length of a longest common subsequence, by trying. */
function longestCommon(a: string, b: string): number {
  if (a === '' || b === '') return 0;
  if (a[0] === b[0]) return 1 + longestCommon(a.slice(1), b.slice(1));
  return Math.max(longestCommon(a.slice(1), b), longestCommon(a, b.slice(1)));
}

describe('what a call is compared with', () => {
  const asked = scenario({});

  it('is a release, or the own one with a switch turned', () => {
    expect(comparedKernel('6.1', asked, '6.12')).toEqual({
      kernel: '6.1',
      changes: NO_CHANGES,
      name: 'Linux 6.1',
    });
    expect(comparedKernel('without gupFastForkSeq', asked, '6.12')).toEqual({
      kernel: asked.kernel,
      changes: { with: [], without: ['gupFastForkSeq'] },
      name: '6.12 without gupFastForkSeq',
    });
  });

  it('is nothing where the name is gone', () => {
    for (const target of ['', '6.99', 'without', 'without nothing', 'beside gupFastForkSeq'])
      expect(comparedKernel(target, asked, '6.12')).toBeNull();
  });

  it('can be each choice of the list', () => {
    const [none, ...others] = compareOptions('');
    expect(none?.value).toBe('');
    for (const { value } of others) expect(comparedKernel(value, asked, '6.12')).not.toBeNull();
  });
});
