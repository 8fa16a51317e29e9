import { describe, expect, it } from 'vitest';
import { compare, count, emptyTally, GROUPS } from './compare.js';
import { readRecordings, recordingFiles } from './recordings.js';

const results = recordingFiles('test/oracle').flatMap(readRecordings).map(compare);

/** What was modelled when this was last raised. It may only grow. */
const MODELLED_AT_LEAST = 7094;

describe('the simulator and the recordings', () => {
  it('there are recordings of both kernels', () => {
    const kernels = new Set(
      results.map(({ recording }) => recording.kernel.split('.').slice(0, 2).join('.')),
    );
    expect([...kernels].sort()).toEqual(['6.1', '6.12']);
  });

  it('agrees in every group with everything it claims', () => {
    const wrong = results
      .filter(({ disagreements }) => disagreements.length > 0)
      .map(({ recording, disagreements }) => ({ kernel: recording.kernel, id: recording.id, disagreements }));
    expect(wrong).toEqual([]);
  });

  it('claims no less than before', () => {
    const tally = emptyTally();
    for (const result of results) count(tally, result);
    expect(tally.modelled).toBeGreaterThanOrEqual(MODELLED_AT_LEAST);
  });

  it('gives a reason for everything it does not claim', () => {
    expect(results.filter(({ reason }) => reason === '')).toEqual([]);
  });

  it('notices a difference', () => {
    const agreed = results.find(({ reason }) => reason === null);
    expect(agreed).toBeDefined();
    if (agreed === undefined) return;
    const fields = Object.values(GROUPS).flat();
    for (const field of fields) {
      const changed = compare({ ...agreed.recording, [field]: 'something else' });
      expect(changed.disagreements.map(each => each.field)).toEqual([field]);
    }
  });

  it('does not look at labels', () => {
    for (const { recording, reason } of results.slice(0, 200)) {
      if (reason !== null) continue;
      expect(compare({ ...recording, id: 'other', setup: 'other' }).disagreements).toEqual([]);
    }
  });
});
