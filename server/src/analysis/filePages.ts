/** Page lifetime over a whole file: which functions matter, and what the fields of its structures hold. */

import {
  ACQUIRING_FUNCTIONS,
  ITER_PAGE_GETTERS,
  PAGE_RELEASES,
  siteFunction,
} from '../../../kernel/src/index.js';
import {
  type CallToken,
  callsByName,
  callTokens,
  type FunctionItem,
  functionsNamed,
  mainFunctionsNamed,
  type SourceFile,
} from '../syntax/index.js';
import type { FileAnalysis } from './analyseFile.js';
import { CallGraph, functionsThatCall, functionsThatLeadTo } from './callGraph.js';
import { speaksOfDirty } from './dirtyText.js';
import { FieldCensus, type FieldHolding } from './fieldCensus.js';
import { type Made, memosOf, placeIn, readingOf } from './functionMemo.js';
import {
  directoryOf,
  type FieldCounts,
  type FieldStores,
  memberOfField,
  type PageField,
} from './pageFields.js';
import { type FunctionAnswer, isOfTables } from './pageKnowledge.js';
import { type FunctionPages, HELD, type Holding, type PageFunction, PageLifetime } from './pageLifetime.js';
import { type PageSummary, TAKES_REFERENCE } from './pageTransfer.js';
import { withoutComments, wordsBehind } from './wordsBehind.js';

/** What gets pages whose kind is known, be it no call of the family. */
const GETTING: ReadonlySet<string> = new Set([...ACQUIRING_FUNCTIONS, ...ITER_PAGE_GETTERS.keys()]);
const GETS_REFERENCES: ReadonlySet<string> = new Set([...GETTING, ...TAKES_REFERENCE]);
const GIVES_BACK_PIN = PAGE_RELEASES.filter(one => one.releases === 'pin').map(one => one.name);
const GIVES_BACK_REFERENCE = PAGE_RELEASES.filter(one => one.releases === 'reference').map(one => one.name);
const GIVES_BACK: Readonly<Record<'pin' | 'reference' | 'any', ReadonlySet<string>>> = {
  pin: new Set(GIVES_BACK_PIN),
  reference: new Set(GIVES_BACK_REFERENCE),
  any: new Set([...GIVES_BACK_PIN, ...GIVES_BACK_REFERENCE]),
};

const CONCERNS_PAGES: ReadonlySet<string> = new Set([
  ...ACQUIRING_FUNCTIONS,
  ...GIVES_BACK.any,
  'set_page_dirty',
  'set_page_dirty_lock',
  'SetPageDirty',
  'folio_mark_dirty',
  'folio_mark_dirty_lock',
]);
/** What shows that a function handles pages of user space: put_page() alone is everywhere in mm/. */
const CONCERNS_USER_PAGES: ReadonlySet<string> = new Set([
  ...ACQUIRING_FUNCTIONS,
  ...GIVES_BACK.pin,
  'release_pages',
]);
/** Names of functions that may get or release such pages for somebody. */
const USER_PAGES_NAME =
  /pin_|_pin|gup|umem|user_?(?:page|ptr|buf|mem)|(?:get|put|acquire|release|lock|unlock|map|unmap|free)_\w*pages|vaddr_frames|framevec/;

/** The page of a scatterlist entry is a field whose name is never written. */
const SG_PAGE = 'sg_page';
/** Fields that functions reach which do not write their name: the page of a scatterlist entry, of a struct bio_vec. */
const UNWRITTEN: readonly (readonly [functions: RegExp, field: string])[] = [
  [/\bsg_|_to_sg\b/, SG_PAGE],
  [/\bbvec_set_/, 'bv_page'],
];

/** Last parts of fields, and what any of them looks like where a text names it. */
interface FieldsInText {
  readonly fields: ReadonlySet<string>;
  readonly pattern: RegExp;
}

const known = new WeakMap<FileAnalysis, FilePages>();
const memos = memosOf<FunctionPages | null>();
const wordMemos = memosOf<readonly string[]>();

/** The page lifetime of a file, made once for an analysis. Its answers are worked out when asked for. */
export function filePagesOf(file: FileAnalysis): FilePages {
  let pages = known.get(file);
  if (pages === undefined) {
    pages = new FilePages(file);
    known.set(file, pages);
  }
  return pages;
}

/** Looks at functions only when asked. Never throws on broken C. */
export class FilePages {
  readonly lifetime: PageLifetime;
  readonly #file: FileAnalysis;
  readonly #census: FieldCensus;
  readonly #named = new Map<string, ReadonlySet<string>>();
  #setters: ReadonlyMap<string, readonly string[]> | null = null;
  #leadToGot: ReadonlySet<string> | null = null;
  #fieldOfGot: FieldsInText | null = null;
  #concerned: ReadonlySet<string> | null = null;
  #hasAsked = false;

  constructor(file: FileAnalysis) {
    this.#file = file;
    this.lifetime = new PageLifetime({
      elsewhere: name => this.#elsewhere(name)?.summary ?? null,
      profile: file.profile,
      kindByFlags: start => kindByFlags(file, start),
      placeOf: offset => placeIn(file.source, offset),
      isRecursive: (caller, callee) => CallGraph.of(file.source).isRecursive(caller, callee),
      kept: (name, answer, make) => this.#kept(name, answer, make),
    });
    this.#census = new FieldCensus(file, this.lifetime, name => this.#fieldsNamed(name));
  }

  /** A name with two definitions (in arms of an #if) is not known: which is called can't be told. */
  #kept(
    name: string,
    answer: (question: string, start: number) => string,
    make: (fn: PageFunction) => Made<FunctionPages | null>,
  ): FunctionPages | null {
    const file = this.#file;
    const [item, ...more] = mainFunctionsNamed(file.source, name);
    if (item === undefined || more.length > 0) return null;
    return memos(file.parser).of(
      file.source,
      item,
      readingOf(file.source, file.profile),
      question => answer(question, item.start),
      () => {
        const fn = file.functionNamed(name);
        if (fn === null) return { value: null, dependencies: new Map() };
        const below = CallGraph.of(file.source).below(name);
        const others = [...below].flatMap(one => functionsNamed(file.source, one));
        return { ...make({ name, ast: fn.ast, cfg: fn.cfg }), others };
      },
    );
  }

  /**
   * The functions that give pages back in a way in which some pages of this file were not got, themselves or by
   * a function of this file, in order of position. Others cannot hold a mismatch, and what core code does is in the tables.
   */
  suspects(): readonly string[] {
    const { source, profile } = this.#file;
    this.askOthers();
    const got = this.#kindsGot();
    const names = new Set<string>();
    if (got.has('pin')) for (const name of this.#givingBack('reference', GETTING)) names.add(name);
    if (got.has('reference')) for (const name of this.#givingBack('pin', GETS_REFERENCES)) names.add(name);
    return source.functions
      .filter(
        ({ name, alternative }) => alternative === null && names.has(name) && !isOfTables(name, profile),
      )
      .map(item => item.name);
  }

  /** The functions that give pages back in this way, themselves or by one that they call, and may hold some of `getters`. */
  #givingBack(how: 'pin' | 'reference', getters: ReadonlySet<string>): readonly string[] {
    const { source, profile } = this.#file;
    const elsewhere = this.#namesElsewhere(({ releases }) => releases.some(one => one.releases === how));
    const direct = functionsThatCall(source, new Set([...GIVES_BACK[how], ...elsewhere]));
    if (direct.size === 0) return [];
    const names = new Set(direct);
    for (const name of functionsThatCall(source, direct)) names.add(name);
    const gets = new Set([...getters, ...this.#namesElsewhere(getsPages)]);
    const getting = functionsThatLeadTo(source, gets, name => isOfTables(name, profile));
    const helpers = new Set([...elsewhere, ...direct, ...functionsThatLeadTo(source, names)]);
    const byHelper = functionsThatCall(source, helpers);
    const wrong = how === 'pin' ? HELD.reference : HELD.pin;
    return [...names].filter(name => {
      if (getting.has(name)) return true;
      // What a helper gives back, of a structure or in an array that it is given, need not be named beside its call.
      const fields = byHelper.has(name) ? this.#fieldsNamed(name) : this.#fieldsGivenBack(name, how);
      return this.#areFilled(fields, getting) || this.#areFilledByOthers(fields, wrong);
    });
  }

  /**
   * Whether a function itself may give back pages that a call of this file got, or one of another file that left them in
   * a field: it leads to such a call, or gives back what is in such a field. Others need not be looked into.
   */
  mayGiveBackGot(name: string): boolean {
    if (this.leadsToGot(name)) return true;
    if (!this.#namesFieldOfGot(name)) return false;
    const fields = this.#fieldsGivenBack(name, 'any');
    return (
      this.#areFilled(fields, this.#leadingToGot()) ||
      this.#areFilledByOthers(fields, HELD.pin | HELD.reference)
    );
  }

  /** Whether a function may name a field in which pages can be that were got: a look at its text, for most are none of these. */
  #namesFieldOfGot(name: string): boolean {
    const { source } = this.#file;
    this.#fieldOfGot ??= this.#findFieldOfGot();
    const { fields, pattern } = this.#fieldOfGot;
    if (fields.size === 0) return false;
    if (UNWRITTEN.some(([, field]) => fields.has(field))) return true;
    if (this.#fieldsSetFor(name).some(field => fields.has(field))) return true;
    return functionsNamed(source, name).some(({ body }) =>
      pattern.test(source.text.slice(body.start, body.end)),
    );
  }

  #findFieldOfGot(): FieldsInText {
    const byOthers = this.#file.scope.questions.storedByOthers().map(({ field }) => memberOfField(field));
    const byThis = [...this.#leadingToGot()].flatMap(name => [...this.#fieldsNamed(name)]);
    const fields = new Set([...byOthers, ...byThis]);
    return { fields, pattern: new RegExp(`(?:\\.|->)\\s*(?:${[...fields].join('|')})\\b`) };
  }

  /** Whether a function, or one of the file that it calls, has a call that gets pages. */
  leadsToGot(name: string): boolean {
    return this.#leadingToGot().has(name);
  }

  #leadingToGot(): ReadonlySet<string> {
    this.#leadToGot ??= functionsThatLeadTo(this.#file.source, ACQUIRING_FUNCTIONS);
    return this.#leadToGot;
  }

  /** Whether another file of the directory stores pages that were got in such a way in one of some fields. */
  #areFilledByOthers(fields: ReadonlySet<string>, mask: number): boolean {
    const stored = this.#file.scope.questions.storedByOthers();
    return stored.some(({ field, stores }) => (stores.mask & mask) !== 0 && fields.has(memberOfField(field)));
  }

  /** Whether one of some functions leaves pages in one of some fields. */
  #areFilled(fields: ReadonlySet<string>, functions: ReadonlySet<string>): boolean {
    return [...functions].some(name => {
      // Looking into a function costs more than reading its text.
      const named = [...this.#fieldsNamed(name)].filter(field => fields.has(field));
      if (!named.some(field => this.#mayFill(name, field))) return false;
      // Of a field that an unreadable function names nothing is known: it is as if it were not filled.
      const filled = this.lifetime.of(name)?.fields ?? new Map<string, Holding>();
      return [...filled].some(
        ([field, { mask }]) => (mask & (HELD.pin | HELD.reference)) !== 0 && fields.has(memberOfField(field)),
      );
    });
  }

  /** Whether a function may leave something in a field that it names: not if it only reads elements of it. */
  #mayFill(name: string, field: string): boolean {
    const { source } = this.#file;
    const text = functionsNamed(source, name)
      .map(({ body }) => withoutComments(source.text.slice(body.start, body.end)))
      .join('\n');
    const uses = [...text.matchAll(new RegExp(`(?:\\.|->)\\s*${field}\\b`, 'g'))];
    // Some fields are reached without their name.
    return uses.length === 0 || uses.some(use => !isElementRead(text, use.index, use.index + use[0].length));
  }

  /** The last parts of all fields that pages may come from which a function itself gives back by one of some calls. */
  #fieldsGivenBack(name: string, how: keyof typeof GIVES_BACK): ReadonlySet<string> {
    const { source } = this.#file;
    const words = functionsNamed(source, name).flatMap(item => this.#wordsGivenBack(item, how));
    // The page of a scatterlist entry has no name in the text.
    const given = new Set([...words, SG_PAGE]);
    return new Set([...this.#fieldsNamed(name)].filter(field => given.has(field)));
  }

  #wordsGivenBack(item: FunctionItem, how: keyof typeof GIVES_BACK): readonly string[] {
    const { source, parser, profile } = this.#file;
    const { start, end } = item.body;
    return wordMemos(parser).of(
      source,
      item,
      `${readingOf(source, profile)} ${how}`,
      () => '',
      () => {
        const calls = callTokens(source, GIVES_BACK[how]).filter(
          ({ span }) => start <= span.start && span.start < end,
        );
        const offsets = calls.map(({ span }) => span.start - start);
        return { value: [...wordsBehind(source.text.slice(start, end), offsets)], dependencies: new Map() };
      },
    );
  }

  /** The last parts of all fields that a function names. */
  #fieldsNamed(name: string): ReadonlySet<string> {
    let fields = this.#named.get(name);
    if (fields === undefined) {
      const { source } = this.#file;
      const text = functionsNamed(source, name)
        .map(({ body }) => withoutComments(source.text.slice(body.start, body.end)))
        .join('\n');
      fields = new Set(Array.from(text.matchAll(/(?:\.|->)\s*([A-Za-z_]\w*)/g), ([, field = '']) => field));
      const bySetters = this.#fieldsSetFor(name);
      for (const [functions, field] of UNWRITTEN) if (functions.test(text)) bySetters.push(field);
      if (bySetters.length > 0) fields = new Set([...fields, ...bySetters]);
      this.#named.set(name, fields);
    }
    return fields;
  }

  /** The fields that functions of the file put a page into which they are given, where this function calls them. */
  #fieldsSetFor(name: string): string[] {
    this.#setters ??= fieldSetters(this.#file.source);
    if (this.#setters.size === 0) return [];
    const below = CallGraph.of(this.#file.source).below(name);
    return [...this.#setters].flatMap(([setter, fields]) => (below.has(setter) ? fields : []));
  }

  #kindsGot(): ReadonlySet<'pin' | 'reference'> {
    const kinds = new Set<'pin' | 'reference'>();
    for (const { name } of callTokens(this.#file.source, ACQUIRING_FUNCTIONS)) {
      const how = siteFunction(this.#file.profile, name)?.acquires;
      if (how === 'pin' || how === 'by-flags') kinds.add('pin');
      if (how === 'reference' || how === 'by-flags') kinds.add('reference');
    }
    for (const [name, { gets }] of ITER_PAGE_GETTERS) {
      if (callsByName(this.#file.source).has(name)) kinds.add(gets);
    }
    const elsewhere = this.#namesElsewhere(getsPages);
    for (const { name } of callTokens(this.#file.source, elsewhere)) {
      const mask = maskGot(this.#elsewhere(name)?.summary ?? null);
      if (mask & HELD.pin) kinds.add('pin');
      if (mask & HELD.reference) kinds.add('reference');
    }
    for (const { stores } of this.#file.scope.questions.storedByOthers()) {
      if (stores.mask & HELD.pin) kinds.add('pin');
      if (stores.mask & HELD.reference) kinds.add('reference');
    }
    return kinds;
  }

  /** What a function of another file does to pages; null: nothing is known of it, or it is one of this file. */
  #elsewhere(name: string): FunctionAnswer | null {
    const { scope, profile } = this.#file;
    if (isOfTables(name, profile) || scope.functionsNamed(name).length > 0) return null;
    return scope.questions.function(name);
  }

  /** The functions of other files of which this is known. */
  #namesElsewhere(is: (summary: PageSummary) => boolean): ReadonlySet<string> {
    const { tree } = this.#file.scope.questions;
    const names = [...tree.pages.values()].flatMap(answer =>
      answer.kind === 'function' && answer.summary !== null && is(answer.summary)
        ? [answer.summary.name]
        : [],
    );
    return new Set(names.filter(name => this.#elsewhere(name) !== null));
  }

  /** Whether a function gets or releases pages, itself or by one that it calls, as far as is known. */
  concernsPages(name: string): boolean {
    const elsewhere = this.#namesElsewhere(({ releases, acquires, returns, returnsArray }) => {
      return releases.length > 0 || acquires.length > 0 || returns !== null || returnsArray !== null;
    });
    this.#concerned ??= functionsThatLeadTo(this.#file.source, new Set([...CONCERNS_PAGES, ...elsewhere]));
    return this.#concerned.has(name);
  }

  /** Whether a function, or one that it calls, has to do with dirty pages: then it, or they, may mark some so. */
  marksDirty(name: string): boolean {
    const { source } = this.#file;
    const below = new Set([name, ...CallGraph.of(source).below(name)]);
    return (
      [...below].some(one =>
        functionsNamed(source, one).some(({ body }) =>
          speaksOfDirty(source.text.slice(body.start, body.end)),
        ),
      ) || callsElsewhere(source, name).some(callee => this.#elsewhere(callee)?.dirties === true)
    );
  }

  /**
   * Asks other files what their functions do to pages: those that a function calls which handles pages of user space
   * itself, and those whose name speaks of such pages.
   */
  askOthers(): void {
    if (this.#hasAsked) return;
    this.#hasAsked = true;
    const { source } = this.#file;
    const concerned = functionsThatCall(source, CONCERNS_USER_PAGES);
    for (const [name, calls] of callsByName(source)) {
      const asks = USER_PAGES_NAME.test(name) || calls.some(call => concerned.has(functionOf(call, source)));
      if (asks) this.#elsewhere(name);
    }
  }

  /**
   * Says in which fields this file stores pages, where it was asked for its pages. That takes a look into every function
   * that gets some, and changes nothing in what is known of this file now: it can wait until the questions are collected.
   */
  tellStoredFields(): void {
    if (this.#hasAsked) this.storedFields();
  }

  /** The fields that this file stores pages in and that other files of its directory can name, as `fieldKey()` has them. */
  storedFields(): readonly string[] {
    const { source, path } = this.#file;
    if (path === null) return [];
    const getting = functionsThatCall(source, ACQUIRING_FUNCTIONS);
    // Looking into a function costs more than reading its text: of the callers only those of one that gets pages for them.
    const forCallers = [...getting].filter(name => getsPages(this.lifetime.of(name)?.summary ?? null));
    const names = new Set([...getting, ...functionsThatCall(source, new Set(forCallers))]);
    return this.#census.storedFields(names, directoryOf(path));
  }

  /** See {@link FieldCensus.storesIn}. */
  storesIn(field: PageField, countsOf: (start: number) => FieldCounts | null): FieldStores | null {
    return this.#census.storesIn(field, countsOf);
  }

  /**
   * How a field is filled anywhere in the file, and in others of its directory.
   * @param name the function that names it
   * @param field as {@link lastField} gives it
   * @returns null if a function that names the field could not be read: then nothing is known
   */
  fieldHolding(name: string, field: string): FieldHolding | null {
    return this.#census.holding(name, field);
  }
}

const ELEMENT_READ = /^\s*\[[^\]]*\]\s*(?:[;,):?<>]|==|!=)/;
const THROUGH_ELEMENT = /^\s*\[[^\]]*\]\s*->/;
const ADDRESS_OF = /&\s*[\w.>[\]()-]*$/;

/** Whether a use of a field in a text, between two offsets, reads one element of what the field leads to, and no more. */
function isElementRead(text: string, start: number, end: number): boolean {
  const behind = text.slice(end, end + 200);
  if (THROUGH_ELEMENT.test(behind)) return true;
  return ELEMENT_READ.test(behind) && !ADDRESS_OF.test(text.slice(Math.max(0, start - 100), start));
}

const PAGE_PARAMETER = /\bstruct\s+(?:page|folio)\s*\*+\s*(?:const\s+)?(\w+)\s*[,)[]/g;

/** The functions that put a page that is a parameter of theirs into a field, as far as their text says, and the field. */
function fieldSetters(source: SourceFile): ReadonlyMap<string, readonly string[]> {
  const setters = new Map<string, readonly string[]>();
  for (const { name, start, body } of source.functions) {
    const head = source.text.slice(start, body.start);
    if (!head.includes('struct')) continue;
    const fields = Array.from(head.matchAll(PAGE_PARAMETER), ([, page = '']) => page).flatMap(page =>
      Array.from(
        source.text
          .slice(body.start, body.end)
          .matchAll(new RegExp(`(?:\\.|->)\\s*(\\w+)\\s*(?:\\[[^\\]]*\\]\\s*)?=\\s*${page}\\s*;`, 'g')),
        ([, field = '']) => field,
      ),
    );
    if (fields.length > 0) setters.set(name, fields);
  }
  return setters;
}

function getsPages(summary: PageSummary | null): boolean {
  return (maskGot(summary) & (HELD.pin | HELD.reference)) !== 0;
}

/** How a function gets pages for its callers, as {@link HELD} bits. */
function maskGot(summary: PageSummary | null): number {
  const all =
    summary === null
      ? []
      : [...summary.acquires, summary.returns, summary.returnsArray].filter(one => one !== null);
  return all.reduce((mask, { holding }) => mask | holding.mask, 0);
}

/** The functions that are not of the file and that one of its functions calls, itself or by others of the file. */
export function callsElsewhere(source: SourceFile, name: string): readonly string[] {
  const below = new Set([name, ...CallGraph.of(source).below(name)]);
  const own = new Set(source.functions.map(item => item.name));
  return [...callsByName(source)].flatMap(([callee, calls]) => {
    return !own.has(callee) && calls.some(call => below.has(functionOf(call, source))) ? [callee] : [];
  });
}

function functionOf(call: CallToken, source: SourceFile): string {
  return source.functions[call.function]?.name ?? '';
}

/** FOLL_PIN and FOLL_GET say how a function of mm/gup.c acquires, once its wrapper has added its own. */
function kindByFlags(file: FileAnalysis, start: number): 'pin' | 'reference' | 'none' | null {
  const site = file.sites.find(candidate => candidate.span.start === start);
  if (site === undefined || site.effective.length === 0) return null;
  const kinds = new Set(
    site.effective.map(set => {
      if (set.some(flag => flag.includes(':'))) return null;
      if (set.includes('FOLL_PIN')) return 'pin';
      return set.includes('FOLL_GET') ? 'reference' : 'none';
    }),
  );
  const [only] = kinds;
  return kinds.size === 1 && only !== undefined ? only : null;
}
