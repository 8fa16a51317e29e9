/** How many pages a field holds where fewer than asked for may be left in it: by which members that is known. */

import type { FileAnalysis } from '../analyseFile.js';
import { constantTruth, lvalueText, valueExpression } from '../expressions.js';
import type { FieldCounts } from '../pageFields.js';
import { pagePathsOf } from './filePagePaths.js';
import type { PageCall } from './pageCall.js';

/**
 * Where a call that got pages may leave fewer of them in a field than were asked for: the members of the same structure
 * that tell of the one number and of the other. null: no such thing is known.
 *
 * @param start where the callee's name starts
 */
export function countsLeft(file: FileAnalysis, start: number): FieldCounts | null {
  const page = pagePathsOf(file)
    .calls()
    .find(one => one.call.callee.start === start);
  if (page === undefined || !page.complete || page.single || page.names.owner !== 'field') return null;
  const leavesFew = page.events.some(
    event =>
      event.kind === 'exit' &&
      event.outcome === 'short' &&
      event.recorded &&
      (event.fate === 'held' || event.fate === 'gone'),
  );
  return leavesFew ? countMembers(file, page) : null;
}

function countMembers(file: FileAnalysis, page: PageCall): FieldCounts | null {
  const object = /^(.*?)(?:->|\.)\w+$/.exec(page.names.base)?.[1];
  const fn = file.functionNamed(page.function);
  if (object === undefined || fn === null) return null;
  const request = page.request === null ? null : lvalueText(valueExpression(page.request));
  const results = new Set<string>();
  const got = new Set<string>();
  const asked = new Set<string>();
  const others = new Set<string>();
  const memberOf = (text: string | null): string | null =>
    text?.startsWith(object) === true
      ? (/^(?:->|\.)(\w+)$/.exec(text.slice(object.length))?.[1] ?? null)
      : null;
  const own = memberOf(request);
  if (own !== null) asked.add(own);
  for (const { element } of fn.cfg.elements()) {
    if (element.kind === 'declare' && element.node.init?.start === page.call.start)
      results.add(element.node.name);
    if (element.kind !== 'assignment' || element.node.op !== '=') continue;
    const { left, right } = element.node;
    const to = lvalueText(left);
    if (to === null) continue;
    const value = valueExpression(right);
    const text = lvalueText(value);
    const member = memberOf(to);
    if (value.start === page.call.start || (text !== null && results.has(text))) {
      results.add(to);
      if (member !== null) got.add(member);
    } else if (member !== null && text !== null && text === request) asked.add(member);
    else if (member !== null && constantTruth(value) !== false) others.add(member);
  }
  return {
    got: [...got].sort(),
    asked: [...asked].filter(member => !got.has(member) && !others.has(member)).sort(),
  };
}
