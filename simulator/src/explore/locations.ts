/**
 * Names for what steps touch. A location is one field of one object, or one place of one array. Objects are named by the
 * place that they were first put into, and how manieth they are there, so that the same object has the same name in every run
 * in which the steps that it depends on come in the same order.
 */

/** The locations of one search, common to all its runs. */
export class Locations {
  readonly #byObject = new Map<string, Map<string, number>>();
  readonly #labels: string[] = [];
  readonly #texts = new Map<string, number>();
  /** By location: the recording that touched it last, times two, and one more if it was written. */
  readonly #touched: number[] = [];
  #recording = 0;

  /** Locations of the fields of an object, filled by {@link add}. */
  fieldsOf(object: string): Map<string, number> {
    let fields = this.#byObject.get(object);
    if (fields === undefined) {
      fields = new Map();
      this.#byObject.set(object, fields);
    }
    return fields;
  }

  /** A location that `fields` of the object of that name lacks. */
  add(fields: Map<string, number>, object: string, field: string): number {
    const location = this.#labels.push(`${object}.${field}`) - 1;
    this.#touched.push(0);
    fields.set(field, location);
    return location;
  }

  /** Begins a recording: nothing has been touched. */
  startRecording(): void {
    this.#recording += 2;
  }

  /** Whether this is the first time that the recording reads the location, which it has not written either. */
  firstRead(location: number): boolean {
    if ((this.#touched[location] ?? 0) >= this.#recording) return false;
    this.#touched[location] = this.#recording;
    return true;
  }

  /** Whether this is the first time that the recording writes the location. */
  firstWrite(location: number): boolean {
    if ((this.#touched[location] ?? 0) > this.#recording) return false;
    this.#touched[location] = this.#recording + 1;
    return true;
  }

  /** A location of its own, which is part of no object. */
  named(name: string): number {
    const fields = this.fieldsOf('');
    return fields.get(name) ?? this.add(fields, '', name);
  }

  /** A number for a text: the same for equal texts. */
  textCode(text: string): number {
    let code = this.#texts.get(text);
    if (code === undefined) {
      code = this.#texts.size;
      this.#texts.set(text, code);
    }
    return code;
  }

  /** Locations so far: they are the numbers below it. */
  get count(): number {
    return this.#labels.length;
  }

  /** A location for people. */
  label(location: number): string {
    return this.#labels[location] ?? `location ${location}`;
  }
}
