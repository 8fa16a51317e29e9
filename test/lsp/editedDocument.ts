/** Edits as an editor sends them. */

import { TextDocument } from 'vscode-languageserver-textdocument';
import type { TestClient } from './client.js';

/** A document that is changed by edits, as an editor sends them. */
export class EditedDocument {
  #document: TextDocument;
  readonly #client: TestClient;

  private constructor(client: TestClient, document: TextDocument) {
    this.#client = client;
    this.#document = document;
  }

  static async open(client: TestClient, uri: string, text: string): Promise<EditedDocument> {
    await client.open(uri, text);
    return new EditedDocument(client, TextDocument.create(uri, 'c', 1, text));
  }

  get text(): string {
    return this.#document.getText();
  }

  /** Replaces what is between two offsets. */
  async replace(from: number, to: number, text: string): Promise<void> {
    const { uri } = this.#document;
    const version = this.#document.version + 1;
    const range = { start: this.#document.positionAt(from), end: this.#document.positionAt(to) };
    const contentChanges = [{ range, text }];
    this.#document = TextDocument.update(this.#document, contentChanges, version);
    await this.#client.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges,
    });
  }
}
