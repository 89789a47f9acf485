import { account, demo, expect, expectAccessible, signIn, test } from './demo-facility.ts';
import { signedInApi } from './lib/facility-api.ts';
import { measuredFor } from './lib/measured-for.ts';

test.describe.configure({ timeout: 180_000 });

/** An experiment of the scientist with one dataset and its job, whose processing window ended as it was finished. */
async function analysedNoMore() {
  const [staff, admin] = await Promise.all([signedInApi('staff'), signedInApi('admin')]);
  const made = await staff.experiments.create.mutate({
    ...{ instrumentId: demo.instrument.id, title: `Analysed later ${Date.now()}`, keywords: [] },
    ...{ piEmail: account('scientist').email, proprietary: true },
  });
  const experimentId = made.id;
  const { datasetId, jobId } = await measuredFor(experimentId, 'prolong/run');
  const [facility] = await admin.facilities.mine.query();
  const { facilityId } = facility!;
  const before = await admin.facilities.policies.query({ facilityId });
  const { staffAccessDays, processingWindowDays } = before;
  await admin.facilities.setPolicies.mutate({ facilityId, staffAccessDays, processingWindowDays: 0 });
  try {
    await staff.experiments.finish.mutate({ experimentId });
  } finally {
    await admin.facilities.setPolicies.mutate({ facilityId, staffAccessDays, processingWindowDays });
  }
  return { code: made.code, jobId, datasetId, staff };
}

test('a job refused because the time is over: asked for more there, granted, and run', async ({
  page,
  browser,
}) => {
  const { code, jobId, datasetId, staff } = await analysedNoMore();
  await signIn(page, 'scientist', `/jobs/${jobId}`);
  const again = page.getByRole('button', { name: 'Run again' });
  await again.click();
  const offer = page.getByRole('dialog');

  await test.step('the date is said, and nothing can be started', async () => {
    const { processingUntil } = await staff.experiments.byCode.query({ code });
    const [year] = processingUntil!.toISOString().split('-');
    await expect(offer.getByRole('alert')).toContainText(
      new RegExp(`The processing window of ${code} ended on \\w+ \\d+ \\w+ ${year}, \\d\\d:\\d\\d`),
    );
    await expect(offer.getByRole('button', { name: 'Run again' })).toBeDisabled();
    await expectAccessible(page);
  });

  await test.step('asking is one step from there', async () => {
    await offer.getByRole('link', { name: 'Ask for prolongation' }).click();
    const dialog = page.getByRole('dialog', { name: `Ask for prolongation of ${code}` });
    await dialog.getByLabel('What is still to be done').fill('The second crystal form');
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Ask', exact: true }).click();
    await expect(page.getByText('It waits for staff or an admin.')).toBeVisible();
    await expect(page).not.toHaveURL(/ask=/);
  });

  await test.step('staff find it above their list and grant it, and the asker is told', async () => {
    const elsewhere = await browser.newContext();
    const desk = await elsewhere.newPage();
    await signIn(desk, 'staff', '/experiments');
    const asked = desk.getByRole('region', { name: 'Prolongations asked for' });
    const row = asked.locator(':scope > div').filter({ hasText: code });
    await row.getByRole('button', { name: 'Decide' }).click();
    const dialog = desk.getByRole('dialog', { name: `Prolongation of ${code}` });
    await expectAccessible(desk);
    await dialog.getByRole('button', { name: 'Grant' }).click();
    await expect(row).toBeHidden();
    await expect(page.getByText(/^Granted until/)).toBeVisible();
    await elsewhere.close();
  });

  await page.goto(`/jobs/${jobId}`);
  await again.click();
  await expect(offer.getByRole('alert')).toBeHidden();
  await offer.getByRole('button', { name: 'Run again' }).click();
  await expect.poll(async () => (await staff.jobs.list.query({ datasetId, limit: 10 })).items.length).toBe(2);
});
