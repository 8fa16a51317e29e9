/** Objects with pages that the kernel has mapped, or a device knows by number, until another function of the file ends it. */

import {
  type CallSite,
  type FileAnalysis,
  type FunctionAnalysis,
  filePagesOf,
} from '../../analysis/index.js';
import { callTokens, type Span, spanOf, textOf } from '../../syntax/index.js';
import { assignedTo } from '../assignments.js';
import { pageRoot } from '../pageWrites.js';
import { releasedField } from '../releasedField.js';
import { tracedReleases } from '../tracedReleases.js';
import { isTransferStep } from './transfers.js';

/** The function that gives pages back when their object goes, and the call by which it does. */
export interface LastRelease {
  readonly name: string;
  readonly span: Span;
}

/** A name of what ends the life of an object, not a transfer. */
export const ENDS =
  /(?:^|_)(?:free|destroy|release|close|exit|unregister|deregister|unreg|dereg|remove|disable|detach|cleanup|teardown|deinit|fini|shutdown|del|delete|unbind)(?:_|$)/;
/** A name of the counterpart of what sets an object up; a transfer has none. */
const UNDOES =
  /(?:^|_)(?:unregister|deregister|unreg|dereg|detach|disable|unbind|teardown|deinit|fini|shutdown)(?:_|$)/;
/** The kernel's own mapping of pages is taken down: one that is made for a single transfer is a kmap(). */
const UNMAPS = /\b(?:vunmap|vm_unmap_ram)\s*\(/;
const UNPINS: ReadonlySet<string> = new Set([
  'unpin_user_page',
  'unpin_user_pages',
  'unpin_user_pages_dirty_lock',
]);
/** What finds a page by the number of its frame, and the field that it was kept in. */
const BY_FRAME = /\b(?:pfn_to_page|phys_to_page|virt_to_page)\s*\([^;]*?(\w+)(?:\[[^\]]*\])?\s*\)/;

/**
 * The function that gives back what a call left in a member, where the two are steps of their own: no function of the file
 * calls both, and none is named as if a device was done.
 *
 * @param fn the function that leaves the pages there
 * @param member the name of the member, or of the one with the numbers of their frames
 */
export function releasedAtTheEnd(
  file: FileAnalysis,
  fn: FunctionAnalysis,
  site: CallSite,
  member: string,
): LastRelease | null {
  const found = ofPages(file, site) ?? ofFrames(file, member) ?? ofCounterpart(file, fn, member);
  if (found === null || found.name === fn.item.name || !ENDS.test(found.name)) return null;
  const filling = callersIn(file, fn.item.name);
  const ending = callersIn(file, found.name);
  if ([...filling, ...ending, found.name, fn.item.name].some(isTransferStep)) return null;
  return ending.some(name => filling.includes(name)) ? null : found;
}

/** A release of the pages themselves, which the kernel has mapped until then. */
function ofPages(file: FileAnalysis, site: CallSite): LastRelease | null {
  if (!UNMAPS.test(file.source.text)) return null;
  const traced = tracedReleases(file).find(({ fromField, sites, fn }) => {
    const body = file.functionNamed(fn.name)?.item.body;
    return (
      fromField &&
      body !== undefined &&
      UNMAPS.test(file.source.text.slice(body.start, body.end)) &&
      sites.some(({ span }) => span.start === site.span.start)
    );
  });
  return traced === undefined ? null : { name: traced.fn.name, span: spanOf(traced.release.call.callee) };
}

/** A release of what is in a member of that name, by a function that undoes what another of the file sets up. */
function ofCounterpart(file: FileAnalysis, fn: FunctionAnalysis, member: string): LastRelease | null {
  const { source } = file;
  for (const { name, alternative, body } of source.functions) {
    if (alternative !== null || !UNDOES.test(name) || name === fn.item.name) continue;
    if (!source.text.slice(body.start, body.end).includes(member)) continue;
    const pages = filePagesOf(file).lifetime.of(name);
    const release = pages?.releases.find(one =>
      releasedField(one, name, file)?.split(' ').includes(`.${member}`),
    );
    if (release !== undefined) return { name, span: spanOf(release.call.callee) };
  }
  return null;
}

/**
 * A release of a page that is found by the number of its frame.
 *
 * @param member the name of the member that has the number; null: whatever has it
 */
export function ofFrames(file: FileAnalysis, member: string | null): LastRelease | null {
  const { source } = file;
  for (const token of callTokens(source, UNPINS)) {
    const item = source.functions[token.function];
    const fn = item?.alternative === null ? file.functionNamed(item.name) : null;
    const call = fn?.callAt(token.span.start) ?? null;
    const page = call?.args[0];
    if (fn === null || call === null || page === undefined || !fn.complete) continue;
    const root = pageRoot(page);
    const values = [page, ...(root === null ? [] : assignedTo(fn, root))];
    const isFrame = values.some(value => {
      const found = BY_FRAME.exec(textOf(fn.file, value));
      return found !== null && (member === null || found[1] === member);
    });
    if (isFrame) return { name: fn.item.name, span: spanOf(call.callee) };
  }
  return null;
}

function callersIn({ source }: FileAnalysis, name: string): readonly string[] {
  return callTokens(source, new Set([name])).flatMap(token => source.functions[token.function]?.name ?? []);
}
