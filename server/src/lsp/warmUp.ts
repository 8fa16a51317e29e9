/**
 * The engine's first runs, while nobody waits: the grammar's WebAssembly and the engine's own code are compiled as they
 * are used, which makes the first file of a process several times slower than the tenth.
 */

import { NEWEST_RELEASE } from '../../../kernel/src/index.js';
import { AnalysisHost, type Logger } from '../ide/index.js';
import { RULES } from '../rules/index.js';
import type { KernelCParser } from '../syntax/index.js';
import type { Quiet } from './quiet.js';

const SILENT: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
/** As many tables as it takes for the simulator. */
const HOVERS = 12;
/** What ran a few times is about as fast as it will be. */
const ROUNDS = 2;

/** Files of a kernel tree, of every release, that lead through most of the engine with functions of the usual size. */
export const USUAL_FILES: readonly string[] = [
  'arch/x86/mm/fault.c',
  'drivers/infiniband/hw/usnic/usnic_uiom.c',
  'drivers/vfio/vfio_iommu_type1.c',
  'mm/process_vm_access.c',
];

/** When the engine may run for nobody. */
export interface WarmUpOptions {
  readonly parser: KernelCParser;
  readonly quiet: Pick<Quiet, 'wait'>;
  /** The texts of {@link USUAL_FILES}, as far as they can be read. */
  readonly usual: () => Promise<readonly string[]>;
  /** Asked before each file. */
  readonly isOver: () => boolean;
}

/**
 * Runs the whole engine over the examples of all rules, which lead through all of it, then over some files of the
 * kernel, and forgets them: one file at a time, each when the client is quiet.
 *
 * @returns whether it came to its end. Never rejects
 */
export async function warmUp({ parser, quiet, usual, isOver }: WarmUpOptions): Promise<boolean> {
  const examples = RULES.flatMap(rule => rule.examples.flatMap(({ bad, good }) => [bad, good]));
  const files = await usual().catch(() => []);
  const kernel = { release: NEWEST_RELEASE, text: NEWEST_RELEASE, source: 'default', note: null } as const;
  for (const texts of [examples, files].flatMap(one => Array<readonly string[]>(ROUNDS).fill(one))) {
    // What a parser has read is kept: by another it is all work again.
    const host = new AnalysisHost({ parser: parser.fork(), log: SILENT });
    let hovers = 0;
    for (const [i, text] of texts.entries()) {
      await quiet.wait();
      if (isOver()) return false;
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
  return true;
}
