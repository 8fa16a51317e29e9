/** The walkthrough, as VS Code shows it. */

import { textMatching } from './pageChecks.js';
import { expectTrue } from './report.js';
import { LIMIT, until } from './wait.js';
import type { Workbench } from './workbench.js';

interface Step {
  readonly name: string;
  readonly words: RegExp;
  /** The title of its picture. */
  readonly title: RegExp;
}

const STEPS: readonly Step[] = [
  { name: 'read', words: /No build and no index is needed/, title: /Hints and a lens/ },
  { name: 'simulate', words: /runs it in a model of the kernel/, title: /A simulated call/ },
  { name: 'races', words: /every order of the steps/, title: /Two tasks in turn/ },
  { name: 'sites', words: /lists every call of the workspace/, title: /Call sites of a tree/ },
  { name: 'release', words: /status bar shows the release/, title: /The release/ },
  { name: 'findings', words: /a comment that silences it/, title: /A finding/ },
];

/** Looks at each step of the walkthrough, whose page is open: its words, and its picture in the colours of the theme. */
export async function eachStep(code: Workbench, shown: (name: string) => Promise<unknown>): Promise<void> {
  const { page } = code;
  await textMatching(page.locator('.gettingStartedContainer .category-title'), /Get started with GUP Lens/);
  const steps = page.locator('.gettingStartedContainer .getting-started-step');
  await until('all steps are listed', async () => (await steps.count()) === STEPS.length, LIMIT);
  for (const [at, { name, words, title }] of STEPS.entries()) {
    await steps.nth(at).click();
    await textMatching(steps.nth(at), words);
    const picture = page
      .frameLocator('.getting-started-media iframe.webview.ready')
      .frameLocator('#active-frame');
    // That of the step before is shown until it comes.
    await picture.locator('svg title', { hasText: title }).waitFor({ state: 'attached' });
    const colour = await picture
      .locator('text')
      .first()
      .evaluate(text => getComputedStyle(text).fill);
    expectTrue(colour !== 'rgb(0, 0, 0)' && colour !== 'rgb(136, 136, 136)', `not of the theme: ${colour}`);
    await shown(name);
  }
}
