/** Finds the callers of a function in the files of a tree: by its linkage, in every branch of every `#if`. */

import { versionOf } from '../ide/index.js';
import {
  definitionOf,
  includesOf,
  type LineIndex,
  readSource,
  type SourceFile,
  type Use,
  usesOf,
} from '../syntax/index.js';
import { pathOf } from './fromProto.js';
import { IncludeClosure } from './includeClosure.js';
import { type Definer, isHeader, linkageOf } from './linkage.js';
import type { OpenDocuments } from './openDocuments.js';
import type { Runtime } from './runtime.js';
import { uriOf } from './toProto.js';

/** What files are read with. */
export interface FileReaders {
  readonly documents: OpenDocuments;
  readonly runtime: Runtime;
}

/** A file as it is looked through. */
export interface Looked {
  readonly uri: string;
  readonly path: string;
  /** From the top of the tree. */
  readonly shownPath: string;
  readonly file: SourceFile;
  readonly lines: LineIndex;
}

/** The uses of a function in one file. */
export interface UsesInFile {
  readonly looked: Looked;
  readonly uses: readonly Use[];
  /** How many other definitions of the name may be meant as well. */
  readonly otherDefinitions: number;
}

/** A file with what is not saved, read for its release; null if it cannot be read. */
export async function look(uri: string, { documents, runtime }: FileReaders): Promise<Looked | null> {
  const path = pathOf(uri);
  const text = await textOf(path, { documents, runtime });
  if (text === null) return null;
  const { tree, kernel } = await documents.context(uri);
  const file = readSource(text, { version: versionOf(kernel) });
  const root = tree === null ? '' : `${tree.root}/`;
  const shownPath = path.startsWith(root) ? path.slice(root.length) : path;
  return { uri, path, shownPath, file, lines: file.lines };
}

/** The text of a file with what is not saved; null if it cannot be read. */
async function textOf(path: string, { documents, runtime }: FileReaders): Promise<string | null> {
  return documents.openText(path) ?? (await runtime.readText(path));
}

/** Where the callers of a function or of a macro are looked for. */
export interface Sought {
  readonly name: string;
  readonly uri: string;
  /** Only its own file can name it. */
  readonly isLocal: boolean;
}

/** The uses of a function that a file defines: first those of that file. Rejects if it is called off. */
export async function usesInTree(
  { name, uri, isLocal }: Sought,
  readers: FileReaders,
  signal: AbortSignal,
): Promise<UsesInFile[]> {
  const { documents, runtime } = readers;
  const own = await look(uri, readers);
  const found: UsesInFile[] =
    own === null ? [] : [{ looked: own, uses: usesOf(own.file, name), otherDefinitions: 0 }];
  const { tree } = await documents.context(uri);
  if (own === null || isLocal || tree === null || !runtime.isOnDisk(uri)) return found;
  const { paths } = await runtime.findCandidates(tree.searched, [name], signal);
  const definers: Definer[] = [];
  const elsewhere: { readonly looked: Looked; readonly uses: readonly Use[] }[] = [];
  for (const path of paths) {
    signal.throwIfAborted();
    const looked = path === own.path ? null : await look(uriOf(path), readers);
    await runtime.yield();
    if (looked === null) continue;
    const definition = definitionOf(looked.file, name);
    if (definition !== null) definers.push({ path: looked.shownPath, definition });
    // What a file defines itself it means; a definition for others is known by then.
    const uses = definition === null ? usesOf(looked.file, name) : [];
    if (uses.length > 0) elsewhere.push({ looked, uses });
  }
  const defined: Definer = { path: own.shownPath, definition: definitionOf(own.file, name) ?? 'extern' };
  // Where each definition is in a C file it does not matter what comes by includes; over a network it would take too long.
  const asksIncludes =
    runtime.searchBelow === null && [defined, ...definers].some(({ path }) => isHeader(path));
  const closure = new IncludeClosure(
    path => textOf(`${tree.root}/${path}`, readers),
    () => runtime.yield(),
  );
  for (const { looked, uses } of elsewhere) {
    const path = looked.shownPath;
    const included = asksIncludes ? await closure.of(path, own.shownPath, signal) : null;
    const user = { path, includes: includesOf(looked.file), included };
    const { linkage, others } = linkageOf(user, defined, definers);
    if (linkage !== 'no') found.push({ looked, uses, otherDefinitions: others });
  }
  return found;
}
