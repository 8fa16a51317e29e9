/** Pages that a condition decides to pin or to take references on, given back by somebody who does not ask which it was. */

import { PAGE_RELEASES } from '../../../../kernel/src/index.js';
import type {
  Acquisition,
  FileAnalysis,
  FunctionAnalysis,
  FunctionPages,
  PageRelease,
} from '../../analysis/index.js';
import { callTokens, type Expression, functionsNamed, walk } from '../../syntax/index.js';
import { conditionsInto } from '../writeChoice.js';

/**
 * Whether the function that gives pages back got them in one of two ways itself and never asks again: no other condition of it
 * names what decided, and no release of it is for the other way.
 *
 * @param from the calls that may have got the pages
 * @param fn the function
 */
export function isNeverAsked(
  from: readonly Acquisition[],
  release: PageRelease,
  { name, releases }: FunctionPages,
  file: FileAnalysis,
): boolean {
  const fn = file.functionNamed(name);
  if (fn === null || !isEitherWay(from)) return false;
  if (releases.some(other => other.releases !== release.releases)) return false;
  const deciding = from.flatMap(({ span }) => nearestCondition(fn, span.start) ?? []);
  const words = new Set(deciding.flatMap(wordsOf));
  if (words.size === 0) return false;
  const others = fn.cfg.blocks.flatMap(({ out }) =>
    out.flatMap(({ label }) =>
      label.kind === 'branch' && !deciding.includes(label.condition) ? [label.condition] : [],
    ),
  );
  return !others.some(condition => wordsOf(condition).some(word => words.has(word)));
}

/**
 * Whether another function got them, in one of two ways, and the one that gives them back does not name what decided. Nobody else of
 * the file may give pages back in the other way, but the function that got them.
 *
 * @param name the function that gives back
 * @param from all calls that may have got the pages
 */
export function isUnknownTo(
  name: string,
  from: readonly Acquisition[],
  release: PageRelease,
  file: FileAnalysis,
): boolean {
  const { source, sites } = file;
  const getters = new Set(
    from.map(({ span }) => sites.find(site => site.span.start === span.start)?.function),
  );
  const [getter] = getters;
  if (getter === undefined || getter === null || getters.size > 1 || !isEitherWay(from)) return false;
  const right = PAGE_RELEASES.flatMap(one => (one.releases === release.releases ? [] : [one.name]));
  const elsewhere = callTokens(source, new Set(right)).map(call => source.functions[call.function]?.name);
  if (elsewhere.some(caller => caller !== getter)) return false;
  const fn = file.functionNamed(getter);
  if (fn === null) return false;
  const words = from.flatMap(({ span }) => {
    const condition = nearestCondition(fn, span.start);
    return condition === null ? [] : wordsOf(condition);
  });
  const named = new Set(
    functionsNamed(source, name).flatMap(
      ({ body }) => source.text.slice(body.start, body.end).match(/\w+/g) ?? [],
    ),
  );
  return words.length > 0 && !words.some(word => named.has(word));
}

function isEitherWay(from: readonly Acquisition[]): boolean {
  return new Set(from.map(got => got.kind)).size > 1;
}

/** The condition on which it depends whether a call is made; null: none, or it cannot be told. */
function nearestCondition(fn: FunctionAnalysis, callee: number): Expression | null {
  for (const { element, at } of fn.cfg.elements()) {
    if (element.kind !== 'call' || element.node.callee.start !== callee) continue;
    return conditionsInto(fn, at.block)[0] ?? null;
  }
  return null;
}

/** The members that a condition names, or its variables where it names no member. */
export function wordsOf(condition: Expression): readonly string[] {
  const [members, variables] = [new Set<string>(), new Set<string>()];
  walk(condition, node => {
    if (node.kind === 'member') members.add(node.name);
    else if (node.kind === 'identifier') variables.add(node.name);
  });
  return [...(members.size > 0 ? members : variables)];
}
