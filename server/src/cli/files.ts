/** From the PATHs of a command line to files: what each one is, and under which name its files are reported. */

import { statSync } from 'node:fs';
import { join, normalize, resolve, sep } from 'node:path';
import { reasonOf } from '../workspace/index.js';

/** One PATH that exists. */
export interface Input {
  /** As the user gave it. */
  readonly given: string;
  readonly absolute: string;
  readonly kind: 'file' | 'directory';
}

/** Something that could not be read: named, with the reason. Makes the exit code 2. */
export interface InputProblem {
  readonly path: string;
  readonly reason: string;
}

/** Sorts PATHs into files, directories and problems. Does not throw. */
export function resolveInputs(
  paths: readonly string[],
  cwd: string,
): { readonly inputs: readonly Input[]; readonly problems: readonly InputProblem[] } {
  const inputs: Input[] = [];
  const problems: InputProblem[] = [];
  for (const given of paths) {
    if (given === '') {
      problems.push({ path: "''", reason: 'an empty path; give a file or a directory' });
      continue;
    }
    const absolute = resolve(cwd, given);
    try {
      const about = statSync(absolute);
      if (about.isDirectory()) inputs.push({ given, absolute, kind: 'directory' });
      else if (about.isFile()) inputs.push({ given, absolute, kind: 'file' });
      else problems.push({ path: given, reason: 'neither a file nor a directory' });
    } catch (error) {
      problems.push({ path: given, reason: reasonOf(error).reason });
    }
  }
  return { inputs, problems };
}

/**
 * How files of a directory are named in a report. `from-directory`: relative to the directory given (`sites`).
 * `as-given`: the directory as the user gave it is kept in front, so that the name works from where one is
 * (`lint`, as a compiler does).
 */
export type Naming = 'from-directory' | 'as-given';

/**
 * The name to report for a file found under `input` at `inside` (relative, with `/`; '' for the file itself).
 * With `as-given` a leading `./` is dropped.
 */
export function reportedName(input: Input, inside: string, naming: Naming): string {
  if (inside === '') return slashes(input.given);
  if (naming === 'from-directory') return inside;
  return slashes(normalize(join(input.given, inside)));
}

function slashes(path: string): string {
  return sep === '\\' ? path.replaceAll('\\', '/') : path;
}
