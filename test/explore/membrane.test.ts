/** What a watch over data notices. */

import { describe, expect, it } from 'vitest';
import { newHash } from '../../simulator/src/explore/hashing.js';
import { Locations } from '../../simulator/src/explore/locations.js';
import { Membrane } from '../../simulator/src/explore/membrane.js';
import { newFolio } from '../../simulator/src/state/index.js';

interface Inner {
  n: number;
}

interface Data {
  n: number;
  list: Inner[];
  record: Record<string, number>;
  inner: Inner | null;
}

function watched(locations = new Locations()) {
  const membrane = new Membrane(locations);
  const data = membrane.watch<Data>({ n: 1, list: [{ n: 2 }], record: { a: 1 }, inner: { n: 3 } });
  const touched = (step: () => unknown) => {
    membrane.start(newHash());
    step();
    const { reads, writes, changes } = membrane.stop();
    const labels = (list: readonly number[]) => list.map(location => locations.label(location)).sort();
    return { reads: labels(reads), writes: labels(writes), changes: labels(changes) };
  };
  return { membrane, data, touched };
}

const [first] = [0];

describe('a membrane', () => {
  it('tells reads and writes by field', () => {
    const { data, touched } = watched();
    expect(touched(() => data.n)).toEqual({ reads: ['0.n'], writes: [], changes: [] });
    expect(touched(() => (data.n += 1))).toEqual({ reads: ['0.n'], writes: ['0.n'], changes: [] });
    expect(touched(() => data.list[first]?.n)).toEqual({
      reads: ['0.list', '0.list.0', '0.list.0.n'],
      writes: [],
      changes: [],
    });
  });

  it('does not take counting for reading, unless somebody looks at the count', () => {
    const membrane = new Membrane(new Locations());
    const folio = membrane.watch(newFolio({ ref: 1, map: 1 }));
    const kinds = (step: () => unknown) => {
      membrane.start(newHash());
      step();
      const { reads, writes, changes } = membrane.stop();
      return [reads.length, writes.length, changes.length];
    };
    expect(kinds(() => (folio.ref += 1))).toEqual([0, 0, 1]);
    expect(kinds(() => folio.ref)).toEqual([1, 0, 0]);
    expect(
      kinds(() => {
        folio.ref -= 1;
        return folio.ref;
      }),
    ).toEqual([1, 0, 1]);
    expect(kinds(() => (folio.ref += folio.map))).toEqual([2, 1, 0]);
    expect(kinds(() => (folio.ref = 0))).toEqual([0, 1, 0]);
  });

  it('takes a value that is there already for something that was read', () => {
    const { data, touched } = watched();
    expect(touched(() => (data.n = 1))).toEqual({ reads: ['0.n'], writes: [], changes: [] });
  });

  it('keeps fields that come and go apart from each other, but not from who counts them', () => {
    const { data, touched } = watched();
    expect(touched(() => (data.record.b = 1))).toEqual({
      reads: ['0.record'],
      writes: ['0.record.b'],
      changes: ['0.record.(keys)'],
    });
    expect(touched(() => delete data.record.b).changes).toEqual(['0.record.(keys)']);
    expect(touched(() => Object.keys(data.record)).reads).toContain('0.record.(keys)');
    expect(touched(() => 'c' in data.record).reads).toContain('0.record.c');
    data.record.A = 0;
    expect(Object.keys(data.record)).toEqual(['A', 'a']);
  });

  it('sees what methods of arrays do', () => {
    const { data, touched } = watched();
    expect(touched(() => data.list.push({ n: 5 })).writes).toEqual(['0.list.1', '0.list.length']);
    expect(touched(() => data.list.map(({ n }) => n)).reads).toContain('0.list.1#0.n');
    expect(touched(() => data.list.splice(0, 1)).writes).toEqual(['0.list.0', '0.list.1', '0.list.length']);
    expect(data.list.map(({ n }) => n)).toEqual([5]);
    expect(touched(() => data.list.splice(0)).writes).toEqual(['0.list.0', '0.list.length']);
  });

  it('gives one object one form, wherever it is read', () => {
    const { data } = watched();
    const [inner] = data.list;
    if (inner !== undefined) data.inner = inner;
    expect(data.inner).toBe(data.list[first]);
    expect({ ...data }.inner).toBe(inner);
  });

  it('freezes what is put in, and works on a copy', () => {
    const { data } = watched();
    const made = { n: 7 };
    data.inner = made;
    expect(() => (made.n = 8)).toThrow(TypeError);
    expect(data.inner.n).toBe(7);
    data.inner.n = 8;
    expect(data.inner.n).toBe(8);
  });

  it('has one hash for data that is alike, whichever way it came about', () => {
    const locations = new Locations();
    const [one, other] = [watched(locations), watched(locations)];
    const hash = ({ membrane }: ReturnType<typeof watched>) => ({ ...membrane.hash });
    expect(hash(one)).toEqual(hash(other));
    one.data.n = 5;
    expect(hash(one)).not.toEqual(hash(other));
    one.data.inner = null;
    other.data.inner = null;
    other.data.n = 4;
    other.data.n = 5;
    expect(hash(one)).toEqual(hash(other));
    one.data.list.push({ n: 1 });
    other.data.list.push({ n: 2 });
    expect(hash(one)).not.toEqual(hash(other));
    const [, added] = other.data.list;
    if (added !== undefined) added.n = 1;
    expect(hash(one)).toEqual(hash(other));
    delete one.data.record.a;
    expect(hash(one)).not.toEqual(hash(other));
  });

  it('refuses what is no plain data', () => {
    const { membrane } = watched();
    const data = membrane.watch<{ f: unknown }>({ f: 0 });
    expect(() => (data.f = () => 0)).toThrow('tasks share a function, which is no plain data');
    expect(() => Object.defineProperty(data, 'g', { get: () => 0 })).toThrow('plain fields only');
  });
});
