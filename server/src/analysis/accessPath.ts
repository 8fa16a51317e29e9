/**
 * Access paths: names for memory that survive aliases and loop variables. `pages[i]`, `*pages` and `*p` after
 * `p = pages` are one place; so are `c->plist[j]` and `m->chunk[i].plist[k]` after `c = &m->chunk[i]`.
 */

import type { Expression } from '../syntax/ast.js';

/**
 * A place in memory. `root` is a variable, or `#offset` for what an expression at that offset returned. A step
 * is `*` (followed a pointer, or took some element) or `.name`.
 */
export interface Place {
  readonly root: string;
  readonly steps: readonly string[];
}

/**
 * What an expression is worth. `content`: what `place` holds. `address`: where `place` is. `shifted`: moved by
 * pointer arithmetic or an index, so that it stands for some elements, not for all.
 */
export type Value =
  | { readonly kind: 'content' | 'address'; readonly place: Place; readonly shifted: boolean }
  | { readonly kind: 'null' };

/** Beyond this a path is cut off and unknown: recursive structures would grow it without end. */
const LONGEST = 8;

/** A key that is equal for equal places. */
export function placeKey(place: Place): string {
  return place.steps.length === 0 ? place.root : `${place.root} ${place.steps.join(' ')}`;
}

/** The inverse of {@link placeKey}. */
export function placeOfKey(key: string): Place {
  const [root = '', ...steps] = key.split(' ');
  return { root, steps };
}

/** The place behind a longer path, or null where it would be too long. */
export function extend(place: Place, ...steps: readonly string[]): Place | null {
  if (place.steps.length + steps.length > LONGEST) return null;
  return { root: place.root, steps: [...place.steps, ...steps] };
}

/** The place that a pointer value points to. */
export function pointedTo(value: Value | null): Place | null {
  if (value === null || value.kind === 'null') return null;
  return value.kind === 'address' ? value.place : extend(value.place, '*');
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
  return place.steps.includes('*');
}

/** Whether an lvalue is a field of one of many structures (`v[i].page`, `c->page` after `c = &v[i]`). */
export function namesOneOfMany(expression: Expression, environment: Environment): boolean {
  if (expression.kind === 'index') return true;
  if (expression.kind !== 'member') return false;
  if (!expression.arrow) return namesOneOfMany(expression.object, environment);
  const value = valueFrom(expression.object, environment);
  return value !== null && value.kind !== 'null' && value.shifted;
}

/** Functions and macros whose result is, for reference counting, their first argument. */
const SAME_PAGE: ReadonlySet<string> = new Set([
  'page_folio',
  'compound_head',
  'folio_page',
  'nth_page',
  'READ_ONCE',
  'rcu_dereference',
  'likely',
  'unlikely',
  'untagged_addr',
]);

/** Read the page of a scatterlist entry, from the entry or from an iterator over a table. */
const READS_SG_PAGE: ReadonlySet<string> = new Set(['sg_page', 'sg_page_iter_page']);

/** Where the page of a scatterlist entry, a table or an iterator is kept: a field, though its name is not written. */
export function sgPage(value: Value | null): Place | null {
  if (value === null || value.kind === 'null') return null;
  return extend(value.place, '*', '.sg_page');
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
  /** The value that a place is known to hold, if it is known. */
  valueAt(place: Place): Value | null;
}

/** The place that an lvalue names, through known aliases; null if it cannot be told. */
export function placeOf(expression: Expression, environment: Environment): Place | null {
  switch (expression.kind) {
    case 'identifier':
      return { root: expression.name, steps: [] };
    case 'member': {
      const object = expression.arrow
        ? pointedTo(valueFrom(expression.object, environment))
        : placeOf(expression.object, environment);
      return object === null ? null : extend(object, `.${expression.name}`);
    }
    case 'index':
      return pointedTo(valueFrom(expression.object, environment));
    case 'unary':
      return expression.op === '*' ? pointedTo(valueFrom(expression.operand, environment)) : null;
    case 'cast':
      return placeOf(expression.operand, environment);
    case 'comma':
      return placeOf(expression.right, environment);
    default:
      return null;
  }
}

/** The value of an expression, through known aliases; null if it cannot be told. */
export function valueFrom(expression: Expression, environment: Environment): Value | null {
  switch (expression.kind) {
    case 'identifier':
      if (expression.name === 'NULL') return { kind: 'null' };
      return contentOf({ root: expression.name, steps: [] }, environment);
    case 'number':
      return expression.value === 0 ? { kind: 'null' } : null;
    case 'member':
    case 'index': {
      const place = placeOf(expression, environment);
      return place === null ? null : contentOf(place, environment);
    }
    case 'unary':
      if (expression.op === '*') {
        const place = placeOf(expression, environment);
        return place === null ? null : contentOf(place, environment);
      }
      return expression.op === '&' ? addressOf(expression.operand, environment) : null;
    case 'cast':
      return valueFrom(expression.operand, environment);
    case 'comma':
      return valueFrom(expression.right, environment);
    case 'assignment':
      return expression.op === '='
        ? valueFrom(expression.right, environment)
        : valueFrom(expression.left, environment);
    case 'update': {
      const value = valueFrom(expression.operand, environment);
      return value === null ? null : shifted(value);
    }
    case 'binary': {
      if (expression.op !== '+' && expression.op !== '-') return null;
      const value = valueFrom(expression.left, environment);
      return value === null ? null : shifted(value);
    }
    case 'conditional':
      return conditionalValue(expression.then ?? expression.test, expression.otherwise, environment);
    case 'call': {
      if (expression.callee.kind !== 'identifier') return opaque(expression);
      const first = expression.args[0];
      if (first !== undefined && SAME_PAGE.has(expression.callee.name)) return valueFrom(first, environment);
      if (first !== undefined && READS_SG_PAGE.has(expression.callee.name)) {
        const place = sgPage(valueFrom(first, environment));
        return place === null ? opaque(expression) : contentOf(place, environment);
      }
      return opaque(expression);
    }
    default:
      return null;
  }
}

function opaque(expression: Expression): Value {
  return { kind: 'content', place: { root: `#${expression.start}`, steps: [] }, shifted: false };
}

function contentOf(place: Place, environment: Environment): Value {
  return environment.valueAt(place) ?? { kind: 'content', place, shifted: false };
}

function addressOf(operand: Expression, environment: Environment): Value | null {
  if (operand.kind === 'index') {
    const base = valueFrom(operand.object, environment);
    return base === null ? null : shifted(base);
  }
  // `&folio->page` is the folio itself under another type; `&ctx->page` is where a pointer is kept.
  if (operand.kind === 'member' && operand.arrow && operand.name === 'page' && namesFolio(operand.object)) {
    return valueFrom(operand.object, environment);
  }
  const place = placeOf(operand, environment);
  return place === null ? null : { kind: 'address', place, shifted: false };
}

function namesFolio(expression: Expression): boolean {
  return expression.kind === 'identifier' && expression.name.endsWith('folio');
}

function shifted(value: Value): Value {
  return value.kind === 'null' ? value : { ...value, shifted: true };
}

function conditionalValue(then: Expression, otherwise: Expression, environment: Environment): Value | null {
  const a = valueFrom(then, environment);
  const b = valueFrom(otherwise, environment);
  if (a === null || b === null) return null;
  if (a.kind === 'null') return b;
  return b.kind === 'null' || sameValue(a, b) ? a : null;
}

/** Whether two values are certainly the same. */
export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a.kind === 'null' || b.kind === 'null') return a.kind === b.kind;
  return a.kind === b.kind && a.shifted === b.shifted && placeKey(a.place) === placeKey(b.place);
}
