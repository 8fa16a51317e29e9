/** How moves touch locations, and when the order of two touches counts. */

import type { Footprint } from './membrane.js';

/** How a location is touched (see {@link Footprint}). */
export type TouchKind = 'read' | 'write' | 'change';

/** That a location is touched. */
export interface Touch {
  readonly location: number;
  readonly kind: TouchKind;
}

/** Whether the order of two touches of a location counts. */
export function conflict(first: TouchKind, second: TouchKind): boolean {
  return first !== second || first === 'write';
}

/** What a footprint touches, and how. */
export function* touchesOf({ reads, writes, changes }: Footprint): Generator<Touch, void, void> {
  for (const location of reads) yield { location, kind: 'read' };
  for (const location of writes) yield { location, kind: 'write' };
  for (const location of changes) yield { location, kind: 'change' };
}
