/** What shows that the pages of a call are written to after it. */

import type { CallSite, FileAnalysis, FunctionAnalysis } from '../../analysis/index.js';
import { calleeName, isNull, lvalueText, valueExpression, variableName } from '../../analysis/index.js';
import {
  callTokens,
  type Expression,
  namesIdentifier,
  type Span,
  spanOf,
  textOf,
} from '../../syntax/index.js';
import { assignedTo } from '../assignments.js';
import { callersOf } from '../callers.js';
import { mappedMembersIn, type PageWrite, pageRoot, pageWritesOf } from '../pageWrites.js';
import { choicesInto } from '../writeChoice.js';
import { declaredType } from './flagLeaves.js';
import { INTO_TABLE } from './passedOn.js';
import { FROM_DEVICE } from './writeDirection.js';

/** The place that shows it, and how, in words. */
export interface Evidence {
  readonly span: Span;
  readonly message: string;
}

/** KVM's functions call set_page_dirty() or SetPageDirty() (virt/kvm/kvm_main.c, up to v6.12). */
export const MARKS_DIRTY =
  /^(?:set_page_dirty(?:_lock)?|SetPageDirty|folio_mark_dirty(?:_lock)?|kvm_(?:release|set)_page_dirty)$/;
/** Enter a frame into the tables of an IOMMU. */
const MAPS_IOMMU = /^iommu_map/;
/** The last member of a place. */
const LAST_MEMBER = /(?:->|\.)\w+$/;
/** What a function that writes to a page, or marks it dirty, calls. */
const LOOKS_INSIDE: ReadonlySet<string> = new Set([
  'kmap',
  'kmap_atomic',
  'kmap_local_page',
  'page_address',
  'set_page_dirty',
  'set_page_dirty_lock',
]);

/**
 * A write to the pages of a call, or what marks them dirty: in the function that gets them, with this one call; in one that is given them;
 * in one that they are returned to.
 *
 * @param pages the index of the argument that gets them
 */
export function writtenIn(
  file: FileAnalysis,
  fn: FunctionAnalysis,
  site: CallSite,
  pages: number,
): Evidence | null {
  const argument = site.args[pages];
  const root = argument === undefined ? null : pageRoot(argument);
  if (root === null || !fn.complete || filledTwice(fn, root)) return null;
  const write = pageWritesOf(fn).find(found => found.root === root) ?? writtenByHelper(file, fn, site, root);
  if (write !== null) return { span: write.span, message: `${write.by} writes to the page` };
  return (
    markedDirty(fn, root) ?? deviceWrites(file, fn, site.callSpan, root) ?? writtenByCaller(file, fn, root)
  );
}

function markedDirty(fn: FunctionAnalysis, root: string): Evidence | null {
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'call') continue;
    const name = calleeName(element.node);
    const [page] = element.node.args;
    if (name === null || page === undefined || !MARKS_DIRTY.test(name) || pageRoot(page) !== root) continue;
    return { span: spanOf(element.node.callee), message: `${name}() marks the page dirty` };
  }
  return null;
}

/**
 * A call behind the one that got them which is told that a device writes, and given the pages, a table of them, or the object that
 * has them.
 *
 * @param behind the call that got them
 */
export function deviceWrites(
  file: FileAnalysis,
  fn: FunctionAnalysis,
  behind: Span,
  root: string,
): Evidence | null {
  const places = placesOf(fn, root);
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'call' || element.node.start < behind.end) continue;
    const name = calleeName(element.node) ?? '';
    const { args } = element.node;
    const isWritten =
      args.some(argument => isFromDevice(file, fn, argument)) ||
      (MAPS_IOMMU.test(name) && args.some(argument => namesIdentifier(argument, 'IOMMU_WRITE')));
    if (isWritten && args.some(argument => hasOneOf(argument, places)))
      return { span: spanOf(element.node.callee), message: `${name}() has a device write to them` };
  }
  return null;
}

/**
 * The places by which pages are handed on: that which has them, tables that are filled from it, the object that it is a member of,
 * and what that is a member of.
 */
export function placesOf(fn: FunctionAnalysis, root: string): ReadonlySet<string> {
  const places = new Set([root]);
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'call' || !INTO_TABLE.test(calleeName(element.node) ?? '')) continue;
    const [table, pages] = element.node.args;
    const filled = table === undefined ? null : pageRoot(table);
    if (filled !== null && pages !== undefined && places.has(pageRoot(pages) ?? '')) places.add(filled);
  }
  for (const place of [...places]) {
    for (let end = place.search(LAST_MEMBER); end > 0; end = place.slice(0, end).search(LAST_MEMBER))
      places.add(place.slice(0, end));
  }
  return places;
}

/** Whether a value is one of some places, or the frame of a page in one. */
function hasOneOf(value: Expression, places: ReadonlySet<string>): boolean {
  const plain = valueExpression(value);
  const [page] = plain.kind === 'call' ? plain.args : [];
  return places.has(pageRoot(page ?? plain) ?? '');
}

/** Whether a value says that a device writes: by itself, or as a parameter for which a caller passes that. */
function isFromDevice(file: FileAnalysis, fn: FunctionAnalysis, value: Expression): boolean {
  const name = variableName(value) ?? '';
  const index = fn.ast.parameters.findIndex(parameter => parameter.name === name);
  if (index < 0) return FROM_DEVICE.test(name);
  return callersOf(file, fn).some(({ call }) => {
    const given = call.args[index];
    return given !== undefined && FROM_DEVICE.test(variableName(given) ?? '');
  });
}

/** What a caller does with the page that a function returns. */
function writtenByCaller(file: FileAnalysis, fn: FunctionAnalysis, root: string): Evidence | null {
  const isReturned = [...fn.cfg.elements()].some(
    ({ element }) =>
      element.kind === 'return' && element.node.value !== null && variableName(element.node.value) === root,
  );
  if (!isReturned) return null;
  for (const { fn: caller, call } of callersOf(file, fn)) {
    for (const { element } of caller.cfg.elements()) {
      const [name, value] =
        element.kind === 'assignment'
          ? [lvalueText(element.node.left), element.node.right]
          : element.kind === 'declare'
            ? [element.node.name, element.node.init]
            : [null, null];
      if (name === null || value === null || valueExpression(value) !== call) continue;
      if (assignedTo(caller, name).some(other => other !== value && !isNull(other))) continue;
      const write = pageWritesOf(caller).find(found => found.root === name);
      if (write !== undefined) return { span: write.span, message: `${write.by} writes to the page` };
      const dirty = markedDirty(caller, name);
      if (dirty !== null) return dirty;
    }
  }
  return null;
}

/**
 * A write, in another function of the file, to pages that a call left in a member of a structure, if all calls that leave some there
 * ask for reading.
 *
 * @param readOnly these calls, by where their name starts
 */
export function writtenThroughMember(
  file: FileAnalysis,
  fn: FunctionAnalysis,
  { release }: CallSite,
  readOnly: ReadonlyMap<number, CallSite>,
): Evidence | null {
  const [, object, member] =
    /^(\w+)->(\w+)$/.exec(release.kind === 'stored' ? (release.where ?? '') : '') ?? [];
  const type = object === undefined ? null : declaredType(fn, object);
  if (member === undefined || type === null) return null;
  const isSame = ({ release: { where } }: CallSite): boolean => where?.endsWith(`->${member}`) === true;
  if (!file.sites.every(site => !isSame(site) || readOnly.has(site.span.start))) return null;
  const { source } = file;
  const users = new Set(
    callTokens(source, LOOKS_INSIDE).map(token => source.functions[token.function]?.name),
  );
  for (const name of users) {
    const user = name === undefined || name === fn.item.name ? null : file.functionNamed(name);
    if (user === null || !user.complete) continue;
    for (const { element } of user.cfg.elements()) {
      if (element.kind !== 'call') continue;
      const root = element.node.args.map(pageRoot).find(one => one?.endsWith(`->${member}`)) ?? null;
      const owner = root === null ? null : root.slice(0, -member.length - 2);
      if (root === null || owner === null || declaredType(user, owner) !== type) continue;
      const found = pageWritesOf(user).find(write => write.root === root && !byChoice(user, write));
      if (found !== undefined) return { span: found.span, message: `${found.by} writes to the page` };
      const marked = markedDirty(user, root);
      if (marked !== null && !byChoice(user, marked)) return marked;
    }
  }
  return writtenWhereMapped(file, fn, member, type);
}

/** A write through a member that has the address at which the pages of another are mapped, in another function. */
function writtenWhereMapped(
  { source, functionNamed }: FileAnalysis,
  fn: FunctionAnalysis,
  member: string,
  type: string,
): Evidence | null {
  const members = mappedMembersIn(source.text);
  const addresses = [...members].flatMap(([address, pages]) => (pages === member ? address : []));
  if (addresses.length === 0) return null;
  for (const { name, alternative, body } of source.functions) {
    const text = source.text.slice(body.start, body.end);
    if (alternative !== null || name === fn.item.name || !addresses.some(one => text.includes(one))) continue;
    const user = functionNamed(name);
    const write =
      user === null
        ? undefined
        : pageWritesOf(user, members).find(({ root }) => {
            const [, owner = ''] = /^(\w+)->(\w+)$/.exec(root) ?? [];
            return root.endsWith(`->${member}`) && declaredType(user, owner) === type;
          });
    if (user !== null && write !== undefined && !byChoice(user, write))
      return { span: write.span, message: `${write.by} in ${name}() writes to them` };
  }
  return null;
}

/** A write to the pages in a function of the file that is given them, or a structure that they were put into, behind the call. */
function writtenByHelper(
  file: FileAnalysis,
  fn: FunctionAnalysis,
  site: CallSite,
  root: string,
): PageWrite | null {
  const members = membersGiven(fn, root);
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'call' || element.node.start < site.callSpan.end) continue;
    const helper = file.functionNamed(calleeName(element.node) ?? '');
    if (helper === null || !helper.complete) continue;
    for (const [index, argument] of element.node.args.entries()) {
      const given = pageRoot(argument);
      const name = helper.ast.parameters[index]?.name ?? null;
      if (given === null || name === null) continue;
      const places = given === root ? [name] : (members.get(given) ?? []).map(member => `${name}->${member}`);
      const write = pageWritesOf(helper).find(found => places.includes(found.root));
      if (write !== undefined && !byChoice(helper, write)) return write;
    }
  }
  return null;
}

/** By the name of a structure: its members that get the pages. */
function membersGiven(fn: FunctionAnalysis, root: string): ReadonlyMap<string, readonly string[]> {
  const members = new Map<string, string[]>();
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'assignment' || element.node.op !== '=') continue;
    const { left, right } = element.node;
    if (left.kind !== 'member' || variableName(right) !== root) continue;
    const object = lvalueText(left.object);
    if (object !== null) members.set(object, [...(members.get(object) ?? []), left.name]);
  }
  return members;
}

/** Whether a function may as well read the pages, by what it is told. */
function byChoice(fn: FunctionAnalysis, { span }: Pick<PageWrite, 'span'>): boolean {
  for (const { element, at } of fn.cfg.elements()) {
    if (element.kind === 'cleanup' || element.node.start > span.start || element.node.end < span.end)
      continue;
    const conditions = choicesInto(fn, at.block).map(({ condition }) => textOf(fn.file, condition));
    return conditions.some(text =>
      /writ|read|rw|dir|_user|from|\bto\b|\bop\b|cmd|\bin\b|\bout\b/i.test(text),
    );
  }
  return true;
}

/** Whether the variable gets pages from another call or an assignment too: then which are written can't be told. */
function filledTwice(fn: FunctionAnalysis, root: string): boolean {
  const calls = fn.sites.filter(
    other => other.kind === 'gup' && other.args.some(arg => pageRoot(arg) === root),
  );
  if (calls.length !== 1) return true;
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'assignment' || pageRoot(element.node.left) !== root) continue;
    if (element.node.left.kind === 'index') return true;
    const value = valueExpression(element.node.right);
    if (value.kind === 'index' || (value.kind === 'call' && /page|folio/.test(calleeName(value) ?? '')))
      return true;
  }
  return false;
}
