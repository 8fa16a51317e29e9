/**
 * The names under which a function knows the pages of one call: the array or the page itself, what was read from it,
 * and what was made of it. Without regard to order: a name that may stand for the pages somewhere stands for them.
 */

import { SITE_FUNCTIONS } from '../../../../kernel/src/index.js';
import type { Call, Expression, FunctionAst, Span } from '../../syntax/index.js';
import { isAllocator } from '../accessPath.js';
import type { Cfg } from '../cfg.js';
import { calleeName, lvalueText, rootOf, walk } from '../expressions.js';
import { DERIVED, MAPS, SAME_PAGE } from './pageFunctions.js';
import {
  advances,
  baseOf,
  entryName,
  freshVariables,
  isAddress,
  isPartOfAnother,
  isRaw,
  memberIn,
  onlyFresh,
  otherNames,
  valuesOf,
} from './pageVariables.js';
import { passedOn } from './passedOn.js';

/** Whose the array is: a variable or fresh memory of the function, the caller's, a field of somebody's structure. */
export type Owner = 'page' | 'array' | 'object' | 'caller' | 'field' | 'unknown';

/** `pages`: the array, a part of it, a page. `derived`: an address, a frame number. `object`: what holds the array. */
export type Carried = 'pages' | 'derived' | 'object';

interface Local {
  readonly pointers: number;
  readonly array: boolean;
  readonly isStatic: boolean;
}

/** What is known of the pages otherwise than by the function's text. */
export interface KnownOfPages {
  /** The owner of pages that the function was called with; null: its text tells. */
  readonly owned?: Owner | null;
  /** What is named is an address or a frame number of the page. */
  readonly isDerived?: boolean;
  /** Where other calls of the function fill the same array. */
  readonly refills?: (base: string) => readonly number[];
}

/** The names of one call's pages. */
export class PageNames {
  /** The text of the array, or of the variable that gets the page. */
  readonly base: string;
  readonly owner: Owner;
  /** Whether the elements of the array are nothing until a call fills them: not even NULL. */
  readonly raw: boolean;
  /** The member of a structure that has the array; null where no structure of somebody else has it. */
  readonly member: string | null;
  /** Whether each call fills a part of the array: `pages + got`, `&pages[i]`, `pages += got`. */
  readonly part: boolean;
  readonly #pages: Set<string>;
  readonly #derived = new Set<string>();
  /** The variables that get an address at which the kernel sees a page. */
  readonly #addresses = new Set<string>();
  readonly #objects = new Set<string>();
  /** The members of structures of others that get the pages, by the pointer to the structure; null for more than one. */
  readonly #keepers = new Map<string, string | null>();
  readonly #locals = new Map<string, Local>();
  /** With the number of their pointers. */
  readonly #parameters: ReadonlyMap<string, number>;
  /** Where other calls of the function fill the same array: what was read from it may be of them. */
  readonly #refills: readonly number[];
  /** The names of a page that was taken out of the array before another call filled it. */
  readonly #takenOut = new Set<string>();
  /** Those of a page that another call got afterwards. */
  readonly #takenLater = new Set<string>();
  #nullAtFirst = false;
  #isPlaced = false;
  #isOnlyMapped = true;
  /** Variables that keep the page while a loop gets the next. */
  readonly #passedOn = new Set<string>();
  /** Names that get other values too. */
  readonly #shared = new Set<string>();
  readonly #fresh: ReadonlySet<string>;
  /** Where the call is. */
  readonly #start: number;

  /** @param pages the argument, or the variable that a call's result is stored in */
  constructor(
    ast: FunctionAst,
    cfg: Cfg,
    pages: Expression,
    { owned = null, isDerived = false, refills = () => [] }: KnownOfPages = {},
  ) {
    for (const { element } of cfg.elements()) {
      if (element.kind !== 'declare') continue;
      const { name, pointers, array } = element.node;
      this.#locals.set(name, { pointers, array, isStatic: element.declaration.isStatic });
    }
    this.#parameters = new Map(
      ast.parameters.flatMap(({ name, pointers }) => (name === null ? [] : [[name, pointers]])),
    );
    for (const name of this.#parameters.keys()) this.#locals.delete(name);
    this.#fresh = freshVariables(cfg);
    this.#start = pages.start;
    const { text, part, address } = baseOf(pages);
    this.base = text ?? '';
    this.#refills = refills(this.base);
    this.part = part || advances(text, cfg) || isPartOfAnother(this.base, cfg);
    this.#pages = new Set(text === null || isDerived ? [] : [text]);
    if (text !== null && isDerived) this.#derived.add(text);
    this.owner = owned ?? this.#ownerOf(this.base, address, cfg);
    const root = rootOf(this.base);
    if (root !== this.base && (this.#fresh.has(root) || this.#isLocalStructure(root)))
      this.#objects.add(root);
    if ((owned !== null || this.owner === 'field') && root !== this.base) this.#objects.add(root);
    this.member = this.owner === 'field' ? memberIn(this.#pages) : null;
    for (const { pages, object, isElement } of otherNames(this.base, cfg)) {
      this.#pages.add(pages);
      this.#objects.add(object).add(rootOf(object));
      if (isElement) this.#shared.add(rootOf(object));
    }
    this.raw = /^(?:array|field|object)$/.test(this.owner) && isRaw(this.base, cfg);
    this.#close(cfg, pages);
    this.#findShared(cfg);
    if (this.#refills.length > 0) this.#findTakenOut(cfg);
    if (this.owner === 'page')
      for (const name of passedOn(this.base, pages, cfg)) {
        if (!this.#locals.has(name)) continue;
        this.#passedOn.add(name);
        this.#shared.add(name);
      }
  }

  /** Whether a variable keeps the page while a loop gets the next. */
  isPassedOn(text: string): boolean {
    return this.#passedOn.has(text);
  }

  #isLocalStructure(name: string): boolean {
    const local = this.#locals.get(name);
    return local !== undefined && !local.isStatic && local.pointers === 0;
  }

  #ownerOf(text: string, address: boolean, cfg: Cfg): Owner {
    const root = rootOf(text);
    // `struct page ***pages`: the caller's variable gets an array.
    if (text === `*${root}` && this.#parameters.get(root) === 3) return 'field';
    if (text === '' || text.startsWith('*')) return 'unknown';
    const local = this.#locals.get(root);
    if (text !== root) {
      if (this.#fresh.has(root) && onlyFresh(root, cfg)) return 'object';
      if (local !== undefined && !local.isStatic && local.pointers === 0)
        return local.array ? 'unknown' : 'object';
      return this.#parameters.has(root) || local !== undefined ? 'field' : 'unknown';
    }
    if (this.#parameters.has(root)) return address ? 'unknown' : 'caller';
    if (local === undefined || local.isStatic) return 'unknown';
    if (address && local.pointers === 1 && !local.array) return 'page';
    if (local.array) return local.pointers === 1 ? 'array' : 'unknown';
    return this.#ownerOfPointer(root, cfg);
  }

  /** A pointer that was allocated here is ours; one that was read from elsewhere is what it was read from. */
  #ownerOfPointer(name: string, cfg: Cfg): Owner {
    let owner: Owner | null = null;
    for (const right of valuesOf(name, cfg)) {
      const from = this.#ownerOfValue(right, name, cfg);
      if (from === null) continue;
      if (owner !== null && owner !== from) return 'unknown';
      owner = from;
    }
    return owner ?? 'unknown';
  }

  #ownerOfValue(right: Expression, name: string, cfg: Cfg): Owner | null {
    if (right.kind === 'cast') return this.#ownerOfValue(right.operand, name, cfg);
    if (right.kind === 'identifier' && right.name === 'NULL') return null;
    if (right.kind === 'call') return isAllocator(calleeName(right) ?? '') ? 'array' : 'unknown';
    const { text, address } = baseOf(right);
    if (text === null) return 'unknown';
    if (text === name) return null;
    this.#pages.add(text);
    const local = this.#locals.get(rootOf(text));
    // Who is given `umem` finds what `plist = &umem->chunk[i].plist[got]` points to.
    if (text.startsWith(`${rootOf(text)}->`)) this.#objects.add(rootOf(text));
    if (local?.array === true && text === rootOf(text)) return 'array';
    if (rootOf(text) !== text || local === undefined) return this.#ownerOf(text, address, cfg);
    return onlyFresh(text, cfg) && this.#fresh.has(text) ? 'array' : 'unknown';
  }

  #close(cfg: Cfg, pages: Span): void {
    for (let size = -1; size !== this.#size; ) {
      size = this.#size;
      for (const { element } of cfg.elements()) {
        if (element.kind === 'assignment' && element.node.op === '=') {
          if (element.node.start < pages.start) this.#place(element.node.left, element.node.right);
          const { left, right } = element.node;
          if (left.kind === 'identifier' && isAddress(right, this.#addresses)) this.#addresses.add(left.name);
          this.#assigned(this.#keptIn(left), this.carried(right));
        } else if (element.kind === 'declare' && element.node.init !== null) {
          const { name, init } = element.node;
          if (isAddress(init, this.#addresses)) this.#addresses.add(name);
          this.#assigned(name, this.carried(init));
        } else if (element.kind === 'call') {
          const name = calleeName(element.node) ?? '';
          if (name === 'sg_set_page') this.#putInTable(element.node);
          if (DERIVED.test(name) && !MAPS.test(name) && this.#isGiven(element.node))
            this.#isOnlyMapped = false;
        }
      }
    }
  }

  /** `sg_set_page(&mem, page, …)`: what sg_page(&mem) says is the page. */
  #putInTable({ args }: Call): void {
    const [entry, page] = args;
    const name = entry === undefined ? null : entryName(entry);
    if (name !== null && page !== undefined && this.carried(page) === 'pages') this.#pages.add(name);
  }

  /** `rows[i].page = …` and `row.page = …` of a local are kept in the local as a whole. */
  #keptIn(left: Expression): string | null {
    let node = left;
    while (node.kind === 'index' || (node.kind === 'member' && !node.arrow)) node = node.object;
    return node.kind === 'identifier' && !this.#parameters.has(node.name) ? node.name : lvalueText(left);
  }

  /** An array that is in somebody's structure before it is filled: who is given the structure finds the pages. */
  #place(left: Expression, right: Expression): void {
    const text = lvalueText(left);
    if (this.owner !== 'array' || text === null || lvalueText(right) !== this.base || this.isOwn(text))
      return;
    const root = rootOf(text);
    if (root === text) return;
    this.#isPlaced = true;
    this.#pages.add(text);
    this.#objects.add(root);
  }

  #findShared(cfg: Cfg): void {
    const value = (text: string | null, right: Expression): void => {
      const isNull = right.kind === 'identifier' && right.name === 'NULL';
      if (text !== null && text !== this.base && !isNull && this.carried(right) === null)
        this.#shared.add(text);
    };
    for (const { element } of cfg.elements()) {
      if (element.kind === 'assignment') value(lvalueText(element.node.left), element.node.right);
      else if (element.kind === 'declare' && element.node.init !== null) {
        const { name, init } = element.node;
        if (name === this.base) this.#nullAtFirst = init.kind === 'identifier' && init.name === 'NULL';
        value(element.node.name, element.node.init);
      } else if (element.kind === 'call') {
        const fills = SITE_FUNCTIONS.get(calleeName(element.node) ?? '') === 'gup';
        for (const argument of element.node.args) {
          const address = argument.kind === 'unary' && argument.op === '&';
          if (!address && !fills) continue;
          const text = lvalueText(address ? argument.operand : argument);
          if (text !== null && text !== this.base) this.#shared.add(text);
        }
      }
    }
  }

  /** Variables that get a page, and no other value but NULL, between two calls that fill the array. */
  #findTakenOut(cfg: Cfg): void {
    const next = this.#nextRefill();
    const others = new Set<string>();
    for (const { element } of cfg.elements()) {
      if (element.kind !== 'assignment' || element.node.op !== '=') continue;
      const { left, right, start } = element.node;
      const text = lvalueText(left);
      if (text === null || this.#locals.get(text) === undefined) continue;
      if (right.kind === 'identifier' && right.name === 'NULL') continue;
      if (start < this.#start || this.carried(right) !== 'pages') others.add(text);
      else (start < next ? this.#takenOut : this.#takenLater).add(text);
    }
    for (const text of [...others, ...this.#shared]) {
      this.#takenOut.delete(text);
      this.#takenLater.delete(text);
    }
    for (const text of this.#takenLater) this.#takenOut.delete(text);
  }

  #nextRefill(): number {
    return Math.min(...this.#refills.filter(start => start > this.#start));
  }

  /** Whether a page of this call has a name of its own when the call at `refill` fills the array again. */
  hasTakenOut(refill: number): boolean {
    return this.#takenOut.size > 0 && refill === this.#nextRefill();
  }

  /** Whether a name is that of a page that another call got into the array afterwards. */
  isTakenLater(node: Expression): boolean {
    const text = lvalueText(node);
    return text !== null && this.#takenLater.has(text);
  }

  #isGiven({ args }: Call): boolean {
    return args.some(argument => this.carried(argument) === 'pages');
  }

  /** Whether all addresses of the pages are those at which kmap() and its like mapped them. */
  get isOnlyMapped(): boolean {
    return this.#isOnlyMapped && this.owner === 'page';
  }

  /** Whether the variable of a single page is declared as NULL. */
  get startsNull(): boolean {
    return this.#nullAtFirst;
  }

  /** Whether somebody else's structure has had the array since before the call. */
  get placed(): boolean {
    return this.#isPlaced;
  }

  get #size(): number {
    return this.#pages.size + this.#derived.size + this.#objects.size;
  }

  #assigned(text: string | null, carried: Carried | null): void {
    if (text === null || carried === null) return;
    if (!this.isOwn(text)) {
      if (carried === 'pages') this.#keep(text);
      return;
    }
    const root = rootOf(text);
    if (carried === 'derived') {
      this.#derived.add(text);
      return;
    }
    if (carried === 'object') {
      if (text === root) this.#objects.add(text);
      return;
    }
    this.#pages.add(text);
    if (text !== root) this.#objects.add(root);
  }

  #keep(text: string): void {
    const [, holder, path] = /^(\w+)(->\w+)$/.exec(text) ?? [];
    if (!/^(?:page|array)$/.test(this.owner) || holder === undefined || path === undefined) return;
    const old = this.#keepers.get(holder);
    this.#keepers.set(holder, old === undefined || old === path ? path : null);
  }

  /** The way from a pointer to a structure of somebody else to the pages that were stored there; null if there is none. */
  keptBehind(text: string): string | null {
    return this.#keepers.get(text) ?? null;
  }

  /** Whether an lvalue is where the pages were stored for somebody else. */
  isKeptIn(text: string): boolean {
    const [, holder = '', path] = /^(\w+)(->\w+)$/.exec(text) ?? [];
    return path !== undefined && this.#keepers.get(holder) === path;
  }

  /** Whether an lvalue is a variable of the function, or memory that it allocated: a store there tells nobody. */
  isOwn(text: string): boolean {
    const root = rootOf(text);
    if (text === root && this.#parameters.has(root)) return true;
    const local = this.#locals.get(root);
    if (local === undefined || local.isStatic) return false;
    if (text === root) return true;
    return this.#fresh.has(root) || (!text.includes('->') && !text.startsWith('*'));
  }

  /** What an expression brings along of the pages; null for nothing. */
  carried(node: Expression): Carried | null {
    const text = lvalueText(node);
    if (text !== null) {
      if (this.#pages.has(text)) return 'pages';
      if (this.#derived.has(text)) return 'derived';
      if (this.#objects.has(text)) return 'object';
    }
    switch (node.kind) {
      case 'index': {
        const object = isAddress(node.object, this.#addresses) ? null : this.carried(node.object);
        return object === 'object' ? 'pages' : object;
      }
      case 'member': {
        const object = isAddress(node.object, this.#addresses) ? null : this.carried(node.object);
        return object === 'derived' ? 'derived' : null;
      }
      case 'unary':
        if (node.op === '*')
          return isAddress(node.operand, this.#addresses) ? null : this.carried(node.operand);
        return node.op === '&' ? this.#ofAddress(node.operand) : null;
      case 'cast':
      case 'update':
        return this.carried(node.operand);
      case 'comma':
        return this.carried(node.right);
      case 'assignment':
        return this.carried(node.right) ?? this.carried(node.left);
      case 'binary': {
        if (!/^(?:[-+|&]|<<|>>)$/.test(node.op)) return null;
        const left = this.carried(node.left);
        if (left !== null) return left;
        return this.carried(node.right) === null ? null : 'derived';
      }
      case 'conditional':
        return this.carried(node.then ?? node.test) ?? this.carried(node.otherwise);
      case 'call': {
        const name = calleeName(node);
        if (name === null) return null;
        if (name === 'sg_page' && this.#isEntry(node)) return 'pages';
        const carried = node.args.map(argument => this.carried(argument)).find(what => what !== null) ?? null;
        if (carried === null || carried === 'object') return null;
        if (SAME_PAGE.test(name)) return 'pages';
        return DERIVED.test(name) ? 'derived' : null;
      }
      case 'initializer-list':
        return node.items.map(item => this.carried(item.value)).find(what => what !== null) ?? null;
      default:
        return null;
    }
  }

  /** Whether an expression asks for the pages anywhere in it. */
  mentionedIn(expression: Expression): boolean {
    let found = false;
    walk(expression, node => {
      if (this.carried(node) === 'pages') found = true;
    });
    return found;
  }

  /** Whether an expression asks for an element of the array, or for a page under a name of its own. */
  elementIn(expression: Expression): boolean {
    let found = false;
    walk(expression, node => {
      if (this.carried(node) === 'pages' && lvalueText(node) !== this.base) found = true;
    });
    return found;
  }

  /** Who has `&up->list` can get at all of `up`. */
  #ofAddress(operand: Expression): Carried | null {
    const text = lvalueText(operand);
    if (operand.kind === 'index')
      return this.carried(operand.object) ?? (text !== null && this.#objects.has(text) ? 'object' : null);
    if (text === null) return null;
    if (this.#pages.has(text)) return 'pages';
    if (this.#derived.has(text)) return 'derived';
    return this.#objects.has(text) || this.#objects.has(rootOf(text)) ? 'object' : null;
  }

  /** Whether a name stands for these pages and never for others. */
  isCertain(node: Expression): boolean {
    if (node.kind === 'call') return this.#isEntry(node) || this.#isOfOneAddress(node);
    const whole = lvalueText(node);
    if (this.#refills.length > 0 && node.kind !== 'index' && whole !== this.base)
      return whole !== null && this.#takenOut.has(whole);
    const { text } = baseOf(node.kind === 'index' ? node.object : node);
    if (text === null) return false;
    const root = node.kind === 'index' || text === this.base ? text : rootOf(text);
    return text === this.base || (this.#pages.has(text) && !this.#shared.has(root));
  }

  #isEntry({ args: [entry] }: Call): boolean {
    const name = entry === undefined ? null : entryName(entry);
    return name !== null && this.#pages.has(name);
  }

  /** `pfn_to_page(hpa >> PAGE_SHIFT)`, where the address is that of this page and of no other. */
  #isOfOneAddress(node: Expression): boolean {
    let address = node;
    while (address.kind === 'call' || address.kind === 'binary' || address.kind === 'cast') {
      if (address.kind === 'cast') address = address.operand;
      else if (address.kind === 'binary') address = address.left;
      else {
        const [first] = address.args;
        if (first === undefined || this.carried(address) === null) return false;
        address = first;
      }
    }
    const text = lvalueText(address);
    return text !== null && this.#derived.has(text) && (text === this.base || !this.#shared.has(text));
  }

  /**
   * The way from a structure that holds the pages to them, e.g. `->pages`, from a pointer to it; null if there is none
   * or more than one.
   */
  pathFrom(object: string): string | null {
    const paths = new Set<string>();
    for (const text of this.#pages) {
      if (!text.startsWith(object)) continue;
      const path = text.slice(object.length);
      if (/^(?:->|\.)\w/.test(path)) paths.add(path.replace(/^\./, '->'));
    }
    const [only] = paths;
    return paths.size === 1 && only !== undefined ? only : null;
  }
}
