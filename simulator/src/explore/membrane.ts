/**
 * Watches plain data through proxies: which locations a step reads and writes, what it read, and a hash of all the data that
 * follows each write. The data lies behind the proxies; every object has one proxy, so that `===` means what it did.
 */

import type { Folio } from '../state/index.js';
import { append, type Hash, newHash, toggle } from './hashing.js';
import type { Locations } from './locations.js';
import type { Watch } from './program.js';

/** Locations that a step touched, each once in each list. */
export interface Footprint {
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  /** Changed in a way that another change does not notice: counted up or down; fields that objects get and lose. */
  readonly changes: readonly number[];
}

type Data = Record<string, unknown>;

/** An object that is watched. */
interface Watched {
  readonly name: string;
  readonly code: number;
  readonly data: Data;
  readonly fields: Map<string, number>;
  proxy: object | null;
  /** Objects that were put into each field. */
  put: Map<string, number> | null;
}

/**
 * Counts that are changed by `+=` and `-=` alone where they are not looked at: a read that is followed at once by a write of the
 * same field is taken for that. Such a value must not be kept: `const before = folio.ref; folio.ref = before + 1;` hides a read.
 */
const COUNTS: ReadonlySet<string> = new Set<keyof Folio>(['ref', 'map', 'entireMap']);

/** The field that stands for which fields there are. */
const KEYS = '(keys)';

/** Codes of values that are no numbers; numbers of 31 bits are their own. */
const CODE = { undefined: 0x5bd1e995, null: 0x1b873593, true: 0x38495ab5, false: 0x7ed55d16 } as const;

/** The watch over the data of one run. */
export class Membrane {
  /** The hash of all watched data, relative to how it began. */
  readonly hash: Hash = { low: 0, high: 0 };
  readonly #locations: Locations;
  readonly #watched = new WeakMap<object, Watched>();
  #roots = 0;
  #reads: number[] | null = null;
  #writes: number[] = [];
  #changes: number[] = [];
  /** A count that was read last, and may be about to be changed. */
  #count: { readonly object: Watched; readonly field: string; readonly value: unknown } | null = null;
  #history: Hash = newHash();

  constructor(locations: Locations) {
    this.#locations = locations;
  }

  /** See {@link Watch}. */
  readonly watch: Watch = <T extends object>(data: T): T => {
    const root = this.#name(data as unknown as Data, `${this.#roots}`);
    this.#roots += 1;
    return this.#proxyOf(root) as T;
  };

  /** Records what is touched until {@link stop}; what is read is appended to `history`. */
  start(history: Hash): void {
    this.#reads = [];
    this.#writes = [];
    this.#changes = [];
    this.#history = history;
    this.#locations.startRecording();
  }

  /** What was touched since {@link start}. */
  stop(): Footprint {
    this.#readCount();
    const footprint = { reads: this.#reads ?? [], writes: this.#writes, changes: this.#changes };
    this.#reads = null;
    return footprint;
  }

  /** The count that was read last is not changed: somebody wants to know it. */
  #readCount(): void {
    if (this.#count === null) return;
    const { object, field, value } = this.#count;
    this.#count = null;
    this.#read(object, field, value);
  }

  #read(object: Watched, field: string, value: unknown): void {
    if (this.#reads === null) return;
    const location = this.#location(object, field);
    if (!this.#locations.firstRead(location)) return;
    this.#reads.push(location);
    append(this.#history, location, this.#codeOf(object, field, value));
  }

  /** A field gets a value. Where it has that already, it matters only that nobody changes it. */
  #write(object: Watched, field: string, before: unknown, after: unknown): void {
    const location = this.#location(object, field);
    if (before === after) {
      if (this.#reads !== null && this.#locations.firstRead(location)) this.#reads.push(location);
      return;
    }
    toggle(this.hash, location, this.#codeOf(object, field, before));
    toggle(this.hash, location, this.#codeOf(object, field, after));
    if (this.#reads !== null && this.#locations.firstWrite(location)) this.#writes.push(location);
  }

  /** An object gets a field or loses one, which is written beside. Of an array the order counts as well: `length` tells it. */
  #changeKeys(object: Watched): void {
    if (this.#reads !== null) this.#change(this.#location(object, KEYS));
  }

  #change(location: number): void {
    if (!this.#changes.includes(location)) this.#changes.push(location);
  }

  /** A count goes up or down. */
  #addToCount(object: Watched, field: string, before: unknown, after: unknown): void {
    const location = this.#location(object, field);
    toggle(this.hash, location, this.#codeOf(object, field, before));
    toggle(this.hash, location, this.#codeOf(object, field, after));
    this.#change(location);
  }

  #location(object: Watched, field: string): number {
    return object.fields.get(field) ?? this.#locations.add(object.fields, object.name, field);
  }

  /** A number for a value of a field; an object is its name. */
  #codeOf(object: Watched, field: string, value: unknown): number {
    if (typeof value === 'number')
      return (value | 0) === value ? value : this.#locations.textCode(`${value}`);
    if (typeof value === 'string') return this.#locations.textCode(value) ^ 0x2c1b3c6d;
    if (value === undefined) return CODE.undefined;
    if (value === null) return CODE.null;
    if (typeof value === 'boolean') return value ? CODE.true : CODE.false;
    if (typeof value !== 'object') throw new Error(`tasks share a ${typeof value}, which is no plain data`);
    return this.#child(object, field, value as Data).code;
  }

  /** An object that is in a field from the beginning, or was put there. */
  #child(object: Watched, field: string, data: Data): Watched {
    return this.#watched.get(data) ?? this.#name(data, `${object.name}.${field}`);
  }

  #name(data: Data, name: string): Watched {
    const watched: Watched = {
      name,
      code: this.#locations.textCode(name) ^ 0x297a2d39,
      data,
      fields: this.#locations.fieldsOf(name),
      proxy: null,
      put: null,
    };
    this.#watched.set(data, watched);
    return watched;
  }

  /** Makes the values of a new object part of the hash. */
  #addToHash(object: Watched): void {
    for (const field of Object.keys(object.data)) {
      const value = object.data[field];
      const isNew = typeof value === 'object' && value !== null && !this.#watched.has(value);
      toggle(this.hash, this.#location(object, field), this.#codeOf(object, field, value));
      if (isNew) this.#addToHash(this.#child(object, field, value as Data));
    }
  }

  #proxyOf(watched: Watched): object {
    if (watched.proxy === null) {
      watched.proxy = new Proxy<object>(watched.data, this.#handler(watched));
      this.#watched.set(watched.proxy, watched);
    }
    return watched.proxy;
  }

  /** The value of a field as whoever reads it gets it. */
  #shown(object: Watched, field: string, value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    return this.#proxyOf(this.#child(object, field, value as Data));
  }

  /** The value as it is kept in a field: data, not its proxy. A new object is copied and then frozen. */
  #kept(object: Watched, field: string, value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const known = this.#watched.get(value);
    if (known !== undefined) return known.data;
    object.put ??= new Map();
    const before = object.put.get(field) ?? 0;
    object.put.set(field, before + 1);
    const copy = this.#copied(value as Data) as Data;
    this.#addToHash(this.#name(copy, `${object.name}.${field}#${before}`));
    return copy;
  }

  #copied(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const known = this.#watched.get(value);
    if (known !== undefined) return known.data;
    const copy = Array.isArray(value)
      ? value.map(item => this.#copied(item))
      : this.#copiedFields(value as Data);
    Object.freeze(value);
    return copy;
  }

  #copiedFields(data: Data): Data {
    const copy: Data = {};
    for (const field of Object.keys(data)) copy[field] = this.#copied(data[field]);
    return copy;
  }

  #handler(watched: Watched): ProxyHandler<object> {
    const { data } = watched;
    return {
      get: (_, field) => {
        const value = data[field as string];
        // Methods of arrays, and the symbols that the language asks for.
        if (typeof field === 'symbol' || typeof value === 'function') return value;
        this.#readCount();
        if (this.#reads !== null && COUNTS.has(field)) this.#count = { object: watched, field, value };
        else this.#read(watched, field, value);
        return this.#shown(watched, field, value);
      },
      set: (_, field, value) => {
        if (typeof field === 'symbol') throw new Error('tasks share no symbols');
        const counted = this.#count;
        if (counted?.object === watched && counted.field === field) {
          this.#count = null;
          this.#addToCount(watched, field, data[field], value);
          data[field] = value;
          return true;
        }
        this.#readCount();
        this.#set(watched, field, value);
        return true;
      },
      has: (_, field) => {
        this.#readCount();
        if (typeof field !== 'symbol') this.#read(watched, field, data[field]);
        return field in data;
      },
      deleteProperty: (_, field) => {
        this.#readCount();
        if (typeof field === 'symbol') return true;
        this.#write(watched, field, data[field], undefined);
        if (!Object.hasOwn(data, field)) return true;
        this.#changeKeys(watched);
        return Reflect.deleteProperty(data, field);
      },
      ownKeys: () => {
        this.#readCount();
        // In an order of their own, so that it does not matter which came first.
        const keys = Object.keys(data).sort();
        this.#read(watched, KEYS, keys.join());
        return Array.isArray(data) ? Reflect.ownKeys(data) : keys;
      },
      defineProperty: () => {
        throw new Error('what tasks share has plain fields only');
      },
    };
  }

  #set(watched: Watched, field: string, value: unknown): void {
    const { data } = watched;
    const isNew = !Object.hasOwn(data, field);
    const before = data[field];
    const length = Array.isArray(data) ? data.length : 0;
    if (Array.isArray(data) && field === 'length') {
      for (let index = Number(value); index < length; index++) {
        this.#write(watched, `${index}`, data[index], undefined);
      }
      if (Number(value) < length) this.#changeKeys(watched);
    }
    const kept = this.#kept(watched, field, value);
    this.#write(watched, field, before, kept);
    if (isNew) this.#changeKeys(watched);
    data[field] = kept;
    if (Array.isArray(data) && data.length !== length && field !== 'length') {
      this.#write(watched, 'length', length, data.length);
    }
  }
}
