/**
 * Access paths: names for memory that survive aliases and loop variables. `pages[i]`, `*pages` and `*p` after
 * `p = pages` are one place; so are `c->plist[j]` and `m->chunk[i].plist[k]` after `c = &m->chunk[i]`.
 */

import type { Expression } from '../syntax/ast.js';

/**
 * A place in memory, made by {@link placeOf} and {@link extend}. `root` is a variable, or `#offset` for what an
 * expression at that offset returned. A step is `*` (followed a pointer, or took some element) or `.name`.
 */
export interface Place {
  readonly root: string;
  readonly steps: readonly string[];
  /** Equal for equal places. */
  readonly key: string;
  /** The keys of the pointers that the path follows, from the root on. */
  readonly through: readonly string[];
}

/**
 * What an expression may be worth. `content`: what `place` holds. `address`: where `place` is. `shifted`: moved by
 * pointer arithmetic or an index, so that it stands for some elements, not for all. `unknown`: something else.
 */
export type Value =
  | { readonly kind: 'content' | 'address'; readonly place: Place; readonly shifted: boolean }
  | { readonly kind: 'null' | 'unknown' };

const UNKNOWN: Value = { kind: 'unknown' };
const NULL: Value = { kind: 'null' };

/** The places that an lvalue may name. */
export interface Places {
  readonly all: readonly Place[];
  /** It names the one place, whatever the paths here: what is written replaces what was there. */
  readonly certain: boolean;
  /** It names no other place; nobody looks behind NULL. */
  readonly complete: boolean;
  /** Some of what it goes through is NULL: what is read there is as good as NULL. */
  readonly behindNull: boolean;
}

/** A place that is named as it is. */
export function onePlace(place: Place): Places {
  return { all: [place], certain: true, complete: true, behindNull: false };
}

const NO_PLACE: Places = { all: [], certain: false, complete: false, behindNull: false };

/** Beyond this a path is cut off and unknown: recursive structures would grow it without end. */
const LONGEST = 8;

/** The place of a variable, or what steps from it lead to. */
export function placeOf(root: string, ...steps: readonly string[]): Place {
  return placeOfKey([root, ...steps].join(' '));
}

/** The place with a key. */
export function placeOfKey(key: string): Place {
  let place = places.get(key);
  if (place === undefined) {
    const [root = '', ...steps] = key.split(' ');
    const through = steps.flatMap((step, i) =>
      step === '*' ? [[root, ...steps.slice(0, i)].join(' ')] : [],
    );
    place = { root, steps, key, through };
    if (places.size >= MOST_PLACES) places.clear();
    places.set(key, place);
  }
  return place;
}

/** A flow asks for the same few again and again: they are made once, and so are their keys, which states are full of. */
const places = new Map<string, Place>();
const MOST_PLACES = 4096;

/** The place behind a longer path, or null where it would be too long. */
export function extend(place: Place, ...steps: readonly string[]): Place | null {
  if (place.steps.length + steps.length > LONGEST) return null;
  return steps.length === 0 ? place : placeOfKey(`${place.key} ${steps.join(' ')}`);
}

/** The place that a pointer value points to; null if it has no name, or is none. */
export function pointedTo(value: Value): Place | null {
  if (!('place' in value)) return null;
  return value.kind === 'address' ? value.place : extend(value.place, '*');
}

/** The places that follow from values, each by `follow`, which gives null where one leads to none. */
export function placesFrom(values: readonly Value[], follow: (value: Value) => Place | null): Places {
  const found = new Map<string, Place>();
  let [complete, behindNull] = [true, false];
  for (const value of values) {
    const place = follow(value);
    if (place !== null) found.set(place.key, place);
    else if (value.kind === 'null') behindNull = true;
    else complete = false;
  }
  const all = [...found.values()];
  return { all, certain: values.length === 1 && found.size === 1, complete, behindNull };
}

/** Values each once, in an order of their own; of one that is also shifted, the shifted one, which says less. */
export function distinctValues(values: readonly Value[]): readonly Value[] {
  if (values.length < 2) return values;
  const found = new Map<string, Value>();
  for (const value of values) {
    const key = 'place' in value ? `${value.kind} ${value.place.key}` : value.kind;
    const known = found.get(key);
    if (known === undefined || ('shifted' in value && value.shifted)) found.set(key, value);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

/** The value that stands for whatever a place holds. */
export function contentOf(place: Place): Value {
  return { kind: 'content', place, shifted: false };
}

/** The last field on the path with what follows it, e.g. `.plist *`; null if the path has no field. */
export function lastField(place: Place): string | null {
  for (let i = place.steps.length - 1; i >= 0; i--) {
    if (place.steps[i]?.startsWith('.') === true) return place.steps.slice(i).join(' ');
  }
  return null;
}

/** Whether the place is an element that one name stands for many of: what is written there does not replace all. */
export function isElement(place: Place): boolean {
  return place.steps.at(-1) === '*';
}

/** Whether an lvalue is a field of one of many structures (`v[i].page`, `c->page` after `c = &v[i]`). */
export function namesOneOfMany(expression: Expression, environment: Environment): boolean {
  if (expression.kind === 'index') return true;
  if (expression.kind !== 'member') return false;
  if (!expression.arrow) return namesOneOfMany(expression.object, environment);
  return valuesFrom(expression.object, environment).some(value => 'shifted' in value && value.shifted);
}

/** Functions and macros whose result is, for reference counting, their first argument. */
const SAME_PAGE: ReadonlySet<string> = new Set([
  'page_folio',
  'compound_head',
  'folio_page',
  'nth_page',
  // The address of a page leads back to it: what keeps the one has the other.
  'page_address',
  'virt_to_page',
  'READ_ONCE',
  'rcu_dereference',
  'likely',
  'unlikely',
  'untagged_addr',
]);

/** What they return is a number that stands for no memory: whoever has it has no more pages than behind NULL. */
const ERROR_POINTERS: ReadonlySet<string> = new Set(['ERR_PTR', 'ERR_CAST', 'ERR_PTR_PCPU']);

/** Read the page of a scatterlist entry, from the entry or from an iterator over a table. */
const READS_SG_PAGE: ReadonlySet<string> = new Set(['sg_page', 'sg_page_iter_page']);

/** Where the page of a scatterlist entry, a table or an iterator is kept: a field, though its name is not written. */
export function sgPage(value: Value): Place | null {
  return 'place' in value ? extend(value.place, '*', '.sg_page') : null;
}

/** Find an entry in an array of pointers by its index (include/linux/xarray.h, radix-tree.h, idr.h). */
const FINDS_ENTRY: ReadonlySet<string> = new Set([
  'xa_load',
  'xa_erase',
  '__xa_erase',
  'radix_tree_lookup',
  'radix_tree_delete',
  'idr_find',
  'idr_remove',
]);

/** Where the entries of such an array are kept: one place for all of them. */
export function entryOf(value: Value): Place | null {
  const array = pointedTo(value);
  return array === null ? null : extend(array, '*');
}

/** What the entries of such an array may be, by the argument that is the array. */
export function entriesOf(array: Expression, environment: Environment): readonly Value[] {
  return contentsOf(placesFrom(valuesFrom(array, environment), entryOf), environment);
}

/** Allocators: what they return holds no page yet. */
const ALLOCATORS =
  /^(dev|drm)?m?_?(k|kv|v)(m|z)?alloc(_array|_array_node|_node|_obj|_objs)?$|^kcalloc(_node)?$|^kvcalloc$|^vcalloc$|^devm_k(c|m|z)alloc(_array)?$|^__vmalloc(_array)?$|^vmalloc_array$|^drm_m?calloc.*$|^krealloc(_array)?$|^__get_free_page(s)?$|^get_zeroed_page$|^alloca$|^k[mz]alloc_(flex|obj|objs)$/;

/** Whether a callee of this name returns fresh memory. */
export function isAllocator(name: string): boolean {
  return ALLOCATORS.test(name);
}

/** What is known of variables and places at some point. */
export interface Environment {
  /** What a place may hold: {@link contentOf} itself, where that is not known by another name. */
  valuesAt(place: Place): readonly Value[];
}

/** The places that an lvalue may name, through known aliases. */
export function placesOf(expression: Expression, environment: Environment): Places {
  switch (expression.kind) {
    case 'identifier':
      return onePlace(placeOf(expression.name));
    case 'member': {
      const objects = expression.arrow
        ? placesFrom(valuesFrom(expression.object, environment), pointedTo)
        : placesOf(expression.object, environment);
      const all = objects.all.flatMap(object => extend(object, `.${expression.name}`) ?? []);
      return {
        all,
        certain: objects.certain && all.length === 1,
        complete: objects.complete && all.length === objects.all.length,
        behindNull: objects.behindNull,
      };
    }
    case 'index':
      return placesFrom(valuesFrom(expression.object, environment), pointedTo);
    case 'unary':
      return expression.op === '*'
        ? placesFrom(valuesFrom(expression.operand, environment), pointedTo)
        : NO_PLACE;
    case 'cast':
      return placesOf(expression.operand, environment);
    case 'comma':
      return placesOf(expression.right, environment);
    default:
      return NO_PLACE;
  }
}

/** What an expression may be worth, through known aliases. */
export function valuesFrom(expression: Expression, environment: Environment): readonly Value[] {
  switch (expression.kind) {
    case 'identifier':
      if (expression.name === 'NULL') return [{ kind: 'null' }];
      return environment.valuesAt(placeOf(expression.name));
    case 'number':
      return [expression.value === 0 ? { kind: 'null' } : UNKNOWN];
    case 'member':
    case 'index':
      return contentsOf(placesOf(expression, environment), environment);
    case 'unary':
      if (expression.op === '*') return contentsOf(placesOf(expression, environment), environment);
      return expression.op === '&' ? addressesOf(expression.operand, environment) : [UNKNOWN];
    case 'cast':
      return valuesFrom(expression.operand, environment);
    case 'comma':
      return valuesFrom(expression.right, environment);
    case 'assignment':
      return valuesFrom(expression.op === '=' ? expression.right : expression.left, environment);
    case 'update':
      return shifted(valuesFrom(expression.operand, environment));
    case 'binary':
      if (expression.op !== '+' && expression.op !== '-') return [UNKNOWN];
      return shifted(valuesFrom(expression.left, environment));
    case 'conditional':
      return distinctValues([
        ...valuesFrom(expression.then ?? expression.test, environment),
        ...valuesFrom(expression.otherwise, environment),
      ]);
    case 'call': {
      if (expression.callee.kind !== 'identifier') return [opaque(expression)];
      const first = expression.args[0];
      if (first !== undefined && SAME_PAGE.has(expression.callee.name)) return valuesFrom(first, environment);
      if (first !== undefined && READS_SG_PAGE.has(expression.callee.name)) {
        const pages = placesFrom(valuesFrom(first, environment), sgPage);
        return contentsOf(pages, environment);
      }
      if (first !== undefined && FINDS_ENTRY.has(expression.callee.name))
        return entriesOf(first, environment);
      if (ERROR_POINTERS.has(expression.callee.name)) return [NULL];
      return [opaque(expression)];
    }
    default:
      return [UNKNOWN];
  }
}

function opaque(expression: Expression): Value {
  return contentOf(placeOf(`#${expression.start}`));
}

/** What the places hold. */
function contentsOf(places: Places, environment: Environment): readonly Value[] {
  return withOthers(
    places.all.flatMap(place => environment.valuesAt(place)),
    places,
  );
}

/** The values of known places, and what else the expression may be. That it is nothing at all is no value: states only grow. */
function withOthers(values: readonly Value[], { complete, behindNull }: Places): readonly Value[] {
  return distinctValues([...values, ...(complete ? [] : [UNKNOWN]), ...(behindNull ? [NULL] : [])]);
}

function addressesOf(operand: Expression, environment: Environment): readonly Value[] {
  if (operand.kind === 'index') return shifted(valuesFrom(operand.object, environment));
  // `&folio->page` is the folio itself under another type; `&ctx->page` is where a pointer is kept.
  if (operand.kind === 'member' && operand.arrow && operand.name === 'page' && namesFolio(operand.object)) {
    return valuesFrom(operand.object, environment);
  }
  const places = placesOf(operand, environment);
  return withOthers(
    places.all.map(place => ({ kind: 'address', place, shifted: false })),
    places,
  );
}

function namesFolio(expression: Expression): boolean {
  return expression.kind === 'identifier' && expression.name.endsWith('folio');
}

function shifted(values: readonly Value[]): readonly Value[] {
  return values.map(value => ('place' in value ? { ...value, shifted: true } : value));
}

/** Whether two lists of {@link distinctValues} are the same. */
export function sameValues(a: readonly Value[], b: readonly Value[]): boolean {
  return a.length === b.length && a.every((value, index) => sameValue(value, b[index] ?? UNKNOWN));
}

function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (!('place' in a) || !('place' in b)) return a.kind === b.kind;
  return a.kind === b.kind && a.shifted === b.shifted && a.place.key === b.place.key;
}
