/** How the rules about results and pages tell what happened: where pages were got, where a path turned, who called. */

import { siteFunction } from '../../../../kernel/src/index.js';
import type { FileAnalysis, PageCall, PageEvent } from '../../analysis/index.js';
import { pagePathsOf } from '../../analysis/index.js';
import type { Call, Expression, Span } from '../../syntax/ast.js';
import type { Finding } from '../rule.js';

type Related = Finding['related'][number];

/** The calls of a file that get pages and whose paths are known. */
export function followedCalls(file: FileAnalysis): readonly PageCall[] {
  return pagePathsOf(file)
    .calls()
    .filter(page => page.complete);
}

/** The events of one kind behind a call. */
export function eventsOf<K extends PageEvent['kind']>(
  page: PageCall,
  kind: K,
): readonly Extract<PageEvent, { readonly kind: K }>[] {
  return page.events.filter(
    (event): event is Extract<PageEvent, { readonly kind: K }> => event.kind === kind,
  );
}

/** The name of a call's function: what a finding about the call points at. */
export function calleeSpan(call: Call): Span {
  return { start: call.callee.start, end: call.callee.end };
}

/** The argument with the address; null where the callee is not of the tables. */
export function startOf(page: PageCall, file: FileAnalysis): Expression | null {
  const fn = siteFunction(file.profile, page.callee);
  return fn === null ? null : (page.call.args[fn.argument('start')] ?? null);
}

/** "pin_user_pages_fast() pins here", and the helper that is called for it. */
export function gotHere(page: PageCall): readonly Related[] {
  const verb = page.kind === 'pin' ? 'pinned' : 'got';
  // The helper is in another file: all that can be pointed at is its call.
  if (page.through && page.origin.span.start === page.call.callee.start) {
    return [
      { span: page.origin.span, message: `pages are ${verb} by ${page.origin.callee}() in ${page.callee}()` },
    ];
  }
  const related: Related[] = [
    { span: page.origin.span, message: `pages are ${verb} here by ${page.origin.callee}()` },
  ];
  if (page.through) related.push({ span: calleeSpan(page.call), message: `through ${page.callee}()` });
  return related;
}

/** Where the path turned, if it did. */
export function turnedHere(event: PageEvent): readonly Related[] {
  return event.turn === null ? [] : [{ span: event.turn.condition, message: 'the path turns here' }];
}

/** The events without those at the same place. */
export function oncePerPlace<E>(events: readonly E[], place: (event: E) => Span): readonly E[] {
  const seen = new Set<number>();
  return events.filter(event => {
    const { start } = place(event);
    if (seen.has(start)) return false;
    seen.add(start);
    return true;
  });
}

/** Whether the callee failed on this path, in the way in which it says so. */
export function isFailure(event: PageEvent): boolean {
  return event.outcome === 'negative' || event.outcome === 'zero';
}

/** How the result of a failed call reads in a message. */
export function failureOf(page: PageCall): string {
  return page.zeroIsFailure ? `${page.callee}() got none` : `${page.callee}() failed`;
}
