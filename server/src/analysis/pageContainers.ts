/** Calls that put pages into something that keeps them by its own means: a scatterlist, a bio_vec, another array, an index. */

import type { Call } from '../syntax/ast.js';
import { entryOf, extend, placesFrom, pointedTo, sgPage, type Value, valuesFrom } from './accessPath.js';
import { HELD, type PageState, plainHolding, unite } from './pageState.js';

/**
 * Notes what a call leaves there.
 *
 * @param name the function that is called
 * @returns false if it is no such call; nothing is noted then
 */
export function putIntoContainer(state: PageState, call: Call, name: string): boolean {
  if (COPIES.has(name)) return copyPages(state, call);
  const entry = STORES_ENTRY.get(name);
  if (entry !== undefined) storeEntry(state, call, entry);
  else if (SETS_BVEC_PAGE.has(name)) setBvecPage(state, call, name);
  else if (SETS_SG_PAGES.has(name)) setSgPages(state, call, name);
  else return false;
  return true;
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
  const [list, given] = call.args;
  if (list === undefined) return;
  const places = placesFrom(valuesFrom(list, state), sgPage);
  const values: readonly Value[] = given === undefined ? [{ kind: 'unknown' }] : valuesFrom(given, state);
  const what = SETS_SG_PAGES.get(name);
  if (what === 'page') {
    state.addHolding(places, state.holdingOf(values));
    return;
  }
  const pages = placesFrom(values, pointedTo);
  const known = what === 'array' && pages.complete;
  const behind = pages.all.map(place => state.holding(place));
  state.addHolding(
    places,
    (known ? behind : [...behind, plainHolding(HELD.other)]).reduce(unite, plainHolding(0)),
  );
}

/** Store a pointer in an array by its index (include/linux/xarray.h, radix-tree.h, idr.h): the argument that it is. */
const STORES_ENTRY: ReadonlyMap<string, number> = new Map([
  ['xa_store', 2],
  ['xa_store_bh', 2],
  ['xa_store_irq', 2],
  ['__xa_store', 2],
  ['xa_insert', 2],
  ['__xa_insert', 2],
  ['xa_alloc', 2],
  ['xa_alloc_cyclic', 2],
  ['radix_tree_insert', 2],
  ['idr_alloc', 1],
]);

function storeEntry(state: PageState, { args }: Call, index: number): void {
  const [array] = args;
  const stored = args[index];
  if (array === undefined || stored === undefined) return;
  state.addHolding(placesFrom(valuesFrom(array, state), entryOf), state.holdingOf(valuesFrom(stored, state)));
}

/** Copy what their second argument points to. */
const COPIES: ReadonlySet<string> = new Set(['memcpy', 'memmove']);

/** Whether pages that were got were copied from one array to another: of other memory nothing is said here. */
function copyPages(state: PageState, { args: [to, from] }: Call): boolean {
  if (to === undefined || from === undefined) return false;
  const source = placesFrom(valuesFrom(from, state), pointedTo);
  const held = source.all.map(place => state.holding(place)).reduce(unite, plainHolding(0));
  if (!source.complete || (held.mask & (HELD.pin | HELD.reference)) === 0) return false;
  const target = placesFrom(valuesFrom(to, state), pointedTo);
  state.addHolding(target, held);
  return true;
}

/** Put a page into the `bv_page` of a struct bio_vec. */
const SETS_BVEC_PAGE: ReadonlyMap<string, 'page' | 'other'> = new Map([
  ['bvec_set_page', 'page'],
  ['bvec_set_folio', 'page'],
  ['bvec_set_virt', 'other'],
]);

function setBvecPage(state: PageState, { args: [bvec, page] }: Call, name: string): void {
  if (bvec === undefined || page === undefined) return;
  const places = placesFrom(valuesFrom(bvec, state), value => {
    const place = pointedTo(value);
    return place === null ? null : extend(place, '.bv_page');
  });
  const isPage = SETS_BVEC_PAGE.get(name) === 'page';
  state.addHolding(places, isPage ? state.holdingOf(valuesFrom(page, state)) : plainHolding(HELD.other));
}
