/** What a litmus file expects, case by case, and whether it says something of every release. */

import {
  profileFor,
  profileWithSwitches,
  RELEASES,
  type Release,
  type SwitchName,
} from '../../../kernel/src/index.js';
import { type Behaviour, behaviourOf } from '../behaviour.js';
import { inapplicable } from './applicable.js';
import type { Expectation, Litmus, LitmusFile } from './litmus.js';

/** A release with switches turned. */
export interface Kernel {
  readonly release: Release;
  readonly with: readonly SwitchName[];
  readonly without: readonly SwitchName[];
}

/** One variant on one kernel, and what is expected of it. */
export interface ExpectedCase extends Kernel {
  readonly litmus: Litmus;
  readonly expectation: Expectation;
}

/** The behaviour of a kernel. */
export function behaviourOfKernel(kernel: Kernel): Behaviour {
  const profile = profileFor(kernel.release);
  return behaviourOf(profileWithSwitches(profile, kernel));
}

/** Every case that the file expects something of; a release that does not have what a variant calls is left out. */
export function expectedCases(file: LitmusFile): readonly ExpectedCase[] {
  return file.expect.flatMap(expectation =>
    file.variants.flatMap(litmus =>
      isFor(expectation, litmus)
        ? expectation.of.flatMap(release => {
            const kernel = { release, with: expectation.with, without: expectation.without };
            const applies = inapplicable(litmus, behaviourOfKernel(kernel)) === null;
            return applies ? [{ ...kernel, litmus, expectation }] : [];
          })
        : [],
    ),
  );
}

/** What is expected of a variant on a kernel: entries with the same switches that fit. */
export function expectationsFor(file: LitmusFile, litmus: Litmus, kernel: Kernel): readonly Expectation[] {
  return file.expect.filter(
    expectation =>
      isFor(expectation, litmus) &&
      expectation.of.includes(kernel.release) &&
      sameNames(expectation.with, kernel.with) &&
      sameNames(expectation.without, kernel.without),
  );
}

/** Of each variant the releases that it applies to and nothing is expected of, as they are. */
export function uncovered(
  file: LitmusFile,
): readonly { readonly litmus: Litmus; readonly releases: readonly Release[] }[] {
  return file.variants.flatMap(litmus => {
    const releases = RELEASES.filter(release => {
      const kernel = { release, with: [], without: [] };
      const applies = inapplicable(litmus, behaviourOfKernel(kernel)) === null;
      return applies && expectationsFor(file, litmus, kernel).length === 0;
    });
    return releases.length === 0 ? [] : [{ litmus, releases }];
  });
}

function isFor(expectation: Expectation, { variant }: Litmus): boolean {
  return Object.entries(expectation.for).every(([axis, choices]) => choices.includes(variant[axis] ?? ''));
}

function sameNames(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every(name => others.includes(name));
}
