/** What the extension and the simulator panel say to each other. Both sides check what arrives. */

/** Where a call stands in a source file; zero-based, as in the Language Server Protocol. */
export interface CallLocation {
  readonly uri: string;
  readonly line: number;
  readonly character: number;
}

/** A call that the panel shows. */
export interface ShownCall {
  /** A scenario as the simulator reads it; the panel checks it, so that a file can hold anything. Null: the panel's own first one. */
  readonly scenario: unknown;
  /** For the tab and the heading, e.g. `get_user_pages_remote in uprobe_write_opcode`. */
  readonly title: string;
  /** Null when the scenario comes from no source line. */
  readonly location: CallLocation | null;
}

/** From the extension to the panel. */
export type ToPanel =
  | { readonly type: 'show'; readonly call: ShownCall }
  /** Explore a litmus test, or all of a discussion. */
  | { readonly type: 'explore'; readonly name: string };

/** From the panel to the extension. */
export type FromPanel =
  | { readonly type: 'ready' }
  | { readonly type: 'showCall'; readonly location: CallLocation }
  | { readonly type: 'copy'; readonly what: 'scenario' | 'command line'; readonly text: string };

/** What VS Code keeps of a panel while it is hidden and over a reload of the window. */
export interface PanelState {
  readonly call: ShownCall;
  /** The scenario as edited in the form. */
  readonly scenario: unknown;
  /** The step chosen; compared, the line, -1 for where both runs part. */
  readonly selectedStep: number;
  /** What the outcome is compared with (see compareTarget.ts); null: nothing. */
  readonly compareWith: string | null;
  /** Which part of the panel is shown. */
  readonly part: PanelPart;
  /** What the races keep; the panel checks it. Null: they were never looked at. */
  readonly races: unknown;
}

/** One call, or litmus tests. */
export type PanelPart = 'call' | 'races';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** Whether a value is a source location; used on everything that crosses the border. */
export function isCallLocation(value: unknown): value is CallLocation {
  return (
    isRecord(value) &&
    typeof value.uri === 'string' &&
    Number.isInteger(value.line) &&
    Number.isInteger(value.character)
  );
}

/** Whether a value is a call to show. The scenario inside is not checked here. */
export function isShownCall(value: unknown): value is ShownCall {
  return (
    isRecord(value) &&
    'scenario' in value &&
    typeof value.title === 'string' &&
    (value.location === null || isCallLocation(value.location))
  );
}

/** Whether a value is a message to the panel. */
export function isToPanel(value: unknown): value is ToPanel {
  if (!isRecord(value)) return false;
  return value.type === 'explore'
    ? typeof value.name === 'string'
    : value.type === 'show' && isShownCall(value.call);
}

/** Whether a value is a message from the panel. */
export function isFromPanel(value: unknown): value is FromPanel {
  if (!isRecord(value)) return false;
  switch (value.type) {
    case 'ready':
      return true;
    case 'showCall':
      return isCallLocation(value.location);
    case 'copy':
      return (value.what === 'scenario' || value.what === 'command line') && typeof value.text === 'string';
    default:
      return false;
  }
}

/** Whether a value is a panel's kept state. */
export function isPanelState(value: unknown): value is PanelState {
  return (
    isRecord(value) &&
    isShownCall(value.call) &&
    'scenario' in value &&
    typeof value.selectedStep === 'number' &&
    (value.compareWith === null || typeof value.compareWith === 'string') &&
    (value.part === 'call' || value.part === 'races') &&
    'races' in value
  );
}
