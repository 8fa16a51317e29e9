/** Reading a source file of the disk as text. */

import { readFileSync, statSync } from 'node:fs';
import { HUGE_FILE, sourceText, type TextFile, tooLarge, type Unreadable } from './content/index.js';

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
    // Before it is read: it may be larger than the memory.
    if (about.size > HUGE_FILE) return tooLarge(about.size);
    return sourceText(readFileSync(path));
  } catch (error) {
    return reasonOf(error);
  }
}
