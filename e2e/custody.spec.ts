import { createHash } from 'node:crypto';
import type { Page } from '@playwright/test';
import { account, demo, expect, expectAccessible, signIn, test } from './demo-facility.ts';
import { type FacilityApi, signedInApi } from './lib/facility-api.ts';
import { finishedDatasets } from './lib/stored-dataset.ts';
import { measureSeries, type ToldSeries } from './lib/told-series.ts';

const { code, id: experimentId } = demo.experiment;
const cockpit = `/instruments/${demo.instrument.slug}`;
const FRAMES = 4;

test.describe.configure({ timeout: 180_000 });

const measure = (prefix: string): Promise<ToldSeries> => measureSeries(prefix, FRAMES);

/** What is measured while no experiment is active; the experiment is active again afterwards. */
async function measureForNobody(api: FacilityApi): Promise<ToldSeries> {
  await api.experiments.deactivate.mutate({ instrumentId: demo.instrument.id });
  try {
    const series = await measure('custody/nobody');
    await expect
      .poll(
        async () => {
          const { datasets } = await api.datasets.tray.query({ instrumentId: demo.instrument.id });
          return datasets.find(({ base }) => base.includes(series.prefix))?.state;
        },
        { timeout: 60_000 },
      )
      .toBe('complete');
    return series;
  } finally {
    await api.experiments.activate.mutate({ experimentId });
  }
}

const frameArea = (page: Page) => page.getByTestId('frame-area');

test('staff give an unassigned dataset to the experiment it belongs to, and its people open it', async ({
  page,
  browser,
}) => {
  const series = await measureForNobody(await signedInApi('staff'));
  await signIn(page, 'staff', `${cockpit}/unassigned`);
  const row = page.getByRole('row').filter({ hasText: series.prefix });
  await expect(row).toContainText(`${FRAMES}/${FRAMES}`);

  await test.step('staff look at its frames before they decide', async () => {
    await row.getByRole('link', { name: /in the viewer$/ }).click();
    await expect(frameArea(page)).toHaveAttribute('data-frame', '1', { timeout: 30_000 });
    await expect(page.getByText('unassigned', { exact: true })).toBeVisible();
    await page.goBack();
  });

  await test.step('chosen, given, with a reason', async () => {
    await row.getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Give 1 to experiment…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: new RegExp(code) }).check();
    await expectAccessible(page);
    await dialog.getByLabel('Reason').fill('measured for them between two activations');
    await dialog.getByRole('button', { name: `Give to ${code}` }).click();
    await expect(page.getByRole('region', { name: 'Just given' })).toContainText(
      `${code}/raw/${series.prefix}`,
    );
    await expect(row).toBeHidden();
    const move = page
      .getByRole('region', { name: 'Given lately' })
      .getByRole('listitem')
      .filter({ hasText: series.prefix });
    await expect(move).toContainText('done', { timeout: 60_000 });
    await expectAccessible(page);
  });

  await test.step('a viewer of the experiment finds and opens it', async () => {
    const other = await browser.newContext();
    const viewer = await other.newPage();
    await signIn(viewer, 'viewer', `/experiments/${code}?q=${encodeURIComponent(series.prefix)}`);
    await expect(viewer.getByRole('group', { name: 'Moved data' })).toContainText(
      / moved .* here from the unassigned data of .*: measured for them between two activations/,
    );
    await expectAccessible(viewer);
    await viewer.getByRole('link').filter({ hasText: series.prefix }).click();
    await expect(frameArea(viewer)).toHaveAttribute('data-frame', '1', { timeout: 30_000 });
    await expect(viewer.getByRole('button', { name: 'Move…' })).toHaveCount(0);
    await other.close();
  });
});

test('a dataset is verified in the store, and its manifest has the hashes of its files', async ({ page }) => {
  const series = await measure('custody/proof');
  const api = await signedInApi('member');
  const [dataset] = await finishedDatasets(api, series.prefix);
  await signIn(page, 'member', `/experiments/${code}/datasets/${dataset!.id}/frames/1`);
  await page.getByRole('button', { name: 'Verify' }).click();
  const dialog = page.getByRole('dialog');

  await test.step('verify reads all of it again', async () => {
    await expect(dialog.getByText('Not verified yet.')).toBeVisible();
    await dialog.getByRole('button', { name: 'Verify' }).click();
    await expect(dialog.getByText(/2 files, .* all as they left their source/)).toBeVisible({
      timeout: 60_000,
    });
    await expectAccessible(page);
  });

  await test.step('the manifest is what the store holds', async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('link', { name: 'Save the manifest' }).click(),
    ]);
    await expect(dialog.getByText(`sha256sum -c ${download.suggestedFilename()}`)).toBeVisible();
    const text = (await (await download.createReadStream()).toArray()).join('');
    const told = new Map(
      text
        .trim()
        .split('\n')
        .map((line) => [line.slice(66), line.slice(0, 64)] as const),
    );
    const files = await api.datasets.files.query({ datasetId: dataset!.id });
    expect([...told.keys()].sort()).toEqual(files.map(({ path }) => path).sort());
    for (const { id, path } of files) {
      const { url } = await api.files.view.query({ fileId: id });
      const bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
      expect(createHash('sha256').update(bytes).digest('hex'), path).toBe(told.get(path));
    }
  });
});

test('a manager stops the upload of the experiment, and lets it go on', async ({ page }) => {
  expect(account('manager').role).toBe('Manager');
  const api = await signedInApi('manager');
  await signIn(page, 'manager', `/experiments/${code}`);
  await page.getByRole('button', { name: 'Switch upload off' }).click();
  const dialog = page.getByRole('dialog');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Switch off' }).click();
  const isOn = page.getByRole('button', { name: 'Switch upload off' });
  try {
    await expect(page.getByText(/^upload off/)).toBeVisible();
    await page.getByRole('button', { name: 'Switch upload on' }).click();
    const decide = dialog.getByRole('button', { name: 'Switch on and send' });
    // Only when a series began meanwhile is there something to decide about.
    await expect(decide.or(isOn)).toBeVisible();
    if (await decide.isVisible()) await decide.click();
    await expect(page.getByText(/^upload off/)).toBeHidden();
    await expect(isOn).toBeEnabled();
    await expect.poll(async () => (await api.experiments.byCode.query({ code })).upload.enabled).toBe(true);
  } finally {
    // Whatever became of the buttons: what the other journeys measure must go up.
    await api.experiments.setUpload.mutate({ experimentId, enabled: true, held: 'send' });
  }
});
