/** The commands of code actions and hints: the page of a rule, and a place in the code. */

import { commands, type ExtensionContext, Range, Uri, window } from 'vscode';
import { isCallLocation } from '../webview/messages.js';

/** Opens the documentation of a rule, which the extension brings along, beside the code. */
export async function explainRuleCommand(context: ExtensionContext, rule: unknown): Promise<void> {
  // Any caller may give anything, and this becomes a path.
  const known = typeof rule === 'string' && /^[a-z][a-z0-9-]*$/.test(rule);
  const page = Uri.joinPath(context.extensionUri, 'docs', 'rules', `${known ? rule : 'README'}.md`);
  await commands.executeCommand('markdown.showPreviewToSide', page);
}

/** Puts the cursor at a place: where the reason of a comment that was just inserted belongs, or what a hint speaks of. */
export async function showPlaceCommand(place: unknown): Promise<void> {
  if (!isCallLocation(place)) return;
  const { line, character } = place;
  await window.showTextDocument(Uri.parse(place.uri), {
    selection: new Range(line, character, line, character),
  });
}
