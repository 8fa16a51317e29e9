/** Pages in a field that are released by another number than that of those which were got. */

import type { FieldCounts, FileAnalysis } from '../../analysis/index.js';
import { countsLeft, valueExpression } from '../../analysis/index.js';
import type { Call, Expression, Member } from '../../syntax/index.js';
import { spanOf, walk } from '../../syntax/index.js';
import type { Finding } from '../rule.js';
import { gotElsewhere, type TracedRelease, tracedReleases } from '../tracedReleases.js';
import { calleeSpan } from './pageStory.js';

/** The releases of a file that give back as many pages of a field as were asked for, though fewer may be there. */
export function releasesOfTooMany(file: FileAnalysis): readonly Finding[] {
  return tracedReleases(file).flatMap(traced => {
    const count = traced.fromField ? countOf(file, traced) : null;
    if (count === null) return [];
    const all = countsOf(file, traced);
    const tooMany = all.every(
      counts => counts !== null && counts.got.length > 0 && counts.asked.includes(count.name),
    );
    const kept = all[0]?.got[0];
    if (!tooMany || kept === undefined) return [];
    const [site] = traced.sites;
    const [other] = traced.elsewhere;
    const by =
      site !== undefined ? `${site.callee}()` : other === undefined ? 'the call' : gotElsewhere(other);
    return [
      {
        span: calleeSpan(traced.release.call),
        message: `as many pages are released as were asked for, in ${count.name}: ${by} may have got fewer, as ${kept} tells`,
        related: [
          { span: spanOf(count), message: 'the number that was asked for' },
          ...(site === undefined ? [] : [{ span: site.span, message: 'may get fewer' }]),
        ],
        confidence: 'medium' as const,
        fix: null,
      },
    ];
  });
}

function countsOf(file: FileAnalysis, { sites, elsewhere }: TracedRelease): readonly (FieldCounts | null)[] {
  return [...sites.map(site => countsLeft(file, site.span.start)), ...elsewhere.map(got => got.counts)];
}

/** The member that says how many pages are released: the count that is given, or the end of the loop around. */
function countOf(file: FileAnalysis, { release: { call }, fn }: TracedRelease): Member | null {
  const [pages, count] = call.args;
  if (pages === undefined) return null;
  if (count !== undefined) return memberIn(valueExpression(count));
  const holder = file.functionNamed(fn.name);
  return holder === null ? null : loopEnd(call, holder.ast.body);
}

/** Where a loop looks at each page before it gives it back, what it counts to says nothing. */
function loopEnd(call: Call, body: Parameters<typeof walk>[0]): Member | null {
  let end: Member | null = null;
  walk(body, node => {
    if (node.start > call.start || node.end < call.end) return false;
    if (node.kind === 'if') end = null;
    if (node.kind === 'for' || node.kind === 'while') end = node.test === null ? null : upperEnd(node.test);
    return undefined;
  });
  return end;
}

function upperEnd(test: Expression): Member | null {
  return test.kind === 'binary' && test.op === '<' ? memberIn(valueExpression(test.right)) : null;
}

function memberIn(node: Expression): Member | null {
  return node.kind === 'member' ? node : null;
}
