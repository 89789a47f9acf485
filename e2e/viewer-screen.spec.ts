import { join } from 'node:path';
import { build } from 'esbuild';
import { demo, expect, expectAccessible, signIn, test } from './demo-facility.ts';
import { expectFrameDrawn, wholeDataset } from './lib/drawn-frame.ts';
import { countAsked, differenceOf, pictureOf, savedRings, smallPictureOf } from './lib/viewer-picture.ts';

test('follow a collection and look closer', async ({ page, browser }) => {
  test.setTimeout(240_000);
  await signIn(page, 'staff', `/experiments/${demo.experiment.code}`);
  const area = page.getByTestId('frame-area');

  await test.step('the newest frame is followed until somebody steps', async () => {
    await wholeDataset(page).click({ timeout: 150_000 });
    await expectFrameDrawn(page);
    const follow = page.getByRole('button', { name: 'Follow the newest frame' });
    await page.keyboard.press('n');
    await expect(follow).toHaveAttribute('aria-pressed', 'true');
    await expect(page).toHaveURL(/follow=1/);
    const newest = (await page.getByRole('slider', { name: 'Frame' }).getAttribute('max')) ?? '';
    await expect(area).toHaveAttribute('data-frame', newest);
    await page.keyboard.press('Home');
    await expect(follow).toHaveAttribute('aria-pressed', 'false');
    await expect(area).toHaveAttribute('data-frame', '1');
    await page.keyboard.press('>');
    await expect(area).toHaveAttribute('data-frame', '2');
  });

  await test.step('spots that fast feedback found lie on the frame; a file of one’s own takes their place', async () => {
    const key = page.getByTestId('spot-key');
    await page.keyboard.press('S');
    await expect(key).toHaveText(/[1-9]\d* (found|indexed)/, { timeout: 60_000 });
    await expect(page.getByTestId('spot-layer')).toHaveAttribute('data-spots', /[1-9]/);
    await expect(page).toHaveURL(/spots=best/);
    await page.getByRole('button', { name: 'Drawer (d)' }).click();
    await page.getByRole('tab', { name: 'Spots' }).click();
    await expect(page.getByLabel('Found by')).toContainText(/Fast feedback|DIALS/);
    await page.getByLabel('A file of spots').setInputFiles({
      ...{ name: 'mine.csv', mimeType: 'text/csv' },
      buffer: Buffer.from('frame,fast,slow,h,k,l\n2,400.5,500.5,3,-4,12\n'),
    });
    await expect(key).toHaveText('0 found1 indexed');
    await expect(page.getByText('It was not uploaded')).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Close the file of spots' }).click();
    await page.getByRole('button', { name: 'Close the drawer' }).click();
    await page.keyboard.press('S');
    await expect(key).toBeHidden();
  });

  await test.step('rings, a box, five frames as one', async () => {
    await page.keyboard.press('R');
    await expect(page.locator('[data-ring]').first()).toBeAttached();
    await page.keyboard.press('s');
    await expect(page.getByTestId('stacked')).toHaveText('sum of 5 frames');
    const box = (await area.boundingBox())!;
    await page.keyboard.press('x');
    await page.mouse.move(box.x + box.width * 0.4, box.y + box.height * 0.3);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.55, box.y + box.height * 0.6, { steps: 4 });
    await page.mouse.up();
    await expect(page).toHaveURL(/stack=sum.*frames=5.*rings=auto/);
    await expect(page).toHaveURL(/zoom=/);
    await page.keyboard.press('G');
    await page.getByLabel('At, in Å').fill('4.2, 2.8');
    await expect(page.locator('[data-ring="4.2"]')).toBeAttached();
    await expectAccessible(page);
  });

  await test.step('contrast and colours fetch nothing and decode nothing', async () => {
    await page.getByLabel('At, in Å').blur();
    const asked = await countAsked(page);
    for (const key of ['C', 'b', 'l', 'p', 'I']) {
      const before = await pictureOf(page);
      await page.keyboard.press(key);
      await expect.poll(() => pictureOf(page), { message: key }).not.toBe(before);
    }
    expect(await asked()).toEqual({ frames: 0, ranges: 0 });
    // What is counted is what a step asks.
    await page.keyboard.press('>');
    await expect(area).toHaveAttribute('data-frame', '3');
    const { frames, ranges } = await asked();
    expect(Math.min(frames, ranges)).toBeGreaterThan(0);
  });

  await test.step('the link shows the same in another browser', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy the link to this view' }).click();
    const link = new URL(await page.evaluate(() => navigator.clipboard.readText()));
    const context = await browser.newContext({ viewport: page.viewportSize() });
    const other = await context.newPage();
    await signIn(other, 'scientist', `${link.pathname}${link.search}`);
    await expectFrameDrawn(other);
    await expect(other.getByTestId('frame-area')).toHaveAttribute('data-frame', '3');
    await expect(other.getByTestId('stacked')).toHaveText('sum of 5 frames');
    await expect(other.locator('[data-ring="4.2"]')).toBeAttached();
    const [here, there] = [await smallPictureOf(page), await smallPictureOf(other)];
    expect(differenceOf(here, there)).toBeLessThan(3);
    await other.keyboard.press('I');
    await expect.poll(async () => differenceOf(here, await smallPictureOf(other))).toBeGreaterThan(10);
    await context.close();
  });

  await test.step('a saved picture has the rings', async () => {
    await page.keyboard.press('f');
    await expect(page).not.toHaveURL(/zoom=/);
    const { points, share } = await savedRings(page);
    expect(points).toBeGreaterThan(50);
    expect(share).toBeGreaterThan(0.7);
  });
});

/** A small facility's frames need one texture, and their colours are not known beforehand: these are drawn in an empty page. */
test('tiles show what one texture would, the overview what all pixels would, counts have their colours', async ({
  page,
}) => {
  const { outputFiles } = await build({
    ...{ entryPoints: [join(import.meta.dirname, 'lib', 'drawing-page.ts')], bundle: true, write: false },
    ...{ format: 'iife', platform: 'browser', target: 'es2022', logLevel: 'error' },
  });
  await page.addScriptTag({ content: outputFiles[0]!.text });

  const views = (await page.evaluate('tilesAgainstOne()')) as {
    what: string;
    tiles: number;
    differing: number;
  }[];
  expect(views).toHaveLength(6);
  for (const view of views) expect(view).toEqual({ what: view.what, tiles: 6, differing: 0 });

  const overview = (await page.evaluate('overviewAgainstAll()')) as { differing: number; shownAll: number };
  expect(overview.shownAll).toBeGreaterThan(100_000);
  expect(overview.differing).toBe(0);

  const colours = (await page.evaluate('coloursOfCounts()')) as { looked: number; wrong: string[] };
  expect(colours.looked).toBe(9 * 5 * 3 * 2 * 13);
  expect(colours.wrong).toEqual([]);
});
