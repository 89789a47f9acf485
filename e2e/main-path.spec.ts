import { expect, expectAccessible, signInByForm, test } from './demo-facility.ts';

/** Other journeys leave incomplete ones behind. */
const COMPLETE = { hasText: 'complete', hasNotText: 'incomplete' };

/** As a new user would: sign in, watch frames arrive without touching anything, open one, step, see its job. */
test('from the detector to a result on the screen', async ({ page }) => {
  test.setTimeout(240_000);
  await signInByForm(page, 'staff', '/instruments/mx-1');
  await expect(page.getByRole('heading', { name: 'MX-1 Microfocus' })).toBeVisible();

  await test.step('the HUB is in contact and a series arrives by itself', async () => {
    await expect(page.getByText(/HUB connected/i).first()).toBeVisible();
    const arriving = page.getByRole('region', { name: 'Arriving now' });
    await expect(arriving.getByRole('progressbar').first()).toBeVisible({ timeout: 90_000 });
    // Other journeys leave datasets without geometry: the simulated beamline's own are named after its samples.
    const measured = arriving.locator('li', { hasText: 'lyso_' }).filter(COMPLETE);
    await expect(measured.first()).toBeVisible({ timeout: 150_000 });
    await expectAccessible(page);
  });

  await test.step('its frames open, step by key, and tell the value under the cursor', async () => {
    const arriving = page.getByRole('region', { name: 'Arriving now' });
    await arriving
      .locator('li', { hasText: 'lyso_' })
      .filter(COMPLETE)
      .first()
      .getByRole('link')
      .first()
      .click();
    await page.waitForURL(/\/frames\/\d+/);
    const area = page.getByTestId('frame-area');
    await expect(area).toHaveAttribute('data-frame', /^\d+$/);
    await page.keyboard.press('Home');
    await expect(area).toHaveAttribute('data-frame', '1');
    await page.keyboard.press('>');
    await expect(area).toHaveAttribute('data-frame', '2');
    await page.keyboard.press('<');
    await expect(area).toHaveAttribute('data-frame', '1');
    const box = (await area.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.45, box.y + box.height * 0.4);
    await expect(page.getByTestId('read-out')).toContainText(/value\s*\d+/);
    await expect(page.getByTestId('read-out')).toContainText(/d\s*[\d.]+ Å/);
    await expect(page).toHaveURL(/\/frames\/1(\?|$)/);
    await expectAccessible(page);
  });

  await test.step('the job of that dataset shows numbers and a plot', async () => {
    await page
      .getByRole('link', { name: /^DEM\d\d-/ })
      .first()
      .click();
    await page
      .getByRole('link', { name: 'Jobs', exact: true })
      .or(page.getByRole('tab', { name: 'Jobs' }))
      .first()
      .click();
    const done = page
      .getByRole('list', { name: 'Jobs' })
      .getByRole('button', { name: /^Succeeded/ })
      .first();
    await expect(done).toBeVisible({ timeout: 90_000 });
    await done.click();
    await expect(page.locator('.js-plotly-plot').first()).toBeVisible({ timeout: 30_000 });
    await expect(page.locator('.js-plotly-plot .trace').first()).toBeAttached();
    await expectAccessible(page);
  });
});
