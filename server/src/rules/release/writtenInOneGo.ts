/** Pages that a function gets to have them written to, and gives back as they were before it returns. */

import { PAGE_RELEASE_NAMES, siteFunction } from '../../../../kernel/src/index.js';
import {
  type CallSite,
  calleeName,
  constantTruth,
  type FileAnalysis,
  type FunctionAnalysis,
  valueExpression,
  variableName,
} from '../../analysis/index.js';
import { type Call, type Expression, type Span, spanOf, textOf } from '../../syntax/index.js';
import { callersOf } from '../callers.js';
import { functionOf } from '../flags/flagLeaves.js';
import { deviceWrites, placesOf } from '../flags/writtenAfter.js';
import { pageRoot } from '../pageWrites.js';

/** Only looks at pages, maps them, fills a table with them, or frees one. */
const NO_USE =
  /free|alloc|^(?:page_|pfn_|phys_|is_|Page|kmap|kunmap|vmap|vunmap|flush_|sg_|bvec_set|compound_|mem(?:cpy|set)_|IS_ERR|PTR_ERR)/;
/** Names of what reads or receives something into the pages that it is given. */
const READS_INTO = /(?:^|_)(?:read|recv|receive|fill|fetch|capture)(?:_|$)/;
/** Of a device that only reads. */
const READ_ONLY = /\b(?:PCI_)?DMA_TO_?DEVICE\b/;
/** Keeps some of the pages, or all, for later. */
const KEEPS = /(?:^|_)(?:add|insert|attach|store|link)(?:_|$)/;

/** A call that got pages, what shows that they are written to, and the last call that gives them back. */
export interface WrittenInOneGo {
  readonly site: CallSite;
  readonly release: Call;
  readonly written: { readonly span: Span; readonly message: string };
}

/**
 * The calls of a file whose pages the same function gives back on all ways, where something behind them is given the pages.
 *
 * @param chosen what says that pages which a call gets are written to, by how FOLL_WRITE was chosen; null: nothing
 */
export function writtenInOneGo(
  file: FileAnalysis,
  chosen: (fn: FunctionAnalysis, site: CallSite) => WrittenInOneGo['written'] | null,
): readonly WrittenInOneGo[] {
  return file.sites.flatMap(site => {
    const callee = siteFunction(file.profile, site.callee);
    if (callee?.kind !== 'gup' || callee.acquires === 'none') return [];
    if (site.flags === null || !site.flags.may.includes('FOLL_WRITE')) return [];
    const fn = functionOf(file, site);
    const pages = site.args[callee.argument('pages')];
    const root = pages === undefined ? null : pageRoot(pages);
    if (fn === null || root === null || !fn.complete) return [];
    const always = site.flags.must.includes('FOLL_WRITE');
    // What copies to and from another task may mark what it wrote to, of each page by itself.
    const isOther = callee.argument('mm') >= 0;
    const here = { fn, call: site.callSpan, callee: site.span.start, root };
    return [here, ...gotByCallers(file, here)].flatMap(got => {
      const release = releasedInTheEnd(file, got);
      if (release === null) return [];
      const device = always ? deviceWrites(file, got.fn, got.call, got.root) : null;
      const written =
        device ??
        (isOther ? null : chosen(fn, site)) ??
        (always && site.flags?.may.includes('FOLL_LONGTERM') === false
          ? (commandWith(got) ?? readInto(got))
          : null);
      return written === null ? [] : { site, release, written };
    });
  });
}

/** A call behind which a place has pages: one that gets them, or one of a function that does. */
interface Got {
  readonly fn: FunctionAnalysis;
  readonly call: Span;
  /** Where its name starts. */
  readonly callee: number;
  readonly root: string;
}

/** The calls of a function that gets pages into an array of its caller's. */
function gotByCallers(file: FileAnalysis, { fn, root }: Got): readonly Got[] {
  const index = fn.ast.parameters.findIndex(({ name }) => name === root);
  if (index < 0) return [];
  return callersOf(file, fn).flatMap(({ fn: caller, call }) => {
    const argument = call.args[index];
    const array = argument === undefined ? null : pageRoot(argument);
    return array === null ? [] : { fn: caller, call: spanOf(call), callee: call.callee.start, root: array };
  });
}

/**
 * The last call that gives back the pages of a place, where all ways from the last use of them to the end go through one, and none
 * marks them dirty; null: something else.
 */
function releasedInTheEnd(file: FileAnalysis, got: Got): Call | null {
  const { fn, root } = got;
  const places = new Set([...placesOf(fn, root), ...commandsOf(fn, root)]);
  const releases: Call[] = [];
  let use: { readonly call: Call; readonly block: number; readonly index: number } | null = null;
  for (const { element, at } of fn.cfg.elements()) {
    if (element.kind !== 'call' || element.node.start < got.call.end) continue;
    const call = element.node;
    const name = calleeName(call) ?? '';
    const isGiven = call.args.some(argument => isOneOf(argument, places));
    if (givesBack(file, call, root)) releases.push(call);
    else if (KEEPS.test(name) && isGiven) return null;
    else if (NO_USE.test(name) || !isGiven) continue;
    else if (use === null || use.call.start < call.start) use = { call, block: at.block, index: at.index };
  }
  const last = releases.toSorted((a, b) => a.start - b.start).at(-1);
  if (use === null || last === undefined || last.start < use.call.start) return null;
  return mayKeep(fn, use, new Set(releases), countOf(got)) ? null : last;
}

function isOneOf(argument: Expression, places: ReadonlySet<string>): boolean {
  return places.has(pageRoot(argument) ?? '');
}

/** Whether a call gives back the pages of a place as they are: itself, or as a helper of the file does. */
function givesBack(file: FileAnalysis, call: Call, root: string): boolean {
  const name = calleeName(call) ?? '';
  const index = call.args.findIndex(argument => pageRoot(argument) === root);
  if (index < 0) return false;
  if (PAGE_RELEASE_NAMES.has(name)) {
    const [, , dirty] = call.args;
    return !name.includes('dirty') || (dirty !== undefined && constantTruth(dirty) === false);
  }
  const helper = file.functionNamed(name);
  const parameter = helper?.ast.parameters[index]?.name ?? null;
  if (helper === null || parameter === null || !helper.complete) return false;
  return [...helper.cfg.elements()].some(({ element }) => {
    if (element.kind !== 'call' || !PAGE_RELEASE_NAMES.has(calleeName(element.node) ?? '')) return false;
    const [page] = element.node.args;
    return page !== undefined && pageRoot(page) === parameter;
  });
}

/** Makes the number or the address of the frame of a page. */
const FRAME = /\bpage_to_(?:pfn|phys)\s*\(/;

/**
 * A call behind the one that got pages which is given a command that says where they lie: who is told so beside a call that asked to
 * write to them writes there. Memory that stays registered may be meant to be read only.
 */
function commandWith({ fn, call, root }: Got): WrittenInOneGo['written'] | null {
  if (READ_ONLY.test(fn.file.text)) return null;
  const commands = commandsOf(fn, root);
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'call' || element.node.start < call.end) continue;
    const name = calleeName(element.node) ?? '';
    if (NO_USE.test(name) || !element.node.args.some(one => isOneOf(one, commands))) continue;
    return { span: spanOf(element.node.callee), message: `${name}() is told where they lie` };
  }
  return null;
}

/** A call behind the one that got pages for writing which is given them, and says by its name that it reads or receives something. */
function readInto({ fn, call, root }: Got): WrittenInOneGo['written'] | null {
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'call' || element.node.start < call.end) continue;
    const name = calleeName(element.node) ?? '';
    if (!READS_INTO.test(name) || !element.node.args.some(one => pageRoot(one) === root)) continue;
    return { span: spanOf(element.node.callee), message: `${name}() is given them to fill` };
  }
  return null;
}

/** The structures of a function of which a member gets the frame of a page. */
function commandsOf(fn: FunctionAnalysis, root: string): ReadonlySet<string> {
  const commands = new Set<string>();
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'assignment') continue;
    const { left, right } = element.node;
    const name = left.kind === 'member' && !left.arrow ? variableName(left.object) : null;
    const text = name === null ? '' : textOf(fn.file, right);
    if (name !== null && FRAME.test(text) && new RegExp(`\\b${root}\\b`).test(text)) commands.add(name);
  }
  return commands;
}

/** The variable that has what a call returned; null: it is another thing. */
function countOf({ fn, callee }: Got): string | null {
  for (const { element } of fn.cfg.elements()) {
    const [name, value] =
      element.kind === 'assignment'
        ? [variableName(element.node.left), element.node.right]
        : element.kind === 'declare'
          ? [element.node.name, element.node.init]
          : [null, null];
    const call = value === null ? null : valueExpression(value);
    if (call?.kind === 'call' && call.callee.start === callee) return name;
  }
  return null;
}

/**
 * Whether some way from a call to the end of the function goes past all of some others. A loop over the pages runs, and there are
 * some where that is asked.
 *
 * @param count the variable that has their number; null: not known
 */
export function mayKeep(
  fn: FunctionAnalysis,
  from: { readonly block: number; readonly index: number },
  releases: ReadonlySet<Call>,
  count: string | null,
): boolean {
  const loops = loopsOver(fn, releases);
  const seen = new Set<number>();
  const work = [{ block: from.block, index: from.index + 1 }];
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    if (at.block === fn.cfg.exit) return true;
    const { elements = [], out = [] } = fn.cfg.blocks[at.block] ?? {};
    const rest = elements.slice(at.index);
    if (loops.has(at.block) || rest.some(({ kind, node }) => kind === 'call' && releases.has(node))) continue;
    for (const { to, label } of out) {
      if (label.kind === 'branch' && !label.truth && isAnyGot(label.condition, count)) continue;
      if (!seen.has(to)) work.push({ block: to, index: 0 });
      seen.add(to);
    }
  }
  return false;
}

/** The blocks that begin a loop with one of some calls at the start of its body. */
function loopsOver({ cfg }: FunctionAnalysis, calls: ReadonlySet<Call>): ReadonlySet<number> {
  const heads = new Set<number>();
  for (const { id, elements, in: edges, out } of cfg.blocks) {
    if (!elements.some(({ kind, node }) => kind === 'call' && calls.has(node))) continue;
    for (const { from, label } of edges) {
      // The body of a loop leads back to its head, by itself or by what counts up.
      const next = out.flatMap(({ to }) => [to, ...(cfg.blocks[to]?.out ?? []).map(edge => edge.to)]);
      if (label.kind === 'branch' && from !== id && next.includes(from)) heads.add(from);
    }
  }
  return heads;
}

/** `got > 0`. */
function isAnyGot(condition: Expression, count: string | null): boolean {
  if (count === null || condition.kind !== 'binary' || condition.op !== '>') return false;
  return variableName(condition.left) === count && constantTruth(condition.right) === false;
}
