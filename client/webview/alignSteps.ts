/** Two runs side by side: which step of the one belongs to which of the other, and where they part. */

/** A line of two runs; null: that run has no such step. */
export interface AlignedSteps {
  readonly here: number | null;
  readonly there: number | null;
  /** Both have the step, and it tells the same. */
  readonly same: boolean;
  /** It does the same to the kernel in both; a step that only one has does nothing. */
  readonly sameEffect: boolean;
}

/**
 * What is told of a step: `what` decides whether two belong together, `all` whether they are the same, `effect` whether they
 * do the same (empty: the step does nothing, so that its absence is none).
 */
export interface StepTexts {
  readonly what: string;
  readonly all: string;
  readonly effect: string;
}

/** Longer runs are set side by side by number: the table below would take too long. */
const LONGEST = 1500;

/**
 * The lines of two runs: a longest common subsequence of what is done, and between its members what only one of them does.
 */
export function alignSteps(here: readonly StepTexts[], there: readonly StepTexts[]): readonly AlignedSteps[] {
  const lines: AlignedSteps[] = [];
  let [i, j] = [0, 0];
  const both = (): void => {
    const [a, b] = [here[i], there[j]];
    lines.push({ here: i, there: j, same: a?.all === b?.all, sameEffect: a?.effect === b?.effect });
    i += 1;
    j += 1;
  };
  const onlyHere = (): void => {
    lines.push({ here: i, there: null, same: false, sameEffect: here[i]?.effect === '' });
    i += 1;
  };
  const onlyThere = (): void => {
    lines.push({ here: null, there: j, same: false, sameEffect: there[j]?.effect === '' });
    j += 1;
  };
  const long = here.length > LONGEST || there.length > LONGEST;
  const common = long ? null : commonLengths(here, there);
  const lengthAt = (a: number, b: number): number => common?.[a * (there.length + 1) + b] ?? 0;
  while (i < here.length && j < there.length) {
    if (common === null || here[i]?.what === there[j]?.what) both();
    else if (lengthAt(i + 1, j) >= lengthAt(i, j + 1)) onlyHere();
    else onlyThere();
  }
  while (i < here.length) onlyHere();
  while (j < there.length) onlyThere();
  return lines;
}

/** By the places in both: how many steps the rests behind them have in common. */
function commonLengths(here: readonly StepTexts[], there: readonly StepTexts[]): Uint16Array {
  const width = there.length + 1;
  const lengths = new Uint16Array((here.length + 1) * width);
  for (let i = here.length - 1; i >= 0; i--) {
    for (let j = there.length - 1; j >= 0; j--) {
      const at = i * width + j;
      lengths[at] =
        here[i]?.what === there[j]?.what
          ? 1 + (lengths[at + width + 1] ?? 0)
          : Math.max(lengths[at + width] ?? 0, lengths[at + 1] ?? 0);
    }
  }
  return lengths;
}

/** The number of the line in which two runs part: the first that has another effect; -1: they do the same. */
export function firstDifference(lines: readonly AlignedSteps[]): number {
  return lines.findIndex(({ sameEffect }) => !sameEffect);
}
