/** What comes to a file of a tree by its includes and by theirs, as far as that shows without the directories of a build. */

import { architectureOf } from './linkage.js';

/** The files that come to one. */
export interface Included {
  /** From the top of the tree. */
  readonly paths: ReadonlySet<string>;
  /** Whose headers stand for `<asm/…>`; null: none do. */
  readonly architecture: string | null;
  /** Nothing else can come: what was not found is made by the build, and holds no code of the tree. */
  readonly isComplete: boolean;
}

/** More is not read for one file: what then comes to it is not known. Most files of a kernel have less than half of it. */
const MOST_FILES = 2500;

/** As the directives are written, in every branch of every `#if`. What a macro names has no name here, and is not found. */
const INCLUDE = /^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>|\w)/gm;

/** Remembers what each file includes: for one question, while nothing changes. */
export class IncludeClosure {
  readonly #readText: (path: string) => Promise<string | null>;
  readonly #yield: () => Promise<void>;
  readonly #written = new Map<string, Promise<readonly Written[] | null>>();

  /** @param readText of a file by its path from the top of the tree; null if there is none */
  constructor(readText: (path: string) => Promise<string | null>, pause: () => Promise<void>) {
    this.#readText = readText;
    this.#yield = pause;
  }

  /** @param near a file of the architecture that `path` is built for, where that is of none itself */
  async of(path: string, near: string, signal: AbortSignal): Promise<Included> {
    const architecture = architectureOf(path) ?? architectureOf(near);
    const paths = new Set<string>();
    let isComplete = true;
    const waiting = [path];
    for (let from = waiting.pop(); from !== undefined; from = waiting.pop()) {
      signal.throwIfAborted();
      await this.#yield();
      for (const written of (await this.#includesOf(from)) ?? []) {
        const found = await this.#find(written, from, architecture);
        if (found === null) {
          if (!holdsNoCode(written, from)) isComplete = false;
        } else if (!paths.has(found)) {
          paths.add(found);
          waiting.push(found);
        }
      }
      if (paths.size > MOST_FILES) return { paths, architecture, isComplete: false };
    }
    return { paths, architecture, isComplete };
  }

  /** The first place of those that a compiler of the kernel looks at, in its order. */
  async #find(
    { name, isQuoted }: Written,
    from: string,
    architecture: string | null,
  ): Promise<string | null> {
    if (name === '') return null;
    const arch = architecture === null ? [] : [`arch/${architecture}/include/`];
    const places = [
      ...(isQuoted ? [`${from.split('/').slice(0, -1).join('/')}/`] : []),
      ...arch,
      'include/',
      ...arch.map(directory => `${directory}uapi/`),
      'include/uapi/',
    ];
    const asm = /^asm\/(.*)$/.exec(name)?.[1];
    const paths = [
      ...places.map(place => normal(`${place}${name}`)),
      ...(asm === undefined ? [] : [`include/asm-generic/${asm}`, `include/uapi/asm-generic/${asm}`]),
    ];
    for (const path of paths) if ((await this.#includesOf(path)) !== null) return path;
    return null;
  }

  /** null: there is no such file. */
  #includesOf(path: string): Promise<readonly Written[] | null> {
    const known = this.#written.get(path);
    if (known !== undefined) return known;
    const read = this.#readText(path).then(text =>
      text === null
        ? null
        : [...text.matchAll(INCLUDE)].map(([, quoted, named]) => ({
            name: quoted ?? named ?? '',
            isQuoted: quoted !== undefined,
          })),
    );
    this.#written.set(path, read);
    return read;
  }
}

interface Written {
  readonly name: string;
  readonly isQuoted: boolean;
}

/**
 * Whether a header that was not found holds no code of the tree that is of no architecture: the build writes it, or it is that of an
 * architecture and none is known, or a header of the kernel names it for programs and other systems (`<sys/socket.h>`).
 */
function holdsNoCode({ name }: Written, from: string): boolean {
  return /^(?:generated|asm)\//.test(name) || from.startsWith('include/');
}

/** A path without `.` and `..`. */
function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}
