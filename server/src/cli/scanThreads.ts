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

/** Files a thread is given at a time. */
const BATCH = 8;

interface WorkerInput {
  readonly tag: typeof WORKER_TAG;
  readonly request: ScanRequest;
  readonly bundleDir: string;
}

type Question =
  | { readonly read: readonly ScanFile[] }
  | { readonly analyse: ReadonlyMap<string, HandlerOp> }
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
    if ('analyse' in question) return { analysed: ready.analyse(question.analyse), log: ready.takeLog() };
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
  }

  /** Reads the files, shared among the threads. `onRead` gets the number read so far. */
  async read(files: readonly ScanFile[], onRead: (count: number) => void = () => {}): Promise<ReadResult> {
    const handlers: [string, HandlerOp][] = [];
    const problems: ReadResult['problems'][number][] = [];
    let next = 0;
    let done = 0;
    await Promise.all(
      this.#threads.map(async thread => {
        while (next < files.length) {
          const batch = files.slice(next, next + BATCH);
          next += batch.length;
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
    const answers = await this.#askAll({ analyse: handlers });
    const results = answers.flatMap(({ analysed }) => analysed ?? []);
    return {
      reports: results.flatMap(({ reports }) => reports),
      asked: uniteAsked(results.map(({ asked }) => asked)),
    };
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
