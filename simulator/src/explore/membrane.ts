/**
 * Watches plain data through proxies: which locations a step reads and writes, what it read, and a hash of all the data that
 * follows each write. The data lies behind the proxies; every object has one proxy, so that `===` means what it did.
 */

import { append, type Hash, newHash, toggle } from './hashing.js';
import type { Locations } from './locations.js';
import type { Watch } from './program.js';

/** Locations that a step touched, each once. */
export interface Footprint {
  readonly reads: readonly number[];
  readonly writes: readonly number[];
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
  #history: Hash = newHash();

  constructor(locations: Locations) {
    this.#locations = locations;
  }

  /** See {@link Watch}. */
  readonly watch: Watch = <T extends object>(data: T): T => {
    const root = this.#name(data as unknown as Data, `${this.#roots}`, false);
    this.#roots += 1;
    return this.#proxyOf(root) as T;
  };

  /** Records what is touched until {@link stop}; what is read is appended to `history`. */
  start(history: Hash): void {
    this.#reads = [];
    this.#writes = [];
    this.#history = history;
    this.#locations.startRecording();
  }

  /** What was touched since {@link start}. */
  stop(): Footprint {
    const footprint = { reads: this.#reads ?? [], writes: this.#writes };
    this.#reads = null;
    return footprint;
  }

  #read(object: Watched, field: string, value: unknown): void {
    if (this.#reads === null) return;
    const location = this.#location(object, field);
    if (!this.#locations.firstRead(location)) return;
    this.#reads.push(location);
    append(this.#history, location, this.#codeOf(value));
  }

  #write(object: Watched, field: string, before: unknown, after: unknown): void {
    const location = this.#location(object, field);
    if (before !== after) {
      toggle(this.hash, location, this.#codeOf(before));
      toggle(this.hash, location, this.#codeOf(after));
    }
    if (this.#reads !== null && this.#locations.firstWrite(location)) this.#writes.push(location);
  }

  #location(object: Watched, field: string): number {
    return object.fields.get(field) ?? this.#locations.add(object.fields, object.name, field);
  }

  #codeOf(value: unknown): number {
    if (typeof value === 'number')
      return (value | 0) === value ? value : this.#locations.textCode(`${value}`);
    if (typeof value === 'string') return this.#locations.textCode(value) ^ 0x2c1b3c6d;
    if (value === undefined) return CODE.undefined;
    if (value === null) return CODE.null;
    if (typeof value === 'boolean') return value ? CODE.true : CODE.false;
    const watched = typeof value === 'object' ? this.#watched.get(value) : undefined;
    if (watched === undefined) throw new Error(`tasks share a ${typeof value}, which is no plain data`);
    return watched.code;
  }

  /** Names an object and all below it; `counts`: it is new among watched data, and its values become part of the hash. */
  #name(data: Data, name: string, counts: boolean): Watched {
    const known = this.#watched.get(data);
    if (known !== undefined) return known;
    const watched: Watched = {
      name,
      code: this.#locations.textCode(name) ^ 0x297a2d39,
      data,
      fields: this.#locations.fieldsOf(name),
      proxy: null,
      put: null,
    };
    this.#watched.set(data, watched);
    for (const field of Object.keys(data)) {
      const value = data[field];
      if (typeof value === 'object' && value !== null) this.#name(value as Data, `${name}.${field}`, counts);
      if (counts) toggle(this.hash, this.#location(watched, field), this.#codeOf(value));
    }
    return watched;
  }

  #proxyOf(watched: Watched): object {
    if (watched.proxy === null) {
      watched.proxy = new Proxy<object>(watched.data, this.#handler(watched));
      this.#watched.set(watched.proxy, watched);
    }
    return watched.proxy;
  }

  /** The value as whoever reads it gets it. */
  #shown(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const watched = this.#watched.get(value);
    return watched === undefined ? value : this.#proxyOf(watched);
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
    this.#name(copy, `${object.name}.${field}#${before}`, true);
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
        this.#read(watched, field, value);
        return this.#shown(value);
      },
      set: (_, field, value) => {
        if (typeof field === 'symbol') throw new Error('tasks share no symbols');
        this.#set(watched, field, value);
        return true;
      },
      has: (_, field) => {
        if (typeof field !== 'symbol') this.#read(watched, field, data[field]);
        return field in data;
      },
      deleteProperty: (_, field) => {
        if (typeof field === 'symbol' || !Object.hasOwn(data, field)) return true;
        this.#write(watched, field, data[field], undefined);
        this.#write(watched, KEYS, undefined, undefined);
        return Reflect.deleteProperty(data, field);
      },
      ownKeys: () => {
        this.#read(watched, KEYS, Object.keys(data).join());
        return Reflect.ownKeys(data);
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
      if (Number(value) < length) this.#write(watched, KEYS, undefined, undefined);
    }
    const kept = this.#kept(watched, field, value);
    this.#write(watched, field, before, kept);
    if (isNew) this.#write(watched, KEYS, undefined, undefined);
    data[field] = kept;
    if (Array.isArray(data) && data.length !== length && field !== 'length') {
      this.#write(watched, 'length', length, data.length);
    }
  }
}
