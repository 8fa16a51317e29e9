/** The colour themes that are looked at, and a window that is open for as long as its checks run. */

import type { Report } from './report.js';
import type { Workbench } from './workbench.js';

/** What VS Code calls the themes. */
export const THEMES = {
  dark: 'Default Dark Modern',
  light: 'Default Light Modern',
  contrast: 'Default High Contrast',
} as const;

/** A theme, by the name that checks and pictures have of it. */
export type Theme = keyof typeof THEMES;

/** Runs checks in a window and closes it, whatever comes of them. Each that fails leaves a picture `failed-<name>-<number>`. */
export async function inWindow<W extends Workbench>(
  starting: Promise<W>,
  { report, name }: { readonly report: Report; readonly name: string },
  tests: (code: W) => Promise<void>,
): Promise<void> {
  const code = await starting;
  report.onFailure = number => code.picture(`failed-${name}-${number}`);
  try {
    await tests(code);
  } finally {
    report.onFailure = null;
    await code.close();
  }
}
