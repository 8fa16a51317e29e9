/** What the extension does not do in a browser: said once to a person, and in the log of each window. */

import { type ExtensionContext, type LogOutputChannel, window } from 'vscode';

/** The memento that remembers that it was said. */
const TOLD = 'gupLens.browserLimitsTold';

const LIMITS =
  'in a browser only the files beside an open one are read, not the whole tree: fault handlers and helpers of other directories are not known. VS Code on a desktop reads them all.';

/** Logs the limits, and shows them if this person has not seen them yet. */
export function tellLimits({ globalState }: ExtensionContext, log: LogOutputChannel): void {
  log.info(LIMITS);
  if (globalState.get(TOLD) === true) return;
  void globalState.update(TOLD, true);
  void window.showInformationMessage(`GUP Lens: ${LIMITS}`);
}
