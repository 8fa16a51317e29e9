/** Where a function writes to pages through the kernel's own mapping of them. */

import type { CfgPosition, FunctionAnalysis } from '../analysis/index.js';
import { calleeName, isNull, lvalueText, valueExpression } from '../analysis/index.js';
import type { Call, Expression, Span } from '../syntax/index.js';
import { spanOf } from '../syntax/index.js';
import { assignedTo } from './assignments.js';

/** A write to a page: where, and by what. */
export interface PageWrite {
  readonly span: Span;
  /** The variable or array that the page is in. */
  readonly root: string;
  /** The function that writes, with `()`, or the assignment as text. */
  readonly by: string;
}

const MAPS =
  /^(?:kmap|kmap_atomic|kmap_local_page|page_address|kmap_local_folio|folio_address|vmap|vm_map_ram)$/;
/** Write to what their first argument points to. */
const WRITES_MEMORY =
  /^(?:memcpy|memset|memmove|memzero_explicit|copy_page|clear_page|(?:__)?copy_from_user(?:_inatomic)?|copy_from_iter|strscpy|strscpy_pad|strncpy|s?c?nprintf|memcpy_fromio|smp_store_release|xchg|(?:try_)?cmpxchg(?:64|_user)?|CMPXCHG|memcpy_and_pad|bitmap_(?:set|clear|fill|zero|copy|or|and|xor|andnot))$/;
/** Write to what their second argument points to. */
const WRITES_SECOND =
  /^(?:(?:__)?(?:set|clear|change|test_and_set|test_and_clear)_bit(?:_le)?|put_unaligned(?:_[bl]e\d+)?)$/;
/** Write to the page of the argument. */
const WRITES_PAGE: ReadonlyMap<string, number> = new Map([
  ['memcpy_to_page', 0],
  ['memcpy_to_folio', 0],
  ['memset_page', 0],
  ['memzero_page', 0],
  ['zero_user', 0],
  ['clear_highpage', 0],
  ['clear_user_highpage', 0],
  ['copy_highpage', 0],
  ['copy_user_highpage', 0],
  ['copy_page_from_iter', 0],
  ['copy_page_from_iter_atomic', 0],
  ['copy_to_user_page', 1],
]);

/** Members that have the address of a page which another member of the same object has: the one by the other. */
export type MappedMembers = ReadonlyMap<string, string>;

const NO_MEMBERS: MappedMembers = new Map();

/**
 * The writes of a function, in the order of its blocks; empty if it could not be read whole.
 *
 * @param members what is known of members that other functions fill
 */
export function pageWritesOf(fn: FunctionAnalysis, members = NO_MEMBERS): readonly PageWrite[] {
  if (!fn.complete) return [];
  const pages = new MappedPages(fn, members);
  const writes: PageWrite[] = [];
  for (const { element, at } of fn.cfg.elements()) {
    const mapped = (name: string): string | null => pages.rootOf(name, at);
    if (element.kind === 'call') {
      const write = writeOfCall(element.node, mapped);
      if (write !== null) writes.push({ ...write, root: pageOfFolio(fn, write.root) });
    } else if (element.kind === 'assignment' || element.kind === 'update') {
      const left = element.kind === 'assignment' ? element.node.left : element.node.operand;
      const root = writtenRoot(left, mapped);
      if (root !== null) writes.push({ span: spanOf(left), root, by: 'an assignment' });
    }
  }
  return writes;
}

/** The root of the page that a variable has the folio of; the same for any other. */
function pageOfFolio(fn: FunctionAnalysis, root: string): string {
  const [value, ...others] = assignedTo(fn, root);
  if (value === undefined || others.length > 0) return root;
  const plain = valueExpression(value);
  return plain.kind === 'call' && calleeName(plain) === 'page_folio' ? (pageRoot(plain) ?? root) : root;
}

const MAPPED_MEMBER =
  /\b(\w+)(->|\.)(\w+)\s*=\s*(?:kmap|kmap_local_page|kmap_local_folio|page_address|vmap|vm_map_ram)\s*\(\s*\1\2(\w+)\s*[,)]/g;

const MAPPED_VARIABLE =
  /\b(\w+(?:->|\.))(\w+)\s*=\s*(?:kmap|kmap_local_page|page_address)\s*\(\s*(\w+)\s*\)/g;

/**
 * The members that a text gives the address of a page: `hva` of `map->hva = kmap(map->page)`, or of `map->hva = kmap(page)` where
 * `map->page = page` is beside it.
 */
export function mappedMembersIn(text: string): MappedMembers {
  const members = new Map(
    Array.from(text.matchAll(MAPPED_MEMBER), ([, , , to = '', page = '']) => [to, page]),
  );
  for (const { 1: object = '', 2: to = '', 3: page = '', index } of text.matchAll(MAPPED_VARIABLE)) {
    const around = text.slice(Math.max(0, index - BESIDE), index + BESIDE);
    const [, member] =
      new RegExp(`\\b${object.replace('.', '\\.')}(\\w+)\\s*=\\s*${page}\\s*;`).exec(around) ?? [];
    if (member !== undefined) members.set(to, member);
  }
  return members;
}

/** Two assignments so many characters apart are beside each other. */
const BESIDE = 300;

/** The variable at the root of a page expression: `pages` of `pages[i]`, of `*pages` and of `&pages[i]`; null: none. */
export function pageRoot(node: Expression): string | null {
  const value = valueExpression(node);
  if (value.kind === 'unary') return pageRoot(value.operand);
  if (value.kind === 'index') return lvalueText(value.object);
  if (value.kind === 'binary') return pageRoot(value.left);
  if (value.kind === 'call' && calleeName(value) === 'page_folio') {
    const [page] = value.args;
    return page === undefined ? null : pageRoot(page);
  }
  return lvalueText(value);
}

/** What gives the root of the page whose address a variable holds; null: it holds none, or it cannot be told. */
type Mapped = (name: string) => string | null;

/** The variables of a function that hold the addresses of mapped pages. */
class MappedPages {
  readonly #fn: FunctionAnalysis;
  readonly #members: MappedMembers;
  /** The root by what each variable is given, and where; null: it is given something else. */
  readonly #given = new Map<string, { readonly at: CfgPosition; readonly root: string | null }[]>();

  constructor(fn: FunctionAnalysis, members: MappedMembers) {
    this.#fn = fn;
    this.#members = members;
    for (const { element, at } of fn.cfg.elements()) {
      if (element.kind === 'declare') this.#note(element.node.name, element.node.init, at);
      else if (element.kind === 'assignment' && element.node.op === '=') {
        const name = lvalueText(element.node.left);
        if (name !== null) this.#note(name, element.node.right, at);
      }
    }
  }

  #note(name: string, value: Expression | null, at: CfgPosition): void {
    // Nothing is written through NULL.
    if (value === null || isNull(value)) return;
    const root = mappedRoot(value, other => this.rootOf(other, at));
    const given = this.#given.get(name) ?? [];
    if (given.length === 0) this.#given.set(name, given);
    given.push({ at, root });
  }

  /** What the variable is given everywhere; of one that is given several, the last before a place that no other way leads to. */
  rootOf(name: string, at: CfgPosition): string | null {
    const given = this.#given.get(name) ?? [];
    const [first] = given;
    if (first === undefined) return this.#ofMember(name);
    if (given.every(({ root }) => root === first.root)) return first.root;
    const seen = new Set<number>();
    for (let block = at.block, end = at.index; !seen.has(block); end = Number.MAX_SAFE_INTEGER) {
      seen.add(block);
      const last = given.findLast(one => one.at.block === block && one.at.index < end);
      if (last !== undefined) return last.root;
      const [edge, second] = this.#fn.cfg.blocks[block]?.in ?? [];
      if (edge === undefined || second !== undefined) return null;
      block = edge.from;
    }
    return null;
  }

  /** The page beside a member that the function does not fill itself. */
  #ofMember(name: string): string | null {
    const [, object = '', member = ''] = /^(.*(?:->|\.))(\w+)$/.exec(name) ?? [];
    const page = this.#members.get(member);
    return page === undefined ? null : object + page;
  }
}

/** The pointer through which an lvalue is written: `p` of `*p`, `p[i]`, `p->a.b`; null for a variable. */
function pointerBehind(left: Expression): Expression | null {
  switch (left.kind) {
    case 'index':
      return pointerBehind(left.object) ?? left.object;
    case 'unary':
      return left.op === '*' ? left.operand : null;
    case 'member':
      return left.arrow ? left.object : pointerBehind(left.object);
    default:
      return null;
  }
}

/** The root of the page that an lvalue lies in, if it is reached through the address of a mapped page. */
function writtenRoot(left: Expression, mapped: Mapped): string | null {
  const pointer = pointerBehind(left);
  return pointer === null ? null : mapped(pointerName(pointer) ?? '');
}

function mappedRoot(node: Expression, known: Mapped): string | null {
  const value = valueExpression(node);
  if (value.kind === 'binary' && value.op === '+') return mappedRoot(value.left, known);
  if (value.kind === 'identifier' || value.kind === 'member') return known(lvalueText(value) ?? '');
  if (value.kind === 'unary' && value.op === '&') return writtenRoot(value.operand, known);
  if (value.kind !== 'call') return null;
  const [page] = value.args;
  return page !== undefined && MAPS.test(calleeName(value) ?? '') ? pageRoot(page) : null;
}

function writeOfCall(call: Call, mapped: Mapped): PageWrite | null {
  const name = calleeName(call);
  if (name === null) return null;
  const by = `${name}()`;
  const page = call.args[WRITES_PAGE.get(name) ?? -1];
  if (page !== undefined) {
    const root = pageRoot(page);
    return root === null ? null : { span: spanOf(call.callee), root, by };
  }
  const [first, second] = call.args;
  const target = WRITES_MEMORY.test(name) ? first : WRITES_SECOND.test(name) ? second : undefined;
  const root =
    name === 'WRITE_ONCE' && first !== undefined
      ? writtenRoot(first, mapped)
      : target === undefined
        ? null
        : mappedRoot(target, mapped);
  return root === null ? null : { span: spanOf(call.callee), root, by };
}

function pointerName(node: Expression): string | null {
  const value = valueExpression(node);
  if (value.kind === 'binary') return pointerName(value.left);
  return value.kind === 'identifier' || value.kind === 'member' ? lvalueText(value) : null;
}
