/**
 * Where the settings of a file come from: the client's configuration, its notifications, its initialisation options, and
 * over them the project's configuration file.
 */

import {
  type Connection,
  DidChangeConfigurationNotification,
  type InitializeParams,
  MessageType,
} from 'vscode-languageserver';
import {
  CONFIG_FILE,
  type FileSettings,
  parseSettings,
  readConfigFile,
  type Settings,
  withFileSettings,
} from '../config/index.js';
import type { Logger } from '../ide/index.js';
import { pathOf } from './fromProto.js';
import type { Runtime } from './runtime.js';
import { showMessage } from './showMessage.js';

const SECTION = 'gupLens';

/** Settings by resource. A wrong one is told to the person once; the default stands in. */
export class Configuration {
  readonly #connection: Connection;
  readonly #runtime: Runtime;
  readonly #log: Logger;
  readonly #told = new Set<string>();
  #canAsk = false;
  #canRegister = false;
  /** What came unasked: the initialisation options, then `didChangeConfiguration`. */
  #pushed: unknown = null;

  constructor(connection: Connection, runtime: Runtime, log: Logger) {
    this.#connection = connection;
    this.#runtime = runtime;
    this.#log = log;
  }

  /** To be called with the parameters of `initialize`. */
  initialize({ capabilities, initializationOptions }: InitializeParams): void {
    this.#canAsk = capabilities.workspace?.configuration === true;
    this.#canRegister = capabilities.workspace?.didChangeConfiguration?.dynamicRegistration === true;
    this.#pushed = initializationOptions;
  }

  /** To be called at `initialized`: asks to be told of changes. */
  async initialized(): Promise<void> {
    if (!this.#canRegister) return;
    await this.#connection.client.register(DidChangeConfigurationNotification.type, { section: SECTION });
  }

  /** To be called with the settings of `didChangeConfiguration`. */
  changed(settings: unknown): void {
    // Clients that are asked send null here.
    if (settings !== null && settings !== undefined) this.#pushed = settings;
  }

  /** The settings of a file, with those of its project over the client's. Never rejects. */
  async of(uri: string): Promise<Settings> {
    const { settings, problems } = parseSettings(await this.#given(uri));
    const file = await this.#projectFile(uri);
    const messages = [...problems.map(({ message }) => message), ...file.problems];
    const news = messages.filter(message => !this.#told.has(message));
    if (news.length > 0) {
      for (const message of news) this.#told.add(message);
      showMessage(this.#connection, MessageType.Warning, news.join('. '));
    }
    return file.settings === null ? settings : withFileSettings(settings, file.settings);
  }

  /** What the configuration file above a document says. */
  async #projectFile(
    uri: string,
  ): Promise<{ readonly settings: FileSettings | null; readonly problems: readonly string[] }> {
    const nothing = { settings: null, problems: [] };
    if (!this.#runtime.isOnDisk(uri)) return nothing;
    try {
      const path = await this.#runtime.findAbove(pathOf(uri), CONFIG_FILE);
      const text = path === null ? null : await this.#runtime.readText(path);
      if (text === null) return nothing;
      const { settings, problems } = readConfigFile(text);
      return { settings, problems: problems.map(problem => `${path}: ${problem}`) };
    } catch (error) {
      this.#log.warn(`cannot read ${CONFIG_FILE} for ${uri}: ${String(error)}`);
      return nothing;
    }
  }

  async #given(uri: string): Promise<unknown> {
    if (!this.#canAsk) return this.#pushed;
    try {
      const answer: unknown = await this.#connection.workspace.getConfiguration({
        scopeUri: uri,
        section: SECTION,
      });
      return answer ?? this.#pushed;
    } catch (error) {
      this.#log.warn(`the client did not tell its settings: ${String(error)}`);
      return this.#pushed;
    }
  }
}
