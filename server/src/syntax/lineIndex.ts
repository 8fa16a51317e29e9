/** Offsets to lines and back, for a text that does not change. */

/** A zero-based position, in UTF-16 code units, as editors count. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

/** Where the lines of one text begin. */
export class LineIndex {
  readonly #starts: readonly number[];
  readonly #length: number;

  /** @param text the file; `\n`, `\r\n` and a lone `\r` end a line, as in LSP. */
  constructor(text: string) {
    this.#starts = text.includes('\r') ? startsWithReturns(text) : startsOf(text);
    this.#length = text.length;
  }

  /** Number of lines; an empty text has one. */
  get count(): number {
    return this.#starts.length;
  }

  /** The zero-based position of an offset; offsets outside the text are clamped. */
  positionAt(offset: number): Position {
    const at = Math.max(0, Math.min(offset, this.#length));
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] as number) <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low, character: at - (this.#starts[low] as number) };
  }

  /** The offset of a zero-based position; positions outside the text are clamped to it. */
  offsetAt(position: Position): number {
    if (position.line < 0) return 0;
    const start = this.#starts[position.line];
    if (start === undefined) return this.#length;
    const next = this.#starts[position.line + 1] ?? this.#length + 1;
    return Math.max(start, Math.min(start + position.character, next - 1));
  }
}

/** Where lines begin that end in `\n` only, as in nearly all files. */
function startsOf(text: string): number[] {
  const starts = [0];
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1);
  return starts;
}

function startsWithReturns(text: string): number[] {
  const starts = [0];
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 10 || (c === 13 && text.charCodeAt(i + 1) !== 10)) starts.push(i + 1);
  }
  return starts;
}
