import type { Page } from '@playwright/test';
import { demo, expect, expectAccessible, signIn, test } from './demo-facility.ts';
import { expectFrameDrawn } from './lib/drawn-frame.ts';

/** What the GPU has drawn, and where the lines over it lie. */
const seen = (page: Page) =>
  page.getByTestId('frame-stage').evaluate((stage) => ({
    picture: stage.querySelector('canvas')?.toDataURL(),
    lines: stage.querySelector('[data-testid="frame-overlay"]')?.innerHTML,
  }));

test('follow a collection, look closer, and hand the view on', async ({ page, context, browser }) => {
  test.setTimeout(180_000);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await signIn(page, 'staff', `/instruments/${demo.instrument.slug}`);
  const area = page.getByTestId('frame-area');

  await test.step('the newest frame is followed until somebody steps', async () => {
    const arriving = page.getByRole('region', { name: 'Arriving now' }).locator('li', { hasText: 'lyso_' });
    // One that still arrives may have no frame in the store yet.
    const stored = arriving.filter({ hasText: 'complete', hasNotText: 'incomplete' }).first();
    await stored.getByRole('link').first().click({ timeout: 120_000 });
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
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save a picture with scale bar' }).click();
    expect((await saved).suggestedFilename()).toMatch(/^lyso_.*_2\.png$/);
  });

  await test.step('the link shows the same in another browser, also where its GPU needs tiles', async () => {
    await page.getByRole('button', { name: 'Copy the link to this view' }).click();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    const other = await browser.newContext();
    await other.addInitScript(() => {
      const asked = WebGL2RenderingContext.prototype.getParameter;
      WebGL2RenderingContext.prototype.getParameter = function (name: number) {
        return name === this.MAX_TEXTURE_SIZE ? 512 : asked.call(this, name);
      };
    });
    const second = await other.newPage();
    await signIn(second, 'staff', link);
    await expectFrameDrawn(second);
    await expect(second.getByTestId('stacked')).toHaveText('sum of 5 frames');
    await expect(second.locator('[data-ring="4.2"]')).toBeAttached();
    const tiles = Number(await second.locator('canvas[data-tiles]').getAttribute('data-tiles'));
    expect(tiles).toBeGreaterThan(1);
    // Both at the same moment: numbers per frame may still arrive below, and make the image smaller.
    await expect
      .poll(async () => JSON.stringify(await seen(second)) === JSON.stringify(await seen(page)))
      .toBe(true);
    await other.close();
  });
});
