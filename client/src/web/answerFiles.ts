/** Reading files for a server that has no disk: what the editor shows is asked of VS Code, wherever it is kept. */

import { type Disposable, FileType, Uri, workspace } from 'vscode';
import type { BaseLanguageClient } from 'vscode-languageclient';
import {
  FILES_ABOVE,
  FILES_IN,
  type FilesAboveParams,
  type FilesAboveResult,
  type FilesInParams,
  type FilesInResult,
  READ_FILE,
  type ReadFileParams,
  type ReadFileResult,
} from '../../../server/protocol/index.js';
import { isFile } from '../kernelTree.js';

/** Answers the requests about files of a client's server, until the result is disposed of. A failure is an answer: not there. */
export function answerFiles(client: BaseLanguageClient): readonly Disposable[] {
  return [
    client.onRequest<FilesAboveResult, never>(FILES_ABOVE, filesAbove),
    client.onRequest<FilesInResult, never>(FILES_IN, filesIn),
    client.onRequest<ReadFileResult, never>(READ_FILE, readFile),
  ];
}

async function filesAbove({ uri, names }: FilesAboveParams): Promise<FilesAboveResult> {
  const directories = directoriesAbove(Uri.parse(uri, true));
  const found = await Promise.all(
    directories.map(async directory => {
      const there = await Promise.all(names.map(name => isFile(Uri.joinPath(directory, name))));
      return { directory: directory.toString(), holds: names.filter((_, index) => there[index]) };
    }),
  );
  return found.filter(({ holds }) => holds.length > 0);
}

/** Nearest first. */
function directoriesAbove(file: Uri): readonly Uri[] {
  const above: Uri[] = [];
  for (let at = Uri.joinPath(file, '..'); ; at = Uri.joinPath(at, '..')) {
    if (above.at(-1)?.path === at.path) return above;
    above.push(at);
  }
}

async function filesIn({ uri }: FilesInParams): Promise<FilesInResult> {
  const parsed = Uri.parse(uri, true);
  // The top of a file system, named without its slash.
  const directory = parsed.path === '' ? parsed.with({ path: '/' }) : parsed;
  try {
    const entries = await workspace.fs.readDirectory(directory);
    const having = (wanted: FileType): readonly string[] =>
      entries
        .filter(([, type]) => (type & wanted) !== 0 && !isLinkedDirectory(type))
        .map(([name]) => Uri.joinPath(directory, name).toString());
    return { files: having(FileType.File), directories: having(FileType.Directory) };
  } catch {
    return { files: [], directories: [] };
  }
}

/** A link to a directory may lead up again. */
function isLinkedDirectory(type: FileType): boolean {
  return type === (FileType.SymbolicLink | FileType.Directory);
}

async function readFile({ uri, atMost }: ReadFileParams): Promise<ReadFileResult> {
  const file = Uri.parse(uri, true);
  try {
    const { size } = await workspace.fs.stat(file);
    if (size > atMost) return { reason: `larger than ${atMost / 1024 / 1024} MB` };
    return { bytes: await workspace.fs.readFile(file) };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}
