/** Which tree a file is of and which release that is, remembered until the tree's Makefile or headers change. */

import { resolveRelease } from '../../../kernel/src/index.js';
import type { Settings } from '../config/index.js';
import type { KernelChoice, Logger } from '../ide/index.js';
import { releaseAskedFor } from '../workspace/content/index.js';
import { pathOf } from './fromProto.js';
import type { Runtime, Tree } from './runtime.js';

/** A file's surroundings. */
export interface Surroundings {
  readonly tree: Tree | null;
  readonly kernel: KernelChoice;
}

/** Never rejects: where the disk says no, the file is taken to be in no tree, and that is logged. */
export class Trees {
  readonly #runtime: Runtime;
  readonly #log: Logger;
  readonly #override: KernelChoice | null;
  readonly #releases = new Map<string, Promise<KernelChoice>>();

  /** @param override a release asked for on the command line: it wins over the trees and the settings */
  constructor(runtime: Runtime, log: Logger, override: KernelChoice | null) {
    this.#runtime = runtime;
    this.#log = log;
    this.#override = override;
  }

  /** What is around a document; one that is not on the disk is in no tree. */
  async around(uri: string, settings: Settings): Promise<Surroundings> {
    const path = this.#runtime.isOnDisk(uri) ? pathOf(uri) : null;
    const tree = path === null ? null : await this.#findTree(path);
    return { tree, kernel: this.#override ?? (await this.#choose(path, tree, settings)) };
  }

  /** Forgets the releases: a Makefile, or a header that defines flags, changed. */
  forget(): void {
    this.#releases.clear();
  }

  async #findTree(path: string): Promise<Tree | null> {
    try {
      return await this.#runtime.findTree(path);
    } catch (error) {
      this.#log.warn(`cannot look for a kernel tree around ${path}: ${String(error)}`);
      return null;
    }
  }

  async #choose(path: string | null, tree: Tree | null, settings: Settings): Promise<KernelChoice> {
    const asked = releaseAskedFor(path, tree?.root ?? null, settings);
    if (asked !== 'auto') {
      const resolved = resolveRelease(asked);
      if (!('error' in resolved)) {
        return { release: resolved.release, text: resolved.text, source: 'setting', note: resolved.note };
      }
    }
    if (tree === null) return this.#runtime.defaultRelease('the file is in no kernel tree');
    let release = this.#releases.get(tree.root);
    if (release === undefined) {
      release = this.#runtime.releaseOfTree(tree.root).catch((error: unknown) => {
        this.#log.warn(`cannot read the release of ${tree.root}: ${String(error)}`);
        return this.#runtime.defaultRelease(`the release of ${tree.root} cannot be read`);
      });
      this.#releases.set(tree.root, release);
    }
    return release;
  }
}
