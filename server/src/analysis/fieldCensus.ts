/** What the fields of structures hold, over all functions of a file that name them, and of the other files of its directory. */

import type { FileAnalysis } from './analyseFile.js';
import { FieldOwners } from './fieldOwners.js';
import {
  type FieldCounts,
  type FieldStore,
  type FieldStores,
  fieldKey,
  memberOfField,
  type PageField,
} from './pageFields.js';
import type { FunctionPages, PageLifetime } from './pageLifetime.js';
import { HELD } from './pageState.js';
import type { Acquisition } from './pageTransfer.js';

/** How a field is filled. */
export interface FieldHolding {
  /** {@link HELD} bits. */
  readonly mask: number;
  /** The calls of this file. */
  readonly from: readonly Acquisition[];
  /** The calls of other files of the directory, and the path of each. */
  readonly elsewhere: readonly (FieldStore & { readonly path: string })[];
}

/** Nothing was put there. */
const EMPTY = HELD.entry | HELD.nothing;
const PAGES = HELD.pin | HELD.reference;

/** The page of a scatterlist entry is a field whose name is not written. */
const SG_FIELD = '.sg_page';

/** Looks at functions only when asked, each field once. */
export class FieldCensus {
  readonly #file: FileAnalysis;
  readonly #lifetime: PageLifetime;
  readonly #named: (name: string) => ReadonlySet<string>;
  readonly #owners: FieldOwners;
  readonly #known = new Map<string, FieldHolding | null>();

  /** @param named the members that a function names, as text */
  constructor(file: FileAnalysis, lifetime: PageLifetime, named: (name: string) => ReadonlySet<string>) {
    this.#file = file;
    this.#lifetime = lifetime;
    this.#named = named;
    this.#owners = new FieldOwners(file);
  }

  /** The structure whose field a function names; null if it cannot be told, or if no other file can name its fields. */
  #sharedOwner(name: string, field: string): string | null {
    const owner = field === SG_FIELD ? null : this.#owners.onlyOf(name, memberOfField(field));
    return owner === null || this.#owners.isPrivate(owner) ? null : owner;
  }

  /**
   * How a field is filled that a function names: in this file, and by what other files of its directory told.
   * @param field as `lastField()` gives it
   * @returns null if a function that names the field could not be read: then nothing is known
   */
  holding(name: string, field: string): FieldHolding | null {
    const owner = field === SG_FIELD ? null : this.#owners.onlyOf(name, memberOfField(field));
    const key = `${owner ?? ''}${field}`;
    const old = this.#known.get(key);
    if (old !== undefined) return old;
    const holding = this.#holding(name, field, owner);
    this.#known.set(key, holding);
    return holding;
  }

  #holding(name: string, field: string, owner: string | null): FieldHolding | null {
    let mask = 0;
    const from = new Map<number, Acquisition>();
    for (const pages of this.#functionsNaming(field, owner)) {
      if (pages === null) return null;
      const holding = pages.fields.get(field);
      mask |= holding?.mask ?? 0;
      if (this.#owners.initialises(pages.name, memberOfField(field))) mask |= HELD.other;
      for (const got of gotInto(field, pages)) {
        // Of a helper in another file only the call is known.
        const here =
          got.through === null || this.#file.sites.some(site => site.span.start === got.span.start);
        if (here && !from.has(got.span.start)) from.set(got.span.start, got);
      }
    }
    const shared = this.#sharedOwner(name, field);
    const others = shared === null ? [] : this.#file.scope.questions.storedByOthers();
    const stored = others.filter(other => other.owner === shared && other.field === field);
    return {
      mask: stored.reduce((all, { stores }) => all | stores.mask, mask),
      from: [...from.values()],
      elsewhere: stored.flatMap(({ path, stores }) => stores.from.map(got => ({ ...got, path }))),
    };
  }

  /** The functions that name a field of a structure, or one of which that cannot be told; null: one that could not be read. */
  *#functionsNaming(field: string, owner: string | null): Generator<FunctionPages | null> {
    const member = memberOfField(field);
    for (const { name } of this.#file.source.functions) {
      if (!this.#named(name).has(member)) continue;
      const owners = owner === null ? null : this.#owners.of(name, member);
      const others = owners !== null && owners.size > 0 && !owners.has(owner) && !owners.has(null);
      if (!others) yield this.#lifetime.of(name);
    }
  }

  /**
   * What this file stores in a field, for the others of its directory.
   * @param countsOf how many pages a call leaves, by where its callee's name starts
   * @returns null for nothing, or if it is not the same field
   */
  storesIn({ owner, field }: PageField, countsOf: (start: number) => FieldCounts | null): FieldStores | null {
    if (this.#owners.isPrivate(owner)) return null;
    let mask = 0;
    const from: FieldStore[] = [];
    for (const pages of this.#functionsNaming(field, owner)) {
      if (pages === null) return { mask: HELD.other, from: [] };
      const filled = (pages.fields.get(field)?.mask ?? 0) & ~EMPTY;
      const certain = this.#owners.onlyOf(pages.name, memberOfField(field)) === owner;
      if (this.#owners.initialises(pages.name, memberOfField(field))) mask |= HELD.other;
      if (filled === 0) continue;
      mask |= certain ? filled : HELD.other;
      from.push(...gotInto(field, pages).map(got => this.#store(got, countsOf)));
    }
    return mask === 0 ? null : { mask, from };
  }

  #store(
    { span, callee, kind, through }: Acquisition,
    countsOf: (start: number) => FieldCounts | null,
  ): FieldStore {
    const site = through === null ? this.#file.sites.find(one => one.span.start === span.start) : undefined;
    const flags = site?.flags ?? null;
    const never = flags !== null && !flags.may.includes('FOLL_WRITE');
    return {
      callee,
      kind,
      writes: flags?.must.includes('FOLL_WRITE') === true ? 'always' : never ? 'never' : 'perhaps',
      counts: through === null ? countsOf(span.start) : null,
    };
  }

  /**
   * The fields that some of the file's functions leave pages in and that other files can name, as keys of `directory`.
   * Says so to the others of the directory.
   */
  storedFields(functions: ReadonlySet<string>, directory: string): readonly string[] {
    const { questions } = this.#file.scope;
    const keys = new Set<string>();
    for (const name of functions) {
      for (const [field, { mask }] of this.#lifetime.of(name)?.fields ?? []) {
        if ((mask & PAGES) === 0 || field === SG_FIELD) continue;
        const owner = this.#sharedOwner(name, field);
        if (owner !== null) {
          questions.stores(owner, field);
          keys.add(fieldKey({ owner, field, directory }));
        } else if (this.#owners.of(name, memberOfField(field))?.has(null) === true) {
          questions.storesSomewhere();
        }
      }
    }
    return [...keys];
  }
}

/** The calls that got what a function leaves in a field. */
function gotInto(field: string, pages: FunctionPages): readonly Acquisition[] {
  const by = pages.fields.get(field)?.by;
  return by === undefined ? [] : pages.acquisitions.filter(got => by.has(got.id));
}
