/** `gupLens.simulate`: from a lens, with the call's place; from the palette, for the call at the cursor. */

import { type LogOutputChannel, window } from 'vscode';
import { type BaseLanguageClient, State } from 'vscode-languageclient';
import { SCENARIO_AT, type ScenarioAtParams, type ScenarioAtResult } from '../../server/protocol/index.js';
import { type CallLocation, isCallLocation } from '../webview/messages.js';
import { NO_CALL, type SimulatorPanel } from './simulatorPanel.js';

export interface SimulateContext {
  readonly client: BaseLanguageClient;
  readonly panel: SimulatorPanel;
  readonly log: LogOutputChannel;
  readonly ensureStarted: (why: string) => Promise<void>;
}

function atCursor(): CallLocation | null {
  const editor = window.activeTextEditor;
  if (editor === undefined) return null;
  const { line, character } = editor.selection.active;
  return { uri: editor.document.uri.toString(), line, character };
}

/** Opens the panel with the call's scenario, in the situation that a lens names. Without a call there it says so, and offers the panel without one. */
export async function simulateCommand(
  context: SimulateContext,
  site: unknown,
  situation: unknown,
): Promise<void> {
  const { client, panel, log, ensureStarted } = context;
  const location = isCallLocation(site) ? site : atCursor();
  if (location !== null) {
    await ensureStarted('a call is to be simulated');
    if (client.state === State.Running) {
      const { uri, line, character } = location;
      const params: ScenarioAtParams = {
        textDocument: { uri },
        position: { line, character },
        ...(typeof situation === 'string' && { situation }),
      };
      try {
        const found = await client.sendRequest<ScenarioAtResult>(SCENARIO_AT, params);
        if (found !== null) {
          panel.show(found);
          return;
        }
      } catch (error) {
        log.error(`no scenario for ${uri}:${line + 1}: ${error instanceof Error ? error.message : error}`);
      }
    }
  }
  const anyway = 'Open the simulator';
  const choice = await window.showInformationMessage(
    'GUP Lens: no call that can be simulated at the cursor. Put it on the name of a get_user_pages or pin_user_pages call.',
    anyway,
  );
  if (choice === anyway) panel.show(NO_CALL);
}
