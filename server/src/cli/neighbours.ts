/** The files beside those of a scan that may tell what is stored in a field: a search by names of the family misses them. */

import { join } from 'node:path';
import { type Asked, directoriesAsked, mayTellOfFields } from '../analysis/index.js';
import { readTextFile, sourcesIn } from '../workspace/index.js';
import type { ScanFile } from './engine.js';

interface Directory {
  readonly absolute: string;
  readonly fileNamed: (name: string) => ScanFile | null;
  /** How much was asked when it was searched. */
  asked: number;
}

/** Knows the directories that the files of a scan are in. */
export class Neighbours {
  readonly #directories = new Map<string, Directory>();

  /**
   * A file of the scan lies in this directory.
   * @param directory as rules know it: part of a path in its tree
   * @param absolute the same on the disk
   * @param fileNamed makes a file of it one of the scan; null: it is one already
   */
  add(directory: string, absolute: string, fileNamed: Directory['fileNamed']): void {
    if (!this.#directories.has(directory))
      this.#directories.set(directory, { absolute, fileNamed, asked: 0 });
  }

  /** The further files that may tell something of what is asked. */
  of(wanted: Asked): readonly ScanFile[] {
    const asked = wanted.fields.size + wanted.directories.size + wanted.structs.size;
    const found: ScanFile[] = [];
    for (const name of directoriesAsked(wanted)) {
      const directory = this.#directories.get(name);
      if (directory === undefined || directory.asked === asked) continue;
      directory.asked = asked;
      for (const source of sourcesIn(directory.absolute)) {
        const read = readTextFile(join(directory.absolute, source));
        if (!('text' in read) || !mayTellOfFields(`${name}/${source}`, read.text, wanted)) continue;
        const file = directory.fileNamed(source);
        if (file !== null) found.push(file);
      }
    }
    return found;
  }
}
