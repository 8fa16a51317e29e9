/** The walkthrough, as VS Code shows it. */

import { join } from 'node:path';
import { textMatching } from './pageChecks.js';
import { screenshots } from './places.js';
import { expectTrue, type Report } from './report.js';
import { until } from './wait.js';
import type { Workbench } from './workbench.js';

/** Leaves its page open. */
export async function walkthrough(code: Workbench, report: Report, theme: string): Promise<void> {
  const { page } = code;
  await report.check(`${theme}: the walkthrough opens from the palette, with its pictures`, async () => {
    await code.command('GUP Lens: Get started');
    await textMatching(page.locator('.gettingStartedContainer .category-title'), /Get started with GUP Lens/);
    const steps = page.locator('.gettingStartedContainer .getting-started-step');
    await until('six steps', async () => (await steps.count()) === 6, 10_000);
    await steps.nth(1).click();
    await textMatching(steps.nth(1), /runs it in a model of the kernel/);
    const picture = page
      .frameLocator('.getting-started-media iframe.webview.ready')
      .frameLocator('#active-frame');
    await picture.locator('svg').waitFor();
    const colour = await picture
      .locator('text')
      .first()
      .evaluate(text => getComputedStyle(text).fill);
    expectTrue(colour !== 'rgb(0, 0, 0)' && colour !== 'rgb(136, 136, 136)', `not of the theme: ${colour}`);
    await page.screenshot({ path: join(screenshots, `walkthrough-${theme}.png`) });
  });
}
