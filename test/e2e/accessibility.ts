/** What axe-core finds wrong in the simulator panel. */

import axe from 'axe-core';
import type { Workbench } from './workbench.js';

/** Findings of less weight are advice. */
const GRAVE: readonly unknown[] = ['serious', 'critical'];

/**
 * Looks at the page that the panel shows, in the colours that it has, and returns a line for each grave finding: the rule,
 * what it asks, and where it is not so.
 */
export async function graveFindings(code: Workbench): Promise<readonly string[]> {
  const body = await code.webview().locator('body').elementHandle();
  const frame = await body?.ownerFrame();
  if (!frame) throw new Error('the panel is not shown');
  // It comes by the debugger: the page's policy would let no script in, and stays as it is.
  await frame.evaluate(`${axe.source}; undefined`);
  const { violations, passes } = await frame.evaluate(() => {
    const { axe: run } = globalThis as typeof globalThis & { readonly axe: typeof axe };
    // Frames are not looked into: there are none. Sheets are not copied into the page: its policy forbids that.
    return run.run(document, { iframes: false, preload: false });
  });
  if (passes.length === 0) throw new Error('axe-core looked at nothing');
  return violations
    .filter(({ impact }) => GRAVE.includes(impact))
    .map(
      ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
    );
}
