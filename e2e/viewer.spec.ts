import type { Page } from '@playwright/test';
import { account, demo, expect, expectAccessible, signIn, test } from './demo-facility.ts';
import { expectFrameDrawn, wholeDataset } from './lib/drawn-frame.ts';
import { handOn } from './lib/press-everything.ts';

/** Allowed to whoever is in, and would end the journey or leave something behind. */
const SPARED = /^(Leave |Create project$)/;

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

/** Shows the page to a Member; the server knows better. */
async function claimToBeMember(page: Page): Promise<void> {
  await page.route(/\/api\/trpc\/[^?]*experiments\.byCode/, async (route) => {
    const answer = await route.fetch();
    const body = (await answer.text()).replaceAll('"roles":["viewer"]', '"roles":["member"]');
    await route.fulfill({ response: answer, body });
  });
}

test('whatever a page offers, the server refuses a viewer', async ({ page }) => {
  test.setTimeout(180_000);
  await claimToBeMember(page);
  await signIn(page, 'viewer');
  const { pressed, refused } = await handOn(page, SPARED)(experimentPage('/samples'));
  expect(pressed).toContain('New sample');
  expect(refused).toEqual(
    expect.arrayContaining([expect.stringMatching(/^40[34] .*experiments\.editSample$/)]),
  );
  await expect(page.getByText(/^x$/)).toHaveCount(0);
});
