/** What the extension does not do in a browser: said once to a person, and in the log of each window. */

import { commands, type ExtensionContext, type LogOutputChannel, Uri, window } from 'vscode';

/** The memento that remembers that it was said. */
const TOLD = 'gupLens.browserLimitsTold';

const LIMITS = 'in a browser findings and hovers know the files beside an open one, not the whole tree.';

/** Logs the limits, and shows them, with the page that says more, to a person who has not seen them yet. */
export async function tellLimits(context: ExtensionContext, log: LogOutputChannel): Promise<void> {
  log.info(LIMITS);
  const { globalState, extensionUri } = context;
  if (globalState.get(TOLD) === true) return;
  await globalState.update(TOLD, true);
  const more = 'What that means';
  const chosen = await window.showInformationMessage(`GUP Lens: ${LIMITS}`, more);
  if (chosen !== more) return;
  await commands.executeCommand('markdown.showPreviewToSide', Uri.joinPath(extensionUri, 'docs', 'web.md'));
}
