/** Files, where the server has no disk: it asks its client, which has what the editor shows. */

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
} from '../../../protocol/index.js';
import { HUGE_FILE, sourceText, type TextFile, type Unreadable } from '../../workspace/content/index.js';
import { pathOf } from '../fromProto.js';
import { uriOf } from '../toProto.js';

/** Sends a request to the client. */
export type Ask = <P, R>(method: string, params: P) => Promise<R>;

/** A directory above a file, and which of the names asked for it holds. */
export interface DirectoryAbove {
  readonly path: string;
  readonly holds: readonly string[];
}

/** Paths are what `pathOf` makes of URIs. All members reject if the client does not answer. */
export class ClientFiles {
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** The directories above a file, nearest first, that hold a file of one of the names; these may have directories in them. */
  async above(path: string, names: readonly string[]): Promise<readonly DirectoryAbove[]> {
    const found = await this.#ask<FilesAboveParams, FilesAboveResult>(FILES_ABOVE, {
      uri: uriOf(path),
      names,
    });
    return found.map(({ directory, holds }) => ({ path: withoutSlash(pathOf(directory)), holds }));
  }

  /** A file as text, or why it is not to be had as that. */
  async read(path: string): Promise<TextFile | Unreadable> {
    const params: ReadFileParams = { uri: uriOf(path), atMost: HUGE_FILE };
    const answer = await this.#ask<ReadFileParams, ReadFileResult>(READ_FILE, params);
    return 'bytes' in answer ? sourceText(answer.bytes) : { kind: 'error', reason: answer.reason };
  }

  /** The text of a file; null if it is not to be had. */
  async text(path: string): Promise<string | null> {
    const file = await this.read(path);
    return 'text' in file ? file.text : null;
  }

  /** What lies in a directory itself, sorted. */
  async in(directory: string): Promise<FilesInResult> {
    const { files, directories } = await this.#ask<FilesInParams, FilesInResult>(FILES_IN, {
      uri: uriOf(directory),
    });
    return { files: files.map(pathOf).sort(), directories: directories.map(pathOf).sort() };
  }
}

/** The top of a file system ends in a slash, other directories do not. */
function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}
