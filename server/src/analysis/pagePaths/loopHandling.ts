/** Loops that do something with the pages: release them, or give them to somebody who may keep them. */

import type { Call, Span } from '../../syntax/index.js';
import { calleeName, lvalueText } from '../expressions.js';
import type { ExploredFunction, FollowedCall } from './exploration.js';
import { KEEPS_NOTHING, RELEASE_BY_NAME } from './pageFunctions.js';
import type { PageNames } from './pageNames.js';
import type { PathState } from './pathState.js';
import { reachedFrom } from './reach.js';

/** What a loop handles: pages by a name of these, pages by other names, none. */
type Handling = 'these' | 'others' | 'none';

/** Answers for the loops of one function and the pages of one call. */
export class LoopHandling {
  readonly #fn: ExploredFunction;
  readonly #names: PageNames;
  readonly #followed: FollowedCall | null;
  /** By the start of a loop. */
  readonly #handling = new Map<number, Handling>();

  constructor(fn: ExploredFunction, names: PageNames, followed: FollowedCall | null) {
    this.#fn = fn;
    this.#names = names;
    this.#followed = followed;
  }

  /** Whether a loop behind the call gives a function the pages of an array one by one. */
  dealsOut(call: Call): boolean {
    const loop = this.#fn.shape.loopAt(call.start);
    const at = this.#followed?.call.start ?? loop?.start ?? 0;
    if (loop === null || (loop.start <= at && at < loop.end)) return false;
    const given = call.args.filter(argument => this.#names.carried(argument) === 'pages');
    return given.every(argument => argument.kind === 'index' && argument.index.kind !== 'number');
  }

  /** Whether a loop releases pages, or gives them to somebody who may keep them, that are what a path says they are. */
  handle(loop: Span, { fate, earlier }: PathState): boolean {
    const what = this.#handledIn(loop);
    // A page that nobody else knows has no other name.
    const unknown = this.#names.owner === 'page' && fate === 'held' && !earlier;
    return what === 'these' || (what === 'others' && !unknown);
  }

  /** Whether a loop that makes the call does not come round again behind a block: what is done there it does not do to all. */
  #leaves(loop: Span, block: number): boolean {
    const call = this.#followed?.call ?? null;
    if (call === null || call.start < loop.start || loop.end <= call.start) return false;
    const at = this.#fn.cfg.positionOf(call);
    return at !== null && !reachedFrom(this.#fn.cfg, block).has(at.block);
  }

  #handledIn(loop: Span): Handling {
    const old = this.#handling.get(loop.start);
    if (old !== undefined) return old;
    let these = false;
    let others = false;
    for (const { element, at } of this.#fn.cfg.elements()) {
      if (element.node.start < loop.start || element.node.end > loop.end) continue;
      if (element.kind === 'call' && element.node !== this.#followed?.call) {
        const name = calleeName(element.node) ?? '';
        const carries = element.node.args.some(argument => this.#names.carried(argument) !== null);
        const keeps = carries && !KEEPS_NOTHING.test(name);
        if ((!keeps && !RELEASE_BY_NAME.has(name)) || this.#leaves(loop, at.block)) continue;
        these ||= keeps;
        // The page of a table is released under a name of its own.
        others ||= RELEASE_BY_NAME.has(name);
      } else if (element.kind === 'assignment' && element.node.op === '=') {
        const text = lvalueText(element.node.left);
        const own = text !== null && this.#names.isOwn(text);
        these ||= !own && this.#names.carried(element.node.right) !== null;
      }
    }
    const what = these ? 'these' : others ? 'others' : 'none';
    this.#handling.set(loop.start, what);
    return what;
  }
}
