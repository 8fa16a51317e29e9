/** Where the settings of a file come from: the client's configuration, its notifications, its initialisation options. */

import {
  type Connection,
  DidChangeConfigurationNotification,
  type InitializeParams,
  MessageType,
} from 'vscode-languageserver';
import { parseSettings, type Settings } from '../config/index.js';
import type { Logger } from '../ide/index.js';
import { showMessage } from './showMessage.js';

const SECTION = 'gupLens';

/** Settings by resource. A wrong one is told to the person once; the default stands in. */
export class Configuration {
  readonly #connection: Connection;
  readonly #log: Logger;
  readonly #told = new Set<string>();
  #canAsk = false;
  #canRegister = false;
  /** What came unasked: the initialisation options, then `didChangeConfiguration`. */
  #pushed: unknown = null;

  constructor(connection: Connection, log: Logger) {
    this.#connection = connection;
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

  /** The settings of a file. Never rejects. */
  async of(uri: string): Promise<Settings> {
    const { settings, problems } = parseSettings(await this.#given(uri));
    const news = problems.map(({ message }) => message).filter(message => !this.#told.has(message));
    if (news.length > 0) {
      for (const message of news) this.#told.add(message);
      showMessage(this.#connection, MessageType.Warning, news.join('. '));
    }
    return settings;
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
