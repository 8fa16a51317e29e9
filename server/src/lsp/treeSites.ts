/** `gupLens/sites`: the call sites and handlers of a whole tree, as they are found. */

import { CORE_HANDLERS, SITE_FUNCTIONS } from '../../../kernel/src/index.js';
import type { NotAnalysed, Site } from '../../protocol/index.js';
import { analyseFile, type HandlerOp, type TreeKnowledge } from '../analysis/index.js';
import { type Logger, profileOf, versionOf } from '../ide/index.js';
import { type KernelCParser, readSource } from '../syntax/index.js';
import type { Context } from './openDocuments.js';
import type { Runtime } from './runtime.js';
import { rangeOf, toSite, uriOf } from './toProto.js';

/** What one file of the tree holds. */
export interface FileSites {
  readonly sites: readonly Site[];
  readonly notAnalysed: readonly NotAnalysed[];
}

/** What the search needs. */
export interface TreeSitesOptions {
  readonly root: string;
  readonly context: Context;
  readonly handlers: ReadonlyMap<string, HandlerOp>;
  /** What files are known to tell each other. */
  readonly known: TreeKnowledge;
  readonly parser: KernelCParser;
  readonly runtime: Runtime;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** The unsaved text of a file that is open; null: read the disk. */
  readonly openText: (path: string) => string | null;
  readonly onProgress: (message: string) => void;
}

/**
 * The files that hold something, in order of path, each as soon as it is analysed; between two the event loop has
 * its turn. A file that cannot be read or analysed is named in `notAnalysed`. Rejects when aborted.
 */
export async function* treeSites(options: TreeSitesOptions): AsyncGenerator<FileSites> {
  const { root, runtime, signal, onProgress } = options;
  const needles = [
    ...SITE_FUNCTIONS.keys(),
    'vm_operations_struct',
    ...options.handlers.keys(),
    ...CORE_HANDLERS.keys(),
  ];
  const { paths, notes } = await runtime.findCandidates(root, needles, signal);
  yield { sites: [], notAnalysed: notes.map(({ path, reason }) => leftOut(`${root}/${path}`, reason)) };
  for (const [done, path] of paths.entries()) {
    signal.throwIfAborted();
    const file = await fileSites(path, options);
    if (file.sites.length > 0 || file.notAnalysed.length > 0) yield file;
    if (done % 16 === 15) onProgress(`${done + 1} of ${paths.length} files`);
    await runtime.yield();
  }
}

async function fileSites(path: string, options: TreeSitesOptions): Promise<FileSites> {
  const { context, handlers, known, parser, runtime, log, openText } = options;
  const text = openText(path) ?? (await runtime.readText(path));
  if (text === null) return { sites: [], notAnalysed: [leftOut(path, 'cannot be read')] };
  const uri = uriOf(path);
  try {
    const source = readSource(text, { version: versionOf(context.kernel) });
    const analysis = analyseFile(source, parser, profileOf(context.kernel), {
      handlers,
      tree: known,
      path,
    });
    const all = [analysis, ...analysis.others];
    const sites = all.flatMap(one => one.sites).sort((a, b) => a.span.start - b.span.start);
    return {
      sites: sites.map(site => toSite(site, uri, source.lines)),
      notAnalysed: all
        .flatMap(one => one.notAnalysed)
        .map(({ function: name, span, reason }) => {
          return { uri, range: rangeOf(span, source.lines), function: name, reason };
        }),
    };
  } catch (error) {
    log.error(`${path}: the analysis failed: ${String(error)}`);
    return { sites: [], notAnalysed: [leftOut(path, 'the analysis failed; see the log')] };
  }
}

function leftOut(path: string, reason: string): NotAnalysed {
  return { uri: uriOf(path), range: null, function: null, reason };
}
