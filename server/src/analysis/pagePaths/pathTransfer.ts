/** What each element of a function does to a path: to values, to the pages, and what is worth reporting of it. */

import type { PageRelease } from '../../../../kernel/src/index.js';
import type { Call, Expression, Span } from '../../syntax/index.js';
import type { CfgElement } from '../cfg.js';
import { calleeName, lvalueText, rootOf, valueExpression } from '../expressions.js';
import { arithmetic, stepped } from './arithmetic.js';
import { containing, lastPut } from './containerOf.js';
import { evaluate } from './evaluate.js';
import type { ExploredFunction, FollowedCall, HelperEffect, PathEnd, Surroundings } from './exploration.js';
import { timesOf } from './functionShape.js';
import { grown, grownByItself } from './growth.js';
import { LoopHandling } from './loopHandling.js';
import {
  asksElement,
  dealtTo,
  fateInLoop,
  fillsBehind,
  goesOn,
  hasBegun,
  isBehind,
  isDealing,
  isLeft,
  leavesOthers,
} from './loopReleases.js';
import { eventKey, type PageEvent, releaseBeforeCall } from './pageEvent.js';
import {
  COPIES,
  FREES,
  FREES_TABLE,
  KEEPS_NOTHING,
  KEPT_ON_SUCCESS,
  RELEASE_BY_NAME,
  SAYS_RELEASE,
  TAKES_OVER,
  UNMAPS,
  USES,
} from './pageFunctions.js';
import type { PageNames } from './pageNames.js';
import { claimedCount, fateAtExit, tellsOwner } from './pageOwner.js';
import { baseOf, memberIn } from './pageVariables.js';
import { OFFSET, type PathState, stateKey } from './pathState.js';
import {
  countOf,
  countOfLoop,
  coversRaw,
  elementOf,
  endsBefore,
  guardAt,
  isOneOfMany,
  isUnset,
  releasedBy,
} from './releaseCount.js';
import { returnedAs, returnsCount } from './returned.js';
import { fillsSameArray, gotMore, isAddressOf, movedOn } from './sameArray.js';
import { besideTable, putsInGiven, tablesOf } from './scatterTables.js';
import {
  countCleared,
  earlierValues,
  escaped,
  forgotten,
  freed,
  handedOver,
  isGivenAsked,
  keptOnSuccess,
  lentTo,
  misjudged,
  noted,
  objectGiven,
  tabled,
  takenOver,
  unmapped,
  unset,
  withCounts,
  withMembers,
  withoutOffset,
  withoutReleased,
  withoutZeroes,
  withResult,
  withValue,
} from './stateChanges.js';
import {
  COUNTER,
  countsPages,
  FROM_RESULT,
  HUGE,
  isRequest,
  numberValue,
  type Outcome,
  SIGN,
  signsOf,
  symbol,
  type Value,
} from './value.js';

/** Interprets the elements of one function, for the pages of one call. */
export class PathTransfer {
  readonly #fn: ExploredFunction;
  readonly #names: PageNames;
  readonly #followed: FollowedCall | null;
  readonly #around: Surroundings;
  readonly #tables: ReadonlySet<string>;
  /** The loops that do something with the pages. */
  readonly loops: LoopHandling;
  readonly #events = new Map<string, PageEvent>();
  readonly #ends: PathEnd[] = [];

  constructor(fn: ExploredFunction, names: PageNames, followed: FollowedCall | null, around: Surroundings) {
    this.#fn = fn;
    this.#names = names;
    this.#followed = followed;
    this.#around = around;
    this.#tables = tablesOf(fn);
    this.loops = new LoopHandling(fn, names, followed);
  }

  /** What was reported, each event once. */
  get events(): readonly PageEvent[] {
    return [...this.#events.values()];
  }

  /** Where paths left the function. */
  get ends(): readonly PathEnd[] {
    return this.#ends;
  }

  /** The states after an element; none behind a `return`. */
  element(element: CfgElement, state: PathState): readonly PathState[] {
    switch (element.kind) {
      case 'call':
        return this.#call(element.node, state);
      case 'declare': {
        const { name, init } = element.node;
        if (init === null) return [unset(this.#fn, state, name, element.node.start)];
        // What is known of the members that it leads to was known by the name of the structure.
        if (this.#fn.inside.has(name) || containing(init, this.#fn.ast) !== null) return [state];
        const declared = this.#assign(state, { kind: 'identifier', name, start: 0, end: 0 }, init);
        return [withMembers(this.#fn, declared, name, init)];
      }
      case 'assignment': {
        const { op, left, right } = element.node;
        if (op === '=') return [this.#assign(state, left, right)];
        const moved =
          op === '+=' ? movedOn(element.node, state, this.#followed, this.#fn, this.#names) : null;
        if (moved !== null) this.#report({ kind: 'advance', ...this.#facts(state), ...moved }, state);
        const value = arithmetic(
          op.slice(0, -1),
          evaluate(left, state, this.#fn),
          evaluate(right, state, this.#fn),
          element.node,
          state,
          this.#fn,
        );
        return [this.#store(state, left, grown(value, element.node, this.#fn), null)];
      }
      case 'update': {
        const { operand, op } = element.node;
        const old = evaluate(operand, state, this.#fn);
        const before = withValue(this.#fn, state, `#${element.node.start}`, old);
        const taint = countsPages(old) ? FROM_RESULT : '';
        const signs = stepped(signsOf(old, state), op);
        const next = symbol(`${this.#fn.prefix}#${element.node.start}${COUNTER}${taint}`, signs);
        return [this.#store(before, operand, next, null)];
      }
      case 'macro-loop': {
        const seenTo = state.fate !== 'none' && state.fate !== 'released';
        let next = seenTo ? this.loops.after(element.node, state) : state;
        for (const argument of element.node.args)
          if (argument !== timesOf(element.node))
            next = forgotten(this.#fn, next, argument, element.node.start);
        return [next];
      }
      case 'return':
        this.#return(element.node.value, element.node, state);
        return [];
      default:
        return [state];
    }
  }

  #assign(state: PathState, left: Expression, right: Expression): PathState {
    const value = evaluate(right, state, this.#fn);
    const converted =
      value.kind === 'result' && state.outcome === 'negative' && this.#fn.types.losesSign(left)
        ? HUGE
        : value;
    const judged = misjudged(right, state, this.#fn);
    return this.#store(judged, left, grownByItself(left, right, converted, this.#fn), right);
  }

  /** @param right what is stored, where pages may come along with it */
  #store(state: PathState, left: Expression, value: Value, right: Expression | null): PathState {
    const text = lvalueText(left);
    let next = state;
    const own = text !== null && this.#names.isOwn(text);
    if (!own && text !== null && state.outcome !== 'negative' && countsPages(value))
      next = { ...next, recorded: true, counted: true };
    if (!own && value.kind === 'symbol' && isRequest(value, state) && text !== null) {
      this.#report(
        { kind: 'overstate', ...this.#facts(state), span: { start: left.start, end: left.end }, text },
        state,
      );
    }
    if (text !== null && !own && text !== rootOf(text)) next = { ...next, told: true };
    if (text !== null) {
      next = withoutReleased(next, text, this.#names);
      next = countCleared(next, left, text, value, this.#names);
    }
    if (text !== null && tellsOwner(text, value, state, this.#names)) next = { ...next, recorded: true };
    const carried = right === null ? null : this.#names.carried(right);
    if (carried !== null && !own && text !== this.#names.base)
      next = handedOver(next, left, carried, this.#names);
    else if (carried === 'pages' && text !== null && this.#names.isPassedOn(text)) next = escaped(next);
    if (
      right !== null &&
      text === this.#names.base &&
      state.outcome !== null &&
      this.#names.owner === 'page'
    ) {
      const isCall = valueExpression(right) === this.#followed?.call;
      if (!isCall && this.#names.carried(right) === null)
        next = { ...escaped(next), blurred: value.kind !== 'number' };
    }
    return text === null ? next : withValue(this.#fn, withoutOffset(next, value), text, value);
  }

  #facts(state: PathState): { outcome: Outcome; turn: PathState['turn']; mistaken: Span | null } {
    return { outcome: state.outcome ?? 'full', turn: state.turn, mistaken: state.mistaken };
  }

  #report(event: PageEvent, state: PathState): void {
    if (state.blurred || state.outcome === null) return;
    this.#events.set(eventKey(event), event);
  }

  #call(call: Call, state: PathState): readonly PathState[] {
    if (this.#followed !== null && call === this.#followed.call)
      return this.#followedCall(this.#followed, state);
    const name = calleeName(call);
    const carried = call.args.map(argument => this.#names.carried(argument));
    const values = call.args.map(argument => evaluate(argument, state, this.#fn));
    let next = state;
    for (const argument of call.args) {
      if (argument.kind !== 'unary' || argument.op !== '&') continue;
      if (state.outcome === null || this.#names.carried(argument) === null) {
        next = forgotten(this.#fn, next, argument, call.start);
      }
    }
    if (this.#fn.tracked.has(`#${call.start}`)) next = withResult(this.#fn, next, call, values);
    if (name === null || !KEEPS_NOTHING.test(name)) next = withoutZeroes(next, values);
    if (name !== null && UNMAPS.test(name) && this.#names.isOnlyMapped) next = unmapped(next);
    if (!carried.includes('pages') && !carried.includes('object')) {
      if (name !== null) next = besideTable(call, name, next, this.#tables);
      if (name === 'ERR_PTR') this.#errorPointer(call, values, next);
      // Who owns the structure in which the page is may release what was released here.
      const isKept = next.fate === 'gone' && next.releasedAt !== null;
      if (!(isKept || carried.includes('derived')) || (name !== null && KEEPS_NOTHING.test(name)))
        return [next];
      const effect = this.#around.helperEffect(call, next, values, this.#names);
      if (isKept) return effect === null ? [next] : this.#helped(call, effect, next);
      return effect?.ends.every(({ state: { fate } }) => fate === 'released')
        ? this.#helped(call, effect, next)
        : [noted(next, call.start)];
    }
    if (name === null) return [escaped(next)];
    const [to, from] = call.args;
    if (COPIES.test(name) && to !== undefined && from !== undefined && this.#names.carried(from) === 'pages')
      return [handedOver(next, to, 'pages', this.#names)];
    const release = RELEASE_BY_NAME.get(name);
    if (release !== undefined) return [this.#release(call, release, next)];
    if (this.#around.gets(call))
      return [fillsBehind(call, next, this.#names, this.#fn) ? next : gotMore(call, next, this.#names)];
    if (carried.includes('pages') && USES.test(name) && next.outcome !== null)
      this.#reportUse(call, name, values, next);
    if (FREES.test(name)) return [freed(call, call.args[0], next, this.#names)];
    if (name === 'get_page' || name === 'folio_get' || name === 'get_user_page')
      return [{ ...next, blurred: true }];
    if (TAKES_OVER.test(name)) return [takenOver(next, this.#fn.shape.loopAt(call.start) !== null)];
    if (FREES_TABLE.test(name)) return [besideTable(call, name, next, this.#tables)];
    if (KEPT_ON_SUCCESS.test(name)) return keptOnSuccess(call, next, this.#fn);
    if (putsInGiven(call, this.#fn.ast) && this.#names.owner !== 'page' && next.fate !== 'none')
      return [tabled(next)];
    // Before the pages are got nothing can become of them.
    if (state.outcome === null) return [next];
    const effect = this.#around.helperEffect(call, next, values, this.#names);
    if (effect !== null) return this.#helped(call, effect, next);
    if (KEEPS_NOTHING.test(name)) return [next];
    if (carried.includes('pages') && isGivenAsked(next, values)) this.#reportUse(call, name, values, next);
    if (state.fate === 'none' && !state.earlier) return [next];
    if (!carried.includes('pages')) {
      const member = memberIn([this.#names.base]);
      const leaves = member !== null && this.#around.leavesPages(name, member);
      return [objectGiven(call, call.args[carried.indexOf('object')], leaves, next, this.#names)];
    }
    if (SAYS_RELEASE.test(name)) return [{ ...next, fate: 'released', earlier: false }];
    const whole = next.fate === 'held' || next.fate === 'dealt';
    return [whole && this.loops.dealsOut(call) ? { ...next, fate: 'dealt' } : lentTo(next, call.start)];
  }

  #errorPointer(call: Call, values: readonly Value[], state: PathState): void {
    const [value] = values;
    if (value?.kind !== 'result' || (signsOf(value, state) & SIGN.negative) !== 0) return;
    // The way out of the loop turned at the last result itself.
    const turnedInLoop =
      state.outcome === 'short' && state.turn !== null && !this.#isLater(state.turn.condition);
    if (this.#isLater(call) && !turnedInLoop) return;
    this.#report({ kind: 'error-pointer', ...this.#facts(state), call }, state);
  }

  #followedCall(followed: FollowedCall, state: PathState): readonly PathState[] {
    const { request, single, call } = followed;
    if (state.fate === 'held' && !state.refilled) {
      if (this.#names.owner === 'page' || fillsSameArray(this.#fn, this.#names, followed))
        this.#report({ kind: 'overwrite', ...this.#facts(state) }, state);
    }
    const asked = single ? numberValue(1) : request === null ? null : evaluate(request, state, this.#fn);
    let before = state;
    for (const argument of call.args) {
      if (argument.kind === 'unary' && argument.op === '&' && this.#names.carried(argument) === null) {
        before = forgotten(this.#fn, before, argument, call.start);
      }
    }
    const offset = followed.offset === null ? null : evaluate(followed.offset, state, this.#fn);
    const earlier = state.outcome !== null && (state.earlier || state.fate === 'held') && this.#names.part;
    return followed.outcomes
      .filter(({ outcome }) => outcome !== 'short' || !(asked?.kind === 'number' && asked.value === 1))
      .map(({ outcome, value, fate }) => {
        let next: PathState = {
          ...before,
          values: earlierValues(before, this.#fn.prefix),
          blurred: false,
          refilled: false,
          told: false,
          upToThese: false,
          givenTo: null,
          outcome,
          request: asked,
          fate,
          earlier,
          mistaken: null,
          lost: null,
          releasedAt: null,
          turn: null,
        };
        if (fate === 'held') next = withCounts(next, call, this.#names, this.#fn);
        if (offset !== null) next = { ...next, values: new Map(next.values).set(OFFSET, offset) };
        const { base, owner } = this.#names;
        if (owner === 'page' || call.args.some(argument => isAddressOf(argument, base))) {
          if (fate === 'held')
            next = withValue(this.#fn, next, base, symbol(`${this.#fn.prefix}${base}@got`, SIGN.positive));
          else if (followed.writesOnFailure)
            next = withValue(this.#fn, next, base, symbol(`${this.#fn.prefix}${base}@failed`));
        }
        return withValue(this.#fn, next, `#${call.start}`, value);
      });
  }

  #release(call: Call, release: PageRelease, state: PathState): PathState {
    const argument = call.args[release.argument];
    if (argument === undefined || this.#names.carried(argument) !== 'pages') return state;
    if (state.outcome === null) {
      if (this.#followed !== null && isUnset(call, release, this.#followed, state, this.#fn, this.#names))
        this.#events.set(`unset ${call.start}`, releaseBeforeCall(call, release.name));
      return state;
    }
    if (state.refilled && this.#names.isTakenLater(argument)) return state;
    const other = state.refilled && baseOf(argument).text === this.#names.base;
    if (other || !this.#names.isCertain(argument)) return { ...state, blurred: true };
    if (isBehind(argument, state, this.#fn)) return state;
    const element = elementOf(argument, state, this.#fn);
    if (endsBefore(call, release, state, this.#fn, this.#names))
      return { ...state, earlier: false, upToThese: isLeft(state.fate) };
    const countArgument = release.counts === 'one' ? null : (call.args[release.count] ?? null);
    const loop = release.counts === 'one' ? this.#fn.shape.loopThrough(call.start) : null;
    const count =
      countArgument !== null
        ? countOf(evaluate(countArgument, state, this.#fn), state)
        : countOfLoop(loop, this.#followed?.call.start ?? -1, state, this.#fn);
    const isWhole =
      count === 'other' && coversRaw(countArgument ?? loop?.test ?? null, state, this.#fn, this.#names);
    this.#report(
      {
        kind: 'release',
        ...this.#facts(state),
        call,
        callee: release.name,
        fate: state.fate,
        count: isWhole ? 'request' : count,
        countArgument,
        loop,
        guard: guardAt(call, loop, this.#followed === null, state, this.#fn, this.#names),
        goesOn: goesOn(loop, argument, state, this.#fn),
        earlierRelease: state.releasedAt,
        again: element !== null && element === state.releasedAt?.element,
        through: null,
        beforeCall: false,
      },
      state,
    );
    if (count === 'zero') return state;
    const releasedAt = { start: call.callee.start, end: call.callee.end, count, element, through: false };
    if (element !== null && loop === null && isOneOfMany(state, this.#followed, this.#fn, this.#names))
      return { ...state, releasedAt };
    if (leavesOthers(argument, call, this.#followed, this.#fn, this.#names)) return { ...state, releasedAt };
    const all = count !== 'result' && count !== 'one';
    return {
      ...state,
      fate: fateInLoop(state.fate, loop, count),
      earlier: all ? false : state.earlier,
      releasedAt,
    };
  }

  #reportUse(call: Call, name: string, values: readonly Value[], state: PathState): void {
    const used = call.args.filter(argument => this.#names.carried(argument) === 'pages');
    if (!used.every(argument => this.#names.isCertain(argument)) || this.#isLater(call)) return;
    const loop = this.#fn.shape.loopAt(call.start);
    if (asksElement(call, loop, this.#fn, this.#names)) return;
    const requested =
      values.some(value => isRequest(value, state) && value.kind === 'symbol') ||
      countOfLoop(loop, this.#followed?.call.start ?? -1, state, this.#fn) === 'request';
    this.#report({ kind: 'use', ...this.#facts(state), call, callee: name, requested }, state);
  }

  /** Behind a loop that gets pages piece by piece it is the sum that counts, not the last result. */
  #isLater(call: Span): boolean {
    if (this.#followed === null || !this.#names.part) return false;
    const loop = this.#fn.shape.loopAt(this.#followed.call.start);
    return loop !== null && call.start >= loop.end;
  }

  #helped(call: Call, effect: HelperEffect, state: PathState): readonly PathState[] {
    const always = effect.ends.every(end => end.state.releasedAt !== state.releasedAt);
    for (const event of effect.events) {
      if (event.kind !== 'release') continue;
      const guard = always || event.guard === 'page' || event.guard === 'flag' ? event.guard : 'other';
      this.#report({ ...event, guard, through: call, turn: state.turn }, state);
    }
    const seen = new Map<string, PathState>();
    const releases = effect.ends.some(({ state: { fate } }) => fate === 'released');
    const deals = isDealing(state, effect) && this.loops.dealsOut(call);
    effect.ends.forEach((end, index) => {
      // A helper that releases on some path knows why it does not on another.
      const leaves = releases && end.state.fate !== 'released' ? escaped(end.state) : end.state;
      const { earlier, blurred, mistaken, recorded } = leaves;
      // What a loop of the helper has begun to release, the helper knows how to end.
      const fate = leaves.fate === 'passing' && leaves.releasedAt !== null ? 'released' : leaves.fate;
      // What it was given may hold the array: it may have stored there.
      let next: PathState = { ...state, fate, earlier, blurred, mistaken, recorded, told: true };
      if (end.state.releasedAt !== state.releasedAt)
        next = { ...next, releasedAt: releasedBy(call, end, state, this.#fn, this.#names) };
      if (deals) next = dealtTo(call, next);
      if (this.#fn.tracked.has(`#${call.start}`)) {
        const { value: own } = end;
        const id = `${this.#fn.prefix}#${call.start}.${index}`;
        const value = own?.kind === 'symbol' ? symbol(id, own.signs) : own;
        if (value !== null) next = withValue(this.#fn, next, `#${call.start}`, value);
      }
      seen.set(stateKey(next), next);
    });
    if (lastPut(call) !== null) seen.set('others', escaped(state));
    return [...seen.values()];
  }

  #return(value: Expression | null, node: Span, state: PathState): void {
    const worth = value === null ? null : evaluate(value, state, this.#fn);
    const gone = value !== null && worth?.kind !== 'error' && this.#names.carried(value) !== null;
    const fate: PathState['fate'] = state.fate === 'released' ? 'released' : 'gone';
    const judged = value === null ? state : misjudged(value, state, this.#fn);
    const left = gone && state.fate !== 'none' ? { ...judged, fate, earlier: false } : judged;
    this.leave(left, worth, { start: node.start, end: node.end });
  }

  /** The function is left. */
  leave(state: PathState, value: Value | null, span: Span): void {
    this.#ends.push({ state, value });
    const returned = value === null ? 'nothing' : returnedAs(value, state);
    this.#report(
      {
        kind: 'exit',
        ...this.#facts(state),
        span,
        fate: fateAtExit(state, returned, this.#names),
        earlier: state.earlier,
        begun: hasBegun(state),
        told: state.told,
        counted: state.counted,
        upToThese: state.upToThese && isLeft(state.fate),
        recorded: state.recorded || (value !== null && returnsCount(value, state)),
        claimed: claimedCount(state, this.#followed?.request ?? null, this.#fn, this.#names),
        lost: state.lost,
        returned,
        returnsResult: value?.kind === 'result',
      },
      state,
    );
  }
}
