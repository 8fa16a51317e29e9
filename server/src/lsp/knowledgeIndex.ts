/** What the files of the open trees tell each other about functions and constants, for the documents that ask. */

import {
  type Asked,
  asksDirectoryOf,
  directoriesAsked,
  directoryOf,
  type FileKnowledge,
  gatherInRounds,
  KnowledgeMemo,
  knowledgeOf,
  mayOffer,
  mayTellOfFields,
  NO_KNOWLEDGE,
  NOTHING_ASKED,
  type RoughOffers,
  roughOffers,
  sameKnowledge,
  type TreeKnowledge,
  uniteAsked,
} from '../analysis/index.js';
import { type KernelChoice, type Logger, profileOf, versionOf } from '../ide/index.js';
import { type KernelCParser, readSource } from '../syntax/index.js';
import { detached } from './detached.js';
import type { Quiet } from './quiet.js';
import type { Runtime } from './runtime.js';

/** What a file told in the rounds so far, and the text that it was read of. */
interface Memo {
  readonly text: string;
  readonly knowledge: KnowledgeMemo;
}

const ASKED = ['functions', 'constants', 'pages', 'structs', 'fields', 'directories'] as const;

/** Nobody waits for this: it is looked up when the questions of the moment are answered. Milliseconds. */
const PATIENCE = 200;

/** Knows of every file of the trees what it may offer, and reads those whose offer a document asks for. */
export class KnowledgeIndex {
  readonly #runtime: Runtime;
  readonly #quiet: Quiet;
  readonly #log: Logger;
  readonly #parser: Promise<KernelCParser | null>;
  readonly #onKnowledge: (tree: TreeKnowledge) => void;
  readonly #offers = new Map<string, RoughOffers>();
  /** What the documents asked so far, and the kernel that they were read for. */
  #asked: Asked = NOTHING_ASKED;
  /** What documents ask beside that, by document: worked out when nobody waits. */
  readonly #unheard = new Map<string, { readonly asked: () => Asked; readonly kernel: KernelChoice }>();
  /** Whether there is something new to learn. */
  #isDue = false;
  #kernel: KernelChoice | null = null;
  #tree: TreeKnowledge = NO_KNOWLEDGE;
  #cancel: (() => void) | null = null;
  #idle: Promise<void> = Promise.resolve();
  #disposed = false;

  /** @param options `onKnowledge` is told when other files turn out to tell something else than before */
  constructor(options: {
    readonly runtime: Runtime;
    readonly quiet: Quiet;
    readonly log: Logger;
    readonly parser: Promise<KernelCParser | null>;
    readonly onKnowledge: (tree: TreeKnowledge) => void;
  }) {
    this.#runtime = options.runtime;
    this.#quiet = options.quiet;
    this.#log = options.log;
    this.#parser = options.parser;
    this.#onKnowledge = options.onKnowledge;
  }

  /** What is known so far. */
  get tree(): TreeKnowledge {
    return this.#tree;
  }

  /** A file of a tree was read, is new or changed; null: it is gone. */
  onText(path: string, text: string | null): void {
    const offers = text === null ? null : roughOffers(text, path);
    const before = this.#offers.get(path);
    if (offers === null) this.#offers.delete(path);
    else this.#offers.set(path, detached(offers));
    const concerns =
      asksDirectoryOf(path, this.#asked) ||
      [before, offers].some(each => each !== null && each !== undefined && mayOffer(each, this.#asked));
    if (!concerns) return;
    this.#isDue = true;
    this.#soon();
  }

  /** A document was analysed: `asked` tells what it asked. What the files beside it store in fields may concern it too. */
  onAsked(document: string, asked: () => Asked, kernel: KernelChoice): void {
    this.#unheard.set(document, { asked, kernel });
    this.#soon();
  }

  #hear(): void {
    for (const [document, { asked, kernel }] of this.#unheard) {
      const beside = { ...NOTHING_ASKED, directories: new Set([directoryOf(document)]) };
      const all = uniteAsked([this.#asked, asked(), beside]);
      const more = ASKED.some(what => all[what].size > this.#asked[what].size);
      if (!more && kernel.text === this.#kernel?.text) continue;
      this.#asked = detached(all);
      this.#kernel = kernel;
      this.#isDue ||= [...this.#offers].some(
        ([path, offers]) => mayOffer(offers, all) || asksDirectoryOf(path, all),
      );
    }
    this.#unheard.clear();
  }

  /**
   * What the files below a root (null: all) tell of what was asked; keeps nothing of it. Of files that are not indexed yet
   * nothing is known.
   */
  async learn(asked: Asked, kernel: KernelChoice, root: string | null): Promise<TreeKnowledge> {
    const parser = await this.#parser;
    if (parser === null) return NO_KNOWLEDGE;
    // Parsed once for all rounds, and forgotten after them.
    const own = parser.fork();
    return this.#gather(asked, own, kernel, root);
  }

  /** Stops for good. */
  dispose(): void {
    this.#disposed = true;
    this.#cancel?.();
  }

  #soon(): void {
    this.#cancel?.();
    this.#cancel = this.#runtime.later(PATIENCE, () => {
      this.#cancel = null;
      this.#hear();
      if (this.#isDue) this.#idle = this.#idle.then(() => this.#learn());
      this.#isDue = false;
    });
  }

  async #learn(): Promise<void> {
    const parser = await this.#parser;
    const kernel = this.#kernel;
    if (parser === null || kernel === null) return;
    try {
      const tree = await this.#gather(this.#asked, parser, kernel, null);
      if (this.#disposed || sameKnowledge(this.#tree, tree)) return;
      this.#tree = detached(tree);
      this.#onKnowledge(this.#tree);
    } catch (error) {
      this.#log.warn(`what other files define was not looked up: ${String(error)}`);
    }
  }

  #gather(
    asked: Asked,
    parser: KernelCParser,
    kernel: KernelChoice,
    root: string | null,
  ): Promise<TreeKnowledge> {
    const memos = new Map<string, Memo>();
    return gatherInRounds(asked, (wanted, known) => this.#ask(parser, kernel, wanted, known, root, memos));
  }

  async #ask(
    parser: KernelCParser,
    kernel: KernelChoice,
    wanted: Asked,
    tree: TreeKnowledge,
    root: string | null,
    memos: Map<string, Memo>,
  ): Promise<readonly FileKnowledge[]> {
    const told: FileKnowledge[] = [];
    const besides = await Promise.all(
      [...directoriesAsked(wanted)].map(directory => this.#runtime.sourcesIn(directory)),
    );
    for (const path of [...new Set([...this.#offers.keys(), ...besides.flat()])].sort()) {
      if (this.#disposed) return [];
      if (root !== null && !path.startsWith(`${root}/`)) continue;
      const offers = this.#offers.get(path);
      const offered = offers !== undefined && mayOffer(offers, wanted);
      if (!offered && !asksDirectoryOf(path, wanted)) continue;
      const text = await this.#runtime.readText(path);
      if (text === null || (!offered && !mayTellOfFields(path, text, wanted))) {
        // A directory of a driver may have hundreds of files that have nothing to tell.
        await this.#runtime.yield();
        continue;
      }
      let memo = memos.get(path);
      // The file may have changed since the last round.
      if (memo?.text !== text) {
        memo = { text, knowledge: new KnowledgeMemo(path, text) };
        memos.set(path, memo);
      }
      told.push(
        memo.knowledge.of(
          wanted,
          tree,
          () => readSource(text, { version: versionOf(kernel) }),
          file => knowledgeOf(file, path, parser, profileOf(kernel), wanted, tree),
        ),
      );
      await this.#quiet.wait();
    }
    return told;
  }
}
