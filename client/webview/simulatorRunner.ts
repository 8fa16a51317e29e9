/**
 * Runs scenarios away from the page's thread if that can be had. A webview may not start a worker from another
 * origin, so the worker's text is fetched and started from a blob, which the page's policy allows.
 */

import { type Asked, explore, type Told } from './races/exploring.js';
import { type AskedRun, type Run, runSimulation } from './runSimulation.js';

/** Where the simulator runs, and why it is not a worker if it is not. */
export type Where = { readonly place: 'worker' } | { readonly place: 'page'; readonly reason: string };

interface Answer {
  readonly id: number;
  readonly runs: readonly Run[];
}

const isAnswer = (value: unknown): value is Answer =>
  typeof value === 'object' && value !== null && 'id' in value && 'runs' in value;

/** What the worker says of a litmus test. */
interface Telling {
  readonly id: number;
  readonly told: Told;
}

const isTelling = (value: unknown): value is Telling =>
  typeof value === 'object' && value !== null && 'id' in value && 'told' in value;

/** Answers questions about scenarios, the latest first: an answer that nobody waits for any more is dropped. */
export class SimulatorRunner {
  #worker: Worker | null = null;
  #where: Where = { place: 'page', reason: 'the worker has not been started' };
  #latest = 0;
  #waiting: {
    readonly id: number;
    readonly asked: readonly AskedRun[];
    readonly done: (runs: readonly Run[]) => void;
  } | null = null;
  /** Who hears of litmus tests, by the number of the question. */
  readonly #hearing = new Map<number, (told: Told) => void>();

  /** Where questions are answered now. */
  get where(): Where {
    return this.#where;
  }

  /** Starts the worker from the script at `url`. Failure is not an error: the page then does the work, and says so. */
  async start(url: string): Promise<void> {
    try {
      const response = await fetch(url);
      if (!response.ok) throw new Error(`its script could not be read (${response.status})`);
      const script = URL.createObjectURL(new Blob([await response.text()], { type: 'text/javascript' }));
      const worker = new Worker(script);
      URL.revokeObjectURL(script);
      worker.addEventListener('message', event => this.#answered(event.data));
      worker.addEventListener('error', event => this.#failed(event.message || 'it stopped'));
      this.#worker = worker;
      this.#where = { place: 'worker' };
    } catch (error) {
      this.#failed(error instanceof Error ? error.message : String(error));
    }
  }

  /** Simulates each; `done` is called once with the runs in order, unless a newer question comes first. */
  run(asked: readonly AskedRun[], done: (runs: readonly Run[]) => void): void {
    this.#latest += 1;
    this.#waiting = { id: this.#latest, asked, done };
    if (this.#worker === null) this.#runHere();
    else this.#worker.postMessage({ id: this.#latest, asked });
  }

  /**
   * Explores or replays litmus tests; `hear` is told what is found until the last, which is `done`, `run` or `failed`.
   * What is returned calls it off: `hear` is still told what is known then. A newer exploration calls off an older one.
   */
  explore(asked: Asked, hear: (told: Told) => void): () => void {
    this.#latest += 1;
    const id = this.#latest;
    const worker = this.#worker;
    if (worker === null) {
      let cancelled = false;
      void explore(asked, { cancelled: () => cancelled, tell: hear });
      return () => {
        cancelled = true;
      };
    }
    this.#hearing.set(id, hear);
    worker.postMessage({ id, races: asked });
    return () => worker.postMessage({ id, cancel: true });
  }

  #told({ id, told }: Telling): void {
    const hear = this.#hearing.get(id);
    if (told.kind !== 'at' && told.kind !== 'row') this.#hearing.delete(id);
    hear?.(told);
  }

  #answered(data: unknown): void {
    if (isTelling(data)) {
      this.#told(data);
      return;
    }
    const waiting = this.#waiting;
    if (waiting === null || !isAnswer(data) || data.id !== waiting.id) return;
    this.#waiting = null;
    waiting.done(data.runs);
  }

  #failed(reason: string): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#where = { place: 'page', reason };
    const hearing = [...this.#hearing.values()];
    this.#hearing.clear();
    for (const hear of hearing) hear({ kind: 'failed', message: `the worker failed: ${reason}` });
    this.#runHere();
  }

  #runHere(): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.done(waiting.asked.map(({ scenario, changes }) => runSimulation(scenario, changes)));
  }
}
