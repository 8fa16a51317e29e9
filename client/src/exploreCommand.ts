/** `gupLens.explore`: a discussion or a litmus test is chosen by name, and explored in the simulator panel. */

import {
  type ExtensionContext,
  type LogOutputChannel,
  type QuickPickItem,
  Uri,
  window,
  workspace,
} from 'vscode';
import { LITMUS_FILE, type SimulatorPanel } from './simulatorPanel.js';

/** What is read of a litmus test. */
interface NamedTest {
  readonly name: string;
  readonly about: string;
  readonly discussion: string | null;
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** The tests that a list of stored ones names; what has no name is left out. */
function testsIn(stored: unknown): readonly NamedTest[] {
  if (!Array.isArray(stored)) return [];
  return stored.flatMap((each: { litmus?: Partial<Record<keyof NamedTest, unknown>> } | null) => {
    const name = text(each?.litmus?.name);
    const about = text(each?.litmus?.about) ?? '';
    return name === null ? [] : [{ name, about, discussion: text(each?.litmus?.discussion) }];
  });
}

/** The entries: discussions with how many tests they have, then all tests. */
function entriesOf(tests: readonly NamedTest[]): QuickPickItem[] {
  const discussions = new Map<string, number>();
  for (const { discussion } of tests) {
    if (discussion !== null) discussions.set(discussion, (discussions.get(discussion) ?? 0) + 1);
  }
  return [
    ...[...discussions].map(([label, count]) => ({
      label,
      description: `discussion, ${count} litmus tests`,
    })),
    ...tests.map(({ name, about, discussion }) => ({
      label: name,
      detail: about,
      ...(discussion !== null && { description: discussion }),
    })),
  ];
}

/** Lets a person choose, or takes `name` if the caller has one, and opens the panel there. */
export async function exploreCommand(
  context: ExtensionContext,
  panel: SimulatorPanel,
  log: LogOutputChannel,
  name: unknown,
): Promise<void> {
  if (typeof name === 'string') {
    panel.explore(name);
    return;
  }
  try {
    const file = Uri.joinPath(context.extensionUri, 'dist', LITMUS_FILE);
    const bytes = await workspace.fs.readFile(file);
    const stored: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const chosen = await window.showQuickPick(entriesOf(testsIn(stored)), {
      title: 'GUP Lens: explore a discussion or a litmus test',
      placeHolder: 'name of a discussion or a test',
      matchOnDetail: true,
    });
    if (chosen !== undefined) panel.explore(chosen.label);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.error(`the litmus tests cannot be read: ${reason}`);
    void window.showErrorMessage(
      `GUP Lens: the litmus tests cannot be read: ${reason}. Install the extension anew.`,
    );
  }
}
