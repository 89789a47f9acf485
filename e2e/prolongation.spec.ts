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
  return { code: made.code, experimentId, jobId, datasetId, staff };
}

test('a job refused because the time is over: asked for more there, granted, and run', async ({ page }) => {
  const { code, experimentId, jobId, datasetId, staff } = await analysedNoMore();
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

  const month = 30 * 24 * 3600 * 1000;
  await staff.experiments.prolong.mutate({ experimentId, until: new Date(Date.now() + month) });
  await page.goto(`/jobs/${jobId}`);
  await again.click();
  await expect(offer.getByRole('alert')).toBeHidden();
  await offer.getByRole('button', { name: 'Run again' }).click();
  await expect.poll(async () => (await staff.jobs.list.query({ datasetId, limit: 10 })).items.length).toBe(2);
});
