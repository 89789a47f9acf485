import { account, demo, expect, expectAccessible, signIn, test } from './demo-facility.ts';
import { expectFrameDrawn, wholeDataset } from './lib/drawn-frame.ts';

const experimentPage = (tab = '') => `/experiments/${demo.experiment.code}${tab}`;

test('a viewer sees and takes home, and is offered nothing else', async ({ page }) => {
  test.setTimeout(240_000);
  await signIn(page, 'viewer', experimentPage());
  await wholeDataset(page).click({ timeout: 150_000 });
  await expectFrameDrawn(page);

  await page.goto(experimentPage('/samples'));
  await expect(page.getByLabel('Search samples')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Import CSV' })).toBeHidden();
  await expect(page.getByRole('button', { name: 'New sample' })).toBeHidden();
  await page.goto(experimentPage('/people'));
  await expect(page.getByRole('row').filter({ hasText: account('scientist').email })).toBeVisible();
  await expect(page.getByRole('button', { name: /^Remove / })).toBeHidden();
  await page.goto(experimentPage('/settings'));
  await expect(page.getByLabel('Keywords')).not.toBeEditable();
  await expectAccessible(page);

  await page.goto(`/instruments/${demo.instrument.slug}`);
  await expect(page.getByText(demo.experiment.code).first()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Finish' })).toBeHidden();
  for (const hidden of [`/instruments/${demo.instrument.slug}/agents`, '/admin/people', '/admin/audit']) {
    await page.goto(hidden);
    await expect(page.getByText('nothing here', { exact: false }).first()).toBeVisible();
  }
});
