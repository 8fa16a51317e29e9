/**
 * Pages that a function leaves in an object which lives on, and of which no name says whether a transfer or a registration is
 * meant: by what is done with them, there or in the function that gives them back.
 */

import { PAGE_RELEASE_NAMES, PAGE_RELEASES } from '../../../../kernel/src/index.js';
import type { CallSite, FileAnalysis, FunctionAnalysis } from '../../analysis/index.js';
import {
  calleeName,
  constantTruth,
  lvalueText,
  valueExpression,
  variableName,
} from '../../analysis/index.js';
import { callTokens, type Expression, spanOf, textOf } from '../../syntax/index.js';
import { assignedTo } from '../assignments.js';
import { pageRoot } from '../pageWrites.js';
import { declaredType, parameterOf } from './flagLeaves.js';
import type { Keeper } from './longtermKeepers.js';
import { ENDS, type LastRelease, ofFrames } from './longtermOwners.js';
import { isOutParameter, RETURNED_FRAME } from './passedOn.js';
import {
  callersUp,
  completesTransfers,
  goesOneWay,
  inOneGo,
  isTransferStep,
  namesTransfer,
  words,
} from './transfers.js';

/** Charge a task for memory that it has pinned, against RLIMIT_MEMLOCK: nobody does so for a transfer. */
const CHARGES = /\b(?:__)?account_locked_vm\s*\(|->(?:pinned_vm|locked_vm)\b/;
/** What a driver counts of all that is pinned, to hold it against a limit. */
const TOTAL = /(?:^|_)(?:n?_?pinned|locked_pages|pages_locked|pinned_pages)(?:_|$)/;
/** The kernel's own mapping of pages; nobody makes one of many pages for a moment. */
const MAPS_MANY = /^(?:vmap|vm_map_ram)$/;
const MAPS_ONE = /^(?:kmap|page_address)$/;
const MAPS_FOR_DEVICE = /^dma_map_/;
/** That is over when the device is done. */
const ONE_WAY = /^DMA_(?:TO|FROM)_DEVICE$/;
/** What a device may use in any way is seldom for one transfer. */
const BOTH_WAYS = /^DMA_BIDIRECTIONAL$/;
/** Says of pages whether they were written to. */
const SAYS_DIRTY = /(?:^|_)dirty$/;
const COUNTS = /^(?:refcount_set|kref_init|atomic_set)$/;
const COUNTER = /(?:ref|refs|refcount|refcnt|kref|users?|use_count)$/;

/**
 * What keeps pages that a function leaves in an object of its caller's.
 *
 * @param holder the member that has the pages, as an lvalue
 * @returns null if nothing shows that they stay there, or something looks like a transfer
 */
export function leftInOwner(
  file: FileAnalysis,
  fn: FunctionAnalysis,
  site: CallSite,
  holder: string,
): Keeper | null {
  const root = /\w+/.exec(holder)?.[0] ?? '';
  if (holder !== RETURNED_FRAME && !livesOn(fn, root)) return null;
  // What is given as frames is for the tables of an IOMMU, which have a direction too.
  if (completesTransfers(file) || (memberOf(holder) !== null && goesOneWay(fn, site))) return null;
  if (namesTransfer(words(holder))) return null;
  if ([fn.item.name, ...callersUp(file, fn.item.name)].some(isOfTransfer)) return null;
  const releases = releasesOf(file, fn, root, holder).filter(({ name }) => isAnotherTime(file, fn, name));
  const over = releases.some(
    ({ name }) => [name, ...callersUp(file, name)].some(isOfTransfer) || inOneGo(file, fn.item.name, name),
  );
  if (over) return null;
  const slot = taken(fn, site, holder);
  return (
    chargedFor(fn) ??
    mappedWith(fn, holder, slot !== null) ??
    slot ??
    counted(fn, root) ??
    entered(fn, root) ??
    untilReleased(file, fn, holder, releases)
  );
}

/** Whether what gives pages back is not just called by the function that gets them, nor gets some itself. */
function isAnotherTime(file: FileAnalysis, fn: FunctionAnalysis, name: string): boolean {
  const callers = callersUp(file, name);
  if (name === fn.item.name || (callers.size === 1 && callers.has(fn.item.name))) return false;
  return !file.sites.some(site => site.kind === 'gup' && site.function === name);
}

/** The task, if a function charges it for what it pins, or adds that to a total. */
export function chargedFor(fn: FunctionAnalysis): Keeper | null {
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'call' && element.kind !== 'assignment') continue;
    if (CHARGES.test(textOf(fn.file, element.node)))
      return {
        span: spanOf(element.node),
        by: 'the task, which is charged for it as locked memory',
        sure: true,
      };
    if (element.kind !== 'assignment' || element.node.op !== '+=') continue;
    const { left } = element.node;
    // What is returned may be for a while, whoever counts it.
    if (left.kind === 'member' && TOTAL.test(left.name) && !returnsPages(fn))
      return { span: spanOf(left), by: `somebody: it is added to ${lvalueText(left) ?? left.name}` };
  }
  return null;
}

function returnsPages({ file, item }: FunctionAnalysis): boolean {
  return /\bstruct\s+page\s*\*\s*\*\s*$/.test(file.text.slice(item.start, item.nameSpan.start));
}

function isOfTransfer(name: string): boolean {
  return isTransferStep(name) || namesTransfer(words(name));
}

/** Whether an object is the caller's, or becomes so. */
function livesOn(fn: FunctionAnalysis, root: string): boolean {
  if (parameterOf(fn, root) !== null) return true;
  const values = assignedTo(fn, root);
  if (values.length > 0 && values.every(value => parameterOf(fn, baseOf(value) ?? '') !== null)) return true;
  return [...fn.cfg.elements()].some(({ element }) => {
    if (element.kind === 'return')
      return element.node.value !== null && variableName(element.node.value) === root;
    if (element.kind !== 'assignment' || variableName(element.node.right) !== root) return false;
    const { left } = element.node;
    return (
      isOutParameter(fn, left) ||
      ((left.kind === 'member' || left.kind === 'index') && parameterOf(fn, baseOf(left) ?? '') !== null)
    );
  });
}

/** The variable that a place hangs on: `p` of `&p->a[i]` and of `p + 1`. */
function baseOf(node: Expression): string | null {
  return /^\w+/.exec(pageRoot(node) ?? '')?.[0] ?? null;
}

/**
 * An object with the pages and with the address at which the kernel has mapped them.
 *
 * @param isSlot a later call finds that there are pages: else a window on one page may be closed at once
 */
function mappedWith(fn: FunctionAnalysis, holder: string, isSlot: boolean): Keeper | null {
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'assignment' || element.node.left.kind !== 'member') continue;
    const { left, right } = element.node;
    const [given, ...others] = assignedTo(fn, variableName(right) ?? '');
    const mapping = given === undefined || others.length > 0 ? right : given;
    const value = mapping.kind === 'binary' ? mapping.left : mapping;
    const name = value.kind === 'call' ? (calleeName(value) ?? '') : '';
    const maps = MAPS_MANY.test(name) || (isSlot && MAPS_ONE.test(name));
    const [pages] = maps && value.kind === 'call' ? value.args : [];
    const root = pages === undefined ? null : pageRoot(pages);
    if (root === null || (root !== holder && !isPutInto(fn, root, holder))) continue;
    const by = `its owner, and mapped in ${lvalueText(left) ?? left.name}`;
    return isSlot ? { span: spanOf(left), by, sure: true } : { span: spanOf(left), by };
  }
  return null;
}

function isPutInto(fn: FunctionAnalysis, name: string, place: string): boolean {
  return assignedTo(fn, place).some(value => variableName(value) === name);
}

/** An object in which a later call finds that it has pages already, and returns. */
function taken(fn: FunctionAnalysis, site: CallSite, holder: string): Keeper | null {
  const entry = /^(.*\[.*\])(?:\.|->)\w+$/.exec(holder)?.[1] ?? null;
  for (const block of fn.cfg.blocks) {
    for (const { to, label } of block.out) {
      if (label.kind !== 'branch' || !label.truth || label.condition.start > site.span.start) continue;
      const text = lvalueText(label.condition);
      const isTaken = text === holder || (entry !== null && text?.startsWith(entry) === true);
      if (!isTaken || reaches(fn, to, site)) continue;
      const by = `its owner: a later call finds that ${text} is set`;
      return { span: spanOf(label.condition), by };
    }
  }
  return null;
}

/** Whether the call of a site is in a block or behind it. */
function reaches(fn: FunctionAnalysis, from: number, site: CallSite): boolean {
  const seen = new Set<number>([from]);
  const work = [from];
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    const { elements = [], out = [] } = fn.cfg.blocks[at] ?? {};
    if (elements.some(element => element.kind === 'call' && element.node.callee.start === site.span.start))
      return true;
    for (const { to } of out) {
      if (!seen.has(to)) work.push(to);
      seen.add(to);
    }
  }
  return false;
}

/** An object that counts who uses it. */
function counted(fn: FunctionAnalysis, root: string): Keeper | null {
  for (const { element } of fn.cfg.elements()) {
    let counter: Expression | undefined;
    if (element.kind === 'call' && COUNTS.test(calleeName(element.node) ?? '')) [counter] = element.node.args;
    else if (element.kind === 'assignment' && constantTruth(element.node.right) === true)
      counter = element.node.left;
    const place = counter === undefined ? null : pageRoot(counter);
    if (counter === undefined || place === null || !COUNTER.test(place)) continue;
    if (/^\w+/.exec(place)?.[0] === root && place !== root)
      return { span: spanOf(counter), by: `its users, counted in ${place}` };
  }
  return null;
}

/** A table of the caller's in which an object that the function has made gets a place of its own. */
function entered(fn: FunctionAnalysis, root: string): Keeper | null {
  if (parameterOf(fn, root) !== null) return null;
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'assignment' || variableName(element.node.right) !== root) continue;
    const { left } = element.node;
    const table = left.kind === 'index' ? lvalueText(left.object) : null;
    if (table === null || memberOf(table) === null || namesTransfer(words(table).filter(isNoBuffer)))
      continue;
    if (parameterOf(fn, /^\w+/.exec(table)?.[0] ?? '') !== null)
      return { span: spanOf(left), by: `an entry of ${table}` };
  }
  return null;
}

/** A table of buffers may be one of those that a task has registered. */
function isNoBuffer(word: string): boolean {
  return word !== 'bufs';
}

/**
 * An object until another function of the file gives back what it has. That says little of a function that fills an array anew each
 * time: it has to make the array, to note that there is something in it, or to leave no more of the pages than their frames.
 */
function untilReleased(
  file: FileAnalysis,
  fn: FunctionAnalysis,
  holder: string,
  releases: readonly LastRelease[],
): Keeper | null {
  const [last] = releases;
  if (last === undefined || mapsFor(fn, ONE_WAY)) return null;
  if (memberOf(holder) !== null && releases.some(({ name }) => isToldDirty(file, name))) return null;
  const remembers =
    memberOf(holder) === null ||
    allocates(fn, holder) ||
    mapsFor(fn, BOTH_WAYS) ||
    releases.some(({ name }) => isTold(file, fn, name) || undoes(file, fn, holder, name));
  return remembers ? { span: last.span, by: `its owner until ${last.name}()` } : null;
}

/** The member that an lvalue is, or is an element of; null: it is none. */
function memberOf(holder: string): string | null {
  return /(?:->|\.)(\w+)(?:\[[^\]]*\])*$/.exec(holder)?.[1] ?? null;
}

/**
 * The functions that name the member of a structure and give pages back, or call one of the file that does. Of what is no member: the
 * one that finds a page by its frame.
 */
function releasesOf(
  file: FileAnalysis,
  fn: FunctionAnalysis,
  root: string,
  holder: string,
): readonly LastRelease[] {
  const { source } = file;
  const member = memberOf(holder);
  if (member === null) {
    const frame = ofFrames(file, null);
    return frame === null ? [] : [frame];
  }
  const type = /\bstruct\s+\w+/.exec(declaredType(fn, root) ?? '')?.[0];
  if (type === undefined) return [];
  const helpers = callTokens(source, PAGE_RELEASE_NAMES).flatMap(
    token => source.functions[token.function]?.name ?? [],
  );
  const names = new RegExp(`(?:->|\\.)${member}\\b`);
  return callTokens(source, new Set([...PAGE_RELEASE_NAMES, ...helpers])).flatMap(({ span, ...token }) => {
    const item = source.functions[token.function];
    if (item === undefined || item.alternative !== null) return [];
    const text = source.text.slice(item.start, item.body.end);
    return names.test(text) && text.includes(type) ? [{ name: item.name, span }] : [];
  });
}

/** Whether a function maps something for a device in a direction. */
function mapsFor(fn: FunctionAnalysis, direction: RegExp): boolean {
  return [...fn.cfg.elements()].some(
    ({ element }) =>
      element.kind === 'call' &&
      MAPS_FOR_DEVICE.test(calleeName(element.node) ?? '') &&
      element.node.args.some(argument => direction.test(variableName(argument) ?? '')),
  );
}

/**
 * Whether a function that ends the life of the object names a member beside the pages, in which this one put what another function
 * made of them: a handle of a device.
 */
function undoes(file: FileAnalysis, fn: FunctionAnalysis, holder: string, name: string): boolean {
  const body = ENDS.test(name) ? file.functionNamed(name)?.item.body : undefined;
  if (body === undefined) return false;
  const text = file.source.text.slice(body.start, body.end);
  const object = holder.slice(0, -(memberOf(holder) ?? '').length);
  return [...fn.cfg.elements()].some(({ element }) => {
    if (element.kind !== 'assignment' || element.node.left.kind !== 'member') return false;
    const { left } = element.node;
    const made = valueExpression(element.node.right);
    if (made.kind !== 'call' || /^kmap|^page_address$|^dma_map_/.test(calleeName(made) ?? '')) return false;
    if (fn.sites.some(({ span }) => span.start === made.callee.start)) return false;
    const isBeside = lvalueText(left) === `${object}${left.name}`;
    const ofPages = made.args.some(argument => pageRoot(argument) === holder);
    return isBeside && ofPages && new RegExp(`(?:->|\\.)${left.name}\\b`).test(text);
  });
}

/** Whether a function makes the array that it then has filled with pages, in a member or in a variable that the member gets. */
function allocates(fn: FunctionAnalysis, holder: string): boolean {
  return [...fn.cfg.elements()].some(({ element }) => {
    if (element.kind !== 'assignment' || lvalueText(element.node.left) !== holder) return false;
    const { right } = element.node;
    const name = variableName(right);
    return (name === null ? [right] : assignedTo(fn, name)).some(given => {
      const value = valueExpression(given);
      return value.kind === 'call' && /alloc/.test(calleeName(value) ?? '');
    });
  });
}

/**
 * Whether another function asks, before it gives pages back, for a member that this one makes true. One that gives back references
 * as well as pins asks which of them it has, not whether there is anything.
 */
function isTold(file: FileAnalysis, fn: FunctionAnalysis, name: string): boolean {
  const releaser = file.functionNamed(name);
  if (releaser === null || givesBackBoth(releaser)) return false;
  const set = new Set<string>();
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'assignment' || constantTruth(element.node.right) !== true) continue;
    if (element.node.left.kind === 'member') set.add(element.node.left.name);
  }
  return releaser.cfg.blocks.some(({ out }) =>
    out.some(
      ({ label }) =>
        label.kind === 'branch' && label.condition.kind === 'member' && set.has(label.condition.name),
    ),
  );
}

/** Whether a function is told by its callers whether the pages are dirty: they know what was done with them this once. */
function isToldDirty(file: FileAnalysis, name: string): boolean {
  return (
    file.functionNamed(name)?.ast.parameters.some(parameter => SAYS_DIRTY.test(parameter.name ?? '')) === true
  );
}

function givesBackBoth(fn: FunctionAnalysis): boolean {
  const kinds = new Set<string>();
  for (const { element } of fn.cfg.elements()) {
    const name = element.kind === 'call' ? calleeName(element.node) : null;
    const release = PAGE_RELEASES.find(one => one.name === name);
    if (release !== undefined) kinds.add(release.releases);
  }
  return kinds.size > 1;
}
