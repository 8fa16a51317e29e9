/** What a command may touch of the outside: given by the entry, replaced by tests. */

/** Streams, environment and place of one run of the command line. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  /** The whole of standard input, piece by piece as UTF-8. */
  readonly stdin: () => AsyncIterable<string>;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the bundle and the parser's WebAssembly files lie. */
  readonly bundleDir: string;
  /** The bundle, which worker threads re-enter; null: everything runs in this thread. */
  readonly bundle: string | null;
  /** Aborted when the run is to stop early (Ctrl-C). */
  readonly signal?: AbortSignal;
}

export interface Output {
  readonly isTTY: boolean;
  /** Columns of the terminal; 80 where there is none. */
  readonly columns: number;
  /** Takes text; resolves when more may be written. */
  readonly write: (text: string) => Promise<void> | void;
}

/** The documented exit codes. */
export const EXIT = { nothingFound: 0, findings: 1, badInput: 2 } as const;

/** Bad usage or unreadable input that ends the command: shown without a stack, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Colours by meaning; each is the identity where colour is off. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly error: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly info: (text: string) => string;
  readonly good: (text: string) => string;
}

/** Colour only on a terminal, never with NO_COLOR set to anything (no-color.org), nor on TERM=dumb. */
export function styleFor(output: Output, env: Io['env']): Style {
  const on = output.isTTY && !env.NO_COLOR && env.TERM !== 'dumb';
  const sgr =
    (open: number, close: number) =>
    (text: string): string =>
      on ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    bold: sgr(1, 22),
    dim: sgr(2, 22),
    error: sgr(31, 39),
    warning: sgr(33, 39),
    info: sgr(36, 39),
    good: sgr(32, 39),
  };
}

/** Between two texts of a progress line. Milliseconds. */
const INTERVAL = 50;

/** A line of progress on stderr, rewritten in place; silent where stderr is no terminal. */
export class Progress {
  readonly #output: Output;
  #shown = '';
  #at = Number.NEGATIVE_INFINITY;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Shows a text in place of the last, unless that was a moment ago: a terminal is slower than a search. */
  show(text: string): void {
    const now = performance.now();
    if (!this.#output.isTTY || text === this.#shown || now - this.#at < INTERVAL) return;
    this.#at = now;
    this.#shown = text;
    void this.#output.write(`\r\u001b[K${text.slice(0, this.#output.columns - 1)}`);
  }

  /** Removes the line. To be called before anything else is written to a terminal. */
  clear(): void {
    if (this.#shown === '') return;
    this.#shown = '';
    void this.#output.write('\r\u001b[K');
  }
}
