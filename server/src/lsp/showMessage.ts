/** Telling the person something. */

import { type Connection, type MessageType, ShowMessageNotification } from 'vscode-languageserver';

/**
 * Shows a message without waiting for an answer. (The library's `window.show…Message` are requests, which clients may
 * leave unanswered or refuse.)
 */
export function showMessage(connection: Connection, type: MessageType, message: string): void {
  void connection.sendNotification(ShowMessageNotification.type, { type, message: `GUP Lens: ${message}` });
}
