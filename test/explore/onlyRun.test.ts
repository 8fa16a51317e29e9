/** Programs of one order of steps. */

import { describe, expect, it } from 'vitest';
import { depthFirst } from '../../simulator/src/explore/depthFirst.js';
import { Findings } from '../../simulator/src/explore/findings.js';
import { onlyRun } from '../../simulator/src/explore/onlyRun.js';
import { type Action, programOf } from './programs.js';

describe('a program of which never two tasks may go on', () => {
  it.each([
    ['ends', [[{ do: 'load', folio: 0 }, { do: 'store', folio: 0 }, { do: 'lockMm' }]]],
    ['waits for ever', [[{ do: 'await', folio: 0, least: 9 }]]],
    ['leaves the model', [[{ do: 'set', folio: 0, to: 1 }, { do: 'load', folio: 0 }, { do: 'edgeIfOdd' }]]],
  ] as [string, Action[][]][])('%s, and a search finds the same', (_, scripts) => {
    const program = programOf(scripts, [[1, 0]]);
    const findings = new Findings();
    for (const _step of depthFirst(program, null, findings, findings.visit.bind(findings)));
    const only = onlyRun(program);
    expect(only?.found).toEqual(findings.result(true, null).found);
    expect(only).toMatchObject({ complete: true, stopped: null, runs: 1, endings: 1 });
  });

  it('is none where two may go on, in the middle too', () => {
    expect(onlyRun(programOf([[{ do: 'tell' }], [{ do: 'tell' }]]))).toBeNull();
    expect(
      onlyRun(programOf([[{ do: 'add', folio: 0 }, { do: 'tell' }], [{ do: 'await', folio: 0, least: 1 }]])),
    ).toBeNull();
  });
});
