/** Which release a kernel tree is: what its top-level Makefile says. */

import { NEWEST_RELEASE, resolveRelease } from '../../../../kernel/src/index.js';
import type { KernelChoice } from '../../ide/types.js';

/**
 * The release that a top-level Makefile names: `6.1.192`, `6.13.0-rc3`, `5.15.149-android14-11`, and for the trees of
 * Red Hat and openEuler, which name theirs in variables of their own, `5.14.0-427.13.1.el9`. An EXTRAVERSION that make
 * would have to compute is left out. Returns null if VERSION or PATCHLEVEL is missing.
 */
export function makefileRelease(text: string): string | null {
  const value = (name: string): string => {
    const match = new RegExp(`^${name}[ \\t]*:?=[ \\t]*([^#\\r\\n]*)`, 'm').exec(text);
    return (match?.[1] ?? '').trim();
  };
  const version = value('VERSION');
  const patchlevel = value('PATCHLEVEL');
  if (!/^\d+$/.test(version) || !/^\d+$/.test(patchlevel)) return null;
  const sublevel = value('SUBLEVEL');
  const extra = value('EXTRAVERSION');
  const numbers = /^\d+$/.test(sublevel)
    ? `${version}.${patchlevel}.${sublevel}`
    : `${version}.${patchlevel}`;
  const named = /^[-.+~\w]*$/.test(extra) ? numbers + extra : numbers;
  return named + enterpriseSuffix(value);
}

/** What the enterprise kernels that keep EXTRAVERSION empty add in their packages; empty for all others. */
function enterpriseSuffix(value: (name: string) => string): string {
  const redHat = value('RHEL_MAJOR');
  if (/^\d+$/.test(redHat)) {
    const build = value('RHEL_RELEASE');
    return `${/^[\w.]+$/.test(build) ? `-${build}` : ''}.el${redHat}`;
  }
  const openEuler = value('OPENEULER_MAJOR');
  return /^\d+$/.test(openEuler) ? `.oe${openEuler}` : '';
}

/** The newest known release, for a file of which no release can be told; `why` is shown to a person. */
export function defaultRelease(why: string): KernelChoice {
  return {
    release: NEWEST_RELEASE,
    text: NEWEST_RELEASE,
    source: 'default',
    note: `${why}; using the newest known release, ${NEWEST_RELEASE}`,
  };
}

/**
 * The release that VERSION, PATCHLEVEL, SUBLEVEL and EXTRAVERSION of a Makefile name. Where they do not, the newest known
 * release is taken, with a note that says why.
 *
 * @param makefile its path, for the note
 * @param text null: it cannot be read
 */
export function releaseByMakefile(makefile: string, text: string | null): KernelChoice {
  if (text === null) return defaultRelease(`the tree has no readable top-level Makefile (${makefile})`);
  const named = makefileRelease(text);
  if (named === null) return defaultRelease(`${makefile} does not set VERSION and PATCHLEVEL`);
  const resolved = resolveRelease(named);
  if ('error' in resolved) {
    const [nearest] = resolved.nearest;
    if (nearest === undefined) return defaultRelease(`${makefile}: ${resolved.error}`);
    return {
      release: nearest,
      text: named,
      source: 'makefile',
      note: `${makefile}: ${resolved.error}; using ${nearest}`,
    };
  }
  return { release: resolved.release, text: named, source: 'makefile', note: resolved.note };
}
