/** What a person should know beside the data: on stderr, one line each. */

import type { InputProblem } from './files.js';
import { type Io, styleFor } from './io.js';

/** Writes problems, then notes. Never on stdout, so that the data stays data. */
export async function reportProblems(
  io: Io,
  problems: readonly InputProblem[],
  notes: readonly string[],
): Promise<void> {
  const style = styleFor(io.stderr, io.env);
  const lines = [
    ...problems.map(({ path, reason }) => `gup-lens: ${style.error('error')}: ${path}: ${reason}\n`),
    ...notes.map(note => `gup-lens: ${style.info('note')}: ${note}\n`),
  ];
  if (lines.length > 0) await io.stderr.write(lines.join(''));
}
