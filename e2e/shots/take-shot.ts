import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import type { Places } from './places.ts';
import type { Seats } from './seats.ts';
import type { Shot } from './shot.ts';

export const WIDTHS = [1440, 390] as const;
export const THEMES = ['light', 'dark'] as const;

/** Each width and each theme is checked once: a check takes longer than a picture. */
const CHECKED: Readonly<Record<(typeof WIDTHS)[number], (typeof THEMES)[number]>> = {
  1440: 'light',
  390: 'dark',
};
const HEIGHTS: Readonly<Record<(typeof WIDTHS)[number], number>> = { 1440: 900, 390: 844 };
/** Longer pages are cut: what comes below is more of the same. */
const LONGEST_PX = 3000;
const LOADED_WITHIN_MS = 30_000;
/** Curves and pictures are drawn after the data have come. */
const DRAWN_MS = 800;

export interface Taking {
  /** Where the pictures go. */
  folder: string;
  /** One theme at each width, and access is not checked. */
  isQuick: boolean;
}

export const pictureName = (shot: Pick<Shot, 'name'>, width: number, theme: string) =>
  `${shot.name}-${width}-${theme}.png`;

/** Until nothing is on its way any more; false when that does not come to an end. */
async function settled(page: Page): Promise<boolean> {
  await page.waitForLoadState('load');
  const live = page.getByLabel('Live: changes appear as they happen');
  if ((await page.locator('#content').count()) > 0)
    await live.waitFor({ state: 'attached', timeout: LOADED_WITHIN_MS }).catch(() => undefined);
  const isLoaded = await page
    .waitForFunction(
      () =>
        document.fonts.status === 'loaded' &&
        document.querySelector('[aria-label="Loading"], .animate-live.bg-hover') === null,
      undefined,
      { timeout: LOADED_WITHIN_MS },
    )
    .then(
      () => true,
      () => false,
    );
  await page.waitForTimeout(DRAWN_MS);
  return isLoaded;
}

/** Makes the screen as long as what scrolls on it, so that the picture shows all of it. */
async function unfold(page: Page, width: number, height: number): Promise<void> {
  const hidden = await page.evaluate(() => {
    const scrolls = (element: Element) =>
      /auto|scroll/.test(getComputedStyle(element).overflowY) && element.clientHeight > innerHeight / 2;
    const boxes = [document.documentElement, ...document.querySelectorAll('#content, #content *')];
    return Math.max(
      0,
      ...boxes
        .filter((box) => box === document.documentElement || scrolls(box))
        .map((box) => box.scrollHeight - box.clientHeight),
    );
  });
  if (hidden === 0) return;
  await page.setViewportSize({ width, height: Math.min(height + hidden, LONGEST_PX) });
  await page.waitForTimeout(DRAWN_MS);
}

/** By how many pixels the page is wider than the screen. */
const excessWidth = (page: Page) =>
  page.evaluate(() => {
    const boxes = [document.documentElement, ...document.querySelectorAll('#content')];
    return Math.max(0, ...boxes.map((box) => box.scrollWidth - box.clientWidth));
  });

/** Boxes of the page that are scrolled sideways to see all of them, each by what names it; code, logs and rows of links may be. */
const sidewaysBoxes = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('#content *, [role="dialog"] *, main *')]
      .filter(
        (box) =>
          box.scrollWidth > box.clientWidth + 1 &&
          /auto|scroll/.test(getComputedStyle(box).overflowX) &&
          box.closest('pre, code, textarea, nav') === null,
      )
      .map((box) => {
        const name = box.getAttribute('aria-label') ?? box.querySelector('th, h2, h3')?.textContent ?? '';
        return `${box.tagName.toLowerCase()} “${name}” by ${box.scrollWidth - box.clientWidth} px`;
      }),
  );

/** What no reader should meet: ids of rows, and values that were none. */
const NO_WORDS =
  /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|Invalid Date|\bNaN\b|\bundefined\b|\[object \w+\]/gi;

async function strangeWords(page: Page): Promise<string[]> {
  const told = await page.locator('body').ariaSnapshot();
  // Addresses of links have ids.
  const words = told.split('\n').filter((line) => !/^\s*- \/url: /.test(line));
  return [...new Set(words.join('\n').match(NO_WORDS) ?? [])];
}

/** WCAG A and AA as axe checks them: one line for each rule that is broken. */
async function accessFaults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
    .analyze();
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
  );
}

/** Pictures the page as it stands at one width; answers what a machine can find wrong with it. */
async function atWidth(
  page: Page,
  shot: Shot,
  width: (typeof WIDTHS)[number],
  { folder, isQuick }: Taking,
): Promise<string[]> {
  const faults: string[] = [];
  await page.setViewportSize({ width, height: HEIGHTS[width] });
  await page.waitForTimeout(DRAWN_MS);
  await unfold(page, width, HEIGHTS[width]);
  for (const theme of isQuick ? [CHECKED[width]] : THEMES) {
    await page.emulateMedia({ colorScheme: theme });
    // Plots are drawn anew in the colours of the theme.
    await page.waitForTimeout(DRAWN_MS);
    await page.screenshot({ path: join(folder, pictureName(shot, width, theme)) });
    if (CHECKED[width] === theme && !isQuick)
      faults.push(...(await accessFaults(page)).map((fault) => `${theme}: ${fault}`));
  }
  const excess = await excessWidth(page);
  if (excess > 0) faults.push(`wider than the screen by ${excess} px`);
  for (const words of await strangeWords(page)) faults.push(`says “${words}”`);
  for (const box of new Set(await sidewaysBoxes(page))) faults.push(`scrolls sideways: ${box}`);
  return faults.map((fault) => `at ${width} px: ${fault}`);
}

/** Takes all pictures of one shot; a line for everything that a machine can find wrong. */
export async function takeShot(seats: Seats, places: Places, shot: Shot, taking: Taking): Promise<string[]> {
  const faults: string[] = [];
  const after = await shot.meanwhile?.(places);
  const context = await (shot.spoils ? seats.apart(shot.who) : seats.shared(shot.who));
  const page = await context.newPage();
  page.on('pageerror', ({ message }) => faults.push(`error in the page: ${message}`));
  try {
    await page.setViewportSize({ width: WIDTHS[0], height: HEIGHTS[WIDTHS[0]] });
    await page.goto(typeof shot.path === 'string' ? shot.path : shot.path(places));
    let isSettled = await settled(page);
    if (shot.first) {
      await shot.first(page);
      isSettled = shot.spoils === 'connection' || (await settled(page));
    }
    if (!isSettled) faults.push('still loading');
    for (const width of WIDTHS) faults.push(...(await atWidth(page, shot, width, taking)));
  } catch (error) {
    faults.push(error instanceof Error ? error.message.split('\n')[0]! : String(error));
  } finally {
    await (shot.spoils ? context : page).close();
    await after?.();
  }
  return faults;
}
