/** Which variants of litmus tests are run on which kernels. */

import { RELEASES, type Release, type SwitchName } from '../../../kernel/src/index.js';
import { expectedCases, type Kernel } from './expectations.js';
import type { Litmus, LitmusFile } from './litmus.js';

/** One litmus test on one kernel. */
export interface LitmusCase {
  readonly file: LitmusFile;
  /** One of the file's variants. */
  readonly litmus: Litmus;
  readonly kernel: Kernel;
}

/** What somebody wants to know. */
export interface AskedCases {
  /** null: none in particular. */
  readonly releases: readonly Release[] | null;
  readonly with: readonly SwitchName[];
  readonly without: readonly SwitchName[];
  /** By axis the choice that a variant has to have. */
  readonly variant: Readonly<Record<string, string>>;
}

/** The cases asked for; with neither a release nor a switch asked for all that the files expect something of. */
export function litmusCases(files: readonly LitmusFile[], asked: AskedCases): readonly LitmusCase[] {
  const { releases, with: on, without } = asked;
  const expected = releases === null && on.length + without.length === 0;
  const choices = Object.entries(asked.variant);
  return files.flatMap(file => {
    const variants = file.variants.filter(({ variant }) =>
      choices.every(([axis, choice]) => variant[axis] === choice),
    );
    if (expected) return distinct(file).filter(({ litmus }) => variants.includes(litmus));
    return variants.flatMap(litmus =>
      (releases ?? RELEASES).map(release => ({ file, litmus, kernel: { release, with: on, without } })),
    );
  });
}

/** What several entries expect something of, is one case. */
function distinct(file: LitmusFile): readonly LitmusCase[] {
  const cases = new Map<string, LitmusCase>();
  for (const { litmus, release, with: on, without } of expectedCases(file)) {
    const key = JSON.stringify([file.variants.indexOf(litmus), release, on, without]);
    cases.set(key, { file, litmus, kernel: { release, with: on, without } });
  }
  return [...cases.values()];
}

/** `kind=thp page=1`; empty where a test has no variants. */
export function variantText({ variant }: Litmus): string {
  return Object.entries(variant)
    .map(([axis, choice]) => `${axis}=${choice}`)
    .join(' ');
}
