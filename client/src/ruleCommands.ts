/** The commands of code actions: the page of a rule, and the place where a comment wants its reason. */

import { commands, type ExtensionContext, Selection, Uri, window } from 'vscode';
import { isCallLocation } from '../webview/messages.js';

/** Opens the documentation of a rule, which the extension brings along, beside the code. */
export async function explainRuleCommand(context: ExtensionContext, rule: unknown): Promise<void> {
  // Any caller may give anything, and this becomes a path.
  const known = typeof rule === 'string' && /^[a-z][a-z0-9-]*$/.test(rule);
  const page = Uri.joinPath(context.extensionUri, 'docs', 'rules', `${known ? rule : 'README'}.md`);
  await commands.executeCommand('markdown.showPreviewToSide', page);
}

/** Puts the cursor where the reason of a comment that was just inserted belongs. */
export async function writeReasonCommand(place: unknown): Promise<void> {
  if (!isCallLocation(place)) return;
  const editor = await window.showTextDocument(Uri.parse(place.uri));
  const { line, character } = place;
  editor.selection = new Selection(line, character, line, character);
}
