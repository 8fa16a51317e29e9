/** What an exploration says of a question: the verdict, and what keeps it from being one. */

import { describe, expect, it } from 'vitest';
import type { Exploration, FoundEnding } from '../../simulator/src/explore/exploration.js';
import { answerOf } from '../../simulator/src/litmus/answer.js';
import { LitmusRunner } from '../../simulator/src/litmus/litmusRunner.js';
import { replayLitmus } from '../../simulator/src/litmus/replay.js';
import { finish, litmusFile, made } from './files.js';

const LITMUS = made({ one: { does: [{ do: 'read', as: 'r' }] } }, { value: 'r', is: 'old' });

const ending = (r: string | null, fields: Partial<FoundEnding> = {}): FoundEnding => ({
  outcome: JSON.stringify(r === null ? {} : { r }),
  violated: [],
  stuck: [],
  notModelled: null,
  runs: 1,
  schedule: [],
  violations: [],
  ...fields,
});

function answer(found: readonly FoundEnding[], fields: Partial<Exploration> = {}) {
  const counts = { states: 1, runs: found.length, endings: found.length, replayed: 0, orders: null };
  return answerOf(LITMUS, { ...counts, complete: true, stopped: null, found, ...fields });
}

describe('the verdict', () => {
  it.each([
    ['forbidden', [ending('new')]],
    ['allowed', [ending('new'), ending('old')]],
    ['required', [ending('old'), ending('old', { stuck: [0] })]],
  ])('%s', (verdict, found) => {
    expect(answer(found)).toMatchObject({ verdict, reason: null });
  });

  it('is unknown of what was not seen to the end, unless one run answers', () => {
    const stopped = { complete: false, stopped: 'states' } as const;
    expect(answer([ending('new')], stopped)).toMatchObject({
      verdict: 'unknown',
      reason: 'not all orders were tried: the limit of states was reached',
    });
    expect(answer([ending('old')], stopped).verdict).toBe('allowed');
    expect(answer([ending('new'), ending('old')], stopped).verdict).toBe('allowed');
    expect(answer([ending('new')], { complete: false }).reason).toBe('not all orders were tried');
  });

  it('takes a run that leaves the model for no run of the kernel', () => {
    const left = ending('old', { notModelled: 'a thing' });
    expect(answer([left])).toMatchObject({
      verdict: 'unknown',
      reason: 'not modelled: a thing',
      witness: null,
    });
    expect(answer([left, ending('new')]).verdict).toBe('unknown');
    expect(answer([left, ending('new'), ending('old')]).verdict).toBe('allowed');
  });

  it('is unknown of memory that the model does not have', () => {
    const memory = { vma: { kind: 'no-such-kind' } };
    const litmus = made({ one: { does: [{ do: 'read', as: 'r' }] } }, { value: 'r', is: 'old' }, { memory });
    const kernel = { release: '6.12', with: [], without: [] } as const;
    const found = finish(new LitmusRunner({ kind: 'reduced' }).answering(litmus, kernel));
    expect(found).toMatchObject({ verdict: 'unknown', reason: 'not modelled: memory of kind no-such-kind' });
  });
});

describe('conditions', () => {
  const of = (question: object, found: FoundEnding) =>
    answerOf(made({ one: { does: [{ do: 'read', as: 'r' }] } }, question), {
      states: 1,
      runs: 1,
      endings: 1,
      replayed: 0,
      orders: null,
      complete: true,
      stopped: null,
      found: [found],
    }).verdict === 'required';

  it.each([
    [{ value: 'r', is: 'old' }, true],
    [{ value: 'r', isNot: 'old' }, false],
    [{ value: 'r.signal', is: null }, true],
    [{ value: 'r.signal', isNot: 0 }, true],
    [{ property: 'locks-balance' }, true],
    [{ property: 'vma-under-lock' }, false],
    [{ property: 'nobody-waits-for-ever' }, true],
    [{ all: [{ value: 'r', is: 'old' }, { property: 'vma-under-lock' }] }, false],
    [{ any: [{ value: 'r', is: 'new' }, { property: 'locks-balance' }] }, true],
    [{ not: { value: 'r', is: 'old' } }, false],
  ])('%j', (question, expected) => {
    expect(of(question, ending('old', { violated: ['locks-balance'], stuck: [0] }))).toBe(expected);
  });
});

describe('an answer for a person', () => {
  it('has runs with no more turns, which replay to what they show', () => {
    const [litmus] = litmusFile('test/litmus/unshare-gup-fast/gup-fast-fork.litmus.json').variants;
    if (litmus === undefined) throw new Error('no variant');
    const kernel = { release: '5.9', with: [], without: [] } as const;
    const found = finish(new LitmusRunner({ kind: 'reduced' }).answering(litmus, kernel));
    const shown = finish(new LitmusRunner({ kind: 'reduced' }, true).answering(litmus, kernel));
    expect(shown.exploration).toEqual(found.exploration);
    expect(shown.witness?.schedule.length).toBeLessThan(found.witness?.schedule.length ?? 0);
    const run = replayLitmus(litmus, kernel, shown.witness?.schedule ?? []);
    expect(run).toMatchObject({ outcome: shown.witness?.outcome, violated: shown.witness?.violated });
  });
});
