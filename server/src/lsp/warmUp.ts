/**
 * The engine's first run, before anybody waits: the grammar's WebAssembly and the engine's own code are compiled as
 * they are used, which makes the first file of a process several times slower than the second.
 */

import { NEWEST_RELEASE } from '../../../kernel/src/index.js';
import { AnalysisHost, type Logger } from '../ide/index.js';
import { RULES } from '../rules/index.js';
import type { KernelCParser } from '../syntax/index.js';

const SILENT: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
/** As many tables as it takes for the simulator. */
const HOVERS = 12;

/**
 * Runs the whole engine over the examples of all rules, which lead through all of it, and forgets them. Takes some
 * hundred milliseconds in a new process. Never throws.
 */
export function warmUp(parser: KernelCParser): void {
  const host = new AnalysisHost({ parser, log: SILENT });
  const kernel = { release: NEWEST_RELEASE, text: NEWEST_RELEASE, source: 'default', note: null } as const;
  const texts = RULES.flatMap(({ examples }) => examples.flatMap(({ bad, good }) => [bad, good]));
  let hovers = 0;
  for (const [i, text] of texts.entries()) {
    const path = `warm-up-${i}.c`;
    host.applyChange({ files: [{ path, text, version: 0, kernel }] });
    const analysis = host.snapshot();
    analysis.diagnostics(path);
    analysis.inlayHints(path, { start: 0, end: text.length });
    const call = text.search(/\b(?:get|pin)_user_pages/);
    // The table of a hover simulates the call: the first of a process takes ten times as long as any after it.
    if (call >= 0 && hovers++ < HOVERS) analysis.hover(path, call);
    host.applyChange({ files: [{ path, text: null, version: 0, kernel }] });
  }
}
