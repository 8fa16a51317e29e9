/** What changes in the workspace's files that call sites are read from, gathered until it is quiet. */

import { type Disposable, Uri, workspace } from 'vscode';

/** A save touches a file and what a tool makes of it; a checkout many files, over some time. Milliseconds. */
const QUIET = 500;

/** More files at a time than this are no edits: everything is looked at anew. */
const MANY = 40;

/** Settings that say what is found; others are of how the editor shows it. */
const TELLING: readonly string[] = ['gupLens.kernel', 'gupLens.diagnostics'];

/** Tells of changes of sources and, where a release or a setting may have changed, of everything. */
export class ChangedFiles implements Disposable {
  readonly #onSources: (changed: readonly Uri[], gone: readonly Uri[]) => void;
  readonly #onEverything: () => void;
  readonly #subscriptions: Disposable[];
  readonly #changed = new Set<string>();
  readonly #gone = new Set<string>();
  #everything = false;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(options: {
    readonly onSources: (changed: readonly Uri[], gone: readonly Uri[]) => void;
    readonly onEverything: () => void;
  }) {
    this.#onSources = options.onSources;
    this.#onEverything = options.onEverything;
    const sources = workspace.createFileSystemWatcher('**/*.{c,h,S}');
    const telling = workspace.createFileSystemWatcher('**/{Makefile,.gup-lens.json}');
    this.#subscriptions = [
      sources,
      telling,
      sources.onDidChange(uri => this.#take(uri, true)),
      sources.onDidCreate(uri => this.#take(uri, true)),
      sources.onDidDelete(uri => this.#take(uri, false)),
      ...[telling.onDidChange, telling.onDidCreate, telling.onDidDelete].map(event =>
        event(uri => {
          // A kernel has a Makefile in each directory, of which the topmost names the release.
          if (uri.path.endsWith('.json') || isTop(uri)) this.#takeEverything();
        }),
      ),
      workspace.onDidChangeConfiguration(event => {
        if (TELLING.some(section => event.affectsConfiguration(section))) this.#takeEverything();
      }),
    ];
  }

  dispose(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #take(uri: Uri, isThere: boolean): void {
    const [one, other] = isThere ? [this.#changed, this.#gone] : [this.#gone, this.#changed];
    one.add(uri.toString());
    other.delete(uri.toString());
    this.#wait();
  }

  #takeEverything(): void {
    this.#everything = true;
    this.#wait();
  }

  #wait(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tell(), QUIET);
  }

  #tell(): void {
    this.#timer = null;
    const [changed, gone] = [[...this.#changed], [...this.#gone]];
    const everything = this.#everything || changed.length + gone.length > MANY;
    this.#changed.clear();
    this.#gone.clear();
    this.#everything = false;
    if (everything) this.#onEverything();
    else this.#onSources(changed.map(toUri), gone.map(toUri));
  }
}

function isTop(uri: Uri): boolean {
  return (workspace.workspaceFolders ?? []).some(
    ({ uri: folder }) => uri.toString() === Uri.joinPath(folder, 'Makefile').toString(),
  );
}

function toUri(text: string): Uri {
  return Uri.parse(text, true);
}
