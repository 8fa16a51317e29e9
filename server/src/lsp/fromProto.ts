/** From the protocol's terms to those of the façade. */

import type { Range } from 'vscode-languageserver';
import { URI } from 'vscode-uri';
import type { Span } from '../syntax/ast.js';
import type { LineIndex } from '../syntax/index.js';

/** The name the engine knows a document by: its path with `/`, or for what is not on the disk its URI. */
export function pathOf(uri: string): string {
  const parsed = URI.parse(uri);
  return parsed.scheme === 'file' ? withSlashes(parsed.fsPath) : uri;
}

/** A path of this machine with `/`; elsewhere than on Windows a backslash is a letter of a name. */
export function withSlashes(path: string): string {
  return /^([a-z]:|\\)/i.test(path) ? path.replaceAll('\\', '/') : path;
}

/** The offsets of a range; positions outside the text are clamped to it. */
export function spanOf(range: Range, lines: LineIndex): Span {
  return { start: lines.offsetAt(range.start), end: lines.offsetAt(range.end) };
}
