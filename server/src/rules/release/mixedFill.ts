/** A member that one function fills either with pins or with references to other pages, given back by one that does not ask. */

import { PAGE_RELEASE_NAMES, siteFunction } from '../../../../kernel/src/index.js';
import {
  type CallSite,
  calleeName,
  type FileAnalysis,
  type FunctionAnalysis,
  filePagesOf,
  type PageRelease,
  valueExpression,
  variableName,
} from '../../analysis/index.js';
import { callTokens, type Expression, type Span, spanOf } from '../../syntax/index.js';
import { callersOf } from '../callers.js';

import { declaredType, functionOf } from '../flags/flagLeaves.js';
import { pageRoot } from '../pageWrites.js';
import { releasedField } from '../releasedField.js';
import type { Finding } from '../rule.js';
import { wordsOf } from './eitherWay.js';

/** Take one more reference to the page that is their argument. */
const COUNTS_UP = /^(?:try_)?(?:get_page|folio_get|folio_try_get)$/;
/** Give a page with a reference that is the caller's. */
const GIVES_REFERENCE =
  /^(?:alloc_pages?(?:_node)?|find_(?:get|lock)_page|read_mapping_page|shmem_read_mapping_page)$/;
const MENTIONS =
  /\b(?:get_page|folio_get|folio_try_get|alloc_pages?|find_\w+_page|\w*read_mapping_page)\w*\s*\(/;

/** A member that is filled in two ways, and what chooses. */
interface MixedMember {
  readonly fn: FunctionAnalysis;
  readonly site: CallSite;
  /** The member with the pages. */
  readonly member: string;
  /** The declared type of the variable that points to the object; null if it cannot be told. */
  readonly type: string | null;
  /** What takes the references. */
  readonly reference: Span;
  /** The names by which somebody may ask which it was. */
  readonly words: ReadonlySet<string>;
}

/** The releases of such members that fit one of the two, and do not ask. */
export function mixedFills(file: FileAnalysis): readonly Finding[] {
  if (!MENTIONS.test(file.source.text)) return [];
  const pins = file.sites.filter(
    site => site.kind === 'gup' && siteFunction(file.profile, site.callee)?.acquires === 'pin',
  );
  return pins.flatMap(site => {
    const fn = functionOf(file, site);
    const mixed = fn === null ? null : mixedMember(file, fn, site);
    return mixed === null ? [] : unaskedReleases(file, mixed);
  });
}

function mixedMember(file: FileAnalysis, fn: FunctionAnalysis, site: CallSite): MixedMember | null {
  const pages = site.args[siteFunction(file.profile, site.callee)?.argument('pages') ?? -1];
  const place = pages === undefined ? null : pageRoot(pages);
  const [, object, member] = /^(\w+)(?:->|\.)(?:.*(?:->|\.))?(\w+)$/.exec(place ?? '') ?? [];
  if (place === null || object === undefined || member === undefined || !fn.complete) return null;
  const at = blockOf(fn, site.span.start);
  if (at === null) return null;
  const type = declaredType(fn, object);
  const taken = referencesInto(fn, [place]);
  for (const { condition, truth } of taken.length === 0 ? [] : edgesInto(fn, at)) {
    const other = taken.find(({ block }) =>
      edgesInto(fn, block).some(edge => edge.condition === condition && edge.truth !== truth),
    );
    if (other === undefined) continue;
    const words = new Set([...wordsOf(condition), ...notedIn(fn, wordsOf(condition))]);
    return { fn, site, member, type, reference: other.span, words };
  }
  return taken.length === 0 ? filledByAnother(file, { fn, site, member, type }) : null;
}

/** The same where a function of its own fills the member with the others: any member that one of the two sets may say which it was. */
function filledByAnother(
  file: FileAnalysis,
  mixed: Pick<MixedMember, 'fn' | 'site' | 'member' | 'type'>,
): MixedMember | null {
  const { fn, member, type } = mixed;
  for (const { name, alternative, body } of file.source.functions) {
    if (alternative !== null || name === fn.item.name || type === null) continue;
    const text = file.source.text.slice(body.start, body.end);
    const filler = text.includes(member) && MENTIONS.test(text) ? file.functionNamed(name) : null;
    if (filler === null || !filler.complete) continue;
    const objects = variablesOfType(filler, type);
    const [other] = referencesInto(
      filler,
      objects.flatMap(object => [`${object}->${member}`, `${object}.${member}`]),
    );
    if (other === undefined) continue;
    const words = new Set([...membersSet(fn), ...membersSet(filler)].filter(word => word !== member));
    return { ...mixed, reference: other.span, words };
  }
  return null;
}

function variablesOfType(fn: FunctionAnalysis, type: string): readonly string[] {
  const names = new Set(fn.ast.parameters.flatMap(({ name }) => name ?? []));
  for (const { element } of fn.cfg.elements()) if (element.kind === 'declare') names.add(element.node.name);
  return [...names].filter(name => declaredType(fn, name) === type);
}

function membersSet(fn: FunctionAnalysis): readonly string[] {
  return [...fn.cfg.elements()].flatMap(({ element }) =>
    element.kind === 'assignment' && element.node.left.kind === 'member' ? [element.node.left.name] : [],
  );
}

/** Where a function puts into some places pages with a reference of their own. */
function referencesInto(
  fn: FunctionAnalysis,
  places: readonly string[],
): readonly { readonly block: number; readonly span: Span }[] {
  const names = new Set(places);
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'assignment' || !places.includes(pageRoot(element.node.left) ?? '')) continue;
    const name = variableName(element.node.right);
    if (name !== null) names.add(name);
  }
  return [...fn.cfg.elements()].flatMap(({ element, at }) => {
    if (element.kind === 'call') {
      const [page] = element.node.args;
      const counts = COUNTS_UP.test(calleeName(element.node) ?? '');
      if (!counts || page === undefined || !names.has(pageRoot(page) ?? '')) return [];
      return { block: at.block, span: spanOf(element.node.callee) };
    }
    if (element.kind !== 'assignment' || !names.has(pageRoot(element.node.left) ?? '')) return [];
    const value = valueExpression(element.node.right);
    const gives = value.kind === 'call' && GIVES_REFERENCE.test(calleeName(value) ?? '');
    return gives ? { block: at.block, span: spanOf(value.callee) } : [];
  });
}

/** The members in which a function notes one of some variables, to ask for it later. */
function notedIn(fn: FunctionAnalysis, names: readonly string[]): readonly string[] {
  return [...fn.cfg.elements()].flatMap(({ element }) => {
    if (element.kind !== 'assignment' || element.node.left.kind !== 'member') return [];
    return names.includes(variableName(element.node.right) ?? '') ? [element.node.left.name] : [];
  });
}

/** The releases of the member that do not depend on what chose, where nobody else gives back in the other way. */
function unaskedReleases(file: FileAnalysis, mixed: MixedMember): readonly Finding[] {
  const { source } = file;
  const names = new Set(
    callTokens(source, PAGE_RELEASE_NAMES).flatMap(token => {
      const item = source.functions[token.function];
      return item === undefined || item.alternative !== null ? [] : item.name;
    }),
  );
  const releases = [...names].flatMap(name => {
    const fn = name === mixed.fn.item.name ? null : file.functionNamed(name);
    return fn === null || !fn.complete ? [] : releasesOf(file, fn, mixed).map(release => ({ fn, release }));
  });
  if (new Set(releases.map(({ release }) => release.releases)).size !== 1) return [];
  return releases.flatMap(({ fn, release }) => {
    const asked = isAsked(fn, release.call.callee.start, mixed.words);
    const calls = callersOf(file, fn);
    if (asked || calls.some(({ fn: by, call }) => isAsked(by, call.callee.start, mixed.words))) return [];
    return finding(mixed, release);
  });
}

function releasesOf(
  file: FileAnalysis,
  fn: FunctionAnalysis,
  { member, type }: MixedMember,
): readonly PageRelease[] {
  const pages = filePagesOf(file).lifetime.of(fn.item.name);
  return (pages?.releases ?? []).filter(release => {
    if (release.through !== null) return false;
    const other = declaredType(fn, release.place.root);
    if (type !== null && other !== null && type !== other) return false;
    return releasedField(release, fn.item.name, file)?.split(' ').includes(`.${member}`) === true;
  });
}

/** Whether it hangs on a condition with one of some names whether a call is made; how many there are is another question. */
function isAsked(fn: FunctionAnalysis, callee: number, words: ReadonlySet<string>): boolean {
  const block = blockOf(fn, callee);
  if (block === null) return true;
  return edgesInto(fn, block).some(
    ({ condition }) => !isComparison(condition) && wordsOf(condition).some(word => words.has(word)),
  );
}

function isComparison(node: Expression): boolean {
  return node.kind === 'binary' && /^[<>]=?$/.test(node.op);
}

function blockOf(fn: FunctionAnalysis, callee: number): number | null {
  for (const { element, at } of fn.cfg.elements())
    if (element.kind === 'call' && element.node.callee.start === callee) return at.block;
  return null;
}

/** The branches without which no way leads to a block. */
function edgesInto(
  fn: FunctionAnalysis,
  block: number,
): readonly { readonly condition: Expression; readonly truth: boolean }[] {
  return fn.cfg.blocks.flatMap(({ id, out }) =>
    out.flatMap(({ label }) =>
      label.kind === 'branch' && !reachesWithout(fn, block, { from: id, truth: label.truth })
        ? { condition: label.condition, truth: label.truth }
        : [],
    ),
  );
}

/** Whether some way leads to a block that does not take one branch. */
function reachesWithout(
  fn: FunctionAnalysis,
  block: number,
  branch: { readonly from: number; readonly truth: boolean },
): boolean {
  const seen = new Set<number>([fn.cfg.entry]);
  const work = [fn.cfg.entry];
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    if (at === block) return true;
    for (const { to, label } of fn.cfg.blocks[at]?.out ?? []) {
      if (at === branch.from && label.kind === 'branch' && label.truth === branch.truth) continue;
      if (!seen.has(to)) work.push(to);
      seen.add(to);
    }
  }
  return false;
}

function finding({ site, member, reference }: MixedMember, { callee, call, releases }: PageRelease): Finding {
  const consequence =
    releases === 'pin'
      ? `drops pins, and \`${member}\` may have pages with mere references: that drops what nobody took`
      : `drops references, and \`${member}\` may have pages that ${site.callee}() pinned: their pins are never dropped`;
  return {
    span: spanOf(call.callee),
    message: `${callee}() ${consequence}`,
    related: [
      { span: site.span, message: `pinned here by ${site.callee}()` },
      { span: reference, message: 'references taken here, where the pages are others' },
    ],
    confidence: 'medium',
    fix: null,
    severity: 'warning',
  };
}
