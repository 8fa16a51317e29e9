/** What an element of the control-flow graph does to a {@link PageState}: acquisitions, releases, copies of pointers. */

import type { Profile, ResolvedFunction } from '../../../kernel/src/index.js';
import { PAGE_RELEASES, SITE_FUNCTIONS, siteFunction } from '../../../kernel/src/index.js';
import type { Call, Span } from '../syntax/ast.js';
import {
  extend,
  isAllocator,
  namesOneOfMany,
  type Place,
  placeKey,
  placeOf,
  pointedTo,
  sgPage,
  type Value,
  valueFrom,
} from './accessPath.js';
import type { CfgElement } from './cfg.js';
import { HELD, type Holding, type PageState, plainHolding, unite } from './pageState.js';

/** A call that got pages. */
export interface Acquisition {
  readonly id: number;
  /** The callee's name token. */
  readonly span: Span;
  readonly callee: string;
  readonly kind: 'pin' | 'reference';
  /** The function of this file that holds the call, where it is not the one looked at. */
  readonly through: string | null;
}

/** A call that gives pages back, and what is known of them there. */
export interface PageRelease {
  readonly call: Call;
  readonly callee: string;
  readonly releases: 'pin' | 'reference';
  readonly place: Place;
  readonly holding: Holding;
  /** Set where a function of this file does it: where, and by what. */
  readonly through: SummaryRelease | null;
}

/** A release of what a parameter leads to. */
export interface SummaryRelease {
  readonly parameter: number;
  readonly steps: readonly string[];
  readonly releases: 'pin' | 'reference';
  readonly callee: string;
  readonly span: Span;
}

/** What calling a function of the same file does to pages. */
export interface PageSummary {
  readonly name: string;
  readonly releases: readonly SummaryRelease[];
  readonly acquires: readonly {
    readonly parameter: number;
    readonly steps: readonly string[];
    readonly holding: Holding;
    readonly from: readonly Acquisition[];
  }[];
  /** What a returned page pointer is worth; null if the function returns none. */
  readonly returns: { readonly holding: Holding; readonly from: readonly Acquisition[] } | null;
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
  'try_grab_page',
  'try_grab_folio',
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
      const place = placeOf(left, state);
      if (place === null || isScalar(place, world)) return;
      if (op === '=') state.assign(place, valueFrom(right, state), namesOneOfMany(left, state));
      else state.shift(place);
      return;
    }
    case 'update': {
      const place = placeOf(element.node.operand, state);
      if (place !== null) state.shift(place);
      return;
    }
    case 'declare': {
      const { name, init } = element.node;
      const place: Place = { root: name, steps: [] };
      if (isScalar(place, world)) return;
      if (init === null) state.forget(place);
      else state.assign(place, valueFrom(init, state));
      return;
    }
    case 'macro-loop':
      for (const argument of element.node.args) {
        if (argument.kind === 'identifier') state.assign({ root: argument.name, steps: [] }, null);
      }
      return;
    default:
      return;
  }
}

function isScalar(place: Place, world: PageWorld): boolean {
  return place.steps.length === 0 && world.scalars.has(place.root);
}

function transferCall(state: PageState, call: Call, world: PageWorld): void {
  const name = call.callee.kind === 'identifier' ? call.callee.name : null;
  const result: Place = { root: `#${call.start}`, steps: [] };
  if (name === null) {
    unknownCall(state, call);
    return;
  }
  const release = RELEASE_BY_NAME.get(name);
  if (release !== undefined) {
    const argument = call.args[release.argument];
    const value = argument === undefined ? null : valueFrom(argument, state);
    giveBack(
      state,
      call,
      name,
      release.releases,
      release.counts === 'array' ? pointedTo(value) : ownPlace(value),
      null,
      world,
    );
    return;
  }
  const fn = SITE_FUNCTIONS.get(name) === 'gup' ? siteFunction(world.profile, name) : null;
  if (fn !== null) {
    acquire(state, call, fn, result, world);
    return;
  }
  if (TAKES_REFERENCE.has(name)) {
    const argument = call.args[0];
    const place = argument === undefined ? null : ownPlace(valueFrom(argument, state));
    if (place !== null) state.addHolding(place, plainHolding(HELD.reference));
    return;
  }
  if (SETS_SG_PAGES.has(name)) {
    setSgPages(state, call, name);
    return;
  }
  const summary = world.summaryOf(name);
  if (summary !== null) {
    applySummary(state, call, summary, result, world);
    return;
  }
  unknownCall(state, call);
}

/** The place where a page pointer is kept, from the pointer's value. */
function ownPlace(value: Value | null): Place | null {
  return value !== null && value.kind === 'content' ? value.place : null;
}

function giveBack(
  state: PageState,
  call: Call,
  callee: string,
  releases: 'pin' | 'reference',
  place: Place | null,
  through: SummaryRelease | null,
  world: PageWorld,
): void {
  if (place === null) return;
  world.release({ call, callee, releases, place, holding: state.holding(place), through });
  // One element given back says nothing of the others.
  if (!place.steps.includes('*')) state.setHolding(place, plainHolding(HELD.nothing));
}

function acquire(state: PageState, call: Call, fn: ResolvedFunction, result: Place, world: PageWorld): void {
  if (fn.acquires === 'none') return;
  const kind = fn.acquires === 'by-flags' ? world.kindByFlags(call.callee) : fn.acquires;
  if (kind === 'none') return;
  const index = fn.argument('pages');
  if (index < 0) {
    const holding = kind === null ? plainHolding(HELD.other) : held(call, kind, world);
    state.setHolding(result, holding);
    return;
  }
  const argument = call.args[index];
  const value = argument === undefined ? null : valueFrom(argument, state);
  if (value === null || value.kind === 'null') return;
  const place = pointedTo(value);
  if (place === null) return;
  const holding = kind === null ? plainHolding(HELD.other) : held(call, kind, world);
  if (replacesAll(value, place)) state.setHolding(place, holding);
  else state.addHolding(place, holding);
}

function held(call: Call, kind: 'pin' | 'reference', world: PageWorld): Holding {
  const name = call.callee.kind === 'identifier' ? call.callee.name : '';
  return { mask: HELD[kind], by: new Set([world.acquisition(call.callee, name, kind, null)]) };
}

/** Whether writing through this pointer replaces all that the place stands for. */
function replacesAll(value: Value, place: Place): boolean {
  if (value.kind === 'null' || value.shifted) return false;
  return place.steps.slice(0, -1).filter(step => step === '*').length <= 1;
}

function applySummary(
  state: PageState,
  call: Call,
  summary: PageSummary,
  result: Place,
  world: PageWorld,
): void {
  for (const release of summary.releases) {
    const place = argumentPlace(state, call, release.parameter, release.steps);
    giveBack(state, call, summary.name, release.releases, place, release, world);
  }
  for (const acquired of summary.acquires) {
    const place = argumentPlace(state, call, acquired.parameter, acquired.steps);
    if (place === null) continue;
    const holding = imported(acquired.holding, acquired.from, summary.name, world);
    if ((acquired.holding.mask & (HELD.pin | HELD.reference)) === 0) {
      mayFill(state, place);
    } else if (acquired.holding.mask & (HELD.entry | HELD.nothing)) {
      state.setHolding(place, unite(state.holding(place), holding));
    } else {
      state.setHolding(place, holding);
    }
  }
  if (summary.returns !== null) {
    state.setHolding(result, imported(summary.returns.holding, summary.returns.from, summary.name, world));
  }
}

function imported(
  holding: Holding,
  from: readonly Acquisition[],
  through: string,
  world: PageWorld,
): Holding {
  const by = from.map(got => world.acquisition(got.span, got.callee, got.kind, through));
  return { mask: holding.mask & ~HELD.entry, by: new Set(by) };
}

/** The place that a callee reaches from one of its parameters, in the caller's names. */
function argumentPlace(
  state: PageState,
  call: Call,
  parameter: number,
  steps: readonly string[],
): Place | null {
  const argument = call.args[parameter];
  const value = argument === undefined ? null : valueFrom(argument, state);
  if (value === null || value.kind === 'null') return null;
  if (value.kind === 'content') return steps.length === 0 ? value.place : extend(value.place, ...steps);
  return steps[0] === '*' ? extend(value.place, ...steps.slice(1)) : null;
}

/** Put pages into a scatterlist: one given by value, or an array of them; of others nothing is known. */
const SETS_SG_PAGES: ReadonlyMap<string, 'page' | 'array' | 'other'> = new Map([
  ['sg_set_page', 'page'],
  ['sg_assign_page', 'page'],
  ['sg_set_folio', 'page'],
  ['sg_alloc_table_from_pages', 'array'],
  ['sg_alloc_table_from_pages_segment', 'array'],
  ['__sg_alloc_table_from_pages', 'array'],
  ['sg_alloc_append_table_from_pages', 'array'],
  ['sg_set_buf', 'other'],
  ['sg_init_one', 'other'],
]);

function setSgPages(state: PageState, call: Call, name: string): void {
  const list = call.args[0];
  const place = list === undefined ? null : sgPage(valueFrom(list, state));
  if (place === null) return;
  const given = call.args[1];
  const value = given === undefined ? null : valueFrom(given, state);
  const what = SETS_SG_PAGES.get(name);
  const pages = what === 'array' ? pointedTo(value) : null;
  if (what === 'page') state.addHolding(place, state.holdingOfValue(value));
  else state.addHolding(place, pages === null ? plainHolding(HELD.other) : state.holding(pages));
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
]);

/** A function that is not known may fill what it is given the address of. */
function unknownCall(state: PageState, call: Call): void {
  const name = call.callee.kind === 'identifier' ? call.callee.name : '';
  if (isAllocator(name) || FILLS_NOTHING.has(name)) return;
  for (const argument of call.args) {
    const value = valueFrom(argument, state);
    if (value === null || value.kind === 'null') continue;
    if (value.kind === 'address') {
      state.addHolding(value.place, plainHolding(HELD.other));
      continue;
    }
    const place = pointedTo(value);
    if (place !== null && (state.held().has(placeKey(place)) || !value.place.root.startsWith('#'))) {
      mayFill(state, place);
    }
  }
}

/** It may fill an empty array. Of pages that were got already it may take or drop some, but in the same way. */
function mayFill(state: PageState, place: Place): void {
  if ((state.holding(place).mask & (HELD.pin | HELD.reference)) === 0) {
    state.addHolding(place, plainHolding(HELD.other));
  }
}
