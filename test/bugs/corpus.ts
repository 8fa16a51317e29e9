/** The reduced historical misuse of this folder, and what of it the rules have to find. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Release, resolveRelease } from '../../kernel/src/index.js';

/** What `meta.json` says of a pair. */
export interface Meta {
  readonly kernel_version_range: string;
  /** Rules whose findings in before.c are true too. */
  readonly extra_allowed_rules: readonly string[];
  readonly expected: readonly {
    readonly rule: string;
    readonly line: number;
    readonly must: boolean;
    readonly also_accept: readonly number[];
  }[];
}

/** A fix of history, reduced. */
export interface Pair {
  readonly id: string;
  readonly meta: Meta;
  readonly before: string;
  readonly after: string;
  /** The release that both are read for. */
  readonly release: Release;
}

/** The newest release of the tables inside a range such as `5.6-`, `2.6.28-5.1` or `4.6-4.8`. */
function releaseIn(range: string): Release {
  const until = range.split('-')[1] ?? '';
  if (until === '') return '6.12';
  const resolved = resolveRelease(until);
  if ('error' in resolved) throw new Error(`${range}: ${resolved.error}`);
  return resolved.release;
}

/** All pairs, in order of id. @param folder test/bugs/reduced */
export function pairsIn(folder: string): Pair[] {
  const read = (...path: string[]): string => readFileSync(join(folder, ...path), 'utf8');
  return readdirSync(folder)
    .sort()
    .map(id => {
      const meta = JSON.parse(read(id, 'meta.json')) as Meta;
      const release = releaseIn(meta.kernel_version_range);
      return { id, meta, before: read(id, 'before.c'), after: read(id, 'after.c'), release };
    });
}

/**
 * The findings that are asked for in before.c and not there.
 * @param wanted whether a rule is asked for
 */
export function missedOf(
  { expected }: Meta,
  wanted: (rule: string) => boolean,
  found: readonly { readonly rule: string; readonly line: number }[],
): Meta['expected'] {
  return expected
    .filter(want => want.must && wanted(want.rule))
    .filter(
      want =>
        !found.some(one => one.rule === want.rule && [want.line, ...want.also_accept].includes(one.line)),
    );
}
