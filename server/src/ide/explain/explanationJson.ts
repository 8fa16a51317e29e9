/** An explanation as plain data: the object of `gup-lens explain --format json`, see docs/explain.md. */

import { profileFor } from '../../../../kernel/src/index.js';
import { lockMayDrop } from './contract.js';
import type { Explanation, FlagExplanation, FunctionExplanation, SwitchExplanation } from './explanation.js';

/** The object; the order of the keys is part of the format. */
export function explanationJson(explanation: Explanation): Readonly<Record<string, unknown>> {
  switch (explanation.kind) {
    case 'flag':
      return flagJson(explanation);
    case 'function':
      return functionJson(explanation);
    case 'switch':
      return switchJson(explanation);
  }
}

function flagJson(of: FlagExplanation): Readonly<Record<string, unknown>> {
  const here = of.profile.flags.get(of.name);
  const difference = of.profile.treeDifferences.get(of.name);
  return {
    name: of.name,
    kind: of.kind,
    release: of.profile.release,
    present: of.present,
    value: here === undefined ? null : here.value,
    meaning: of.meaning,
    since: of.since,
    until: of.until,
    certainty: of.certainty,
    implies: of.implies,
    excludes: of.flag?.excludes ?? of.fact.excludes,
    becomes: of.becomes.flags,
    evidence: evidence(of),
    ...describedFor(of),
    ...(difference === undefined
      ? {}
      : { tree: { kind: difference.kind, values: difference.tree, text: difference.text } }),
  };
}

/**
 * `release` of a function is what gives back what it took; the release of the kernel is in `kernel`, since one object
 * has no two keys of one name.
 */
function functionJson(of: FunctionExplanation): Readonly<Record<string, unknown>> {
  const { fn } = of;
  return {
    name: of.name,
    kind: of.kind,
    kernel: of.profile.release,
    present: of.present,
    meaning: of.meaning,
    since: of.since,
    until: of.until,
    certainty: of.certainty,
    signature: fn?.signature ?? null,
    parameters: (fn?.parameters ?? []).map(({ name, type }) => ({ name, type })),
    addsFlags: unique((fn?.adds ?? []).flatMap(({ flags }) => flags)),
    refusesFlags: refusedFlags(of),
    lock:
      fn === null ? null : { before: fn.lock.before, after: fn.lock.after, mayDrop: lockMayDrop(fn.lock) },
    returns: (fn?.returnValues ?? []).map(({ value, when }) => ({ value, when })),
    release: fn?.releasedBy ?? [],
    evidence: evidence(of),
    ...describedFor(of),
  };
}

/** Flags that are refused whatever else a call passes; combinations and conditions are told by the text only. */
function refusedFlags({ fn, described }: FunctionExplanation): readonly string[] {
  if (fn === null || described === null) return [];
  const known = [...profileFor(described).flags.values()].filter(({ namespace }) => namespace === 'FOLL');
  return unique(
    fn.refuses.flatMap(({ flags, together, outside, when }) => {
      if (together !== undefined || when !== undefined) return [];
      const others = known.filter(({ name }) => outside !== undefined && !outside.includes(name));
      return [...(flags ?? []), ...others.map(({ name }) => name)];
    }),
  );
}

function switchJson(of: SwitchExplanation): Readonly<Record<string, unknown>> {
  return {
    name: of.name,
    kind: of.kind,
    release: of.profile.release,
    present: of.present,
    meaning: of.meaning,
    since: of.since,
    until: of.until,
    certainty: of.certainty,
    evidence: evidence(of),
    // Only where since and until do not tell all.
    ...(of.fact.on.length > 1
      ? { on: of.fact.on.map(({ since, until }) => ({ since, until: until ?? null })) }
      : {}),
  };
}

/** The release that the facts are of, where the one asked for has no such name. */
function describedFor(of: FlagExplanation | FunctionExplanation): { readonly describedAs?: string } {
  return of.present || of.described === null ? {} : { describedAs: of.described };
}

function evidence({ evidence }: Explanation): readonly { where: string; commit: string | null }[] {
  return evidence.map(({ where, commit }) => ({ where, commit: commit ?? null }));
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
