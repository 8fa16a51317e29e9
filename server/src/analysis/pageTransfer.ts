/** What an element of the control-flow graph does to a {@link PageState}: acquisitions, releases, copies of pointers. */

import type { Profile, ResolvedFunction } from '../../../kernel/src/index.js';
import {
  ITER_PAGE_GETTERS,
  type IterPageGetter,
  PAGE_RELEASES,
  SITE_FUNCTIONS,
  siteFunction,
} from '../../../kernel/src/index.js';
import type { Call, Expression, Span } from '../syntax/ast.js';
import {
  contentOf,
  entriesOf,
  extend,
  isAllocator,
  lastField,
  namesOneOfMany,
  onePlace,
  type Place,
  type Places,
  placeOf,
  placesFrom,
  placesOf,
  pointedTo,
  sgPage,
  type Value,
  valuesFrom,
} from './accessPath.js';
import type { CfgElement } from './cfg.js';
import { putIntoContainer } from './pageContainers.js';
import { HELD, type Holding, type PageState, plainHolding, unite } from './pageState.js';

/** A call that got pages. */
export interface Acquisition {
  readonly id: number;
  /** The callee's name token. */
  readonly span: Span;
  readonly callee: string;
  readonly kind: 'pin' | 'reference';
  /** The function that holds the call, where it is not the one looked at; `span` is where that is called if it is in another file. */
  readonly through: string | null;
}

/** A call that gives pages back, and what is known of them there. */
export interface PageRelease {
  readonly call: Call;
  readonly callee: string;
  readonly releases: 'pin' | 'reference';
  readonly place: Place;
  readonly holding: Holding;
  /** Set where a function that is called does it: where, and by what. */
  readonly through: SummaryRelease | null;
}

/** A call that got pages, in a function that is called. */
export interface SummaryAcquisition extends Omit<Acquisition, 'span'> {
  /** null: in another file. */
  readonly span: Span | null;
}

/** A release of what a parameter leads to. */
export interface SummaryRelease {
  readonly parameter: number;
  readonly steps: readonly string[];
  readonly releases: 'pin' | 'reference';
  readonly callee: string;
  /** null: in another file. */
  readonly span: Span | null;
}

/** What a place holds behind a call, and the calls that got it. */
export interface SummaryHolding {
  readonly holding: Holding;
  readonly from: readonly SummaryAcquisition[];
}

/** A page that is a parameter, or an array of pages, put into what another parameter leads to. */
export interface SummaryStore {
  readonly parameter: number;
  readonly steps: readonly string[];
  readonly source: number;
  readonly what: 'page' | 'array';
}

/** What calling a function does to pages. */
export interface PageSummary {
  readonly name: string;
  readonly releases: readonly SummaryRelease[];
  readonly acquires: readonly (SummaryHolding & {
    readonly parameter: number;
    readonly steps: readonly string[];
  })[];
  /** The parameters that it leaves in what another one leads to: a page, or an array of them. */
  readonly stores: readonly SummaryStore[];
  /** What a returned page pointer is worth; null if the function returns none. */
  readonly returns: SummaryHolding | null;
  /** What is in an array of pages that it returns; null if it returns none. */
  readonly returnsArray: SummaryHolding | null;
}

/** What the transfer asks of its surroundings, and where it tells what it found. */
export interface PageWorld {
  readonly profile: Profile;
  /** Variables that cannot hold a pointer: what is assigned to them does not matter. */
  readonly scalars: ReadonlySet<string>;
  summaryOf(name: string): PageSummary | null;
  /** How a callee that acquires by its flags does it here; null if that cannot be told. */
  kindByFlags(callee: Span): 'pin' | 'reference' | 'none' | null;
  acquisition(span: Span, callee: string, kind: 'pin' | 'reference', through: string | null): number;
  release(release: PageRelease): void;
}

/** Functions that take one more reference on their first argument. */
export const TAKES_REFERENCE: ReadonlySet<string> = new Set([
  'get_page',
  'try_get_page',
  'get_page_unless_zero',
  'get_page_foll',
  'page_cache_get_speculative',
  'page_ref_inc',
  'page_ref_add',
  'page_ref_inc_return',
  'try_get_folio',
  'folio_get',
  'folio_try_get',
  'folio_try_get_rcu',
  'folio_ref_add',
  'folio_ref_inc',
  'folio_ref_try_add_rcu',
  'try_get_compound_head',
  'grab_page',
]);

/** Functions that take one more reference on their first argument, or a pin, as their flags say. */
export const TAKES_BY_FLAGS: ReadonlySet<string> = new Set(['try_grab_page', 'try_grab_folio']);

const RELEASE_BY_NAME = new Map(PAGE_RELEASES.map(release => [release.name, release]));

/** Whether an element can change what is known of pages, so that the state before it need not be copied otherwise. */
export function touchesPages(element: CfgElement): boolean {
  switch (element.kind) {
    case 'call':
    case 'assignment':
    case 'update':
    case 'macro-loop':
      return true;
    case 'declare':
      return element.node.init?.kind !== 'initializer-list';
    default:
      return false;
  }
}

/** Interprets one element of the graph on a state that is the caller's to change. */
export function transferElement(state: PageState, element: CfgElement, world: PageWorld): void {
  switch (element.kind) {
    case 'call':
      transferCall(state, element.node, world);
      return;
    case 'assignment': {
      const { op, left, right } = element.node;
      const places = placesOf(left, state);
      if (places.all.some(place => isScalar(place, world))) return;
      if (op === '=') state.assign(places, valuesFrom(right, state), namesOneOfMany(left, state));
      else state.shift(places);
      return;
    }
    case 'update': {
      state.shift(placesOf(element.node.operand, state));
      return;
    }
    case 'declare': {
      const { name, init } = element.node;
      const place = placeOf(name);
      if (isScalar(place, world)) return;
      if (init === null) state.forget(place);
      else state.assign(onePlace(place), valuesFrom(init, state));
      return;
    }
    case 'macro-loop': {
      const { macro, args } = element.node;
      const [array, , entry] = macro.startsWith('xa_for_each') ? args : [];
      for (const argument of args) {
        if (argument.kind !== 'identifier') continue;
        const values: readonly Value[] =
          argument === entry && array !== undefined ? entriesOf(array, state) : [{ kind: 'unknown' }];
        state.assign(onePlace(placeOf(argument.name)), values);
      }
      return;
    }
    default:
      return;
  }
}

function isScalar(place: Place, world: PageWorld): boolean {
  return place.steps.length === 0 && world.scalars.has(place.root);
}

function transferCall(state: PageState, call: Call, world: PageWorld): void {
  const name = call.callee.kind === 'identifier' ? call.callee.name : null;
  const result = placeOf(`#${call.start}`);
  if (name === null) {
    unknownCall(state, call);
    return;
  }
  const release = RELEASE_BY_NAME.get(name);
  if (release !== undefined) {
    const argument = call.args[release.argument];
    if (argument === undefined) return;
    const places = placesFrom(valuesFrom(argument, state), release.counts === 'array' ? pointedTo : ownPlace);
    const given = { call, callee: name, releases: release.releases, through: null };
    giveBack(state, given, places, argument, world);
    return;
  }
  const fn = SITE_FUNCTIONS.get(name) === 'gup' ? siteFunction(world.profile, name) : null;
  if (fn !== null) {
    acquire(state, call, fn, result, world);
    return;
  }
  const ofIterator = ITER_PAGE_GETTERS.get(name);
  if (ofIterator !== undefined) {
    acquireOfIterator(state, call, ofIterator, result, world);
    return;
  }
  if (TAKES_REFERENCE.has(name) || TAKES_BY_FLAGS.has(name)) {
    const argument = call.args[0];
    if (argument === undefined) return;
    const taken = plainHolding(TAKES_BY_FLAGS.has(name) ? HELD.other : HELD.reference);
    state.addHolding(placesFrom(valuesFrom(argument, state), ownPlace), taken);
    return;
  }
  if (putIntoContainer(state, call, name)) return;
  const summary = world.summaryOf(name);
  if (summary !== null) {
    applySummary(state, call, summary, result, world);
    return;
  }
  unknownCall(state, call);
}

/** The place where a page pointer is kept, from the pointer's value. */
function ownPlace(value: Value): Place | null {
  return value.kind === 'content' ? value.place : null;
}

/** @param named the argument that leads to the pages, for the name to report where there is more than one place */
function giveBack(
  state: PageState,
  given: Pick<PageRelease, 'call' | 'callee' | 'releases' | 'through'>,
  places: Places,
  named: Expression,
  world: PageWorld,
): void {
  const [first, ...others] = places.all;
  if (first === undefined) return;
  const held = places.all.map(place => state.holding(place)).reduce(unite);
  const holding = places.complete ? held : unite(held, plainHolding(HELD.other));
  const written = others.length === 0 ? first : (placesOf(named, state).all[0] ?? first);
  world.release({ ...given, place: written, holding });
  // One element given back says nothing of the others.
  const single = places.all.filter(place => !place.steps.includes('*'));
  state.setHolding({ ...places, all: single }, plainHolding(HELD.nothing));
}

function acquire(state: PageState, call: Call, fn: ResolvedFunction, result: Place, world: PageWorld): void {
  if (fn.acquires === 'none') return;
  const kind = fn.acquires === 'by-flags' ? world.kindByFlags(call.callee) : fn.acquires;
  if (kind === 'none') return;
  const index = fn.argument('pages');
  if (index < 0) {
    state.setHolding(onePlace(result), got(call, kind, world));
    return;
  }
  const argument = call.args[index];
  if (argument === undefined) return;
  const values = valuesFrom(argument, state);
  const places = placesFrom(values, pointedTo);
  // A call that gets nothing is none of ours.
  if (places.all.length === 0) return;
  const holding = got(call, kind, world);
  if (replacesAll(values, places)) state.setHolding(places, holding);
  else state.addHolding(places, holding);
}

/** The pages of an iterator. One that is given the address of a pointer may leave an array of its own there. */
function acquireOfIterator(
  state: PageState,
  call: Call,
  { gets, into, argument: index }: IterPageGetter,
  result: Place,
  world: PageWorld,
): void {
  const argument = call.args[index];
  if (argument === undefined) return;
  const values = valuesFrom(argument, state);
  const holding = got(call, gets, world);
  if (into === 'table') {
    state.addHolding(placesFrom(values, sgPage), holding);
    return;
  }
  const places = placesFrom(values, pointedTo);
  const own = extend(result, '*');
  if (into === 'array' || own === null) {
    if (replacesAll(values, places)) state.setHolding(places, holding);
    else state.addHolding(places, holding);
    return;
  }
  state.assign(places, [contentOf(result)]);
  state.setHolding(onePlace(own), holding);
}

/** What a call of this kind gets; null: it cannot be told. */
function got(call: Call, kind: 'pin' | 'reference' | null, world: PageWorld): Holding {
  if (kind === null) return plainHolding(HELD.other);
  const name = call.callee.kind === 'identifier' ? call.callee.name : '';
  return { mask: HELD[kind], by: new Set([world.acquisition(call.callee, name, kind, null)]) };
}

/** Whether writing through this pointer replaces all that the place stands for. */
function replacesAll(values: readonly Value[], { all, certain }: Places): boolean {
  if (!certain || values.some(value => 'shifted' in value && value.shifted)) return false;
  return all.every(place => place.steps.slice(0, -1).filter(step => step === '*').length <= 1);
}

function applySummary(
  state: PageState,
  call: Call,
  summary: PageSummary,
  result: Place,
  world: PageWorld,
): void {
  for (const release of summary.releases) {
    const argument = call.args[release.parameter];
    if (argument === undefined) continue;
    const places = argumentPlaces(state, argument, release.steps);
    const given = { call, callee: summary.name, releases: release.releases, through: release };
    giveBack(state, given, places, argument, world);
  }
  for (const acquired of summary.acquires) {
    const argument = call.args[acquired.parameter];
    if (argument === undefined) continue;
    const places = argumentPlaces(state, argument, acquired.steps);
    const holding = imported(acquired, call, summary.name, world);
    if ((acquired.holding.mask & (HELD.pin | HELD.reference)) === 0) {
      for (const place of places.all) mayFill(state, place);
    } else if (acquired.holding.mask & (HELD.entry | HELD.nothing)) {
      state.addHolding(places, holding);
    } else {
      state.setHolding(places, holding);
    }
  }
  for (const { parameter, steps, source, what } of summary.stores) {
    const [argument, given] = [call.args[parameter], call.args[source]];
    if (argument === undefined || given === undefined) continue;
    const behind = what === 'array' ? ['*'] : [];
    const places = argumentPlaces(state, argument, [...steps, ...behind]);
    const pages = placesFrom(valuesFrom(given, state), what === 'array' ? pointedTo : ownPlace);
    const held = pages.all.map(place => state.holding(place)).reduce(unite, plainHolding(0));
    state.addHolding(places, pages.complete ? held : unite(held, plainHolding(HELD.other)));
  }
  if (summary.returns !== null) {
    state.setHolding(onePlace(result), imported(summary.returns, call, summary.name, world));
  }
  const elements = extend(result, '*');
  if (summary.returnsArray !== null && elements !== null) {
    state.setHolding(onePlace(elements), imported(summary.returnsArray, call, summary.name, world));
  }
}

function imported({ holding, from }: SummaryHolding, call: Call, through: string, world: PageWorld): Holding {
  const by = from.map(got => world.acquisition(got.span ?? call.callee, got.callee, got.kind, through));
  return { mask: holding.mask & ~HELD.entry, by: new Set(by) };
}

/** The places that a callee reaches from one of its parameters, in the caller's names. */
function argumentPlaces(state: PageState, argument: Expression, steps: readonly string[]): Places {
  return placesFrom(valuesFrom(argument, state), value => {
    if (value.kind === 'content') return steps.length === 0 ? value.place : extend(value.place, ...steps);
    return value.kind === 'address' && steps[0] === '*' ? extend(value.place, ...steps.slice(1)) : null;
  });
}

/** Functions that get an array of pages, or memory, and put no pages into it. */
const FILLS_NOTHING: ReadonlySet<string> = new Set([
  'IS_ERR',
  'IS_ERR_OR_NULL',
  'PTR_ERR',
  'WARN_ON',
  'WARN_ON_ONCE',
  'kfree',
  'kfree_sensitive',
  'kvfree',
  'kvfree_sensitive',
  'vfree',
  'devm_kfree',
  'memset',
  'vmap',
  'vm_map_ram',
  'set_page_dirty',
  'set_page_dirty_lock',
  'drm_clflush_pages',
  'ARRAY_SIZE',
]);

/** A function that is not known may fill what it is given the address of. */
function unknownCall(state: PageState, call: Call): void {
  const name = call.callee.kind === 'identifier' ? call.callee.name : '';
  if (isAllocator(name) || FILLS_NOTHING.has(name)) return;
  for (const argument of call.args) {
    for (const value of valuesFrom(argument, state)) {
      const place = pointedTo(value);
      if (place === null) continue;
      // What another function returned is a structure of its own.
      if (place.root.startsWith('#') && lastField(place) !== null) continue;
      if (value.kind === 'address') state.addHolding(onePlace(place), plainHolding(HELD.other));
      else mayFill(state, place);
    }
  }
}

/** It may fill what is empty. Of pages that were got already it may take or drop some, but in the same way. */
function mayFill(state: PageState, place: Place): void {
  if (state.holding(place).mask & (HELD.nothing | HELD.entry)) {
    state.addHolding(onePlace(place), plainHolding(HELD.other));
  }
}
