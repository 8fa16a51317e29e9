/** The pictures of README.md and docs/, taken while the checks run: WebP, denser than a plain screen. */

import { existsSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { textMatching } from './pageChecks.js';
import { root, screenshots } from './places.js';
import type { Workbench } from './workbench.js';

/** What docs/images/ holds. */
const PICTURES = ['editor-dark', 'editor-light', 'compare-dark', 'races-dark', 'views-dark'] as const;

export type Picture = (typeof PICTURES)[number];

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Box extends Size {
  readonly x: number;
  readonly y: number;
}

/** Takes a picture of the part of the window that `clip` tells once the window has a size. The size stays. */
export async function takePicture(
  page: Page,
  name: string,
  { size, quality }: { readonly size: Size; readonly quality: number },
  clip: () => Promise<Box | null>,
): Promise<void> {
  await page.setViewportSize(size);
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setDeviceMetricsOverride', {
    ...size,
    deviceScaleFactor: 1.5,
    mobile: false,
  });
  const box = await clip();
  if (box === null) throw new Error(`what ${name} shows is gone`);
  const { data } = await session.send('Page.captureScreenshot', {
    format: 'webp',
    quality,
    clip: { ...box, scale: 1 },
  });
  await writeFile(join(screenshots, `${name}.webp`), data, 'base64');
  await session.detach();
}

/** A picture of the simulator panel, from its top to where `last` ends. */
export async function panelPicture(code: Workbench, name: Picture, last: string): Promise<void> {
  const { page } = code;
  const before = page.viewportSize();
  const view = code.webview();
  await takePicture(page, name, { size: { width: 1560, height: 1250 }, quality: 75 }, async () => {
    await view.locator('#app').evaluate(app => app.ownerDocument.defaultView?.scrollTo(0, 0));
    const frame = await page.locator('iframe.webview.ready').boundingBox();
    await textMatching(view.locator(last), /./);
    const end = await view.locator(last).boundingBox();
    if (frame === null || end === null) return null;
    return { ...frame, height: Math.min(end.y + end.height + 16 - frame.y, frame.height) };
  });
  if (before !== null) await page.setViewportSize(before);
}

/** A picture of the side bar at a width, and as high as the window is to be. Afterwards it is as wide as before. */
export async function sideBarPicture(code: Workbench, name: Picture, size: Size): Promise<void> {
  const { page } = code;
  const before = page.viewportSize();
  const bar = page.locator('.part.sidebar');
  const box = await bar.boundingBox();
  if (box === null) throw new Error('there is no side bar');
  const resize = async (from: number, to: number): Promise<void> => {
    await page.mouse.move(box.x + from, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + to, box.y + box.height / 2, { steps: 5 });
    await page.mouse.up();
    // What the mouse rests on is drawn differently.
    await page.mouse.move(1, 1);
  };
  await resize(box.width, size.width);
  await takePicture(page, name, { size: { width: 1560, height: size.height }, quality: 80 }, () =>
    bar.boundingBox(),
  );
  if (before !== null) await page.setViewportSize(before);
  await resize(size.width, box.width);
}

/** Puts the pictures of the run, which may be of some editors alone, where the documentation shows them. */
export async function keepPictures(): Promise<void> {
  for (const name of PICTURES) {
    const taken = join(screenshots, `${name}.webp`);
    if (existsSync(taken)) await copyFile(taken, join(root, 'docs/images', `${name}.webp`));
  }
}
