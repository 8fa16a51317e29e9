/** Pages that were written to, given back without being marked dirty. */

import { siteFunction } from '../../../../kernel/src/index.js';
import type { CallSite, FileAnalysis, FunctionAnalysis } from '../../analysis/index.js';
import {
  calleeName,
  constantTruth,
  filePagesOf,
  lvalueText,
  speaksOfDirty,
  valueExpression,
} from '../../analysis/index.js';
import { type Call, callTokens, type Expression, type Span, spanOf } from '../../syntax/index.js';
import { callersOf, isStatic } from '../callers.js';
import { lvalueAsWritten, maySleep } from '../fixes.js';
import { functionOf } from '../flags/flagLeaves.js';
import { mappedMembersIn, pageRoot, pageWritesOf } from '../pageWrites.js';
import { defineRule, type Finding, type Fix } from '../rule.js';
import { gotElsewhere, type TracedRelease, tracedReleases } from '../tracedReleases.js';
import { writeChoices } from '../writeChoice.js';
import { neverToldDirty } from './neverToldDirty.js';
import { chosenBy, DIRECTIONS, saysWritten } from './writtenByChoice.js';
import { type WrittenInOneGo, writtenInOneGo } from './writtenInOneGo.js';

/** Directions in which a device writes to memory, or may. */
const DEVICE_WRITES = /\b(?:DMA_FROM_DEVICE|PCI_DMA_FROMDEVICE)\b/;
const DEVICE_MAY_WRITE = /\b(?:DMA_BIDIRECTIONAL|PCI_DMA_BIDIRECTIONAL)\b/;
/** Functions of a driver that have a device fill pages, by their names. */
const FILLS = /(?:^|_)(?:from_dev(?:ice)?|dma_read|recv|receive)(?:_|$)/;
export const gupMissingDirty = defineRule({
  id: 'gup-missing-dirty',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'Pages that the kernel or a device wrote to are given back without being marked dirty.',
  why:
    "A write through the kernel's mapping, or by a device, leaves no trace in the page tables of the task. Getting the " +
    'page for writing marked it dirty once, but writeback may have cleaned it since. Then nobody knows that it was ' +
    'written to, and what was written is lost when the page is reclaimed, or never reaches the file. ' +
    'That somebody writes is seen from DMA_FROM_DEVICE, from a parameter or member that chooses FOLL_WRITE, from a command that is told where pages lie which were got for writing, or from a helper that marks pages dirty if it is told to, ' +
    'where pages were got for writing and nobody tells it; with DMA_BIDIRECTIONAL it is ' +
    'advice only.',
  remedy:
    'Mark the pages dirty behind the write and before the release: set_page_dirty_lock() before put_page(), or ' +
    'unpin_user_pages_dirty_lock(pages, n, true) instead of unpin_user_pages().',
  unreported:
    'A file that speaks of dirty pages anywhere else than in the function that writes; the undoing of a call that failed; a write by somebody whom nothing in the file names.',
  examples: [
    {
      release: '6.12',
      bad: `static int post(unsigned long uaddr, const void *data, size_t len)
{
	struct page *page;

	if (pin_user_pages_fast(uaddr, 1, FOLL_WRITE, &page) != 1)
		return -EFAULT;
	memcpy_to_page(page, offset_in_page(uaddr), data, len);
	unpin_user_page(page);
	return 0;
}
`,
      good: `static int post(unsigned long uaddr, const void *data, size_t len)
{
	struct page *page;

	if (pin_user_pages_fast(uaddr, 1, FOLL_WRITE, &page) != 1)
		return -EFAULT;
	memcpy_to_page(page, offset_in_page(uaddr), data, len);
	unpin_user_pages_dirty_lock(&page, 1, true);
	return 0;
}
`,
    },
  ],
  related: ['gup-set-page-dirty-unlocked', 'gup-missing-write', 'Documentation/core-api/pin_user_pages.rst'],
  check({ file }) {
    const findings = [...neverToldDirty(file)];
    const { text } = file.source;
    if (!speaksOfDirty(text)) findings.push(...asTheyWere(file));
    const traces = tracedReleases(file);
    if (traces.length === 0) return findings;
    const silent = !speaksOfDirty(withoutUndoing(file, text));
    const device = DEVICE_WRITES.test(text) || DEVICE_MAY_WRITE.test(text);
    for (const traced of traces) {
      if (marks(traced.release.call)) continue;
      const written = writtenBefore(file, traced);
      if (written !== null) {
        const finding = findingOf(traced, written.message, written, 'warning');
        findings.push({ ...finding, fix: dirtyingFix(file, traced) });
      }
      if (written !== null || !silent || onlyUndoes(file, traced) || isNeverWritten(file, traced)) continue;
      const choice = choiceOfWriting(file, traced) ?? writtenElsewhere(file, traced);
      if (choice !== null) findings.push(findingOf(traced, choice.message, choice, 'warning'));
      else if (device && gotForWriting(traced, true)) {
        const certain = DEVICE_WRITES.test(text) && traced.elsewhere.length === 0;
        const what = certain ? 'a device writes to them' : 'a device may write to them';
        findings.push(findingOf(traced, what, null, certain ? 'warning' : 'info'));
      }
    }
    return findings;
  },
});

/** Pages that one function gets, has written to, and gives back as they were. */
function asTheyWere(file: FileAnalysis): readonly Finding[] {
  const chosen = (fn: FunctionAnalysis, site: CallSite): WrittenInOneGo['written'] | null => {
    const choice = writeChoices(fn, site).find(test => saysWritten(test, fn, site));
    if (choice === undefined || isNeverChosen(file, fn, choice)) return null;
    return { span: spanOf(choice), message: `\`${chosenBy(choice)}\` says that they are written to` };
  };
  return writtenInOneGo(file, chosen).map(({ site, release, written }) => ({
    span: spanOf(release.callee),
    message: `${calleeName(release) ?? ''}() gives pages back that are not marked dirty, and ${written.message}`,
    related: [{ span: site.span, message: `${site.callee}() got the pages for writing here` }, written],
    confidence: 'medium',
    fix: null,
  }));
}

/** What gives the kernel an address of a page, or copies to one. */
const MAPS_PAGE = /\b(?:kmap\w*|page_address|mem(?:cpy|set)_(?:to_)?page)\s*\(/;

/** What gives back pages and marks them dirty, with its arguments. */
const DIRTYING_RELEASE = /\bunpin_user_pages_dirty_lock\s*\([^;]*;/g;

/**
 * A text without the releases that mark pages dirty in the functions that get them: these undo a call, or belong to pages that
 * are given back at once, and tell nothing of those that are left to somebody.
 */
function withoutUndoing(file: FileAnalysis, text: string): string {
  if (!text.includes('unpin_user_pages_dirty_lock')) return text;
  const getters = new Set(file.sites.flatMap(site => (site.kind === 'gup' ? (site.function ?? []) : [])));
  const getting = file.source.functions.filter(({ name }) => getters.has(name));
  return text.replace(DIRTYING_RELEASE, (release, at: number) => {
    return getting.some(({ body }) => body.start <= at && at < body.end) ? '' : release;
  });
}

/** Whether the function that releases gets pages, or all who call it do: nothing has been written when that fails. */
function onlyUndoes(file: FileAnalysis, { fn }: TracedRelease): boolean {
  if (fn.acquisitions.length > 0) return true;
  const calls = callTokens(file.source, new Set([fn.name]));
  const getters = new Set(file.sites.flatMap(site => (site.kind === 'gup' ? (site.function ?? []) : [])));
  return (
    calls.length > 0 && calls.every(call => getters.has(file.source.functions[call.function]?.name ?? ''))
  );
}

/**
 * What says whether the pages are written to, where all calls of the file that may have got them were told by something: a
 * member of the object that holds them, or a parameter, so that the callers know.
 */
function choiceOfWriting(
  file: FileAnalysis,
  { sites, elsewhere }: TracedRelease,
): { readonly span: Span; readonly message: string } | null {
  if (elsewhere.length > 0) return null;
  let found: { readonly span: Span; readonly message: string } | null = null;
  for (const site of sites) {
    const fn = functionOf(file, site);
    const choice = fn === null ? undefined : writeChoices(fn, site).find(test => saysWritten(test, fn, site));
    if (choice === undefined) return null;
    found ??= { span: spanOf(choice), message: `\`${chosenBy(choice)}\` says that they are written to` };
  }
  return found;
}

/** A write to the pages of the same member in another function of the file, which has no word of dirty pages. */
function writtenElsewhere(
  file: FileAnalysis,
  traced: TracedRelease,
): { readonly span: Span; readonly message: string } | null {
  const [released] = traced.release.call.args;
  const root = released === undefined ? null : pageRoot(released);
  if (root === null || !/->|\./.test(root) || !gotForWriting(traced, false)) return null;
  const members = mappedMembersIn(file.source.text);
  const names = [root, ...[...members.keys()].map(member => root.replace(/\w+$/, member))];
  for (const { name, body } of file.source.functions) {
    // The same words for the same member: of which structure another one is cannot be told here.
    const text = file.source.text.slice(body.start, body.end);
    if (name === traced.fn.name || !names.some(one => text.includes(one))) continue;
    if (members.size === 0 && !MAPS_PAGE.test(text)) continue;
    const fn = file.functionNamed(name);
    const write = fn === null ? undefined : pageWritesOf(fn, members).find(found => found.root === root);
    if (write !== undefined) return { span: write.span, message: `${write.by} in ${name}() writes to them` };
  }
  return null;
}

/** Whether all calls that may have got the pages are told, by everybody who can, that nobody writes to them. */
function isNeverWritten(file: FileAnalysis, { sites, elsewhere }: TracedRelease): boolean {
  if (elsewhere.length > 0) return false;
  return sites.every(site => {
    const fn = functionOf(file, site);
    const choices = fn === null ? [] : [...writeChoices(fn, site), ...truthsPassed(file, fn, site)];
    return fn !== null && choices.length > 0 && choices.every(test => isNeverChosen(file, fn, test));
  });
}

/**
 * The argument `write` that stood for the flag, and a comparison passed where the flags belong: its 1 is FOLL_WRITE, as callers
 * left behind when get_user_pages_fast() took flags (73b0140bf0fe, v5.2) still rely on.
 */
function truthsPassed(file: FileAnalysis, fn: FunctionAnalysis, site: CallSite): readonly Expression[] {
  const callee = siteFunction(file.profile, site.callee);
  const args = fn.callAt(site.span.start)?.args ?? [];
  const write = args[callee?.argument('write') ?? -1];
  const flags = args[callee?.argument('flags') ?? -1];
  const isComparison = flags !== undefined && comparesDirection(flags);
  return [...(write === undefined ? [] : [write]), ...(isComparison ? [flags] : [])];
}

function comparesDirection(test: Expression): boolean {
  const value = valueExpression(test);
  return value.kind === 'binary' && value.op === '==' && DIRECTIONS.test(lvalueText(value.right) ?? '');
}

/** Whether a parameter decides, and no call of the function in its file, outside which it is not known, chooses to write. */
function isNeverChosen(file: FileAnalysis, fn: FunctionAnalysis, test: Expression): boolean {
  const value = valueExpression(test);
  const index = fn.ast.parameters.findIndex(({ name }) => name !== null && name === chosenBy(value));
  if (index < 0 || !isStatic(fn)) return false;
  const calls = callersOf(file, fn);
  return calls.length > 0 && calls.every(({ call }) => isOtherChoice(value, call.args[index]));
}

/** Whether a constant argument makes `dir == DMA_FROM_DEVICE`, or `write`, false. */
function isOtherChoice(value: Expression, argument: Expression | undefined): boolean {
  const text = argument === undefined ? null : lvalueText(argument);
  if (argument === undefined) return false;
  if (value.kind === 'identifier') return constantTruth(argument) === false;
  if (value.kind !== 'binary' || value.op !== '==' || text === null) return false;
  return DIRECTIONS.test(text) && !DEVICE_MAY_WRITE.test(text) && text !== lvalueText(value.right);
}

/** Whether a release marks the pages dirty, or may. */
function marks({ callee, args }: Call): boolean {
  if (callee.kind !== 'identifier' || !/dirty/.test(callee.name)) return false;
  const [, , dirty] = args;
  return dirty === undefined || constantTruth(dirty) !== false;
}

/** Whether all calls that may have got the pages did it for writing, or may have. */
function gotForWriting({ sites, elsewhere }: TracedRelease, perhaps: boolean): boolean {
  return (
    sites.every(({ flags }) => flags !== null && (perhaps ? flags.may : flags.must).includes('FOLL_WRITE')) &&
    elsewhere.every(({ writes }) => writes === 'always' || (perhaps && writes === 'perhaps'))
  );
}

/** The write to the page in the function that gives it back, where nothing there, or in what it calls, speaks of dirty pages. */
function writtenBefore(
  file: FileAnalysis,
  traced: TracedRelease,
): { readonly span: Span; readonly message: string } | null {
  const { release, fn } = traced;
  const holder = file.functionNamed(fn.name);
  const [released] = release.call.args;
  const root = released === undefined ? null : pageRoot(released);
  if (holder === null || root === null || !gotForWriting(traced, false)) return null;
  if (filePagesOf(file).marksDirty(fn.name)) return null;
  const write = pageWritesOf(holder).find(
    found => found.root === root && found.span.start < release.call.start,
  );
  if (write !== undefined) return { span: write.span, message: `${write.by} writes to the page` };
  const silent = !speaksOfDirty(file.source.text);
  for (const { element } of holder.cfg.elements()) {
    if (element.kind !== 'call' || element.node.start > release.call.start) continue;
    const { args, callee } = element.node;
    const name = calleeName(element.node);
    const given = args.findIndex(argument => pageRoot(argument) === root);
    if (name === null || given < 0) continue;
    const span = { start: callee.start, end: callee.end };
    if (writesToParameter(file, name, given)) return { span, message: `${name}() writes to the page` };
    if (silent && FILLS.test(name)) return { span, message: `${name}() fills them` };
  }
  return null;
}

/** Whether a function of the file maps a page that it is given, and writes to it. */
function writesToParameter(file: FileAnalysis, name: string, index: number): boolean {
  const [item] = file.source.functions.filter(one => one.name === name);
  if (item === undefined || !MAPS_PAGE.test(file.source.text.slice(item.body.start, item.body.end)))
    return false;
  const fn = file.functionNamed(name);
  const parameter = fn?.ast.parameters[index]?.name ?? null;
  return fn !== null && parameter !== null && pageWritesOf(fn).some(({ root }) => root === parameter);
}

function findingOf(
  { release, sites, elsewhere }: TracedRelease,
  what: string,
  written: Finding['related'][number] | null,
  severity: 'warning' | 'info',
): Finding {
  const [site] = sites;
  const [other] = elsewhere;
  const got = site !== undefined || other === undefined ? '' : ` (got by ${gotElsewhere(other)})`;
  return {
    span: { start: release.call.callee.start, end: release.call.callee.end },
    message: `${release.callee}() gives pages back${got} that are not marked dirty, and ${what}`,
    related: [
      ...(site === undefined
        ? []
        : [{ span: site.span, message: `${site.callee}() got the pages for writing here` }]),
      ...(written === null ? [] : [written]),
    ],
    confidence: 'medium',
    fix: null,
    severity,
  };
}

/** The release that marks the pages dirty too, in a function that may sleep. */
function dirtyingFix(file: FileAnalysis, { release: { call }, fn }: TracedRelease): Fix | null {
  const holder = file.functionNamed(fn.name);
  const marking = 'unpin_user_pages_dirty_lock';
  const [pages, count] = call.args;
  if (holder === null || pages === undefined || !maySleep(holder)) return null;
  if (file.profile.functions.get(marking) === undefined) return null;
  const title = `Replace ${calleeName(call) ?? ''}() with ${marking}()`;
  const renamed = { span: { start: call.callee.start, end: call.callee.end }, newText: marking };
  if (calleeName(call) === 'unpin_user_pages' && count !== undefined) {
    return { title, edits: [renamed, { span: { start: count.end, end: count.end }, newText: ', true' }] };
  }
  const page = calleeName(call) === 'unpin_user_page' ? lvalueAsWritten(holder, pages) : null;
  if (page === null) return null;
  return {
    title,
    edits: [renamed, { span: { start: pages.start, end: pages.end }, newText: `&${page}, 1, true` }],
  };
}
