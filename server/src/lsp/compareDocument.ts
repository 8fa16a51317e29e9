/** `gupLens/compare`: the calls of a document that going from one release to another affects. */

import { type Release, resolveRelease } from '../../../kernel/src/index.js';
import type { CompareParams, CompareResult } from '../../protocol/index.js';
import type { Prepared } from './openDocuments.js';
import { rangeOf } from './toProto.js';

/** The answer for a document; releases that nobody knows are named in `problems`. */
export function compareDocument({ analysis, path, lines }: Prepared, params: CompareParams): CompareResult {
  const problems: { field: 'from' | 'to'; message: string }[] = [];
  const named = (field: 'from' | 'to', text: string): Release | null => {
    const resolved = resolveRelease(String(text));
    if (!('error' in resolved)) return resolved.release;
    problems.push({ field, message: resolved.error });
    return null;
  };
  const from = params.from === undefined ? analysis.kernel(path).release : named('from', params.from);
  const to = named('to', params.to);
  if (from === null || to === null) return { problems };
  const affected = analysis.affected(path, from, to).map(({ site, reasons }) => {
    return { range: rangeOf(site.span, lines), function: site.function, callee: site.callee, reasons };
  });
  return { from, to, affected };
}
