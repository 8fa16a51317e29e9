/** The result lines of the end-to-end tests: `ok …` and `not ok …`, as the work goes. */

import process from 'node:process';

/** Counts and prints results. */
export class Report {
  passed = 0;
  failed = 0;
  /** Called after a check has failed, with its number: for a picture of what there was to see. */
  onFailure: ((number: number) => Promise<unknown>) | null = null;
  /** What is tested; stands before each line. */
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  /** Runs one check; a throw makes it fail. Whether it passed. */
  async check(name: string, run: () => Promise<unknown>): Promise<boolean> {
    const started = performance.now();
    try {
      await run();
      this.passed += 1;
      this.#line(`ok ${this.name}: ${name} (${Math.round(performance.now() - started)} ms)`);
      return true;
    } catch (error) {
      this.failed += 1;
      const text = error instanceof Error ? error.message : String(error);
      this.#line(`not ok ${this.name}: ${name}\n${text.replace(/^/gm, '    ')}`);
      await this.onFailure?.(this.failed).catch(() => this.note('no picture could be taken'));
      return false;
    }
  }

  /** As {@link check}, for what everything after it depends on: a failure ends this editor's run. */
  async need(name: string, run: () => Promise<unknown>): Promise<void> {
    if (!(await this.check(name, run))) throw new Error(`not run: all that needs "${name}"`);
  }

  /** A line for the person who waits. */
  note(text: string): void {
    this.#line(`# ${this.name}: ${text}`);
  }

  #line(text: string): void {
    process.stdout.write(`${text}\n`);
  }
}

/** Throws with both values unless `text` matches. */
export function expectMatch(text: string, pattern: RegExp): void {
  if (!pattern.test(text)) throw new Error(`expected ${pattern}, got:\n${text}`);
}

/** Throws unless the condition holds. */
export function expectTrue(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise);
}

/** Throws with all of them unless there are none. */
export function expectNone(findings: readonly string[]): void {
  if (findings.length > 0) throw new Error(findings.join('\n'));
}
