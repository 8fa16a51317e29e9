/**
 * Page lifetime: for every call of a file that gives pages back, how the pages that reach it were got. Within a
 * function by data flow over aliases; from one function of the file to another by summaries and, for pages kept in
 * structures, by a census of the field.
 */

import type { Profile } from '../../../kernel/src/index.js';
import type { FunctionAst } from '../syntax/ast.js';
import {
  contentOf,
  isAllocator,
  lastField,
  type Place,
  placesFrom,
  pointedTo,
  valuesFrom,
} from './accessPath.js';
import type { Cfg, CfgElement } from './cfg.js';
import { solveForward } from './dataflow.js';
import type { Made } from './functionMemo.js';
import { type DefaultHolding, HELD, type Holding, PageState, plainHolding, unite } from './pageState.js';
import {
  type Acquisition,
  type PageRelease,
  type PageSummary,
  type PageWorld,
  type SummaryRelease,
  type SummaryStore,
  touchesPages,
  transferElement,
} from './pageTransfer.js';
import { placedText, relativeText } from './shift.js';

export { HELD, type Holding } from './pageState.js';
export type { Acquisition, PageRelease, SummaryRelease } from './pageTransfer.js';

/** A function as page lifetime needs it. */
export interface PageFunction {
  readonly name: string;
  readonly ast: FunctionAst;
  readonly cfg: Cfg;
}

/** What page lifetime asks of the file around it. */
export interface PageFile {
  readonly profile: Profile;
  /**
   * The pages of the function of this name with a body in this file: those of an earlier reading while each of their
   * questions has the same answer, else made. Null if there is no such function.
   *
   * @param answer answers a question now, for a function that begins at `start`
   */
  kept(
    name: string,
    answer: (question: string, start: number) => string,
    make: (fn: PageFunction) => Made<FunctionPages | null>,
  ): FunctionPages | null;
  /** What a function that is not of this file does to pages; null if that is not known. */
  elsewhere(name: string): PageSummary | null;
  /** Whether a call of one function of the file in another is part of a recursion. */
  isRecursive(caller: string, callee: string): boolean;
  /** An offset as a text that stays the same where its function moves. */
  placeOf(offset: number): string;
  /** How a callee that acquires by its flags does it, by where its name starts; null if that cannot be told. */
  kindByFlags(start: number): 'pin' | 'reference' | 'none' | null;
}

/** One function's releases, and what it means for its callers. Plain data: it is kept, and moved with the function. */
export interface FunctionPages {
  readonly name: string;
  readonly releases: readonly PageRelease[];
  /** By id: all acquisitions that a {@link Holding} of this function may name. */
  readonly acquisitions: readonly Acquisition[];
  /** What fields hold when the function returns or gives pages back, by {@link lastField}. */
  readonly fields: ReadonlyMap<string, Holding>;
  readonly summary: PageSummary;
  /** The summary, as a text that stays the same where its functions move. */
  readonly summaryText: string;
}

/** Looks at functions of one file, each once. Never throws on broken C: what cannot be told is `other`. */
export class PageLifetime {
  readonly #file: PageFile;
  readonly #known = new Map<string, FunctionPages | null>();

  constructor(file: PageFile) {
    this.#file = file;
  }

  /**
   * The pages of one function. Calls of functions that lead back to it are calls of unknown ones.
   * @returns null for a function that is not in this file or could not be read whole
   */
  of(name: string): FunctionPages | null {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const pages = this.#file.kept(
      name,
      (question, start) => this.#answer(name, question, start),
      fn => this.#make(fn),
    );
    this.#known.set(name, pages);
    return pages;
  }

  /** The summary of a function as one that calls it may use it. */
  #summaryFor(caller: string, callee: string): PageSummary | null {
    if (this.#file.isRecursive(caller, callee)) return null;
    return this.of(callee)?.summary ?? this.#file.elsewhere(callee);
  }

  #answer(caller: string, question: string, start: number): string {
    const [about, subject = ''] = question.split(' ');
    if (about === 'kind') return String(this.#file.kindByFlags(start + Number(subject)));
    if (this.#file.isRecursive(caller, subject)) return '';
    const own = this.of(subject);
    return own === null ? relativeText(this.#file.elsewhere(subject), 0) : own.summaryText;
  }

  #make(fn: PageFunction): Made<FunctionPages | null> {
    const dependencies = new Map<string, string>();
    const { start } = fn.ast;
    const note = (question: string): void => {
      if (!dependencies.has(question)) dependencies.set(question, this.#answer(fn.name, question, start));
    };
    const value = fn.cfg.complete ? this.#analyse(fn, note) : null;
    return { value, dependencies };
  }

  #analyse(fn: PageFunction, note: (question: string) => void): FunctionPages | null {
    const acquisitions: Acquisition[] = [];
    const ids = new Map<string, number>();
    let report: ((release: PageRelease) => void) | null = null;
    const world: PageWorld = {
      profile: this.#file.profile,
      scalars: scalarsOf(fn),
      summaryOf: name => {
        note(`summary ${name}`);
        return this.#summaryFor(fn.name, name);
      },
      kindByFlags: span => {
        note(`kind ${span.start - fn.ast.start}`);
        return this.#file.kindByFlags(span.start);
      },
      acquisition(span, callee, kind, through) {
        const key = `${span.start} ${through ?? ''}`;
        const old = ids.get(key);
        if (old !== undefined) return old;
        const id = acquisitions.length;
        ids.set(key, id);
        acquisitions.push({ id, span, callee, kind, through });
        return id;
      },
      release: release => report?.(release),
    };
    const defaults = defaultHoldings(fn);
    const nothing = new PageState(defaults);
    const solution = solveForward<PageState | null>(fn.cfg, {
      bottom: null,
      entry: nothing,
      join: (a, b) => (a === null ? b : b === null ? a : a.join(b)),
      equals: (a, b) => (a === null || b === null ? a === b : a.equals(b)),
      transfer: (element, state) => transferAll([element], state, world),
      transferAll: (elements, state) => transferAll(elements, state, world),
    });
    if (!solution.complete) return null;

    const releases: PageRelease[] = [];
    const fields = new Map<string, Holding>();
    report = release => releases.push(release);
    let returned: Holding | null = null;
    let returnedArray: Holding | null = null;
    for (const id of fn.cfg.order) {
      let state = solution.atStart(id);
      if (state === null) continue;
      state = state.copy();
      for (const element of fn.cfg.blocks[id]?.elements ?? []) {
        transferElement(state, element, world);
        if (element.kind !== 'return' || element.node.value === null) continue;
        const values = valuesFrom(element.node.value, state);
        if (!values.some(value => value.kind === 'content')) continue;
        const pointers = values.filter(value => value.kind !== 'null');
        returned = uniteIfAny(returned, state.holdingOf(pointers));
        const elements = placesFrom(pointers, pointedTo);
        const held = elements.all.map(place => state?.holding(place) ?? plainHolding(HELD.other));
        returnedArray = uniteIfAny(
          returnedArray,
          (elements.complete ? held : [...held, plainHolding(HELD.other)]).reduce(unite, plainHolding(0)),
        );
      }
      // Too many pointers to go on: of the whole function nothing is known.
      if (state.lost) return null;
      collectFields(state, fields);
    }
    const end = solution.atStart(fn.cfg.exit);
    const summary = summarise(fn, end, releases, acquisitions, { returned, returnedArray });
    return {
      name: fn.name,
      releases,
      acquisitions,
      fields,
      summary,
      summaryText: placedText(summary, offset => this.#file.placeOf(offset)),
    };
  }
}

function uniteIfAny(known: Holding | null, holding: Holding): Holding {
  return known === null ? holding : unite(known, holding);
}

function transferAll(
  elements: readonly CfgElement[],
  state: PageState | null,
  world: PageWorld,
): PageState | null {
  if (state === null || !elements.some(touchesPages)) return state;
  const next = state.copy();
  for (const element of elements) transferElement(next, element, world);
  return next;
}

const PAGE_TYPE = /\bstruct (?:page|folio)\b/;
const SCALAR =
  /^(?:(?:const|volatile|static|register|unsigned|signed) )*(?:unsigned|signed|int|long|long long|long int|short|char|bool|size_t|ssize_t|loff_t|pgoff_t|gfp_t|vm_fault_t|__?[us](?:8|16|32|64)|[us](?:8|16|32|64)|u?int(?:8|16|32|64)_t|dma_addr_t|phys_addr_t)$/;

/** The variables of integer types. A name that is also declared with another type is left out. */
function scalarsOf(fn: PageFunction): ReadonlySet<string> {
  const scalars = new Set<string>();
  const others = new Set<string>();
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'declare') continue;
    const { name, pointers, array } = element.node;
    const scalar = pointers === 0 && !array && SCALAR.test(element.declaration.type);
    (scalar ? scalars : others).add(name);
  }
  for (const { name, pointers, type } of fn.ast.parameters) {
    if (name !== null) (pointers === 0 && SCALAR.test(type) ? scalars : others).add(name);
  }
  for (const name of others) scalars.delete(name);
  return scalars;
}

/** What places of a function hold before it did anything to them. */
function defaultHoldings(fn: PageFunction): DefaultHolding {
  const locals = new Map<string, { readonly array: boolean; readonly isStatic: boolean }>();
  const fresh = new Set<string>();
  for (const { element } of fn.cfg.elements()) {
    if (element.kind === 'declare') {
      locals.set(element.node.name, { array: element.node.array, isStatic: element.declaration.isStatic });
    } else if (element.kind === 'call' && element.node.callee.kind === 'identifier') {
      if (isAllocator(element.node.callee.name)) fresh.add(`#${element.node.start}`);
    }
  }
  const parameters = new Set(fn.ast.parameters.map(parameter => parameter.name));
  const empty = plainHolding(HELD.nothing);
  const entry = plainHolding(HELD.entry);
  const other = plainHolding(HELD.other);
  return place => {
    if (fresh.has(place.root)) return empty;
    if (place.root.startsWith('#')) return lastField(place) === null ? other : entry;
    const local = locals.get(place.root);
    if (local !== undefined && !local.isStatic && !parameters.has(place.root)) {
      const pointers = place.steps.filter(step => step === '*').length;
      if (pointers === 0 || (pointers === 1 && local.array)) return empty;
    }
    return lastField(place) === null && !parameters.has(place.root) ? other : entry;
  };
}

/** Fields that hold pages in this state, directly or by what they point to. */
function collectFields(state: PageState, fields: Map<string, Holding>): void {
  const add = (place: Place, holding: Holding): void => {
    const field = lastField(place);
    if (field === null || holding.mask === 0) return;
    const old = fields.get(field);
    fields.set(field, old === undefined ? holding : unite(old, holding));
  };
  for (const place of state.places()) {
    add(place, state.ownHolding(place));
    if (lastField(place) === null) continue;
    const own = pointedTo(contentOf(place));
    for (const value of state.valuesAt(place)) {
      if (value.kind === 'null') continue;
      add(place, state.holdingOf([value]));
      const behind = pointedTo(value);
      if (behind !== null && own !== null) add(own, state.holding(behind));
    }
  }
}

function summarise(
  fn: PageFunction,
  end: PageState | null,
  releases: readonly PageRelease[],
  acquisitions: readonly Acquisition[],
  { returned, returnedArray }: { readonly returned: Holding | null; readonly returnedArray: Holding | null },
): PageSummary {
  const positions = new Map<string, number>();
  fn.ast.parameters.forEach((parameter, index) => {
    if (parameter.name !== null) positions.set(parameter.name, index);
  });
  const from = (holding: Holding): Acquisition[] => acquisitions.filter(got => holding.by.has(got.id));
  const acquired: PageSummary['acquires'][number][] = [];
  for (const place of end?.places() ?? []) {
    const { root, steps } = place;
    const holding = end?.holding(place) ?? plainHolding(0);
    const parameter = positions.get(root);
    if (parameter === undefined || steps.length === 0 || (holding.mask & ~HELD.entry) === 0) continue;
    acquired.push({ parameter, steps, holding, from: from(holding) });
  }
  return {
    name: fn.name,
    releases: summaryReleases(releases, positions),
    acquires: acquired,
    stores: end === null ? [] : parameterStores(fn, end, positions),
    returns: returned === null ? null : { holding: returned, from: from(returned) },
    // Of most pointers that are returned nothing is known but that they lead somewhere.
    returnsArray:
      returnedArray === null || (returnedArray.mask & (HELD.pin | HELD.reference)) === 0
        ? null
        : { holding: returnedArray, from: from(returnedArray) },
  };
}

/** The pages that a function is given and leaves in a field of what another parameter leads to. */
function parameterStores(
  fn: PageFunction,
  end: PageState,
  positions: ReadonlyMap<string, number>,
): SummaryStore[] {
  const given = new Map<string, { readonly source: number; readonly what: SummaryStore['what'] }>();
  fn.ast.parameters.forEach(({ name, type, pointers }, source) => {
    if (name === null || !PAGE_TYPE.test(type) || pointers === 0 || pointers > 2) return;
    given.set(name, { source, what: pointers === 1 ? 'page' : 'array' });
  });
  if (given.size === 0) return [];
  return end.places().flatMap(place => {
    const parameter = positions.get(place.root);
    if (parameter === undefined || lastField(place) === null) return [];
    return end.valuesAt(place).flatMap(value => {
      const source = value.kind === 'content' && value.place.steps.length === 0 ? value.place.root : '';
      const stored = given.get(source);
      return stored === undefined ? [] : [{ parameter, steps: place.steps, ...stored }];
    });
  });
}

/** The releases of what parameters lead to. Where both kinds occur on one place, a condition decides: none then. */
function summaryReleases(
  releases: readonly PageRelease[],
  positions: ReadonlyMap<string, number>,
): SummaryRelease[] {
  const kinds = new Map<string, Set<string>>();
  const found: { readonly key: string; readonly release: SummaryRelease }[] = [];
  for (const release of releases) {
    const parameter = positions.get(release.place.root);
    // Pages that the function got itself are its own business.
    if (parameter === undefined || release.holding.mask & (HELD.pin | HELD.reference)) continue;
    const key = release.place.key;
    const seen = kinds.get(key) ?? new Set<string>();
    kinds.set(key, seen.add(release.releases));
    found.push({
      key,
      release: {
        parameter,
        steps: release.place.steps,
        releases: release.releases,
        callee: release.through?.callee ?? release.callee,
        span: release.through?.span ?? release.call.callee,
      },
    });
  }
  return found.filter(entry => kinds.get(entry.key)?.size === 1).map(entry => entry.release);
}
