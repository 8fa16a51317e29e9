import { describe, expect, it } from 'vitest';
import { Quiet } from '../../server/src/lsp/quiet.js';

/** A clock that a test sets, and what waits for it. */
function clock(): {
  readonly quiet: Quiet;
  readonly advance: (by: number) => Promise<void>;
  readonly settled: (work: Promise<void>) => Promise<boolean>;
} {
  let time = 0;
  let waiting: { readonly at: number; readonly run: () => void }[] = [];
  const quiet = new Quiet({
    now: () => time,
    yield: () => Promise.resolve(),
    later: (milliseconds, run) => {
      const entry = { at: time + milliseconds, run };
      waiting.push(entry);
      return () => {
        waiting = waiting.filter(other => other !== entry);
      };
    },
  });
  const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));
  return {
    quiet,
    async advance(by) {
      await turn();
      time += by;
      const due = waiting.filter(({ at }) => at <= time);
      waiting = waiting.filter(({ at }) => at > time);
      for (const { run } of due) run();
      await turn();
    },
    async settled(work) {
      let done = false;
      void work.then(() => {
        done = true;
      });
      await turn();
      return done;
    },
  };
}

describe('background work', () => {
  it('goes on at once where nobody asks', async () => {
    const { quiet, settled } = clock();
    expect(await settled(quiet.wait())).toBe(true);
  });

  it('waits until nothing has come for a moment', async () => {
    const { quiet, advance, settled } = clock();
    quiet.disturbed();
    const work = quiet.wait();
    await advance(60);
    quiet.disturbed();
    await advance(60);
    expect(await settled(work)).toBe(false);
    await advance(60);
    expect(await settled(work)).toBe(true);
  });

  it('goes on some time though the questions never end', async () => {
    const { quiet, advance, settled } = clock();
    quiet.disturbed();
    const work = quiet.wait();
    let steps = 0;
    for (; steps < 100 && !(await settled(work)); steps++) {
      await advance(50);
      quiet.disturbed();
    }
    expect(steps).toBeGreaterThan(10);
    expect(steps).toBeLessThan(30);
  });
});
