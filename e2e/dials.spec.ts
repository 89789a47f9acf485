import { spawnSync } from 'node:child_process';
import { demo, expect, expectAccessible, signIn, test } from './demo-facility.ts';
import { eventually, signedInApi } from './lib/facility-api.ts';
import { measureCrystal } from './lib/simulated-crystal.ts';
import { finishedDatasets } from './lib/stored-dataset.ts';

const { id: experimentId } = demo.experiment;
const has = (command: string) => spawnSync('which', [command]).status === 0;
const MERGED = ['CC½ by resolution', 'Completeness and multiplicity by resolution'];
/** One run, behind what other journeys left in the queue. */
const RUN_MS = 400_000;

const started: string[] = [];
/** A journey that fails must not leave a job that takes its place from those of the others. */
test.afterEach(async () => {
  const api = await signedInApi('scientist');
  for (const jobId of started.splice(0)) {
    const { state } = await api.jobs.get.query({ jobId });
    if (['queued', 'submitted', 'running'].includes(state)) await api.jobs.cancel.mutate({ jobId });
  }
});

/** What a crystallographer does with a series: merged intensities, their plots, once more with another limit, both compared. */
test('DIALS full: run from the page, its plots there, run again with another limit, compared', async ({
  page,
}) => {
  test.skip(!has('dials.import') || !has('bwrap'), 'needs DIALS and bubblewrap');
  test.setTimeout(2 * RUN_MS + 120_000);
  const api = await signedInApi('scientist');
  const prefix = `dials/lyso_${Date.now()}`;
  await measureCrystal(prefix, 36, 1.5);
  const [dataset] = await finishedDatasets(api, prefix);

  /** Presses the button, waits on the job's page for its end, and looks whether what was merged is drawn. */
  async function seenToItsEnd(press: () => Promise<void>): Promise<void> {
    await press();
    const jobId = await eventually('the job', 10_000, async () => {
      const { items } = await api.jobs.list.query({ experimentId, templateSlug: 'dials-full', limit: 10 });
      return (
        items.find(({ id, datasetId }) => datasetId === dataset!.id && !started.includes(id))?.id ?? null
      );
    });
    started.push(jobId);
    await page.goto(`/jobs/${jobId}`);
    await expect(page.getByText('Succeeded', { exact: true })).toBeVisible({ timeout: RUN_MS });
    for (const name of ['Spots per frame', ...MERGED]) {
      await expect(page.getByRole('figure', { name })).toBeVisible();
    }
    await expect(page.locator('.js-plotly-plot .trace').first()).toBeAttached();
  }

  await test.step('it is run from the page of the experiment', async () => {
    await signIn(page, 'scientist', `/experiments/${demo.experiment.code}/jobs`);
    await page.getByRole('button', { name: 'Run a template' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('combobox', { name: 'Template' }).selectOption({ label: 'DIALS full' });
    await dialog.getByRole('combobox', { name: 'Dataset' }).selectOption(dataset!.id);
    // Given, so that two programs less are run; that they are found is tried elsewhere.
    await dialog.getByLabel('Space group').fill('P43212');
    await seenToItsEnd(() => dialog.getByRole('button', { name: 'Run', exact: true }).click());
    // The cell that the simulator made the crystal of.
    await expect(page.getByText(/^78\.\d+ 78\.\d+ 37\.\d+ 90/).first()).toBeVisible();
    await expectAccessible(page);
  });

  await test.step('it is run again with another limit', async () => {
    await page.getByRole('button', { name: 'Run again', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Resolution limit').fill('4.5');
    await seenToItsEnd(() => dialog.getByRole('button', { name: 'Run again' }).click());
  });

  await test.step('both are compared: numbers in a table, curves over one another', async () => {
    await page.goto(`/jobs/compare?jobs=${started.join(',')}`);
    const row = page.getByRole('row', { name: /^Resolution, merged/ });
    await expect(row).toContainText('4.50');
    await expect(row.getByText('best')).toHaveCount(1);
    for (const name of MERGED) {
      const figure = page.getByRole('figure', { name: `${name} of all runs` });
      // Drawn once it comes into sight.
      await figure.scrollIntoViewIfNeeded();
      await expect(figure.locator('.js-plotly-plot .trace')).not.toHaveCount(0);
    }
    await expectAccessible(page);
  });
});
