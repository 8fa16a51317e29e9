/** Who gives back what a call acquired, and with which function: what can be read off the function that calls. */

import type { ResolvedFunction } from '../../../kernel/src/index.js';
import type { Call, Expression, FunctionAst } from '../syntax/index.js';
import type { ReleaseAtSite, ReleaseKind } from './callSite.js';
import type { Cfg } from './cfg.js';
import { calleeName, lvalueText, rootOf, valueExpression } from './expressions.js';

/** Functions whose result stands for the page that they are given. */
const CARRIES_PAGE =
  /^(?:page_|folio_|pfn_to_|virt_to_|kmap|vmap|nth_page$|compound_head$|__va$|__pa$|lowmem_page_address$)/;

/** Functions that keep the pages they are given in a structure. */
const KEEPS_PAGES =
  /^(?:sg_set_page|sg_alloc_table_from_pages\w*|sg_alloc_append_table_from_pages|bio_add_\w*page\w*|bio_add_folio\w*|bvec_set_page|\w*skb_fill_page_desc\w*|skb_frag_\w+|list_add\w*)$/;

/** Functions that release a page besides what they are named for (include/linux/highmem.h). */
const ALSO_RELEASES: ReadonlySet<string> = new Set(['unmap_and_put_page']);

/** What the classification needs to know of the rest of the file and the tables. */
export interface ReleaseContext {
  /** Whether a function of the tables, or a helper of the same file, releases pages it is given. */
  releases(name: string): boolean;
}

/**
 * How the pages of a call are released.
 * @param effective what the callee works with; a set with FOLL_PIN is released by unpinning.
 */
export function releaseAtSite(
  ast: FunctionAst,
  cfg: Cfg,
  call: Call,
  fn: ResolvedFunction,
  effective: readonly (readonly string[])[],
  context: ReleaseContext,
): ReleaseAtSite {
  const pages = call.args[fn.argument('pages')];
  const takesPages = fn.argument('pages') >= 0;
  if (fn.acquires === 'none' || (takesPages && (pages === undefined || isNull(pages)))) {
    return { how: [], kind: 'none' };
  }
  const how = howToRelease(fn, effective);
  const start = pages === undefined ? resultVariable(cfg, call) : placeOfPages(ast, pages);
  if (start === 'returned' || start === 'stored' || start === 'out-param') return { how, kind: start };
  if (start === null) return { how, kind: 'unknown' };
  return { how, kind: new Uses(ast, cfg, start.variable, context).kind() };
}

function howToRelease(fn: ResolvedFunction, effective: readonly (readonly string[])[]): readonly string[] {
  if (fn.acquires !== 'by-flags' || effective.length === 0) return fn.releasedBy;
  const pins = effective.filter(set => set.includes('FOLL_PIN')).length;
  const open = effective.some(set =>
    set.some(name => name.startsWith('param:') || name.startsWith('field:')),
  );
  if (pins === effective.length) return fn.releasedBy.filter(name => name.startsWith('unpin_'));
  if (pins === 0 && !open) return fn.releasedBy.filter(name => !name.startsWith('unpin_'));
  return fn.releasedBy;
}

function isNull(node: Expression): boolean {
  const value = valueExpression(node);
  return value.kind === 'identifier' ? value.name === 'NULL' : value.kind === 'number' && value.value === 0;
}

type Start = { readonly variable: string } | 'returned' | 'stored' | 'out-param' | null;

/** Where the array of pages lives: in a structure, with the caller, or in a variable of the function. */
function placeOfPages(ast: FunctionAst, pages: Expression): Start {
  let node = valueExpression(pages);
  while (node.kind === 'binary' && (node.op === '+' || node.op === '-')) node = valueExpression(node.left);
  if (node.kind === 'unary' && node.op === '&') node = node.operand;
  while (node.kind === 'index') node = valueExpression(node.object);
  if (node.kind === 'conditional') node = valueExpression(node.then ?? node.test);
  const text = lvalueText(node);
  if (text === null) return null;
  const root = rootOf(text);
  if (text.includes('->')) return 'stored';
  const parameter = ast.parameters.find(p => p.name === root);
  if (parameter !== undefined)
    return parameter.pointers > 0 || parameter.type.includes('[') ? 'out-param' : null;
  return { variable: root };
}

/** For a callee that returns the page: where its result goes. */
function resultVariable(cfg: Cfg, call: Call): Start {
  for (const { element } of cfg.elements()) {
    if (element.kind === 'assignment' && valueExpression(element.node.right) === call) {
      const text = lvalueText(element.node.left);
      if (text === null) return null;
      return text.includes('->') ? 'stored' : { variable: rootOf(text) };
    }
    if (
      element.kind === 'declare' &&
      element.node.init !== null &&
      valueExpression(element.node.init) === call
    ) {
      return { variable: element.node.name };
    }
    if (
      element.kind === 'return' &&
      element.node.value !== null &&
      valueExpression(element.node.value) === call
    ) {
      return 'returned';
    }
  }
  return null;
}

/** What a function does with the pages of one variable, and with whatever is made of it. */
class Uses {
  readonly #aliases: Set<string>;
  readonly #parameters: ReadonlySet<string>;
  readonly #locals = new Set<string>();
  readonly #kinds = new Set<ReleaseKind>();

  constructor(ast: FunctionAst, cfg: Cfg, variable: string, context: ReleaseContext) {
    this.#aliases = new Set([variable]);
    this.#parameters = new Set(ast.parameters.flatMap(p => (p.name === null ? [] : [p.name])));
    for (const { element } of cfg.elements()) {
      if (element.kind === 'declare') this.#locals.add(element.node.name);
    }
    this.#addBases(cfg, variable);
    for (let size = 0; size !== this.#aliases.size; ) {
      size = this.#aliases.size;
      for (const { element } of cfg.elements()) {
        if (element.kind === 'assignment' && element.node.op === '=') {
          if (this.#carries(element.node.right)) this.#assigned(element.node.left);
        } else if (element.kind === 'declare' && element.node.init !== null) {
          if (this.#carries(element.node.init)) this.#aliases.add(element.node.name);
        }
      }
    }
    for (const { element } of cfg.elements()) {
      if (element.kind === 'return' && element.node.value !== null && this.#carries(element.node.value)) {
        this.#kinds.add('returned');
      } else if (element.kind === 'call') this.#call(element.node, context);
    }
  }

  kind(): ReleaseKind {
    for (const kind of ['stored', 'returned', 'out-param', 'local'] as const) {
      if (this.#kinds.has(kind)) return kind;
    }
    return 'unknown';
  }

  /** `pages = pvec + pinned`: what happens to `pvec` happens to the pages. */
  #addBases(cfg: Cfg, variable: string): void {
    for (const { element } of cfg.elements()) {
      let base: Expression | null = null;
      if (element.kind === 'declare' && element.node.name === variable) base = element.node.init;
      else if (element.kind === 'assignment' && lvalueText(element.node.left) === variable) {
        base = element.node.op === '=' ? element.node.right : null;
      }
      if (base === null) continue;
      base = valueExpression(base);
      if (base.kind === 'binary' && base.op === '+') base = valueExpression(base.left);
      else if (base.kind === 'unary' && base.op === '&' && base.operand.kind === 'index')
        base = base.operand.object;
      const text = lvalueText(base);
      if (text === null) continue;
      if (text.includes('->')) this.#kinds.add('stored');
      else if (this.#locals.has(text)) this.#aliases.add(text);
      else if (this.#parameters.has(text)) this.#kinds.add('out-param');
    }
  }

  #assigned(left: Expression): void {
    let node = left;
    while (node.kind === 'index') node = node.object;
    const text = lvalueText(node);
    const root = text === null ? '' : rootOf(text);
    if (text === null || text.includes('->')) this.#kinds.add('stored');
    else if (!this.#parameters.has(root) && !this.#locals.has(root)) this.#kinds.add('stored');
    else if (!this.#parameters.has(root)) this.#aliases.add(root);
    else if (text !== root) this.#kinds.add('returned');
    else if (left.kind === 'index') this.#kinds.add('out-param');
    else this.#aliases.add(root);
  }

  #call(call: Call, context: ReleaseContext): void {
    const name = calleeName(call);
    if (name === null || !call.args.some(arg => this.#carries(arg))) return;
    if (KEEPS_PAGES.test(name)) this.#kinds.add('stored');
    else if (ALSO_RELEASES.has(name) || context.releases(name)) this.#kinds.add('local');
  }

  /** Whether a value is, or is made from, one of the pages. */
  #carries(expression: Expression): boolean {
    const node = valueExpression(expression);
    switch (node.kind) {
      case 'identifier':
        return this.#aliases.has(node.name);
      case 'index':
      case 'member':
        return this.#carries(node.object);
      case 'unary':
        return (node.op === '*' || node.op === '&') && this.#carries(node.operand);
      case 'update':
        return this.#carries(node.operand);
      case 'binary':
        return /^(?:[-+|]|<<|>>)$/.test(node.op) && (this.#carries(node.left) || this.#carries(node.right));
      case 'conditional':
        return this.#carries(node.then ?? node.test) || this.#carries(node.otherwise);
      case 'call': {
        const name = calleeName(node);
        return name !== null && CARRIES_PAGE.test(name) && node.args.some(arg => this.#carries(arg));
      }
      default:
        return false;
    }
  }
}
