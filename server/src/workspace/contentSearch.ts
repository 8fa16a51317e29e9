/** Searching the content of files for literal strings without ripgrep, in worker threads where there are any. */

import { closeSync, openSync, readSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { reasonOf } from './readText.js';
import { reduceNeedles } from './stems.js';

/** Tells a bundle that re-enters itself as a worker thread which worker it is. */
const WORKER_TAG = 'gup-lens-content-search';

/** How much of a file is in memory at a time. Bytes. */
const CHUNK = 1 << 20;

/** Files handed to a worker at a time: enough to hide the message, few enough to share the work. */
const BATCH = 512;

/** Tells of a file whether it holds any of the needles. Reads through one buffer, kept between files. */
export class ContentMatcher {
  readonly #pattern: RegExp;
  readonly #overlap: number;
  readonly #buffer = Buffer.allocUnsafe(CHUNK);

  /** @param needles literal strings; they are compared as UTF-8 bytes */
  constructor(needles: readonly string[]) {
    const bytes = reduceNeedles(needles).map(needle => Buffer.from(needle, 'utf8').toString('latin1'));
    // Latin-1 keeps a byte a character, so one regular expression runs over any content.
    this.#pattern =
      bytes.length === 0
        ? /(?!)/
        : new RegExp(bytes.map(text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'));
    this.#overlap = Math.max(0, ...bytes.map(text => text.length - 1));
  }

  /** Whether the file holds a needle. Throws what the disk throws. */
  matches(path: string): boolean {
    const file = openSync(path, 'r');
    try {
      let kept = 0;
      for (;;) {
        const got = readSync(file, this.#buffer, kept, CHUNK - kept, null);
        const end = kept + got;
        if (got === 0) return false;
        if (this.#pattern.test(this.#buffer.toString('latin1', 0, end))) return true;
        kept = Math.min(this.#overlap, end);
        this.#buffer.copyWithin(0, end - kept, end);
      }
    } finally {
      closeSync(file);
    }
  }
}

/** What became of a batch of files; indices into it. */
interface BatchResult {
  readonly found: readonly number[];
  readonly failed: readonly { readonly index: number; readonly reason: string }[];
}

function searchBatch(matcher: ContentMatcher, paths: readonly string[]): BatchResult {
  const found: number[] = [];
  const failed: { index: number; reason: string }[] = [];
  paths.forEach((path, index) => {
    try {
      if (matcher.matches(path)) found.push(index);
    } catch (error) {
      const { kind, reason } = reasonOf(error);
      // A file that went away, or a dangling link, is no file.
      if (kind !== 'missing') failed.push({ index, reason });
    }
  });
  return { found, failed };
}

/**
 * To be called first by a bundle whose file is given as `workerFile` of a search: if this thread was started
 * for the search, serves it and returns true; the bundle then does nothing else.
 */
export function runSearchWorker(): boolean {
  const port = parentPort;
  const data = workerData as { tag?: unknown; needles?: unknown } | null;
  if (isMainThread || port === null || data?.tag !== WORKER_TAG || !Array.isArray(data.needles)) return false;
  const matcher = new ContentMatcher(data.needles.map(String));
  port.on('message', (paths: readonly string[]) => port.postMessage(searchBatch(matcher, paths)));
  return true;
}

/** A search without ripgrep. */
export interface ContentSearch {
  readonly directory: string;
  /** Relative to `directory`. */
  readonly paths: Iterable<string>;
  readonly needles: readonly string[];
  /** The bundle to start worker threads from; null: search in this thread, giving way between batches. */
  readonly workerFile: string | null;
  readonly signal?: AbortSignal | undefined;
  readonly onPath?: ((path: string) => void) | undefined;
  readonly onProblem: (path: string, reason: string) => void;
  /** Called with the number of files searched so far. */
  readonly onSearched?: ((files: number) => void) | undefined;
}

/** The files that hold a needle, in no order. Rejects with the signal's reason when aborted. */
export async function searchContent(search: ContentSearch): Promise<string[]> {
  const found: string[] = [];
  let searched = 0;
  const batches = batchesOf(search.paths);
  const serve = async (run: (paths: readonly string[]) => Promise<BatchResult>): Promise<void> => {
    for (let next = batches.next(); !next.done; next = batches.next()) {
      search.signal?.throwIfAborted();
      const batch = next.value;
      const result = await run(batch.map(path => join(search.directory, path)));
      for (const index of result.found) {
        const path = batch[index] as string;
        found.push(path);
        search.onPath?.(path);
      }
      for (const { index, reason } of result.failed) search.onProblem(batch[index] as string, reason);
      searched += batch.length;
      search.onSearched?.(searched);
    }
    search.signal?.throwIfAborted();
  };
  const { workerFile, needles } = search;
  if (workerFile === null) {
    const matcher = new ContentMatcher(needles);
    await serve(async paths => {
      await new Promise(resolve => setImmediate(resolve));
      return searchBatch(matcher, paths);
    });
    return found;
  }
  const threads = Math.min(4, availableParallelism());
  const workers = Array.from({ length: threads }, () => {
    return new Worker(workerFile, { workerData: { tag: WORKER_TAG, needles } });
  });
  try {
    await Promise.all(workers.map(worker => serve(paths => ask(worker, paths))));
  } finally {
    await Promise.all(workers.map(worker => worker.terminate()));
  }
  return found;
}

function ask(worker: Worker, paths: readonly string[]): Promise<BatchResult> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      worker.off('message', onMessage);
      worker.off('error', onError);
      worker.off('exit', onExit);
    };
    const onMessage = (result: BatchResult): void => {
      done();
      resolve(result);
    };
    const onError = (error: unknown): void => {
      done();
      reject(error);
    };
    const onExit = (code: number): void => {
      done();
      reject(new Error(`a search thread ended early (exit code ${code})`));
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.postMessage(paths);
  });
}

function* batchesOf(paths: Iterable<string>): Generator<string[]> {
  let batch: string[] = [];
  for (const path of paths) {
    batch.push(path);
    if (batch.length === BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
