/** Loops that do something with the pages: release them, or give them to somebody who may keep them. */

import type { Call, Expression, Span } from '../../syntax/index.js';
import type { CfgElement } from '../cfg.js';
import { calleeName, lvalueText, rootOf } from '../expressions.js';
import type { ExploredFunction, FollowedCall } from './exploration.js';
import { KEEPS_NOTHING, RELEASE_BY_NAME } from './pageFunctions.js';
import type { PageNames } from './pageNames.js';
import type { PathState } from './pathState.js';
import { isInCycle, reachedFrom } from './reach.js';
import { putsInGiven } from './scatterTables.js';
import { escaped, tabled } from './stateChanges.js';

/** What a loop handles: pages by a name of these, pages by other names; it only puts them into a table; none. */
type Handling = 'these' | 'others' | 'table' | 'none';

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
    return given.every(argument => isElement(argument) || this.#holdsElement(argument, loop));
  }

  /** Whether an argument is a variable, or the address of one, that gets nothing of the pages but one after the other in a loop. */
  #holdsElement(argument: Expression, loop: Span): boolean {
    const object = argument.kind === 'unary' && argument.op === '&' ? argument.operand : argument;
    const text = lvalueText(object);
    if (text === null || text === this.#names.base || text !== rootOf(text) || !this.#names.isOwn(text))
      return false;
    let elements = 0;
    for (const { element } of this.#fn.cfg.elements()) {
      const [to, value] = storedBy(element);
      if (to === null || value === null || rootOf(to) !== text || this.#names.carried(value) === null)
        continue;
      if (!isElement(value) || element.node.start < loop.start || loop.end < element.node.end) return false;
      elements++;
    }
    return elements > 0;
  }

  /** The state behind a loop, where that handles the pages: it is taken to have seen to all of them. */
  after(loop: Span, state: PathState): PathState {
    if (this.#handledIn(loop) === 'table') return tabled(state);
    return this.handle(loop, state) ? escaped(state) : state;
  }

  /** Whether a loop releases pages, or gives them to somebody who may keep them, that are what a path says they are. */
  handle(loop: Span, { fate, earlier }: PathState): boolean {
    const what = this.#handledIn(loop);
    // A page that nobody else knows has no other name.
    const unknown = this.#names.owner === 'page' && fate === 'held' && !earlier;
    return what === 'these' || (what === 'others' && !unknown);
  }

  /** Whether a loop does not come round again behind a block: what is done there it does not do to all. */
  #leaves(loop: Span, block: number): boolean {
    const { cfg } = this.#fn;
    const call = this.#followed?.call ?? null;
    if (call === null || call.start < loop.start || loop.end <= call.start) return !isInCycle(cfg, block);
    const at = cfg.positionOf(call);
    return at !== null && !reachedFrom(cfg, block).has(at.block);
  }

  #handledIn(loop: Span): Handling {
    const old = this.#handling.get(loop.start);
    if (old !== undefined) return old;
    let these = false;
    let others = false;
    let table = false;
    for (const { element, at } of this.#fn.cfg.elements()) {
      if (element.node.start < loop.start || element.node.end > loop.end) continue;
      if (element.kind === 'call' && element.node !== this.#followed?.call) {
        const name = calleeName(element.node) ?? '';
        const carries = element.node.args.some(argument => this.#names.carried(argument) !== null);
        const puts = carries && putsInGiven(element.node, this.#fn.ast);
        const keeps = carries && !puts && !KEEPS_NOTHING.test(name);
        table ||= puts;
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
    const what = these ? 'these' : others ? 'others' : table ? 'table' : 'none';
    this.#handling.set(loop.start, what);
    return what;
  }
}

/** `pages[i]`: another page for each pass. */
function isElement(node: Expression): boolean {
  return node.kind === 'index' && node.index.kind !== 'number';
}

/** The lvalue that an element stores to, and what. */
function storedBy(element: CfgElement): readonly [string | null, Expression | null] {
  if (element.kind === 'declare') return [element.node.name, element.node.init];
  if (element.kind === 'assignment' && element.node.op === '=')
    return [lvalueText(element.node.left), element.node.right];
  return [null, null];
}
