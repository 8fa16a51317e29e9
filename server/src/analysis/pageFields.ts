/**
 * Fields of structures that hold pages, as files of one directory tell each other of them: what each of them stores
 * in `struct type.member`. Plain data, without places.
 */

/** A field of a structure that any file of a directory may fill: a driver and its headers. */
export interface PageField {
  /** The structure's name, without `struct`. */
  readonly owner: string;
  /** As `lastField()` gives it: `.page`, `.pages *`. */
  readonly field: string;
  /** As {@link directoryOf} gives it. */
  readonly directory: string;
}

/** A call that got pages which were left in a field. */
export interface FieldStore {
  readonly callee: string;
  readonly kind: 'pin' | 'reference';
  /** Whether the pages were got for writing. */
  readonly writes: 'always' | 'perhaps' | 'never';
  /** How many there are, where that may be fewer than were asked for; null: nothing is known of it. */
  readonly counts: FieldCounts | null;
}

/** Members of the structure with the pages: those that have the number that was got, and that which was asked for. */
export interface FieldCounts {
  readonly got: readonly string[];
  readonly asked: readonly string[];
}

/** What one file stores in a field. */
export interface FieldStores {
  /** {@link HELD} bits: `other` where it cannot be told, or where it may be the field of another structure. */
  readonly mask: number;
  readonly from: readonly FieldStore[];
}

/** What is stored in a field, by the path of the file that stores it. */
export type FieldKnowledge = ReadonlyMap<string, FieldStores>;

/** A field as a key. */
export function fieldKey({ owner, field, directory }: PageField): string {
  return `${owner}${field}@${directory}`;
}

/** The field of a {@link fieldKey}. */
export function fieldOfKey(key: string): PageField {
  const at = key.indexOf('@');
  // A structure inside another one has a dot in its name, and a directory may.
  const dot = key.lastIndexOf('.', at);
  return { owner: key.slice(0, dot), field: key.slice(dot, at), directory: key.slice(at + 1) };
}

/** The name of the member in a field as `lastField()` gives it. */
export function memberOfField(field: string): string {
  return field.split(' ')[0]?.slice(1) ?? '';
}

/** The directory of a path, without a `/` at its end. */
export function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** The fields of a directory of which something is known, with what each file stores. */
export function fieldsIn(
  fields: ReadonlyMap<string, FieldKnowledge>,
  directory: string,
): readonly (readonly [field: PageField, stores: FieldKnowledge])[] {
  let known = byDirectory.get(fields);
  if (known === undefined) {
    const found = new Map<string, [PageField, FieldKnowledge][]>();
    for (const [key, stores] of fields) {
      const field = fieldOfKey(key);
      const same = found.get(field.directory);
      if (same === undefined) found.set(field.directory, [[field, stores]]);
      else same.push([field, stores]);
    }
    known = found;
    byDirectory.set(fields, known);
  }
  return known.get(directory) ?? [];
}

const byDirectory = new WeakMap<
  ReadonlyMap<string, FieldKnowledge>,
  ReadonlyMap<string, readonly (readonly [PageField, FieldKnowledge])[]>
>();

/** Whether a text names a member. */
export function namesMember(text: string, member: string): boolean {
  for (let at = text.indexOf(member); at >= 0; at = text.indexOf(member, at + 1)) {
    const after = text.charAt(at + member.length);
    if (/[.>]\s*$/.test(text.slice(Math.max(0, at - 3), at)) && !/\w/.test(after)) return true;
  }
  return false;
}
