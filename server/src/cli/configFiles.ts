/** The configuration files of a run: what each says, read once. */

import { dirname, join, relative } from 'node:path';
import {
  CONFIG_FILE,
  DEFAULT_SETTINGS,
  type FileSettings,
  readConfigFile,
  type Settings,
  withFileSettings,
} from '../config/index.js';
import { findAbove, readTextFile } from '../workspace/index.js';
import type { InputProblem } from './files.js';

/** Finds the configuration of each file: that of the nearest directory above it. */
export class ConfigFiles {
  readonly #cwd: string;
  /** By directory, then by file. */
  readonly #found = new Map<string, string | null>();
  readonly #read = new Map<string, FileSettings | null>();
  readonly #problems: InputProblem[] = [];

  /** @param cwd what files are named from in problems */
  constructor(cwd: string) {
    this.#cwd = cwd;
  }

  /** The settings for a file, given by its absolute path. */
  of(path: string): Settings {
    const directory = dirname(path);
    let file = this.#found.get(directory);
    if (file === undefined) {
      file = findAbove(directory, CONFIG_FILE);
      this.#found.set(directory, file);
    }
    const settings = file === null ? null : this.#settingsOf(file);
    return settings === null ? DEFAULT_SETTINGS : withFileSettings(DEFAULT_SETTINGS, settings);
  }

  /** What was wrong in the files read so far. */
  problems(): readonly InputProblem[] {
    return this.#problems;
  }

  #settingsOf(file: string): FileSettings | null {
    const known = this.#read.get(file);
    if (known !== undefined) return known;
    const name = relative(this.#cwd, file) || join('.', CONFIG_FILE);
    const text = readTextFile(file);
    let settings: FileSettings | null = null;
    if ('reason' in text) this.#problems.push({ path: name, reason: text.reason });
    else {
      const read = readConfigFile(text.text);
      settings = read.settings;
      this.#problems.push(...read.problems.map(reason => ({ path: name, reason })));
    }
    this.#read.set(file, settings);
    return settings;
  }
}
