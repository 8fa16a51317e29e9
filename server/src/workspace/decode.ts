/** Reading a source file as text, whatever its encoding. */

import { readFileSync, statSync } from 'node:fs';

/** Sources above this size are generated register tables, not code that calls anything. Bytes. */
export const HUGE_FILE = 4 * 1024 * 1024;

/** How much of a file is looked at to tell whether it is binary, as git does. Bytes. */
const BINARY_PROBE = 8000;

/** A file as text. `note` says what a person should know about the reading; null: plain UTF-8. */
export interface TextFile {
  readonly text: string;
  readonly encoding: 'utf-8' | 'latin1';
  readonly note: string | null;
}

/** Why a file was not read. `reason` names the cause, not the file. */
export interface Unreadable {
  readonly reason: string;
  /** `missing` (there is no such file, or only a link to none), `denied`, `error`: the disk said no. `binary`/`huge`/`not-a-file`: it was left out on purpose. */
  readonly kind: 'missing' | 'denied' | 'error' | 'binary' | 'huge' | 'not-a-file';
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes a file: UTF-8 or, where a byte sequence is not UTF-8 (old comments with names in Latin-1), Latin-1
 * for the whole file, so that no offset is lost. Line ends and a byte order mark are kept.
 */
export function decode(bytes: Uint8Array): TextFile {
  try {
    return { text: utf8.decode(bytes), encoding: 'utf-8', note: null };
  } catch {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    return { text, encoding: 'latin1', note: 'not valid UTF-8; read as Latin-1' };
  }
}

/** Whether the beginning of a file holds a NUL byte. */
export function isBinary(bytes: Uint8Array): boolean {
  return bytes.subarray(0, BINARY_PROBE).includes(0);
}

/** What went wrong, in words, without the path. */
export function reasonOf(error: unknown): Unreadable {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return { kind: 'missing', reason: 'no such file or directory' };
  if (code === 'EACCES' || code === 'EPERM') return { kind: 'denied', reason: 'permission denied' };
  if (code === 'EISDIR') return { kind: 'not-a-file', reason: 'a directory, not a file' };
  if (code === 'ELOOP') return { kind: 'missing', reason: 'a loop of symbolic links' };
  return { kind: 'error', reason: error instanceof Error ? error.message : String(error) };
}

/**
 * Reads a source file. Binary files and files above {@link HUGE_FILE} are not read. Does not throw: a failure
 * is returned as {@link Unreadable}.
 */
export function readTextFile(path: string): TextFile | Unreadable {
  try {
    const about = statSync(path);
    if (!about.isFile()) return { kind: 'not-a-file', reason: 'not a regular file' };
    if (about.size > HUGE_FILE) {
      return {
        kind: 'huge',
        reason: `larger than ${HUGE_FILE / 1024 / 1024} MB (${(about.size / 1024 / 1024).toFixed(1)} MB)`,
      };
    }
    const bytes = readFileSync(path);
    if (isBinary(bytes)) return { kind: 'binary', reason: 'a binary file' };
    return decode(bytes);
  } catch (error) {
    return reasonOf(error);
  }
}
