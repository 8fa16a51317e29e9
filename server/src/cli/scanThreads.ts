/** The threads of a scan: the same engine here or in workers that re-enter the running bundle. */

import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import {
  type Asked,
  type FileKnowledge,
  gatherInRounds,
  type HandlerOp,
  NOTHING_ASKED,
  type TreeKnowledge,
  uniteAsked,
} from '../analysis/index.js';
import { readWasm } from '../workspace/index.js';
import {
  type AnalyseResult,
  type ReadResult,
  ScanEngine,
  type ScanFile,
  type ScanRequest,
} from './engine.js';
import type { FileReport } from './report.js';

/** Tells the bundle, when it is re-entered as a worker thread, that this is a worker of a scan. */
const WORKER_TAG = 'gup-lens-scan';

/** Space for young objects of a thread, MB: more saves no time here, and is kept until the scan ends. */
const YOUNG_MB = 8;

/** Files a thread is given to read at a time. */
const BATCH = 8;

/** Files a thread is told to analyse at a time: the last of them is what the other threads wait for. */
const ANALYSED = 3;

interface WorkerInput {
  readonly tag: typeof WORKER_TAG;
  readonly request: ScanRequest;
  readonly bundleDir: string;
}

type Question =
  | { readonly read: readonly ScanFile[] }
  | {
      readonly analyse: {
        readonly files: readonly string[];
        readonly handlers: ReadonlyMap<string, HandlerOp>;
      };
    }
  | { readonly learn: { readonly wanted: Asked; readonly tree: TreeKnowledge } }
  | { readonly again: TreeKnowledge };

interface Answer {
  readonly read?: ReadResult;
  readonly analysed?: AnalyseResult;
  readonly learnt?: readonly FileKnowledge[];
  readonly reports?: readonly FileReport[];
  readonly log: readonly string[];
  readonly error?: string;
}

/** Something that answers questions one after the other, here or in another thread. */
interface Thread {
  ask(question: Question): Promise<Answer>;
  stop(): Promise<unknown>;
}

async function answer(engine: Promise<ScanEngine>, question: Question): Promise<Answer> {
  try {
    const ready = await engine;
    if ('read' in question) return { read: ready.read(question.read), log: ready.takeLog() };
    if ('analyse' in question) {
      const { files, handlers } = question.analyse;
      return { analysed: ready.analyse(files, handlers), log: ready.takeLog() };
    }
    if ('again' in question) return { reports: ready.again(question.again), log: ready.takeLog() };
    const { wanted, tree } = question.learn;
    return { learnt: ready.learn(wanted, tree), log: ready.takeLog() };
  } catch (error) {
    return { log: [], error: error instanceof Error ? error.message : String(error) };
  }
}

/** If this thread was started for a scan: serves it and returns true, and the bundle does nothing else. */
export function runScanWorker(): boolean {
  const port = parentPort;
  const input = workerData as WorkerInput | null;
  if (isMainThread || port === null || input?.tag !== WORKER_TAG) return false;
  const engine = readWasm(input.bundleDir).then(wasm => ScanEngine.create(input.request, wasm));
  // Reported with the first answer; until then nobody listens.
  engine.catch(() => {});
  port.on('message', async (question: Question) => port.postMessage(await answer(engine, question)));
  return true;
}

function hereThread(request: ScanRequest, bundleDir: string): Thread {
  const engine = readWasm(bundleDir).then(wasm => ScanEngine.create(request, wasm));
  engine.catch(() => {});
  return { ask: question => answer(engine, question), stop: async () => undefined };
}

function workerThread(request: ScanRequest, bundleDir: string, bundle: string): Thread {
  const input: WorkerInput = { tag: WORKER_TAG, request, bundleDir };
  const worker = new Worker(bundle, {
    workerData: input,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  });
  const waiting: { resolve: (answer: Answer) => void; reject: (error: unknown) => void }[] = [];
  let ended: unknown = null;
  const fail = (error: unknown): void => {
    ended = error;
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  worker.on('message', (value: Answer) => waiting.shift()?.resolve(value));
  worker.on('error', fail);
  worker.on('exit', code => fail(new Error(`a scan thread ended early (exit code ${code})`)));
  return {
    ask: question =>
      new Promise((resolve, reject) => {
        if (ended !== null) {
          reject(ended);
          return;
        }
        waiting.push({ resolve, reject });
        worker.postMessage(question);
      }),
    stop: () => worker.terminate(),
  };
}

/** The threads of one scan. Each keeps what it read until it is told to analyse. */
export class ScanThreads {
  readonly #threads: readonly Thread[];
  /** Of each thread, the files that it read and nobody analysed yet. */
  readonly #waiting: readonly ScanFile[][];
  /** What the engines complained of. */
  readonly #log: string[] = [];

  /** @param count number of worker threads; 0, or no bundle to start them from: everything runs here */
  constructor(
    request: ScanRequest,
    place: { readonly bundleDir: string; readonly bundle: string | null },
    count: number,
  ) {
    const { bundle, bundleDir } = place;
    this.#threads =
      bundle === null || count < 1
        ? [hereThread(request, bundleDir)]
        : Array.from({ length: count }, () => workerThread(request, bundleDir, bundle));
    this.#waiting = this.#threads.map(() => []);
  }

  /** Reads the files, shared among the threads. `onRead` gets the number read so far. */
  async read(files: readonly ScanFile[], onRead: (count: number) => void = () => {}): Promise<ReadResult> {
    const handlers: [string, HandlerOp][] = [];
    const problems: ReadResult['problems'][number][] = [];
    let next = 0;
    let done = 0;
    await Promise.all(
      this.#threads.map(async (thread, index) => {
        while (next < files.length) {
          const batch = files.slice(next, next + BATCH);
          next += batch.length;
          this.#waiting[index]?.push(...batch);
          const { read } = await this.#ask(thread, { read: batch });
          for (const [name, op] of read?.handlers ?? []) handlers.push([name, op]);
          problems.push(...(read?.problems ?? []));
          done += batch.length;
          onRead(done);
        }
      }),
    );
    return { handlers, problems };
  }

  /** Analyses what was read and not yet analysed. In no order. */
  async analyse(handlers: ReadonlyMap<string, HandlerOp>): Promise<AnalyseResult> {
    const results: AnalyseResult[] = [];
    await Promise.all(
      this.#threads.map(async (thread, index) => {
        for (let batch = this.#take(index); batch.files.length > 0; batch = this.#take(index)) {
          // What another thread has read is read again, which costs little beside the analysis.
          if (batch.isForeign) await this.#ask(thread, { read: batch.files });
          const files = batch.files.map(({ absolute }) => absolute);
          const { analysed } = await this.#ask(thread, { analyse: { files, handlers } });
          if (analysed !== undefined) results.push(analysed);
        }
      }),
    );
    return {
      reports: results.flatMap(({ reports }) => reports),
      asked: uniteAsked(results.map(({ asked }) => asked)),
    };
  }

  /** The next files for a thread: its own; when they are all taken, the last of the thread that has most left. */
  #take(index: number): { readonly files: readonly ScanFile[]; readonly isForeign: boolean } {
    const own = this.#waiting[index]?.splice(0, ANALYSED) ?? [];
    if (own.length > 0) return { files: own, isForeign: false };
    const most = this.#waiting.reduce((a, b) => (b.length > a.length ? b : a), []);
    return { files: most.splice(-ANALYSED), isForeign: true };
  }

  /**
   * What the files that were analysed tell each other of what they asked.
   * @param also has files analysed that may tell more, and returns what these asked
   */
  learn(asked: Asked, also: (wanted: Asked) => Promise<Asked>): Promise<TreeKnowledge> {
    let besides = NOTHING_ASKED;
    return gatherInRounds(asked, async (first, tree) => {
      besides = uniteAsked([besides, await also(first)]);
      const wanted = uniteAsked([first, besides]);
      const answers = await this.#askAll({ learn: { wanted, tree } });
      return answers.flatMap(({ learnt }) => learnt ?? []);
    });
  }

  /** Analyses those files again to which this matters, in no order, and forgets which were analysed: this ends a scan. */
  async again(tree: TreeKnowledge): Promise<FileReport[]> {
    return (await this.#askAll({ again: tree })).flatMap(({ reports }) => reports ?? []);
  }

  /** What the engines complained of since the last call. */
  takeLog(): string[] {
    return this.#log.splice(0);
  }

  /** Ends the threads. */
  async stop(): Promise<void> {
    await Promise.all(this.#threads.map(thread => thread.stop()));
  }

  #askAll(question: Question): Promise<Answer[]> {
    return Promise.all(this.#threads.map(thread => this.#ask(thread, question)));
  }

  async #ask(thread: Thread, question: Question): Promise<Answer> {
    const value = await thread.ask(question);
    this.#log.push(...value.log);
    if (value.error !== undefined) throw new Error(value.error);
    return value;
  }
}
