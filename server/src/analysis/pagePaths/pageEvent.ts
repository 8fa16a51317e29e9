/** What happens on the paths behind a call that gets pages: what rules about its result and its pages look at. */

import type { Call, Expression, Span } from '../../syntax/index.js';
import type { Loop } from './functionShape.js';
import type { Fate, Lost, ReleaseCount, ReleasedAt, Turn } from './pathState.js';
import type { Outcome } from './value.js';

/** What a function returns: a negative number or an ERR_PTR() (`error`), zero or NULL, something above zero. */
export type Returned = 'nothing' | 'error' | 'zero' | 'positive' | 'unknown';

/**
 * What is looked at before a release; `flag`: a member of the structure, of which the path does not know what it says; `other`: a
 * helper releases on some of its paths only.
 */
export type Guard = 'page' | 'array' | 'flag' | 'other';

interface PathFacts {
  readonly outcome: Outcome;
  readonly turn: Turn | null;
  /** The comparison before it on the path that took a negative result for a large number. */
  readonly mistaken: Span | null;
}

/** The pages, or some of them, are given back. */
export interface ReleaseEvent extends PathFacts {
  readonly kind: 'release';
  readonly call: Call;
  readonly callee: string;
  readonly fate: Fate;
  readonly count: ReleaseCount;
  /** The argument with the count; null for one page, also where a loop counts. */
  readonly countArgument: Expression | null;
  /** The loop that gives pages back one by one. */
  readonly loop: Loop | null;
  /** A condition looks at the page first, or at the pointer to the array or in the structure only; null for none. */
  readonly guard: Guard | null;
  /** The loop begins where another one stopped: those before it was not to release. */
  readonly goesOn: boolean;
  readonly earlierRelease: ReleasedAt | null;
  /** It is the same element of the array as before. */
  readonly again: boolean;
  /** The call of the helper that gives them back; null where the function does it itself. */
  readonly through: Call | null;
  /** On a path on which the call was not made. */
  readonly beforeCall: boolean;
}

/** The function returns. */
export interface ExitEvent extends PathFacts {
  readonly kind: 'exit';
  /** The `return`, or the end of the body. */
  readonly span: Span;
  readonly fate: Fate;
  readonly earlier: boolean;
  /** Some of the pages were released one by one, and others may be left. */
  readonly begun: boolean;
  readonly recorded: boolean;
  /** The number itself is. */
  readonly counted: boolean;
  /** The pages that lie before those of the call were released, and these were not. */
  readonly upToThese: boolean;
  /** Something was stored behind the call where the caller finds it. */
  readonly told: boolean;
  readonly lost: Lost | null;
  readonly returned: Returned;
  /** The member beside the pages that still says that all were got, of which there are fewer; null if there is none. */
  readonly claimed: string | null;
  /** It returns the result itself. */
  readonly returnsResult: boolean;
}

/** A page is used. */
export interface UseEvent extends PathFacts {
  readonly kind: 'use';
  readonly call: Call;
  readonly callee: string;
  /** It is used together with the count that was asked for, or in a loop over that many. */
  readonly requested: boolean;
}

/** The only name of a page that is held gets the next page; the array of pages that are held, others. */
export interface OverwriteEvent extends PathFacts {
  readonly kind: 'overwrite';
}

/** The result, not negative, is made an error pointer. */
export interface ErrorPointerEvent extends PathFacts {
  readonly kind: 'error-pointer';
  readonly call: Call;
}

/** The count that was asked for is stored for others as the number of pages. */
export interface OverstateEvent extends PathFacts {
  readonly kind: 'overstate';
  readonly span: Span;
  readonly text: string;
}

/** A variable that says where the next pages go is moved on by the count that was asked for. */
export interface AdvanceEvent extends PathFacts {
  readonly kind: 'advance';
  readonly span: Span;
  readonly text: string;
}

export type PageEvent =
  | ReleaseEvent
  | ExitEvent
  | UseEvent
  | OverwriteEvent
  | ErrorPointerEvent
  | OverstateEvent
  | AdvanceEvent;

/** A page is released on a path on which nobody was asked for one. */
export function releaseBeforeCall(call: Call, callee: string): ReleaseEvent {
  return {
    kind: 'release',
    outcome: 'negative',
    turn: null,
    mistaken: null,
    call,
    callee,
    fate: 'none',
    count: 'one',
    countArgument: null,
    loop: null,
    guard: null,
    goesOn: false,
    earlierRelease: null,
    again: false,
    through: null,
    beforeCall: true,
  };
}

/** Equal for events that say the same of one place. */
export function eventKey(event: PageEvent): string {
  const where = 'span' in event ? event.span.start : 'call' in event ? event.call.start : 0;
  const more =
    event.kind === 'release'
      ? [
          event.fate,
          event.count,
          event.through?.start,
          event.earlierRelease?.start,
          event.again,
          event.turn?.first.start,
        ]
      : event.kind === 'exit'
        ? [
            event.fate,
            event.earlier,
            event.begun,
            event.recorded,
            event.counted,
            event.upToThese,
            event.told,
            event.returned,
            event.lost?.start,
            event.turn?.first.start,
          ]
        : [];
  return [event.kind, where, event.outcome, event.mistaken?.start, ...more].join();
}
