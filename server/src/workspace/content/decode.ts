/** The bytes of a source file as text, whatever its encoding. */

/** Sources above this size are generated register tables, not code that calls anything. Bytes. */
export const HUGE_FILE = 4 * 1024 * 1024;

/** How much of a file is looked at to tell whether it is binary, as git does. Bytes. */
const BINARY_PROBE = 8000;

/** As many arguments as a call may have everywhere, with much to spare. */
const CHUNK = 8192;

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
    return { text: latin1(bytes), encoding: 'latin1', note: 'not valid UTF-8; read as Latin-1' };
  }
}

/** What a TextDecoder calls Latin-1 is Windows-1252, where some bytes are other characters. */
function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  return text;
}

/** Whether the beginning of a file holds a NUL byte. */
export function isBinary(bytes: Uint8Array): boolean {
  return bytes.subarray(0, BINARY_PROBE).includes(0);
}

/** The file is larger than {@link HUGE_FILE}. */
export function tooLarge(size: number): Unreadable {
  const megabytes = (bytes: number): number => bytes / 1024 / 1024;
  return {
    kind: 'huge',
    reason: `larger than ${megabytes(HUGE_FILE)} MB (${megabytes(size).toFixed(1)} MB)`,
  };
}

/** The text of a source; binary files and files above {@link HUGE_FILE} are not taken. */
export function sourceText(bytes: Uint8Array): TextFile | Unreadable {
  if (bytes.length > HUGE_FILE) return tooLarge(bytes.length);
  if (isBinary(bytes)) return { kind: 'binary', reason: 'a binary file' };
  return decode(bytes);
}
